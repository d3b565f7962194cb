import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createBmcSide } from "../../../bmc/role/side.ts";
import { createHostSide } from "../../../host/role/side.ts";
import { encodeU32, Field, MAGIC } from "../../../src/core/binding/control-region.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { AccessBus } from "../../../src/core/binding/access-bus.ts";
import { AccessGuard } from "../../support/guard.ts";
import { nothingReached, runHostile, WINDOW } from "../../support/hostile-peer.ts";

/** Bytes other than the four commands. */
function unknownIn(bytes: readonly number[]): number {
  return bytes.slice(0x03, 0xff).reduce((sum, count) => sum + count, 0);
}

describe("LPC-REG-3 a peer that does as it likes", () => {
  test("LPC-SEC-1, LPC-SEC-2, LPC-REG-3, LPC-KCS-2, LPC-MTU-5: the host never throws and keeps to its own fields and buffers", () => {
    const reached = nothingReached();
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(64, 200, undefined), (seed, mtu) => {
        runHostile(createHostSide({ windowBytes: WINDOW, mtu }, createPacketMemory()), seed, reached);
      }),
      { numRuns: 400 },
    );
    // The chance peer led the host everywhere, not just to its door.
    expect([...reached.phases].sort()).toEqual(
      [
        "active",
        "awaitingBmc",
        "closing",
        "declining",
        "fencingClose",
        "fencingOpen",
        "judging",
        "opening",
        "resting",
        "stopped",
        "stopping",
      ].sort(),
    );
    expect(Math.min(reached.sessions, reached.packets, reached.sent)).toBeGreaterThan(50);
  });

  test("LPC-SEC-1, LPC-SEC-2, LPC-REG-3, LPC-KCS-2, LPC-BUF-4: the BMC never throws and keeps to its own fields and buffers", () => {
    const reached = nothingReached();
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(64, 200, undefined), (seed, mtu) => {
        runHostile(createBmcSide({ windowBytes: WINDOW, mtu }, createPacketMemory()), seed, reached);
      }),
      { numRuns: 400 },
    );
    expect([...reached.phases].sort()).toEqual(["active", "announcing", "inactive", "starting", "stopped"]);
    expect(reached.resets).toBeGreaterThan(50);
    expect(Math.min(reached.sessions, reached.packets, reached.sent)).toBeGreaterThan(50);
  });

  test("LPC-REG-3: any bytes in the whole window, at every step of the host's start-up", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0x20, maxLength: 0x20 }), fc.boolean(), (bytes, magic) => {
        const host = createHostSide({ windowBytes: WINDOW, mtu: 64 }, createPacketMemory());
        const guard = new AccessGuard(host, WINDOW);
        const window = new Uint8Array(WINDOW).fill(0xff);
        for (let round = 0; round < 12; round++) {
          window.set(bytes);
          if (magic) window.set(encodeU32(MAGIC), Field.magic);
          guard.newRound();
          const bus = new AccessBus((access) => {
            guard.before(access);
            if (access.kind === "readWindow") {
              access.into.set(window.subarray(access.offset, access.offset + access.length), access.at);
            }
            if (access.kind !== "readStatus") return 0xff;
            guard.status(0xc0);
            return 0xc0;
          });
          host.service(bus, millis(round));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("LPC-ERR-4 counters", () => {
  test("LPC-ERR-4: every byte that a BMC reads is counted once, as what became of it", () => {
    const reached = nothingReached();
    for (let seed = 1; seed <= 200; seed++) {
      const side = createBmcSide({ windowBytes: WINDOW, mtu: 64 }, createPacketMemory());
      const { inSession, outside } = runHostile(side, seed, reached);
      const { counters } = side.state;
      const read = inSession.map((count, byte) => count + outside[byte]!);
      const { closingInitialises, versionRefused, mtuRefused, sessionsOpened } = counters;
      const unanswered = read[0x00]! - (closingInitialises + versionRefused + mtuRefused + sessionsOpened);
      // One that a reset of STR makes void is counted as that.
      expect(unanswered).toBeGreaterThanOrEqual(0);
      expect(unanswered).toBeLessThanOrEqual(counters.statusResetSeen);
      const { packetsReceived, lengthOutOfBounds, crcMismatch, receivedAtSessionEnd, txBeginUnexpected } = counters;
      expect(packetsReceived + lengthOutOfBounds + crcMismatch + receivedAtSessionEnd + txBeginUnexpected).toBe(
        read[0x01],
      );
      expect(counters.packetsSent + counters.rxCompleteUnexpected).toBe(read[0x02]);
      expect(counters.fencesReceived).toBe(read[0xff]);
      expect(counters.unknownCommand).toBe(unknownIn(read));
      const open = side.session === undefined ? 0 : 1;
      if (!side.state.stopping) {
        expect(sessionsOpened).toBe(counters.reinitialised + counters.sessionsLost + open);
      }
    }
    expect(reached.packets).toBeGreaterThan(50);
  });

  test("LPC-ERR-4: every byte that a host reads in a session is counted once, but for dummies", () => {
    const reached = nothingReached();
    for (let seed = 1; seed <= 300; seed++) {
      const side = createHostSide({ windowBytes: WINDOW, mtu: 64 }, createPacketMemory());
      const { inSession } = runHostile(side, seed, reached);
      const { counters } = side.state;
      const { packetsReceived, lengthOutOfBounds, crcMismatch, receivedAtSessionEnd, txBeginUnexpected } = counters;
      const begins = packetsReceived + lengthOutOfBounds + crcMismatch + receivedAtSessionEnd + txBeginUnexpected;
      // A session's first Tx Begin may have been read before it (LPC-HOST-8).
      expect(begins).toBeGreaterThanOrEqual(inSession[0x01]!);
      expect(begins).toBeLessThanOrEqual(inSession[0x01]! + counters.sessionsOpened);
      expect(counters.packetsSent + counters.rxCompleteUnexpected).toBe(inSession[0x02]);
      expect(counters.initialiseAtHost).toBe(inSession[0x00]);
      expect(counters.unknownCommand).toBe(unknownIn(inSession));
      const open = side.session === undefined ? 0 : 1;
      if (!side.state.stopping) expect(counters.sessionsOpened).toBe(counters.sessionsLost + open);
    }
    expect(reached.packets).toBeGreaterThan(50);
  });
});
