import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReceivedPacket } from "../../src/core/binding/channel.ts";
import { runCampaign } from "./campaign.ts";
import { decodeProgram } from "./program.ts";
import { runProgram } from "./run-program.ts";
import type { Subject } from "./subject.ts";

const ACCESSES = 40_000;
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
    "LPC-SEC-1, LPC-SEC-2, LPC-REG-3, LPC-KCS-2, LPC-BUF-2, LPC-BUF-4, LPC-MTU-5, LPC-BMC-5, LPC-BMC-8, LPC-ERR-4: forty thousand accesses, nothing that no side may do, and the next peer is served",
    async () => {
      const campaign = await runCampaign({ seed: 20_000, accesses: ACCESSES, seconds: LIMIT_SECONDS, findings: 1 });
      expect(campaign.findings.map(({ seed, what }) => `seed ${seed}: ${what}`)).toEqual([]);
      // Less would be a machine that is all too busy, or programs that led nowhere.
      expect(campaign.accesses).toBeGreaterThanOrEqual(ACCESSES);
      expect(campaign.features).toBeGreaterThan(400);
    },
    (LIMIT_SECONDS + 60) * 1000,
  );

  test.each(readdirSync(CASES).filter((name) => name.endsWith(".json")))("%s", async (name) => {
    await runProgram(decodeProgram(readFileSync(join(CASES, name), "utf8")), { inbox });
  });
});

/** Replaces what the side gives to its driver. */
function tampered(change: (packet: ReceivedPacket, subject: Subject) => void): (subject: Subject) => void {
  return (subject) => {
    const take = subject.side.takeReceived.bind(subject.side);
    Object.defineProperty(subject.side, "takeReceived", {
      value: () => {
        const packet = take();
        if (packet !== undefined) change(packet, subject);
        return packet;
      },
    });
  };
}

/** One that the judge of accesses has to see (the mutation run has the others), and those that no access tells. */
const MISTAKES: readonly (readonly [string, RegExp, (subject: Subject) => void])[] = [
  [
    "a Tx Begin that waits never gets its turn",
    /LPC-KCS-12/,
    tampered((_packet, { side }) => {
      if (side.state.channel !== undefined) side.state.channel.beginIsNext = false;
    }),
  ],
  [
    "a packet is handed on with other bytes than were judged",
    /LPC-BUF-6/,
    tampered(({ bytes, start, end }) => {
      if (end - start > 5) bytes[start + 5]! ^= 1;
    }),
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
});
