/** `npm run abuse`: every attack on the built agents, with honest traffic beside it, and what was measured. */
import { Command, InvalidArgumentError } from "commander";
import { PROGRAM } from "../../src/cli/package.ts";
import type { AttackResult } from "./attack.ts";
import { goalsOf } from "./goals.ts";
import { LOCAL_ATTACKS } from "./local-attacks.ts";
import { runLocalAttack, type LocalResult } from "./local/local-run.ts";
import { PEER_ATTACKS } from "./peer-attacks.ts";
import { runQuietly } from "./run-attack.ts";
import { attackLines, localLine, summaryLines } from "./table.ts";

interface Given {
  readonly only?: readonly string[];
  readonly list?: true;
  readonly seconds: number;
  readonly runs: number;
  readonly json?: true;
}

function parseRuns(text: string): number {
  if (/^[1-9]$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a number of runs, 1 to 9.");
}

function parseSeconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0.5 && value <= 3600) return value;
  throw new InvalidArgumentError("Give a number of seconds, 0.5 to 3600.");
}

const collect = (name: string, before: readonly string[] = []): readonly string[] => [...before, name];

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function run({ only, list, seconds, runs, json }: Given): Promise<void> {
  const isChosen = ({ name }: { readonly name: string }): boolean => only === undefined || only.includes(name);
  const unknown = only?.find((name) => ![...PEER_ATTACKS, ...LOCAL_ATTACKS].some((attack) => attack.name === name));
  if (unknown !== undefined) throw new InvalidArgumentError(`No attack is called ${unknown}: see --list.`);
  const [ofPeers, local] = [PEER_ATTACKS.filter(isChosen), LOCAL_ATTACKS.filter(isChosen)];
  if (list === true) {
    for (const { name, place, protects } of ofPeers) print(`${name.padEnd(24)} ${place.padEnd(7)} ${protects}`);
    for (const { name, protects } of local) print(`${name.padEnd(24)} file    ${protects}`);
    return;
  }
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      stop.abort(new Error("stopped"));
    });
  }
  const say = json === true ? (): void => undefined : print;
  const locals: LocalResult[] = [];
  for (const attack of local) {
    if (stop.signal.aborted) break;
    const result = await runLocalAttack(attack, PROGRAM);
    locals.push(result);
    say(localLine(result));
  }
  const results: AttackResult[] = [];
  const failed: string[] = [];
  for (const attack of ofPeers) {
    if (stop.signal.aborted) break;
    try {
      const result = await runQuietly(attack, { program: PROGRAM, seconds, runs, signal: stop.signal }, say);
      results.push(result);
      for (const line of attackLines(result)) say(line);
    } catch (error) {
      if (stop.signal.aborted) break;
      failed.push(attack.name);
      say(`! ${attack.name} could not be measured: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (stop.signal.aborted) say("stopped: what was measured until then");
  const shown = results.map((result) => ({ ...result, attack: result.attack.name, goals: goalsOf(result) }));
  if (json === true) print(JSON.stringify({ local: locals, peers: shown, failed }, undefined, 2));
  else for (const line of summaryLines(results, locals)) print(line);
  const isGood = shown.every(({ goals }) => !goals.some(({ verdict }) => verdict === "missed"));
  if (stop.signal.aborted || !isGood || failed.length > 0 || locals.some(({ gotThrough }) => gotThrough.length > 0)) process.exitCode = 1;
}

await new Command("abuse")
  .description("attack the built agents in every way that is known; exit status 1 where a goal is not met")
  .option("--only <name>", "this attack alone; repeatable", collect)
  .option("--list", "the attacks, without running any")
  .option("--seconds <number>", "of each attack, and of the undisturbed traffic before it", parseSeconds, 4)
  .option("--runs <number>", "of an attack in which a time was missed: other work of the machine passes", parseRuns, 3)
  .option("--json", "what was measured as JSON")
  .action(run)
  .parseAsync();
