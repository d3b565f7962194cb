/** The mistakes of the mutation run whose sides a conformance run has to find fault with, and whether it does. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { RoleName } from "../../src/core/binding/side.ts";
import { JUDGED, sidesOf, type JudgedRequirement } from "../../src/core/judge/requirements.ts";
import { judgeOfRun, type Mistake } from "../mutation/mistake.ts";
import { Scratch } from "../mutation/scratch.ts";
import { MISTAKES } from "../mutation/mistakes.ts";

export const ROLE_NAMES: readonly RoleName[] = ["host", "bmc"];
/** How a run lets the side under test work: one access at a time, or all that it can do at once. */
const MODES: Readonly<Record<RoleName, readonly string[]>> = {
  bmc: ["stepped", "at once"],
  // The last for what a host of all versions, and with the largest MTU that there is room for, cannot break.
  host: ["stepped", "at once", "narrow"],
};
const LIMIT_MILLISECONDS = 240_000;
const ERROR_CHARACTERS = 300;

/** A case that failed, and what it named. */
export interface Found {
  readonly case: string;
  readonly requirement: string;
}

export interface MistakeOutcome {
  readonly mistake: Mistake;
  /** What broke a requirement that the mistake breaks; undefined where nothing did. */
  readonly found: Found | undefined;
  /** Everything that was found, and how a run ended that came to no result. */
  readonly all: readonly string[];
}

/** Those that break a requirement of the side which the judge of a trace would name. */
export function mistakesOf(side: RoleName): readonly Mistake[] {
  return MISTAKES.filter((mistake) => judgeOfRun(mistake).sides.includes(side) && namesOf(mistake, side).length > 0);
}

/** The requirements, of those a mistake breaks, that bind the side and that the judge of a trace names. */
function namesOf({ judgedAs }: Mistake, side: RoleName): readonly string[] {
  return judgedAs.filter((name) => name in JUDGED && sidesOf(name as JudgedRequirement).includes(side));
}

/** Mistakes that nothing on the bus shows which a tester can bring about, and why. */
export const OUT_OF_REACH: ReadonlyMap<string, string> = new Map([
  [
    "bmc-misses-reset-behind-packet",
    "whether the reset came before the BMC's look behind the packet cannot be told from outside",
  ],
  ["bmc-reads-fields-before-status", "a read of the window leaves no trace for the host"],
  ["bmc-looks-no-more-while-announcing", "a side that interrupts wake looks in time without it"],
  ["overlap-unseen", "a BMC judges no layout"],
  ["offer-above-mtu", "the endpoint above gives the binding no packet above the MTU"],
  ["bmc-does-not-look-behind-packet", "the endpoint drops what it would answer in the next session"],
  ["bmc-looks-before-reading", "the endpoint drops what it would answer in the next session"],
  ["host-sends-on-after-loss", "the announcement of the next session takes the place of the packet that waited"],
  ["host-speaks-newest-version-alone", "LPC-VER-4 is a recommendation: a host may be configured so"],
  ["offer-above-mtu", "the endpoint above gives the binding no packet above the MTU"],
]);

export interface MistakesOptions {
  readonly project: string;
  readonly jobs: number;
  readonly onOutcome: (outcome: MistakeOutcome) => void;
}

/** Makes each mistake in a copy of the project, and runs the cases against it. Outcomes come in no order. */
export async function tryMistakes(
  side: RoleName,
  mistakes: readonly Mistake[],
  { project, jobs, onOutcome }: MistakesOptions,
): Promise<readonly MistakeOutcome[]> {
  const outcomes: MistakeOutcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const scratch = new Scratch(project);
    try {
      while (next < mistakes.length) {
        const outcome = await tryMistake(side, mistakes[next++]!, scratch);
        outcomes.push(outcome);
        onOutcome(outcome);
      }
    } finally {
      scratch.remove();
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return outcomes;
}

async function tryMistake(side: RoleName, mistake: Mistake, scratch: Scratch): Promise<MistakeOutcome> {
  const restore = scratch.seed(mistake);
  // A case may name what the judge does not look for on this side.
  const names = [...mistake.judgedAs, ...mistake.breaks.filter((name) => name.startsWith("LPC-"))];
  const all: string[] = [];
  try {
    for (const mode of MODES[side]) {
      const found = await play(side, mode, names, scratch);
      if (typeof found === "string") {
        all.push(found);
        continue;
      }
      all.push(...found.map((one) => `${one.requirement} by ${one.case}`));
      const hit = found.find(({ requirement }) => names.includes(requirement));
      if (hit !== undefined) return { mistake, found: hit, all };
    }
  } finally {
    restore();
  }
  return { mistake, found: undefined, all };
}

/** What the run found, up to the first that breaks one of these requirements; a text where it came to no result. */
async function play(
  side: RoleName,
  mode: string,
  names: readonly string[],
  scratch: Scratch,
): Promise<readonly Found[] | string> {
  const program = join(scratch.project, "dist", "test", "conform", "play-copy.js");
  const child = spawn(process.execPath, [program, scratch.folder, side, mode, ...names], {
    cwd: scratch.folder,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIMIT_MILLISECONDS,
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (status === 0) return JSON.parse(output) as readonly Found[];
  const why = errors.split("\n").find((line) => line.includes("Error")) ?? "no output";
  return `no result (${mode}): ${why.slice(0, ERROR_CHARACTERS)}`;
}
