/** `npm run soak`: faults on the real thing, for an hour unless told otherwise. */
import { Command, InvalidArgumentError } from "commander";
import { randomInt } from "node:crypto";
import { parseCount } from "../../src/agent/run-options.ts";
import { PROGRAM } from "../../src/cli/package.ts";
import { soak } from "./soak.ts";

interface Given {
  readonly minutes: number;
  readonly seed: number;
  readonly json?: true;
}

function parseMinutes(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value < 10_000) return value;
  throw new InvalidArgumentError("Give a number of minutes.");
}

async function run(given: Given): Promise<void> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      stop.abort();
    });
  }
  if (given.json !== true) print(`seed ${String(given.seed)}, ${String(given.minutes)} minutes`);
  const figures = await soak({
    main: PROGRAM,
    seed: given.seed,
    seconds: given.minutes * 60,
    signal: stop.signal,
    onRound: (line) => {
      if (given.json !== true) print(line);
    },
  });
  const summary = { seed: given.seed, minutes: given.minutes, ...figures.summary };
  if (given.json === true) print(JSON.stringify(summary, undefined, 2));
  else for (const [name, value] of Object.entries(summary)) print(`${name.padEnd(28)} ${textOf(value)}`);
  if (!figures.isGood) process.exitCode = 1;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join("\n");
  if (typeof value !== "object" || value === null) return String(value);
  const list = Object.entries(value).map(([name, count]) => `${name} ${String(count)}`);
  return list.length === 0 ? "none" : list.join(", ");
}

await new Command("soak")
  .description(
    "two agents, traffic both ways and one fault after the other; exit status 1 when anything was lost without notice",
  )
  .option("--minutes <number>", "how long", parseMinutes, 60)
  .option("--seed <number>", "which faults, and when", parseCount, randomInt(2 ** 31))
  .option("--json", "the figures as JSON")
  .action(run)
  .parseAsync();
