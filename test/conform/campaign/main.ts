/**
 * Every faulty program in C before the conformance run: `node dist/test/conform/campaign/main.js [WORD…]`, where `host` or
 * `bmc` chooses a side, and any other words the faults whose names hold one of them. Prints what each is named, and the sums; ends with 1 where one is
 * named otherwise than its table says.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FAULTY_PROGRAMS } from "../faulty/expected.ts";
import type { FaultyProgram } from "../faulty/program.ts";
import type { Named } from "./one-program.ts";
import { inParallel, tryProgram } from "./try-program.ts";

/** A run waits most of the time. */
const RUNS_PER_PROCESSOR = 3;
const PROJECT = fileURLToPath(new URL("../../../../", import.meta.url));

type Verdict = "right" | "others too" | "other" | "nothing";

function verdictOf({ requirement, or }: FaultyProgram, named: readonly Named[]): Verdict {
  const names = new Set(named.map((one) => one.requirement));
  if (names.size === 0) return "nothing";
  const right = [requirement, ...or].filter((one) => names.has(one)).length;
  if (right === 0) return "other";
  return names.size === right ? "right" : "others too";
}

function lineOf(verdict: Verdict, { side, fault, requirement, or }: FaultyProgram, named: readonly Named[]): string {
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
    const sides = words.filter((word) => word === "host" || word === "bmc");
    const names = words.filter((word) => word !== "host" && word !== "bmc");
    const chosen = FAULTY_PROGRAMS.filter(
      ({ side, fault }) =>
        (sides.length === 0 || sides.includes(side)) &&
        (names.length === 0 || names.some((name) => fault.includes(name))),
    );
    const counts: Record<Verdict, number> = { right: 0, "others too": 0, other: 0, nothing: 0 };
    const jobs = chosen.map((program) => async (): Promise<void> => {
      const { side, fault } = program;
      const board = join(folder, `${side}-${fault}`);
      const trial = { side, board, depth: 0, which: "all", program: [binary, side, board, fault] } as const;
      const { named } = await tryProgram(PROJECT, trial);
      const verdict = verdictOf(program, named);
      counts[verdict]++;
      process.stdout.write(`${lineOf(verdict, program, named)}\n`);
    });
    await inParallel(RUNS_PER_PROCESSOR * availableParallelism(), jobs);
    process.stdout.write(`${JSON.stringify(counts)} of ${String(chosen.length)}\n`);
    process.exitCode = counts.right === chosen.length ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
