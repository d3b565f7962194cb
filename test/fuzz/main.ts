/** `npm run fuzz`: hostile programs against both sides for as long as it is wanted. */
import { Command, InvalidArgumentError } from "commander";
import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fuzzTarget } from "./fuzz-bytes.ts";

/** Nothing of src/ is loaded before it is known whether it is to be instrumented. */
function parseCount(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("Give a whole number.");
}

interface Given {
  readonly seconds: number;
  readonly accesses: number;
  readonly seed: number;
  readonly findings: number;
  readonly cases: string;
  readonly target?: string;
  readonly inputs: number;
  readonly corpus: string;
  readonly keep?: true;
}

const command = new Command("fuzz")
  .description("play a hostile host and a hostile BMC against the two sides; exit status 1 when something was found")
  .option("--seconds <number>", "stop after so long", parseCount, 120)
  .option("--accesses <number>", "stop after so many bus accesses", parseCount, 50_000_000)
  .option("--seed <number>", "where to begin; a failing program's seed is printed", parseCount, randomInt(2 ** 31))
  .option("--findings <number>", "stop after so many findings", parseCount, 5)
  .option("--cases <folder>", "where findings are kept, cut down", join("test", "fuzz", "cases"))
  .option("--target <name>", "instead: a reader of bytes, like packets or vendor, led by coverage")
  .option("--inputs <number>", "with --target: stop after so many inputs", parseCount, 100_000_000)
  .option("--corpus <folder>", "with --target: where its corpus is", join("test", "fuzz", "corpus"))
  .option("--keep", "with --target: write the corpus anew")
  .action(async (given: Given) => {
    if (given.target === undefined) await fuzz(given);
    else if (!(await fuzzTarget({ ...given, target: given.target, keep: given.keep === true }, print)))
      process.exitCode = 1;
  });

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function fuzz(given: Given): Promise<void> {
  // Loaded here: with --target its modules are instrumented first.
  const [{ runCampaign }, { encodeProgram }] = await Promise.all([import("./campaign.ts"), import("./program.ts")]);
  print(`seed ${String(given.seed)}`);
  const limits = { seed: given.seed, accesses: given.accesses, seconds: given.seconds, findings: given.findings };
  const campaign = await runCampaign(limits, {}, ({ programs, accesses, features, milliseconds, found }) => {
    const rate = Math.round(accesses / (milliseconds / 1000));
    print(
      `${String(programs)} programs, ${String(accesses)} accesses (${String(rate)}/s), ${String(features)} features, ${String(found)} findings`,
    );
  });
  mkdirSync(given.cases, { recursive: true });
  for (const { seed, what, program } of campaign.findings) {
    const path = join(given.cases, `found-${String(seed)}.json`);
    writeFileSync(path, encodeProgram(program));
    print(`seed ${String(seed)}: ${what}\n  ${String(program.operations.length)} operations in ${path}`);
  }
  const { programs, accesses, features, milliseconds, findings } = campaign;
  print(`programs   ${String(programs)}, seeds ${String(given.seed)} to ${String(given.seed + programs - 1)}`);
  print(
    `accesses   ${String(accesses)} in ${(milliseconds / 1000).toFixed(1)} s, ${String(Math.round(accesses / (milliseconds / 1000)))}/s`,
  );
  print(`features   ${String(features)} states and counters that sides came to`);
  print(`findings   ${String(findings.length)}`);
  if (findings.length > 0) process.exitCode = 1;
}

await command.parseAsync();
