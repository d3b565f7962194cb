/**
 * Programs before the conformance run, in real time: the two agents and the examples in C, built as README
 * says, pass every case, restarts included; hosts
 * and BMCs in C with one fault each are named with the requirement that they break, and no other.
 */
import { afterAll, describe, expect, jest } from "@jest/globals";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildExamples, type CExamples } from "../support/c-examples.ts";
import { MAIN, PROJECT, Sandbox } from "../support/processes.ts";
import { needsToolConcurrently } from "../support/tools.ts";
import type { Tried } from "./campaign/one-program.ts";
import { tryProgram, type Trial } from "./campaign/try-program.ts";
import { FAULTY_PROGRAMS } from "./faulty/expected.ts";
import { compileFaulty } from "./faulty/process.ts";
import type { Side } from "./faulty/program.ts";

const SIDES: readonly Side[] = ["host", "bmc"];
const DEPTHS = [0, 1] as const;

/** Of the faulty programs, those that are tried each time; the campaign tries all. */
const TRIED: Readonly<Record<Side, readonly string[]>> = {
  host: [
    "crc-seed",
    "crc-unchecked",
    "length-unanswered",
    "second-tx-begin-answered",
    "tx-begin-before-packet",
    "active-at-opening-ignored",
    "odr-read-before-magic",
    "rest-after-first-refusal",
    "no-close",
    "one-fence-after-close",
    "damage-ends-no-assembly",
    "commands-overwrite",
    "unknown-byte-ends-session",
    "reserved-bits-heeded",
    "integrity-answered",
    "rx-size-above-room",
    "packet-above-mtu",
    "sequence-stuck",
    "message-goes-on",
    "retry-missing",
    "tag-reused",
    "keep-alive",
    "response-late",
    "bmc-active-loss-ignored",
  ],
  bmc: [
    "crc-seed",
    "length-unchecked",
    "second-tx-begin-answered",
    "unasked-rx-complete-ends-session",
    "no-announcement",
    "magic-missing",
    "tx-begin-outside-answered",
    "packet-above-mtu",
    "unknown-byte-ends-session",
    "unsupported-code",
    "discovery-order",
    "tx-size-of-offer",
    "version-smallest",
    "reserved-bytes-heeded",
    "reset-ignored",
    "discovery-unasked",
    "length-without-header",
    "crc-not-reflected",
    "idr-left-while-odr-full",
    "rx-complete-before-copy",
    "response-to-null",
    "sequence-unchecked",
  ],
};

jest.setTimeout(1_200_000);

const testWithC = needsToolConcurrently("gcc", "make");

interface Programs {
  readonly sandbox: Sandbox;
  readonly examples: CExamples;
  readonly faulty: string;
}

/** Why a case cannot be played against a good program: it speaks all versions, or keeps one message at a time. */
const FOR_GOOD_REASON = [
  "the host proposes every version",
  "a message under way does not go on behind a packet of another message",
];
/** A busy machine makes a side late, which may look wrong, or keep a case from being played. */
const MOST_TRIES = 3;

/** Names of the cases that could not be played, and might have been. */
function lackingOf({ notTestable }: Pick<Tried, "notTestable">): readonly string[] {
  return notTestable.filter((line) => !FOR_GOOD_REASON.some((reason) => line.endsWith(reason))).map(caseOf);
}

function caseOf(line: string): string {
  return line.split(": ")[0]!;
}

/** What each try said, on one line: whoever reads the end of a run's output sees no more of a failure. */
function told(tries: readonly Tried[]): string {
  const words = tries.map((one) => {
    const failed = one.named.map(({ case: name, requirement, seen }) => `${name} ${requirement} (${seen})`);
    return `${String(one.passed)} passed; failed: ${failed.join(", ")}; not played: ${lackingOf(one).join(", ")}`;
  });
  return words.join(" | ");
}

/** Tests that run side by side start before any hook: the first of them prepares what all need. */
describe("programs before the conformance run", () => {
  const ending = new AbortController();
  let programs: Promise<Programs> | undefined;
  let sandbox: Sandbox | undefined;

  afterAll(async () => {
    ending.abort();
    await sandbox?.dispose();
  });

  async function prepare(): Promise<Programs> {
    if (!existsSync(join(PROJECT, "dist", "test", "conform", "campaign", "one-program.js"))) {
      throw new Error("Run tsc -b first.");
    }
    const made = (sandbox = new Sandbox());
    return { sandbox: made, examples: await buildExamples(made), faulty: await compileFaulty(made) };
  }

  type Chosen = (programs: Programs, board: string) => readonly string[];

  const AGENT: Record<Side, Chosen> = { host: agentOf("host"), bmc: agentOf("bmc") };

  function agentOf(side: Side): Chosen {
    return (_, board) => {
      const place = ["--platform", `shm:${board}`, "--control", `${board}.sock`];
      return [process.execPath, MAIN, side, "run", ...place, "--until-eof"];
    };
  }

  /** The tries of a program, the last of which is right; or all of them. */
  async function tried(
    name: string,
    side: Side,
    depth: 0 | 1,
    chosen: Chosen,
    isRight: (tries: readonly Tried[]) => boolean,
  ): Promise<readonly Tried[]> {
    const prepared = await (programs ??= prepare());
    const tries: Tried[] = [];
    do {
      const board = prepared.sandbox.path(`${name} ${String(tries.length)}`.replaceAll(" ", "-"));
      const [environment, program] = [prepared.sandbox.environment(), chosen(prepared, board)];
      const trial: Trial = { side, board, depth, which: "all", program, environment, signal: ending.signal };
      tries.push(await tryProgram(PROJECT, trial));
    } while (!isRight(tries) && tries.length < MOST_TRIES);
    return tries;
  }

  /** Cases that no try could play. */
  function neverPlayed(tries: readonly Tried[]): readonly string[] {
    return lackingOf(tries[0]!).filter((name) => tries.every((one) => lackingOf(one).includes(name)));
  }

  for (const side of SIDES) {
    const good: Readonly<Record<string, readonly [what: string, chosen: Chosen]>> = {
      agent: ["our agent", AGENT[side]],
      example: ["the example in C", ({ examples }, board) => [examples[side], `shm:${board}`, "--until-eof"]],
      good: ["the C program without a fault", ({ faulty }, board) => [faulty, side, board, "none"]],
    };
    for (const depth of DEPTHS) {
      for (const [who, [what, chosen]] of Object.entries(good)) {
        testWithC(`${side}, depth ${String(depth)}: ${what} passes every case`, async () => {
          const isRight = (tries: readonly Tried[]): boolean =>
            tries.at(-1)!.named.length + neverPlayed(tries).length === 0;
          const tries = await tried(`${who} ${side} ${String(depth)}`, side, depth, chosen, isRight);
          if (!isRight(tries)) throw new Error(told(tries));
          expect(tries.at(-1)!.passed).toBeGreaterThan(80);
        });
      }
    }
    for (const fault of TRIED[side]) {
      const program = FAULTY_PROGRAMS.find((one) => one.side === side && one.fault === fault);
      testWithC(`${side} ${fault} is named ${program?.requirement ?? "unknown"}, and nothing else`, async () => {
        const right = new Set<string>([program!.requirement, ...program!.or]);
        const isRight = (tries: readonly Tried[]): boolean => {
          const all = tries.at(-1)!.named;
          return all.length > 0 && all.every(({ requirement }) => right.has(requirement));
        };
        const chosen: Chosen = ({ faulty }, board) => [faulty, side, board, fault];
        const tries = await tried(`${side} ${fault}`, side, 0, chosen, isRight);
        if (!isRight(tries)) throw new Error(told(tries));
      });
    }
  }
});
