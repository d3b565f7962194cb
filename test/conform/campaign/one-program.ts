/**
 * A process's whole life: one faulty program before the conformance run, in real time. Arguments: the compiled program, its
 * side, its fault, a board of its own. It prints what failed as JSON, a line for each case.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { BMC_CASES } from "../../../src/conform/bmc/cases.ts";
import { HOST_CASES } from "../../../src/conform/host/cases.ts";
import { testBmc, testHost, type RunResult } from "../../../src/conform/run.ts";
import { REAL_TIME, type Surroundings } from "../../../src/conform/surroundings.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { openBmcPlatform, openHostPlatform, parsePlatform } from "../../../src/platform/kinds.ts";
import { makeBoard } from "../../../src/platform/shared-file/board-file.ts";

/** What failed in one case. */
export interface Named {
  readonly case: string;
  readonly requirement: string;
  readonly seen: string;
}

const [, , binary = "", side = "", fault = "", board = "", depth = "0"] = process.argv;
const OPEN = { doorbell: false, log: (): void => undefined };

let child: ChildProcess | undefined;

function start(): void {
  child = spawn(binary, [side, board, fault], { stdio: ["pipe", "ignore", "ignore"] });
  child.stdin?.on("error", () => undefined);
}

async function end(how: "killed" | "asked"): Promise<void> {
  const ending = child;
  if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
  const ended = new Promise((resolve) => ending.once("exit", resolve));
  if (how === "killed") ending.kill("SIGKILL");
  else ending.stdin?.end();
  if (how === "killed") await ended;
}

async function run(): Promise<RunResult> {
  const surroundings: Surroundings = {
    ...REAL_TIME,
    restart: async () => {
      await end("killed");
      start();
    },
    stop: () => end("asked"),
    patience: 2000,
    silence: 150,
  };
  const tested = side as RoleName;
  if (tested === "bmc") {
    const platform = openHostPlatform(parsePlatform(`shm:${board}`, "host"), OPEN);
    start();
    return testBmc(platform, BMC_CASES, { surroundings, depth: platform.depth });
  }
  const platform = openBmcPlatform(parsePlatform(`shm:${board}`, "bmc"), OPEN);
  start();
  return testHost(platform, HOST_CASES, { surroundings, depth: platform.depth });
}

makeBoard(board, undefined, depth === "1" ? 1 : 0);
try {
  const { results } = await run();
  const named = results.flatMap(({ case: { name }, outcome }): Named[] =>
    outcome.kind === "fail"
      ? [{ case: name, requirement: outcome.evidence.requirement, seen: outcome.evidence.seen }]
      : [],
  );
  process.stdout.write(`${JSON.stringify(named)}\n`);
} finally {
  await end("killed");
}
process.exit(0);
