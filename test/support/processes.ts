/**
 * The program as its users run it: agents and tools as processes of the built binary, each test in a folder of its own
 * that takes everything with it when the test ends.
 */
import { jest } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { AgentStatus } from "../../src/agent/status.ts";
import { connectControl } from "../../src/agent/control/control-socket.ts";
import {
  agentClient,
  type MethodName,
  type ParametersOf,
  type ProgressOf,
  type ResultOf,
} from "../../src/agent/control/methods.ts";
import { sharedMemory } from "./shared-memory.ts";

export const PROJECT: string = join(__dirname, "..", "..");
/** The bundle; bundle.mjs of this folder makes it of the sources before the first test. */
export const MAIN: string = join(PROJECT, "dist", "bin", "mctp-lpc.js");

/** Long enough for two cores with four busy loops, short enough to wait for a test that fails. */
const LINE_LIMIT_MILLISECONDS = 30_000;
const BRIDGE_LIMIT_MILLISECONDS = 30_000;
const TOOL_LIMIT_MILLISECONDS = 30_000;
const LOOK_MILLISECONDS = 10;

// Every wait below has a limit of its own.
jest.setTimeout(120_000);

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Finished extends Exit {
  readonly stdout: string;
  readonly stderr: string;
  /** Did not end by itself in time. */
  readonly overdue: boolean;
}

/** A folder with everything that a test makes, and the processes that it started. */
/** Variables that change what the program does. */
const OWN_VARIABLES = /^(DEBUG|NO_COLOR|FORCE_COLOR|JOURNAL_STREAM|MCTP_LPC_(PLATFORM|AGENT))$/;

export class Sandbox {
  readonly folder: string;
  readonly #children = new Set<ChildProcess>();
  #disposed = false;

  constructor() {
    this.folder = mkdtempSync(join(sharedMemory(), "mctp-lpc-test-"));
    mkdirSync(this.path("run"), { mode: 0o700 });
    mkdirSync(this.path("tmp"), { mode: 0o700 });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A folder made in the sandbox if it is not there yet. */
  folderAt(name: string): string {
    mkdirSync(this.path(name), { recursive: true, mode: 0o700 });
    return this.path(name);
  }

  /** Default control sockets and temporary files stay inside; what the caller's terminal has set stays outside. */
  environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN_VARIABLES.test(name)));
    return { ...inherited, XDG_RUNTIME_DIR: this.path("run"), TMPDIR: this.path("tmp"), ...more };
  }

  /** Starts any program; it is killed at the latest with the sandbox. */
  start(program: string, args: readonly string[], environment?: Readonly<Record<string, string>>): ChildProcess {
    if (this.#disposed) throw new Error("the sandbox is gone");
    const child = spawn(program, args, { env: this.environment(environment), stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.on("error", () => undefined);
    this.#children.add(child);
    child.once("close", () => this.#children.delete(child));
    return child;
  }

  /** Starts the program without waiting for anything that it does. */
  launch(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<ChildProcess> {
    return Promise.resolve(this.start(process.execPath, [MAIN, ...args], environment));
  }

  /** Runs the program to its end, without input. */
  async run(...args: readonly string[]): Promise<Finished> {
    return finish(await this.launch(args));
  }

  /**
   * Starts an agent on the board named "board" with an inbox, and waits until it listens. It ends with this process at
   * the latest, even when that is killed.
   */
  async agent(side: "host" | "bmc", ...options: readonly string[]): Promise<AgentProcess> {
    const agent = await this.bareAgent(side, "--inbox", this.folderAt(`${side}-inbox`), ...options);
    await agent.line(/control socket/);
    return agent;
  }

  /** As `agent`, without an inbox and without waiting. */
  async bareAgent(side: "host" | "bmc", ...options: readonly string[]): Promise<AgentProcess> {
    const control = this.path(`${side}.sock`);
    const place = ["--platform", `shm:${this.path("board")}`, "--control", control];
    const child = await this.launch([side, "run", ...place, "--until-eof", ...options]);
    return new AgentProcess(side, child, control, this.path(`${side}-inbox`));
  }

  /** As `agent`, with further links, whose native part takes its time to load. */
  async bridge(side: "host" | "bmc", ...options: readonly string[]): Promise<AgentProcess> {
    const agent = await this.bareAgent(side, "--inbox", this.folderAt(`${side}-inbox`), ...options);
    await agent.line(/control socket/, 0, BRIDGE_LIMIT_MILLISECONDS);
    return agent;
  }

  /** Starts an endpoint on a serial line, and waits until it listens. `name` tells it from others. */
  async lineEndpoint(name: string, link: string, ...options: readonly string[]): Promise<AgentProcess> {
    const control = this.path(`${name}.sock`);
    const inbox = this.folderAt(`${name}-inbox`);
    const place = ["--link", link, "--control", control, "--inbox", inbox];
    const child = await this.launch(["endpoint", "run", ...place, "--until-eof", ...options]);
    const agent = new AgentProcess("endpoint", child, control, inbox);
    await agent.line(/control socket/, 0, BRIDGE_LIMIT_MILLISECONDS);
    return agent;
  }

  /** Both agents, the channel up and the host's endpoint discovered. Options are for both. */
  async pair(...options: readonly string[]): Promise<{ readonly host: AgentProcess; readonly bmc: AgentProcess }> {
    const [bmc, host] = await Promise.all([this.agent("bmc", ...options), this.agent("host", ...options)]);
    await Promise.all([host.line(/^channel up/), bmc.line(/^discovered/)]);
    return { host, bmc };
  }

  /** Ends what still runs and removes the folder; safe to call whatever happened before. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    const children = [...this.#children];
    await Promise.all(
      children.map(async (child) => {
        const closed = once(child, "close");
        child.kill("SIGKILL");
        await closed;
      }),
    );
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An agent as its user sees it: the lines that it says, its control socket, its end. */
export class AgentProcess {
  readonly side: "host" | "bmc" | "endpoint";
  readonly control: string;
  readonly inbox: string;
  /** What it has said so far, without time and name. */
  readonly lines: string[] = [];
  readonly exited: Promise<Exit>;
  stderr = "";
  #exit: Exit | undefined;
  readonly #child: ChildProcess;
  readonly #said = new EventEmitter();

  constructor(side: "host" | "bmc" | "endpoint", child: ChildProcess, control: string, inbox: string) {
    this.side = side;
    this.control = control;
    this.inbox = inbox;
    this.#child = child;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on("line", (line) => {
        this.lines.push(line.replace(/^[\d:.]+ (?:host|bmc |end ) /, ""));
        this.#said.emit("line");
      });
    }
    this.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#exit = { code, signal };
        this.#said.emit("line");
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get running(): boolean {
    return this.#exit === undefined;
  }

  /** Waits for a line, the first `from` lines left out. Fails, with all that was said, when it does not come. */
  async line(pattern: RegExp, from = 0, limit = LINE_LIMIT_MILLISECONDS): Promise<string> {
    const end = performance.now() + limit;
    for (;;) {
      const found = this.lines.slice(from).find((line) => pattern.test(line));
      if (found !== undefined) return found;
      const left = end - performance.now();
      if (!this.running || left <= 0) {
        const why = this.running ? `in ${String(limit)} ms` : `before it ended (${JSON.stringify(this.#exit)})`;
        throw new Error(`the ${this.side} agent did not say ${String(pattern)} ${why}; it said:\n${this.transcript}`);
      }
      const timeout = new AbortController();
      const timer = setTimeout(() => {
        timeout.abort();
      }, left);
      await once(this.#said, "line", { signal: timeout.signal }).catch(() => undefined);
      clearTimeout(timer);
    }
  }

  /** The lines from a mark on that match. */
  matching(pattern: RegExp, from = 0): readonly string[] {
    return this.lines.slice(from).filter((line) => pattern.test(line));
  }

  get transcript(): string {
    return [...this.lines, this.stderr].join("\n");
  }

  /** Calls a method over the control socket, on a connection of its own. */
  async call<Name extends MethodName>(
    name: Name,
    parameters: ParametersOf<Name>,
    onProgress?: (progress: ProgressOf<Name>) => void,
  ): Promise<ResultOf<Name>> {
    const client = agentClient(await connectControl(this.control));
    try {
      return await client.call(name, parameters, onProgress);
    } finally {
      client.close();
    }
  }

  async status(): Promise<AgentStatus> {
    return (await this.call("status", {})) as AgentStatus;
  }

  /** The status, once it satisfies `holds`. */
  async until(holds: (status: AgentStatus) => boolean, limit = LINE_LIMIT_MILLISECONDS): Promise<AgentStatus> {
    const end = performance.now() + limit;
    for (;;) {
      const status = await this.status();
      if (holds(status)) return status;
      if (performance.now() > end) {
        throw new Error(`in vain after ${String(limit)} ms: ${JSON.stringify(status)}\n${this.transcript}`);
      }
      await pause(LOOK_MILLISECONDS);
    }
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    this.#child.kill(signal);
    return this.exited;
  }

  /** Closes its standard input and waits for the end. */
  async endInput(): Promise<Exit> {
    this.#child.stdin?.end();
    return this.exited;
  }
}

/** Waits for the end of a process and collects what it said; one that does not end is killed. */
export async function finish(child: ChildProcess, limit = TOOL_LIMIT_MILLISECONDS): Promise<Finished> {
  let stdout = "";
  let stderr = "";
  let overdue = false;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin?.end();
  const timer = setTimeout(() => {
    overdue = true;
    child.kill("SIGKILL");
  }, limit);
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  return { code, signal, stdout, stderr, overdue };
}

export function sha256Of(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** The files in a folder that a user sees: those without a dot. */
export function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .sort();
}

/** The names of the files that an agent received, whoever sent them. */
export function receivedIn(inbox: string): readonly string[] {
  return peerFolders(inbox)
    .flatMap((folder) => readdirSync(join(inbox, folder)))
    .sort();
}

/** The path of a file that an agent received, whoever sent it. */
export function receivedAs(inbox: string, name: string): string {
  const folder = peerFolders(inbox).find((one) => existsSync(join(inbox, one, name)));
  if (folder === undefined) throw new Error(`${name} was not received in ${inbox}`);
  return join(inbox, folder, name);
}

function peerFolders(inbox: string): readonly string[] {
  return readdirSync(inbox).filter((name) => name.startsWith("port-"));
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** What a promise gives, or a failure when it takes too long. */
export async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not within ${String(milliseconds)} ms`));
    }, milliseconds);
  });
  return Promise.race([promise, overdue]).finally(() => {
    clearTimeout(timer);
  });
}

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
