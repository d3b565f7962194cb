import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BusAccess } from "../../src/core/binding/access.ts";
import { MAGIC } from "../../src/core/binding/control-region.ts";
import { Command } from "../../src/core/binding/registers.ts";
import { AccessBus, makeForBmc, makeForHost, type MakeAccess } from "../../src/core/binding/access-bus.ts";
import { writeU32be } from "../../src/core/wire/bytes.ts";
import { SeededRandom } from "../../src/platform/faulty.ts";
import { runCampaign } from "./campaign.ts";
import { generateProgram } from "./generate.ts";
import { minimise } from "./mutate.ts";
import { decodeProgram, encodeProgram } from "./program.ts";
import type { HostSide } from "../../host/role/side.ts";
import { runProgram } from "./run-program.ts";
import type { Subject } from "./subject.ts";

const ACCESSES = 1_200_000;
const LIMIT_SECONDS = 150;
const CASES = join(__dirname, "cases");

let inbox: string;
beforeAll(() => {
  inbox = mkdtempSync(join(tmpdir(), "mctp-lpc-cases-"));
});
afterAll(() => {
  rmSync(inbox, { recursive: true, force: true });
});

describe("hostile programs", () => {
  test(
    "LPC-SEC-1, LPC-SEC-2, LPC-BUF-2, LPC-BUF-4, LPC-BMC-5, LPC-BMC-8, LPC-ERR-4: a million accesses, nothing that no side may do, and the next peer is served",
    async () => {
      const campaign = await runCampaign({ seed: 20_000, accesses: ACCESSES, seconds: LIMIT_SECONDS, findings: 1 });
      expect(campaign.findings.map(({ seed, what }) => `seed ${seed}: ${what}`)).toEqual([]);
      // Less would be a machine that is all too busy, or programs that led nowhere.
      expect(campaign.accesses).toBeGreaterThanOrEqual(ACCESSES);
      expect(campaign.features).toBeGreaterThan(500);
    },
    (LIMIT_SECONDS + 60) * 1000,
  );

  test.each(readdirSync(CASES).filter((name) => name.endsWith(".json")))("%s", async (name) => {
    await runProgram(decodeProgram(readFileSync(join(CASES, name), "utf8")), { inbox });
  });

  test("a program is what it was after it was kept in a file", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const program = generateProgram(new SeededRandom(seed), seed % 2 === 0 ? "host" : "bmc");
      expect(decodeProgram(encodeProgram(program))).toEqual(program);
    }
  });

  test("the same seed gives the same programs and the same accesses", async () => {
    const limits = { seed: 7, accesses: 20_000, seconds: 60, findings: 1 };
    const [one, other] = [await runCampaign(limits), await runCampaign(limits)];
    expect([one.programs, one.accesses, one.features]).toEqual([other.programs, other.accesses, other.features]);
  });
});

/** A side whose accesses are others than its procedures want; undefined leaves one out. */
function twisted(twist: (access: BusAccess, subject: Subject) => BusAccess | undefined): (subject: Subject) => void {
  return (subject) => {
    const { side } = subject;
    const twistedBus = (make: MakeAccess): AccessBus =>
      new AccessBus((access) => {
        const changed = twist(access, subject);
        return changed === undefined ? 0 : make(changed);
      });
    if (isHost(side)) {
      const round = side.service.bind(side);
      side.service = (bus, now) =>
        round(
          twistedBus((access) => makeForHost(bus, access)),
          now,
        );
    } else {
      const round = side.service.bind(side);
      side.service = (bus, now) =>
        round(
          twistedBus((access) => makeForBmc(bus, access)),
          now,
        );
    }
  };
}

function isHost(side: Subject["side"]): side is HostSide {
  return side.role.name === "host";
}

const MISTAKES: readonly (readonly [string, RegExp, (subject: Subject) => void])[] = [
  [
    "Rx Complete is forgotten now and then",
    /LPC-ERR-1|LPC-KCS-6|Rx Complete was not sent|gets no echo/,
    (subject) => {
      let count = 0;
      twisted((access) =>
        access.kind === "writeData" && access.value === Command.RX_COMPLETE && ++count % 3 === 0 ? undefined : access,
      )(subject);
    },
  ],
  [
    "the length is read again for the packet",
    /LPC-BUF-[24]/,
    twisted((access, { side }) => {
      if (access.kind === "readWindow" && side.session !== undefined && access.length > 8 && access.offset > 0x100) {
        return { ...access, length: access.length - 1 };
      }
      return access;
    }),
  ],
  [
    "a byte behind the buffer is written",
    /LPC-SEC-1/,
    twisted((access, { side }) => {
      if (access.kind !== "writeWindow" || side.session === undefined || access.offset < 0x100) return access;
      return { ...access, offset: access.offset + 4096 };
    }),
  ],
  [
    "an Initialise outside a session is answered with Tx Begin",
    /LPC-BMC-8/,
    twisted((access, { side }) => {
      if (access.kind === "writeData" && side.session === undefined) return { ...access, value: Command.TX_BEGIN };
      return access;
    }),
  ],
  [
    "the host finds a magic that is not there",
    /LPC-HOST-14/,
    twisted((access) => {
      if (access.kind !== "readWindow" || access.step !== "H0.2") return access;
      writeU32be(access.into, access.at, MAGIC);
      return { ...access, into: new Uint8Array(access.length), at: 0 };
    }),
  ],
  [
    "a Tx Begin that waits never gets its turn",
    /LPC-KCS-12/,
    ({ side }) => {
      const take = side.takeReceived.bind(side);
      Object.defineProperty(side, "takeReceived", {
        value: () => {
          if (side.state.channel !== undefined) side.state.channel.beginIsNext = false;
          return take();
        },
      });
    },
  ],
  [
    "a packet is handed on with other bytes than were judged",
    /LPC-BUF-6/,
    ({ side }) => {
      const take = side.takeReceived.bind(side);
      Object.defineProperty(side, "takeReceived", {
        value: () => {
          const packet = take();
          if (packet !== undefined && packet.end - packet.start > 5) packet.bytes[packet.start + 5]! ^= 1;
          return packet;
        },
      });
    },
  ],
  [
    "unfinished messages are kept for ever",
    /LPC-MCTP-7/,
    ({ endpoint }) => {
      let kept = 0;
      endpoint.onWork = () => {
        kept++;
      };
      const { usage } = endpoint;
      Object.defineProperty(endpoint, "usage", { get: () => ({ ...usage, assemblies: kept }) });
    },
  ],
];

describe("a side with a mistake", () => {
  test.each(MISTAKES)(
    "is found out: %s",
    async (_what, expected, spoil) => {
      const limits = { seed: 1, accesses: 400_000, seconds: 60, findings: 1 };
      const { findings } = await runCampaign(limits, { spoil });
      expect(findings.map(({ what }) => what)).toEqual([expect.stringMatching(expected)]);
    },
    120_000,
  );

  test("its program is cut down to what makes it fail", async () => {
    const program = { ...generateProgram(new SeededRandom(3), "bmc") };
    const operations = [...program.operations, { do: "tick", milliseconds: 42 } as const, ...program.operations];
    const smallest = await minimise({ ...program, operations }, (candidate) =>
      Promise.resolve(candidate.operations.some((one) => one.do === "tick" && one.milliseconds === 42)),
    );
    expect(smallest.operations).toEqual([{ do: "tick", milliseconds: 42 }]);
  });
});
