/** docs/limits.md: every promise with its figure, and what shows it. A proof or an option that does not exist is an error. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Options } from "prettier";
import type { Artefact } from "../artefact.ts";
import { formatMarkdown } from "../fragments.ts";
import { projectFiles } from "../project-files.ts";
import { markdownTable } from "../tables/markdown-table.ts";
import { goalRows } from "./goals.ts";
import type { Limit, LimitGroup, Proof } from "./limit.ts";
import { LOCAL_LIMITS } from "./local-limits.ts";
import { OUTPUT_LIMITS } from "./output-limits.ts";
import { PEER_LIMITS } from "./peer-limits.ts";
import { PROGRAM_LIMITS } from "./program-limits.ts";

const PATH = "docs/limits.md";
const HEAD = ["what", "limit", "whose", "beyond it", "shown by"] as const;

const INTRODUCTION = `<!-- Made by spec/generator/limits from the constants of the code: change it there, and run npm run spec. -->

# Limits

A stranger is a peer on the bus, a local user, or a file ([SECURITY.md](../SECURITY.md)). Each meets limits, so that it spends
what belongs to it and nothing of another's. What a limit refuses is counted, told once in the log, and shown by \`status\`.

A **port** is the channel of an agent, or one of its \`--link\`s. Endpoints behind one port cannot be told apart by anything but
the EID that they write into their packets, so they share what the port has; what is of each source is fair among honest
ones. **Payload** is packets with data that a service keeps, like those of a file, that a bridge forwards, or that the agent
itself asked for or sends.`;

const GOALS = `## What an agent promises

\`npm run abuse\` attacks built agents in every way that is known and holds what it measures against this table. It fails where a
goal is not met.`;

const EXPLANATION = `Below, "shown by" names the attack of \`npm run abuse\` (in \`code\`) or the test that fails where the limit does not hold.`;

/** All limits, as the page has them. */
export const LIMIT_GROUPS: readonly LimitGroup[] = [...PEER_LIMITS, ...LOCAL_LIMITS, PROGRAM_LIMITS, OUTPUT_LIMITS];

/** The page of the project in this folder. Throws, naming the limit, for a proof or an option that is not there. */
export async function limitsArtefacts(project: string): Promise<readonly Artefact[]> {
  const options = JSON.parse(readFileSync(join(project, ".prettierrc.json"), "utf8")) as Options;
  return [{ path: PATH, text: await formatMarkdown(limitsPage(project, LIMIT_GROUPS), options) }];
}

/** The page, not formatted yet. */
export function limitsPage(project: string, groups: readonly LimitGroup[]): string {
  checkLimits(project, groups);
  return [
    INTRODUCTION,
    GOALS,
    markdownTable(["what", "goal"], goalRows()),
    EXPLANATION,
    ...groups.flatMap(({ title, text, limits }) => [`## ${title}`, text, markdownTable(HEAD, limits.map(cellsOf))]),
    "",
  ].join("\n\n");
}

function cellsOf({ what, figure, of, beyond, counters = [], option, proof }: Limit): readonly string[] {
  const counted = counters.length === 0 ? "" : ` (${counters.map((name) => `\`${name}\``).join(", ")})`;
  const set = option === undefined || figure.includes(option) ? "" : ` (\`${option}\`)`;
  return [what, `${figure}${set}`, of, `${beyond}${counted}`, proofText(proof)];
}

function proofText(proof: Proof): string {
  return "attack" in proof ? `\`${proof.attack}\`` : `[${proof.title}](../${proof.test})`;
}

/** Throws for the first limit whose proof or option is nowhere. */
function checkLimits(project: string, groups: readonly LimitGroup[]): void {
  const attacks = textOf(project, ["test/abuse"], /-attacks\.ts$/);
  const options = textOf(project, ["src/agent", "bmc", "host"], /\.ts$/);
  for (const { what, option, proof } of groups.flatMap(({ limits }) => limits)) {
    if (option !== undefined && !options.includes(option)) throw new Error(`${PATH}, ${what}: there is no ${option}`);
    if ("attack" in proof) {
      if (!attacks.includes(`"${proof.attack}"`))
        throw new Error(`${PATH}, ${what}: no attack is called ${proof.attack}`);
      continue;
    }
    const file = join(project, proof.test);
    if (!existsSync(file)) throw new Error(`${PATH}, ${what}: there is no ${proof.test}`);
    if (!readFileSync(file, "utf8").includes(`"${proof.title}"`)) {
      throw new Error(`${PATH}, ${what}: ${proof.test} has no test "${proof.title}"`);
    }
  }
}

function textOf(project: string, folders: readonly string[], ending: RegExp): string {
  return projectFiles(project, folders, ending)
    .map(({ text }) => text)
    .join("\n");
}
