/** `npm run fuzz`: hostile programs against both sides for as long as it is wanted. */
import { Command } from "commander";
import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseCount } from "../../src/agent/run-options.ts";
import { runCampaign } from "./campaign.ts";
import { encodeProgram } from "./program.ts";

interface Given {
  readonly seconds: number;
  readonly accesses: number;
  readonly seed: number;
  readonly findings: number;
  readonly cases: string;
}

const command = new Command("fuzz")
  .description("play a hostile host and a hostile BMC against the two sides; exit status 1 when something was found")
  .option("--seconds <number>", "stop after so long", parseCount, 120)
  .option("--accesses <number>", "stop after so many bus accesses", parseCount, 50_000_000)
  .option("--seed <number>", "where to begin; a failing program's seed is printed", parseCount, randomInt(2 ** 31))
  .option("--findings <number>", "stop after so many findings", parseCount, 5)
  .option("--cases <folder>", "where findings are kept, cut down", join("test", "fuzz", "cases"))
  .action(fuzz);

async function fuzz(given: Given): Promise<void> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
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
