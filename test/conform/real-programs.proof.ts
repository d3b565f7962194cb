/**
 * Programs before the conformance run, in real time: the two agents and the C peers pass every case, restarts included; hosts
 * and BMCs in C with one fault each are named with the requirement that they break, and no other.
 */
import { afterAll, beforeAll, describe, expect, jest } from "@jest/globals";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { compile } from "../support/c-program.ts";
import { MAIN, PROJECT, Sandbox } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";
import type { Tried } from "./campaign/one-program.ts";
import { inParallel, tryProgram, type Trial } from "./campaign/try-program.ts";
import { FAULTY_PROGRAMS } from "./faulty/expected.ts";
import { compileFaulty } from "./faulty/process.ts";
import type { Side } from "./faulty/program.ts";

const RUNS_PER_PROCESSOR = 3;
const SIDES: readonly Side[] = ["host", "bmc"];
const DEPTHS = [0, 1] as const;

/** Of the faulty programs, those that are tried each time; the campaign tries all. */
const TRIED: Readonly<Record<Side, readonly string[]>> = {
  host: [
    "crc-seed",
    "crc-unchecked",
    "length-little-endian",
    "length-unanswered",
    "second-tx-begin-answered",
    "tx-begin-before-packet",
    "active-at-opening-ignored",
    "odr-read-before-magic",
    "rest-after-first-refusal",
    "no-close",
    "one-fence-after-close",
    "one-fence-after-open",
    "damage-ends-no-assembly",
    "commands-overwrite",
    "unknown-byte-ends-session",
    "reserved-bits-heeded",
    "header-version",
    "integrity-answered",
    "set-eid-from-old-eid",
    "rx-size-above-room",
    "overlap-taken",
    "versions-little-endian",
    "magic-unchecked",
    "layout-written",
  ],
  bmc: [
    "crc-seed",
    "crc-unchecked",
    "length-little-endian",
    "length-unchecked",
    "second-tx-begin-answered",
    "unasked-rx-complete-ends-session",
    "no-announcement",
    "magic-missing",
    "tx-begin-outside-answered",
    "no-dummy-at-stop",
    "packet-above-mtu",
    "unknown-byte-ends-session",
    "str-reserved-bit",
    "header-version",
    "integrity-answered",
    "unsupported-code",
    "discovery-order",
    "tx-size-of-offer",
    "offsets-move",
    "versions-little-endian",
    "version-smallest",
    "version-0-taken",
    "reserved-bytes-heeded",
  ],
};

jest.setTimeout(1_200_000);

interface Begun {
  readonly trial: Trial;
  readonly tried: Promise<Tried>;
}

const testWithGcc = needsTool("gcc");

/** Cases that could not be played; a host of all versions can be answered with none outside its range. */
function lackingOf({ notTestable }: Pick<Tried, "notTestable">): readonly string[] {
  return notTestable.filter((line) => !line.endsWith("the host proposes every version"));
}

describe("programs before the conformance run", () => {
  let sandbox: Sandbox;
  let all: Promise<ReadonlyMap<string, Begun>> | undefined;

  beforeAll(() => {
    if (!existsSync(join(PROJECT, "dist", "test", "conform", "campaign", "one-program.js"))) {
      throw new Error("Run tsc -b first.");
    }
    sandbox = new Sandbox();
  });
  afterAll(() => sandbox.dispose());

  function trialsOf(faulty: string, peer: string): readonly (readonly [string, Trial])[] {
    const environment = sandbox.environment();
    const trial = (name: string, side: Side, depth: 0 | 1, program: (board: string) => readonly string[]) => {
      const board = sandbox.path(name.replaceAll(" ", "-"));
      return [name, { side, board, depth, which: "all", program: program(board), environment }] as const;
    };
    return [
      ...SIDES.flatMap((side) =>
        DEPTHS.flatMap((depth) => [
          trial(`agent ${side} ${String(depth)}`, side, depth, (board) => {
            const place = ["--platform", `shm:${board}`, "--control", `${board}.sock`];
            return [process.execPath, MAIN, side, "run", ...place, "--until-eof"];
          }),
          trial(`peer ${side} ${String(depth)}`, side, depth, (board) => [peer, side, board]),
          trial(`good ${side} ${String(depth)}`, side, depth, (board) => [faulty, side, board, "none"]),
        ]),
      ),
      ...SIDES.flatMap((side) =>
        TRIED[side].map((fault) => trial(`${side} ${fault}`, side, 0, (board) => [faulty, side, board, fault])),
      ),
    ];
  }

  /** Begins all runs, a few at a time; a test waits for its own. */
  async function runAll(): Promise<ReadonlyMap<string, Begun>> {
    const sources = join(PROJECT, "test", "interop", "c-peer");
    const files = readdirSync(sources).filter((name) => name.endsWith(".c"));
    const peer = await compile(
      sandbox,
      "c-peer",
      files.map((name) => join(sources, name)),
    );
    const faulty = await compileFaulty(sandbox);
    const results = new Map<string, Begun>();
    const jobs = trialsOf(faulty, peer).map(([name, trial]) => {
      let begin!: () => Promise<void>;
      const tried = new Promise<Tried>((resolve, reject) => {
        begin = () => tryProgram(PROJECT, trial).then(resolve, reject);
      });
      tried.catch(() => undefined);
      results.set(name, { trial, tried });
      return begin;
    });
    void inParallel(RUNS_PER_PROCESSOR * availableParallelism(), jobs);
    return results;
  }

  /** A busy machine makes a side late, which may look wrong: what is not as it should be is tried once more, alone. */
  async function triedAs(name: string, isRight: (tried: Tried) => boolean): Promise<Tried> {
    const begun = await (all ??= runAll());
    const { trial, tried } = begun.get(name)!;
    const first = await tried;
    if (isRight(first)) return first;
    await Promise.allSettled([...begun.values()].map((one) => one.tried));
    const board = `${trial.board}-again`;
    return tryProgram(PROJECT, {
      ...trial,
      board,
      program: trial.program.map((word) => word.replace(trial.board, board)),
    });
  }

  for (const side of SIDES) {
    for (const depth of DEPTHS) {
      for (const who of ["agent", "peer", "good"]) {
        const name = `${who} ${side} ${String(depth)}`;
        const what = { agent: "our agent", peer: "the C peer", good: "the C program without a fault" }[who]!;
        testWithGcc(`${side}, depth ${String(depth)}: ${what} passes every case`, async () => {
          const { named, notTestable, passed } = await triedAs(
            name,
            (tried) => tried.named.length + lackingOf(tried).length === 0,
          );
          expect(named).toEqual([]);
          expect(lackingOf({ notTestable })).toEqual([]);
          expect(passed).toBeGreaterThan(80);
        });
      }
    }
    for (const fault of TRIED[side]) {
      const program = FAULTY_PROGRAMS.find((one) => one.side === side && one.fault === fault);
      testWithGcc(`${side} ${fault} is named ${program?.requirement ?? "unknown"}, and nothing else`, async () => {
        const right = new Set<string>([program!.requirement, ...program!.or]);
        const isRight = ({ named: all }: Tried): boolean =>
          all.length > 0 && all.every(({ requirement }) => right.has(requirement));
        const { named } = await triedAs(`${side} ${fault}`, isRight);
        expect(named.length).toBeGreaterThan(0);
        expect(named.filter(({ requirement }) => !right.has(requirement))).toEqual([]);
      });
    }
  }
});
