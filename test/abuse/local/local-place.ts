/** The place of one local attack: a folder, the program as its user runs it, and a look at what must not change. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  type Stats,
} from "node:fs";
import { join } from "node:path";
import { sharedMemory } from "../../support/shared-memory.ts";
import { AbusedAgent } from "../agent.ts";

const END_LIMIT_MILLISECONDS = 20_000;
/** More than any command has to say. */
const OUTPUT_LIMIT_BYTES = 1024 * 1024;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** It did not end by itself and was killed. */
  readonly isOverdue: boolean;
}

export interface RunTerms {
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs as this user and group; takes root. */
  readonly user?: number;
  /** A shell command that is run before, in the same process: "ulimit -n 32". */
  readonly first?: string;
  readonly limitMilliseconds?: number;
}

export interface Refusal extends RunTerms {
  /** What the program says, in one sentence. */
  readonly says: RegExp;
  /** Paths of which nothing may change. */
  readonly unchanged?: readonly string[];
}

export class LocalPlace {
  readonly program: string;
  readonly folder: string;
  readonly #agents: AbusedAgent[] = [];

  /** `program`: the built one. */
  constructor(program: string) {
    this.program = program;
    this.folder = mkdtempSync(join(sharedMemory(), "mctp-lpc-abuse-"));
    for (const name of ["run", "tmp", "inbox"]) mkdirSync(this.path(name), { mode: 0o700 });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  get board(): string {
    return `shm:${this.path("board")}`;
  }

  /** Runs the program to its end. */
  async run(args: readonly string[], terms: RunTerms = {}): Promise<Ended> {
    const { environment, user, first, limitMilliseconds = END_LIMIT_MILLISECONDS } = terms;
    const words = [process.execPath, this.program, ...args];
    const [command = "", ...rest] =
      first === undefined ? words : ["/bin/sh", "-c", `${first}; exec "$@"`, "sh", ...words];
    const child = spawn(command, rest, {
      cwd: this.folder,
      env: { ...this.#environment, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      ...(user === undefined ? {} : { uid: user, gid: user }),
    });
    let [stdout, stderr] = ["", ""];
    child.stdout
      .setEncoding("utf8")
      .on("data", (text: string) => (stdout = (stdout + text).slice(-OUTPUT_LIMIT_BYTES)));
    child.stderr
      .setEncoding("utf8")
      .on("data", (text: string) => (stderr = (stderr + text).slice(-OUTPUT_LIMIT_BYTES)));
    let isOverdue = false;
    const timer = setTimeout(() => {
      isOverdue = true;
      child.kill("SIGKILL");
    }, limitMilliseconds);
    const [code] = (await once(child, "close")) as [number | null];
    clearTimeout(timer);
    return { code, stdout, stderr, isOverdue };
  }

  /** Has the program refuse something; gives what was not as it should be, a sentence each. */
  async refused(args: readonly string[], { says, unchanged = [], ...terms }: Refusal): Promise<readonly string[]> {
    const before = unchanged.map(pictureOf);
    const ended = await this.run(args, terms);
    const changed = unchanged.filter((path, at) => pictureOf(path) !== before[at]);
    return [...refusalTroubles(ended, says), ...changed.map((path) => `${path} was changed`)];
  }

  /** Starts an agent and waits until it listens. */
  async agent(side: "host" | "bmc", options: readonly string[] = [], inside?: string): Promise<AbusedAgent> {
    const agent = new AbusedAgent({
      name: `${side} agent`,
      program: this.program,
      inside,
      args: [side, "run", "--platform", this.board, ...options],
      control: this.path(`${side}.sock`),
      environment: this.#environment,
    });
    this.#agents.push(agent);
    await agent.line(/control socket/);
    return agent;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.kill()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #environment(): Record<string, string> {
    return { PATH: process.env["PATH"] ?? "", XDG_RUNTIME_DIR: this.path("run"), TMPDIR: this.path("tmp") };
  }
}

/** A refusal is a sentence and an exit status, and no stack trace. */
function refusalTroubles({ code, stderr, isOverdue }: Ended, says: RegExp): readonly string[] {
  if (isOverdue) return ["the program did not end"];
  return [
    ...(code === 0 || code === null ? [`the exit status was ${String(code)}`] : []),
    ...(says.test(stderr) ? [] : [`the program said ${JSON.stringify(stderr.slice(0, 300))}`]),
    ...(/^\s+at .*(:\d+:\d+|\))$/m.test(stderr) ? ["the program printed a stack trace"] : []),
  ];
}

/** Type, owner, mode, size and contents of what is at a path, links not followed, and of all below a folder. */
export function pictureOf(path: string): string {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return "nothing";
  const { ino, mode, nlink, size, uid } = stats;
  const below = stats.isDirectory()
    ? readdirSync(path)
        .sort()
        .map((name) => `${name} ${pictureOf(join(path, name))}`)
    : [];
  return [ino, mode, nlink, stats.isDirectory() ? 0 : size, uid, contentsOf(path, stats), ...below].join(" ");
}

function contentsOf(path: string, stats: Stats): string {
  if (stats.isSymbolicLink()) return readlinkSync(path);
  // A sparse file may be as large as any number says.
  if (!stats.isFile() || stats.size > 64 * 1024 * 1024) return "";
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
