import { describe, expect, test } from "@jest/globals";
import { createBmcSide, type BmcSide } from "../../../bmc/role/side.ts";
import type { BmcState } from "../../../bmc/role/state.ts";
import { createHostSide, type HostSide } from "../../../host/role/side.ts";
import type { HostState } from "../../../host/role/state.ts";
import type { BusAccess } from "../../../src/core/binding/access.ts";
import type { Progress } from "../../../src/core/binding/bus.ts";
import { ScriptedBus } from "../../../src/core/binding/scripted-bus.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { TraceRow } from "../../../src/core/trace/format.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";
import { millis, type Millis } from "../../../src/core/wire/units.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import { BmcPortBus, HostPortBus } from "../../../src/node/port-bus.ts";
import { SeededRandom } from "../../../src/platform/faulty.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import { TraceRecorder } from "../../../src/platform/tracing.ts";
import { performerOf } from "../../support/access-bus.ts";
import { packetOf, partsOf } from "../../support/frames.ts";
import { afterReset, RESETS } from "../../support/pair.ts";

const WINDOW_BYTES = 8192;

/** A copy that procedures may change; sessions and phases are replaced, never changed. */
function copyOf<State extends HostState | BmcState>(state: State): State {
  const { channel, counters } = state;
  return { ...state, counters: { ...counters }, channel: channel === undefined ? undefined : { ...channel } };
}

/** Both sides on a traced board of their own, run round by round. */
abstract class Twin {
  readonly board = new LoopbackBoard(WINDOW_BYTES);
  readonly rows: TraceRow[] = [];
  readonly host: HostSide;
  readonly bmc: BmcSide;
  readonly hostPlatform;
  readonly bmcPlatform;

  constructor(mtu: number | undefined) {
    const recorder = new TraceRecorder((row) => this.rows.push(row));
    this.hostPlatform = recorder.traceHost(this.board.host);
    this.bmcPlatform = recorder.traceBmc(this.board.bmc);
    this.host = createHostSide({ windowBytes: WINDOW_BYTES, mtu }, createPacketMemory());
    this.bmc = createBmcSide({ windowBytes: WINDOW_BYTES }, createPacketMemory());
  }

  side(role: RoleName): HostSide | BmcSide {
    return role === "host" ? this.host : this.bmc;
  }

  abstract round(role: RoleName, now: Millis): Progress;
}

class PortTwin extends Twin {
  round(role: RoleName, now: Millis): Progress {
    return role === "host"
      ? this.host.service(new HostPortBus(this.hostPlatform), now)
      : this.bmc.service(new BmcPortBus(this.bmcPlatform), now);
  }
}

/** Carries out one access after the other, each by running the round from its start again. */
class ScriptTwin extends Twin {
  readonly #bus = new ScriptedBus();

  round(role: RoleName, now: Millis): Progress {
    const side = this.side(role);
    const began = copyOf<HostState | BmcState>(side.state);
    const perform = performerOf(role === "host" ? this.hostPlatform : this.bmcPlatform);
    const answers: (number | Uint8Array)[] = [];
    for (;;) {
      Object.assign(side.state, copyOf(began));
      const script = {
        length: answers.length,
        answer: (index: number, access: BusAccess) => fill(access, answers[index]!),
      };
      const { suspended, result } = this.#bus.run(script, (bus) => side.service(bus, now));
      if (suspended === undefined) return result;
      const value = perform(suspended);
      answers.push(
        suspended.kind === "readWindow" ? suspended.into.slice(suspended.at, suspended.at + suspended.length) : value,
      );
    }
  }
}

function fill(access: BusAccess, answer: number | Uint8Array): number {
  if (typeof answer === "number") return answer;
  if (access.kind === "readWindow") access.into.set(answer, access.at);
  return 0;
}

describe("a scripted bus", () => {
  test.each([64, undefined])(
    "makes the same accesses with the same steps as a port bus: start-ups, packets, resets, stops; MTU %p",
    (mtu) => {
      let accesses = 0;
      let packets = 0;
      for (let seed = 1; seed <= 16; seed++) {
        const random = new SeededRandom(seed);
        const twins = [new PortTwin(mtu), new ScriptTwin(mtu)] as const;
        for (let round = 0; round < 400; round++) {
          const role: RoleName = random.chance(0.5) ? "host" : "bmc";
          const now = millis(round);
          const payload = random.below(mtu ?? 600) + 1;
          const isStop = round > 300 && random.chance(0.01);
          const reset = random.chance(0.01) ? RESETS[random.below(RESETS.length)] : undefined;
          const outcomes = twins.map((twin) => {
            const side = twin.side(role);
            if (reset !== undefined) twin.board.word = afterReset(twin.board.word, reset);
            if (isStop) side.stop();
            if (side.canOffer) side.offer(partsOf(packetOf(payload, round)));
            const progress = twin.round(role, now);
            const received = side.takeReceived();
            if (received !== undefined) packets++;
            accesses += twin.rows.length;
            // As text: comparing so many objects would take longer than running them.
            return JSON.stringify({
              progress,
              received: received && toHex(received.bytes.subarray(received.start, received.end)),
              rows: twin.rows.splice(0),
              state: side.state,
              word: twin.board.word,
            });
          });
          expect(outcomes[1]).toBe(outcomes[0]);
        }
        expect(toHex(twins[1].board.window)).toBe(toHex(twins[0].board.window));
      }
      expect(accesses).toBeGreaterThan(10_000);
      expect(packets).toBeGreaterThan(500);
    },
  );

  /** Reads, writes and reads again, as a procedure does. */
  function procedure(bus: ScriptedBus): string {
    const status = bus.readStatus("H0.1");
    const window = new Uint8Array(6);
    bus.readWindow("H0.2", 0, window, 2, 4);
    bus.writeWindow("H1.2", 8, Uint8Array.of(9, 8, 7), 1, 3);
    bus.writeIdr("H1.3", 0x00);
    const odr = bus.readOdr("H0.3");
    bus.writeStatus("B1.1", 0x01);
    return `${String(status)} ${toHex(window)} ${String(odr)} ${String(bus.readIdr("B2.5"))}`;
  }

  const accesses = [
    { kind: "readStatus", step: "H0.1" },
    { kind: "readWindow", step: "H0.2", offset: 0, length: 4, at: 2 },
    { kind: "writeWindow", step: "H1.2", offset: 8, start: 1, end: 3 },
    { kind: "writeData", step: "H1.3", value: 0 },
    { kind: "readData", step: "H0.3" },
    { kind: "writeStatus", step: "B1.1", value: 1 },
    { kind: "readData", step: "B2.5" },
  ] as const;
  const answers = [0x81, Uint8Array.of(1, 2, 3, 4), 0, 0, 0x55, 0, 0x66] as const;
  const scriptOf = (length: number) => ({
    length,
    answer: (index: number, access: BusAccess): number => {
      expect(access).toMatchObject(accesses[index]!);
      return fill(access, answers[index]!);
    },
  });

  test("suspends at each access in turn, and at the end has the result", () => {
    const bus = new ScriptedBus();
    for (const [index, access] of accesses.entries()) {
      const { suspended, result } = bus.run(scriptOf(index), procedure);
      expect(suspended).toMatchObject(access);
      expect(result).toBeUndefined();
    }
    expect(bus.run(scriptOf(accesses.length), procedure)).toEqual({
      suspended: undefined,
      result: `129 000001020304 ${String(0x55)} ${String(0x66)}`,
    });
  });

  test("a procedure that ends before its script is a fault of the caller, and throws", () => {
    const bus = new ScriptedBus();
    const { answer } = scriptOf(accesses.length);
    expect(() => bus.run({ length: accesses.length + 1, answer }, procedure)).toThrow("ended before its script");
    // The bus works on.
    expect(bus.run(scriptOf(0), procedure).suspended).toMatchObject(accesses[0]);
  });

  test("what the procedure itself throws goes to the caller", () => {
    expect(() =>
      new ScriptedBus().run(scriptOf(1), (bus) => {
        bus.readStatus("H0.1");
        throw new RangeError("a fault");
      }),
    ).toThrow(new RangeError("a fault"));
  });
});
