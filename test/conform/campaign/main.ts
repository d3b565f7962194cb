/**
 * Every faulty program in C before the conformance run: `node dist/test/conform/campaign/main.js [WORD…]`, where a word
 * chooses a side or the faults whose names hold it. Prints what each is named, and the sums; ends with 1 where one is
 * named otherwise than its table says.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FAULTY_PROGRAMS } from "../faulty/expected.ts";
import type { FaultyProgram } from "../faulty/program.ts";
import type { Named } from "./one-program.ts";

/** A run waits most of the time. */
const RUNS_PER_PROCESSOR = 3;
const LIMIT = 300_000;
const PROJECT = fileURLToPath(new URL("../../../../", import.meta.url));

export interface Trial {
  readonly program: FaultyProgram;
  readonly named: readonly Named[];
  readonly verdict: "right" | "others too" | "other" | "nothing";
}

function verdictOf({ requirement, or }: FaultyProgram, named: readonly Named[]): Trial["verdict"] {
  const names = new Set(named.map((one) => one.requirement));
  if (names.size === 0) return "nothing";
  const right = [requirement, ...or].filter((one) => names.has(one));
  if (right.length === 0) return "other";
  return names.size === 1 ? "right" : "others too";
}

function tryProgram(binary: string, folder: string, program: FaultyProgram): Promise<Trial> {
  const { side, fault } = program;
  const one = fileURLToPath(new URL("one-program.js", import.meta.url));
  const board = join(folder, `${side}-${fault}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [one, binary, side, fault, board], {
      stdio: ["ignore", "pipe", "inherit"],
      timeout: LIMIT,
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("close", (status) => {
      rmSync(board, { force: true });
      if (status !== 0) {
        reject(new Error(`the run of ${side} ${fault} ended with status ${String(status)}`));
        return;
      }
      const named = JSON.parse(output) as readonly Named[];
      resolve({ program, named, verdict: verdictOf(program, named) });
    });
  });
}

function lineOf({ program, named, verdict }: Trial): string {
  const { side, fault, requirement, or } = program;
  const names = [...new Set(named.map((one) => one.requirement))].join(", ");
  const head = `${verdict.padEnd(10)}  ${side.padEnd(4)}  ${fault.padEnd(28)}  ${[requirement, ...or].join(" or ")}`;
  if (verdict === "right") return head;
  return [`${head}; named ${names}`, ...named.map((one) => `    ${one.case}: ${one.requirement}: ${one.seen}`)].join(
    "\n",
  );
}

async function main(words: readonly string[]): Promise<void> {
  const folder = mkdtempSync("/dev/shm/mctp-lpc-campaign-");
  try {
    const binary = join(folder, "faulty");
    execFileSync("sh", ["-c", `gcc -std=c11 -O2 -I spec -o ${binary} test/conform/faulty/*.c`], { cwd: PROJECT });
    const chosen = FAULTY_PROGRAMS.filter(
      ({ side, fault }) => words.length === 0 || words.every((word) => word === side || fault.includes(word)),
    );
    const waiting = [...chosen];
    const counts: Record<Trial["verdict"], number> = { right: 0, "others too": 0, other: 0, nothing: 0 };
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const trial = await tryProgram(binary, folder, next);
        counts[trial.verdict]++;
        process.stdout.write(`${lineOf(trial)}\n`);
      }
    };
    await Promise.all(Array.from({ length: RUNS_PER_PROCESSOR * availableParallelism() }, work));
    process.stdout.write(`${JSON.stringify(counts)} of ${String(chosen.length)}\n`);
    process.exitCode = counts.right === chosen.length ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
