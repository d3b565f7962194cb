/**
 * A process's whole life: one program before the conformance run, in real time. Arguments: the side that the program plays, a
 * board for it, which is made, its depth, "all" or "fast", and the program with its own arguments. The program ends in order
 * when its standard input ends, as this process does with all that it has started. Prints what became of the cases, as JSON.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { BMC_CASES } from "../../../src/conform/bmc/cases.ts";
import type { Case } from "../../../src/conform/case.ts";
import { HOST_CASES } from "../../../src/conform/host/cases.ts";
import { testBmc, testHost, type RunResult } from "../../../src/conform/run.ts";
import { REAL_TIME, type Surroundings } from "../../../src/conform/surroundings.ts";
import { openBmcPlatform, openHostPlatform, parsePlatform } from "../../../src/platform/kinds.ts";
import { makeBoard } from "../../../src/platform/shared-file/board-file.ts";

/** What failed in one case. */
export interface Named {
  readonly case: string;
  readonly requirement: string;
  readonly seen: string;
}

export interface Tried {
  readonly passed: number;
  readonly named: readonly Named[];
  /** "case: why" */
  readonly notTestable: readonly string[];
}

const [, , side = "", board = "", depth = "0", which = "all", command = "", ...words] = process.argv;
/** Milliseconds in which a program says its first line on a busy machine. */
const LONGEST_START = 20_000;
const OPEN = { doorbell: true, log: (): void => undefined };

let child: ChildProcess | undefined;

/** Starts the program, and waits for its first line: each of the programs says one when it is on its board. */
async function start(): Promise<void> {
  const begun = spawn(command, words, { stdio: ["pipe", "pipe", "ignore"] });
  child = begun;
  begun.stdin.on("error", () => undefined);
  const said = new Promise<void>((resolve) => {
    begun.stdout.once("data", () => {
      resolve();
    });
    begun.once("close", () => {
      resolve();
    });
  });
  begun.stdout.resume();
  await Promise.race([said, REAL_TIME.pause(LONGEST_START)]);
}

async function kill(): Promise<void> {
  const ending = child;
  if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
  const ended = new Promise((resolve) => ending.once("exit", resolve));
  ending.kill("SIGKILL");
  await ended;
}

const surroundings: Surroundings = {
  ...REAL_TIME,
  restart: async () => {
    await kill();
    await start();
  },
  stop: () => {
    child?.stdin?.end();
    return Promise.resolve();
  },
  patience: 2000,
  silence: 150,
};

function chosen<One extends Case<never>>(cases: readonly One[]): readonly One[] {
  return which === "fast" ? cases.filter(({ slow }) => slow !== true) : cases;
}

async function run(): Promise<RunResult> {
  if (side === "bmc") {
    const platform = openHostPlatform(parsePlatform(`shm:${board}`, "host"), OPEN);
    await start();
    return testBmc(platform, chosen(BMC_CASES), { surroundings, depth: platform.depth });
  }
  const platform = openBmcPlatform(parsePlatform(`shm:${board}`, "bmc"), OPEN);
  await start();
  return testHost(platform, chosen(HOST_CASES), { surroundings, depth: platform.depth });
}

process.stdin.resume().once("end", () => {
  child?.kill("SIGKILL");
  process.exit(1);
});

makeBoard(board, undefined, depth === "1" ? 1 : 0);
try {
  const { results } = await run();
  const tried: Tried = {
    passed: results.filter(({ outcome }) => outcome.kind === "pass").length,
    named: results.flatMap(({ case: { name }, outcome }) =>
      outcome.kind === "fail"
        ? [{ case: name, requirement: outcome.evidence.requirement, seen: outcome.evidence.seen }]
        : [],
    ),
    notTestable: results.flatMap(({ case: { name }, outcome }) =>
      outcome.kind === "notTestable" ? [`${name}: ${outcome.why}`] : [],
    ),
  };
  process.stdout.write(`${JSON.stringify(tried)}\n`);
} finally {
  await kill();
}
process.exit(0);
