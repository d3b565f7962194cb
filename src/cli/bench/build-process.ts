/**
 * Measurements of a build, this one or another, each in a process of its own. A fresh isolate of one process would share
 * the process's memory, its threads for garbage and compilation and their backlog; and two builds in one process would
 * load one copy of each native part.
 *
 * The process loads the measuring code of the build that it measures, so that each build runs its own.
 */
import childProcess, { execFile, type ChildProcess } from "node:child_process";
import fs, { existsSync, readFileSync, statSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Failure, messageOf } from "../../platform/failure.ts";
import { agentEffort, measureAgents } from "./agent-figures.ts";
import type * as inProcess from "./in-process.ts";
import type * as processes from "./processes.ts";
import type * as routing from "./routing.ts";
import type { BuildTask } from "./rows.ts";
import { measureStart, type Start } from "./starts.ts";

const PROGRAM = "mctp-lpc";
const BENCH_FOLDER = join("dist", "src", "cli", "bench");
/** What the measuring code of a build has to export, by the kind of measurement. Agents are measured by their tools. */
const NEEDED = {
  throughput: { file: "in-process.js", name: "measureThroughput" },
  pingPong: { file: "in-process.js", name: "measurePingPong" },
  routing: { file: "routing.js", name: "measureRouting" },
  judgedEcho: { file: "processes.js", name: "measureProcesses" },
} as const satisfies Readonly<
  Record<Exclude<BuildTask["kind"], "start" | "agents">, { readonly file: string; readonly name: string }>
>;
/** Many times what a measurement takes. */
const PROCESS_LIMIT_MILLISECONDS = 60_000;
/** About as many as there are. */
const ECHOES_PER_SECOND = 100_000;
const SAMPLES = 5;
const QUICK_RUNS: inProcess.BenchEffort = { samples: 1, runSeconds: 0.002 };

/** Measured in a process of its own. */
type ProcessTask = Exclude<BuildTask, { readonly kind: "start" }>;

export interface BuildEffort {
  /** Of each of the runs that follow the warm-up. */
  readonly runSeconds: number;
  /** One run of a moment in place of several: it shows that everything works. */
  readonly quick: boolean;
  /** `passed`: the time that passes. `cpu`: the time that the process's threads run, whatever else the machine does. */
  readonly clock: "passed" | "cpu";
  /** Whether agents record and judge their bus accesses as the task says, where agents are measured. */
  readonly judges: boolean;
}

/** What a process is to measure, as its only argument. */
interface Question {
  readonly checkout: string;
  readonly task: ProcessTask;
  readonly effort: BuildEffort;
}

/* ---- The process that compares ---- */

/** The checkout's path, made absolute; throws a Failure unless its build can measure all of these. */
export function findBuild(folder: string, rows: readonly BuildTask["kind"][]): string {
  const checkout = resolve(folder);
  if (!(statSync(checkout, { throwIfNoEntry: false })?.isDirectory() ?? false)) {
    throw new Failure("bench-build", `There is no folder ${checkout}: give a checkout of ${PROGRAM} to compare with.`);
  }
  const name = packageName(checkout);
  if (name !== PROGRAM) {
    const found = name === undefined ? "has no package.json with a name" : `is a checkout of ${name}`;
    throw new Failure("bench-build", `${checkout} ${found}: give a checkout of ${PROGRAM} to compare with.`);
  }
  if (!existsSync(join(checkout, "dist", "src", "cli", "main.js"))) {
    throw new Failure("bench-build", `${checkout} is not built: run "npm ci && npm run build" there.`);
  }
  const missing = rows
    .filter((kind) => kind !== "start" && kind !== "agents")
    .map((kind) => NEEDED[kind])
    .filter(({ file, name }) => !exportsFunction(join(checkout, BENCH_FOLDER, file), name));
  if (missing.length > 0) {
    const places = missing.map(({ file, name }) => `${name} of ${join(BENCH_FOLDER, file)}`);
    throw new Failure(
      "bench-build",
      `The build in ${checkout} lacks ${places.join(", ")}: build it again with "npm run build" there, or name the rows that it can measure with --row.`,
    );
  }
  return checkout;
}

/** As the compiler writes it. */
function exportsFunction(path: string, name: string): boolean {
  return existsSync(path) && new RegExp(`^export (async )?function ${name}\\b`, "m").test(readFileSync(path, "utf8"));
}

/** Microseconds of a packet, of a round trip, or of a start. */
export async function measureBuild(checkout: string, task: BuildTask, effort: BuildEffort): Promise<number> {
  const microseconds =
    task.kind === "start"
      ? await microsecondsOfStart(checkout, task.start, effort.clock)
      : await ask({ checkout, task, effort });
  if (typeof microseconds === "number" && microseconds > 0 && Number.isFinite(microseconds)) return microseconds;
  throw new Failure("bench-build", `The build in ${checkout} measured ${String(microseconds)} in place of a time.`);
}

async function microsecondsOfStart(checkout: string, start: Start, clock: BuildEffort["clock"]): Promise<number> {
  const { milliseconds, cpuMilliseconds } = await measureStart(programOf(checkout), start);
  return 1000 * (clock === "cpu" ? cpuMilliseconds : milliseconds);
}

/** A build starts as its package.json says. */
function programOf(checkout: string): string {
  const { bin } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as {
    readonly bin: Readonly<Record<string, string>>;
  };
  return join(checkout, bin[PROGRAM] ?? "");
}

function packageName(checkout: string): string | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
    if (typeof found !== "object" || found === null || !("name" in found)) return undefined;
    return typeof found.name === "string" ? found.name : undefined;
  } catch {
    return undefined;
  }
}

function ask(question: Question): Promise<unknown> {
  const args = [fileURLToPath(import.meta.url), JSON.stringify(question)];
  return new Promise((done, failed) => {
    execFile(process.execPath, args, { timeout: PROCESS_LIMIT_MILLISECONDS }, (error, stdout, stderr) => {
      if (error === null) {
        try {
          done(JSON.parse(stdout));
          return;
        } catch (unreadable) {
          failed(processFailure(question, `printed what is no JSON (${messageOf(unreadable)})`));
          return;
        }
      }
      failed(processFailure(question, endOf(error, stderr)));
    });
  });
}

function processFailure({ checkout }: Question, how: string): Failure {
  return new Failure(
    "bench-build",
    `A measurement of the build in ${checkout} ${how}. If that build is damaged, run "npm ci && npm run build" there.`,
  );
}

function endOf(
  error: { readonly killed?: boolean; readonly signal?: unknown; readonly code?: unknown },
  stderr: string,
): string {
  if (error.killed === true) return `did not end within ${String(PROCESS_LIMIT_MILLISECONDS / 1000)} s`;
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const why = lines.find((line) => /^(Uncaught )?\w*Error\b/.test(line)) ?? lines.at(-1);
  const status = typeof error.signal === "string" ? `signal ${error.signal}` : `status ${String(error.code)}`;
  return `ended with ${status}${why === undefined ? "" : ` (${why.trim().replace(/\.$/, "")})`}`;
}

/* ---- The process that measures ---- */

/** The measuring code of every build reads one of these clocks. */
function countProcessorTime(): void {
  const microseconds = (): number => {
    const { user, system } = process.cpuUsage();
    return user + system;
  };
  process.hrtime.bigint = () => 1000n * BigInt(microseconds());
  performance.now = () => microseconds() / 1000;
}

/**
 * A measurement that is ended by its limit leaves none of the agents that the measuring code of a build has started, and
 * none of the folders that it has made. The agents are killed first: one that runs goes on to make files in a folder
 * that is being removed.
 */
function leaveNothingAtEnd(): void {
  const started: ChildProcess[] = [];
  const made: string[] = [];
  const { spawn } = childProcess;
  const { mkdtempSync } = fs;
  childProcess.spawn = ((...given: Parameters<typeof spawn>) => {
    const child = spawn(...given);
    started.push(child);
    return child;
  }) as typeof spawn;
  fs.mkdtempSync = ((...given: Parameters<typeof mkdtempSync>) => {
    const folder = mkdtempSync(...given);
    made.push(folder);
    return folder;
  }) as typeof mkdtempSync;
  syncBuiltinESMExports();
  process.once("exit", () => {
    for (const child of started) child.kill("SIGKILL");
    // A call of the system that a killed process had begun may still make a file: then the folder is not empty yet.
    for (const folder of made) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 10 });
  });
  process.once("SIGTERM", () => {
    process.exit(1);
  });
}

async function measure({ checkout, task, effort }: Question): Promise<number> {
  const runs = effort.quick ? QUICK_RUNS : { samples: SAMPLES, runSeconds: effort.runSeconds };
  if (task.kind === "agents") {
    return await measureAgents(programOf(checkout), task.figure, agentEffort(effort.quick));
  }
  const code = await load(checkout, NEEDED[task.kind].file);
  if (task.kind === "judgedEcho") return await measureEcho(code as typeof processes, task, runs, effort.judges);
  if (effort.clock === "cpu") countProcessorTime();
  const { version, mtu, messageBytes } = task;
  switch (task.kind) {
    case "throughput": {
      const { measureThroughput } = code as typeof inProcess;
      return 1e6 / measureThroughput(version, mtu ?? undefined, messageBytes, task.direction, runs).packetsPerSecond;
    }
    case "pingPong":
      return (code as typeof inProcess).measurePingPong(version, task.mtu, messageBytes, runs).medianMicroseconds;
    case "routing":
      return 1e6 / (code as typeof routing).measureRouting(version, task.mtu, messageBytes, runs).packetsPerSecond;
  }
}

/** Two processes that never sleep: the time that passes is the processor's, whichever is asked for. */
async function measureEcho(
  { measureProcesses }: typeof processes,
  { version, judge }: Extract<BuildTask, { readonly kind: "judgedEcho" }>,
  { samples, runSeconds }: inProcess.BenchEffort,
  judges: boolean,
): Promise<number> {
  const roundTrips = Math.ceil(runSeconds * ECHOES_PER_SECOND);
  // Older builds need the count of large messages, and pass the last argument over if they have no judge.
  const effort = { samples, roundTrips, bulkMessages: 1 };
  return (await measureProcesses("busy", version, effort, judges ? judge : "off")).medianMicroseconds;
}

async function load(checkout: string, file: string): Promise<unknown> {
  return await import(pathToFileURL(join(checkout, BENCH_FOLDER, file)).href);
}

const [, program, question] = process.argv;
if (program === fileURLToPath(import.meta.url) && question !== undefined) {
  leaveNothingAtEnd();
  process.stdout.write(JSON.stringify(await measure(JSON.parse(question) as Question)));
}
