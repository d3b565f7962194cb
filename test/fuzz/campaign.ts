/** Programs without end: new ones, and changed ones of those that led a side somewhere new; what fails is cut down. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoleName } from "../../src/core/binding/side.ts";
import { SeededRandom } from "../../src/platform/faulty.ts";
import { generateProgram } from "./generate.ts";
import { minimise, mutateProgram } from "./mutate.ts";
import type { Program } from "./program.ts";
import { runProgram, type RunOptions } from "./run-program.ts";

const KEPT_LIMIT = 400;
const ROLES: readonly RoleName[] = ["bmc", "host"];
/** The folder for files is emptied after so many programs. */
const PROGRAMS_PER_INBOX = 200;

export interface Limits {
  readonly seed: number;
  /** Whichever comes first. */
  readonly accesses: number;
  readonly seconds: number;
  readonly findings: number;
}

export interface Finding {
  /** The seed that gives the program again, before it was cut down. */
  readonly seed: number;
  readonly what: string;
  readonly program: Program;
}

export interface Campaign {
  readonly programs: number;
  readonly accesses: number;
  readonly features: number;
  readonly milliseconds: number;
  readonly findings: readonly Finding[];
}

export type Progress = (so: Omit<Campaign, "findings"> & { readonly found: number }) => void;

export async function runCampaign(limits: Limits, options: RunOptions = {}, onProgress?: Progress): Promise<Campaign> {
  const inbox = mkdtempSync(join(tmpdir(), "mctp-lpc-fuzz-"));
  const kept: Record<RoleName, Program[]> = { host: [], bmc: [] };
  const features = new Set<string>();
  const findings: Finding[] = [];
  const began = performance.now();
  let accesses = 0;
  let programs = 0;
  let told = began;
  const soFar = (): Omit<Campaign, "findings"> => ({
    programs,
    accesses,
    features: features.size,
    milliseconds: performance.now() - began,
  });
  try {
    while (
      accesses < limits.accesses &&
      performance.now() - began < limits.seconds * 1000 &&
      findings.length < limits.findings
    ) {
      const seed = limits.seed + programs;
      const random = new SeededRandom(seed);
      const target = ROLES[programs % 2]!;
      programs++;
      const program = nextProgram(random, target, kept[target]);
      const withInbox: RunOptions = { ...options, inbox };
      try {
        const outcome = await runProgram(program, withInbox);
        accesses += outcome.accesses;
        const before = features.size;
        for (const feature of outcome.features) features.add(`${target} ${feature}`);
        if (features.size > before) keep(random, kept[target], program);
      } catch (error) {
        const what = messageOf(error);
        const fails = async (candidate: Program): Promise<boolean> => (await failureOf(candidate, withInbox)) === what;
        findings.push({ seed, what, program: await minimise(program, fails) });
      }
      if (programs % PROGRAMS_PER_INBOX === 0) empty(inbox);
      if (onProgress !== undefined && performance.now() - told > 5000) {
        told = performance.now();
        onProgress({ ...soFar(), found: findings.length });
      }
    }
  } finally {
    rmSync(inbox, { recursive: true, force: true });
  }
  return { ...soFar(), findings };
}

function nextProgram(random: SeededRandom, target: RoleName, kept: readonly Program[]): Program {
  if (kept.length < 8 || random.chance(0.3)) return generateProgram(random, target);
  const one = kept[random.below(kept.length)]!;
  return mutateProgram(random, one, kept[random.below(kept.length)]!);
}

function keep(random: SeededRandom, kept: Program[], program: Program): void {
  if (kept.length < KEPT_LIMIT) kept.push(program);
  else kept[random.below(kept.length)] = program;
}

/** What goes wrong with a program, undefined when nothing does. */
export async function failureOf(program: Program, options: RunOptions): Promise<string | undefined> {
  try {
    await runProgram(program, options);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Without the figures that differ while a program is cut down. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const where = error.constructor.name === "Violation" ? "" : ` ${error.stack?.split("\n")[1]?.trim() ?? ""}`;
  return `${error.message.replace(/ \d+/g, " #")}${where}`;
}

function empty(inbox: string): void {
  for (const name of readdirSync(inbox)) rmSync(join(inbox, name), { recursive: true, force: true });
}
