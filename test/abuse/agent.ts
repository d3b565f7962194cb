/** An agent of the built program as a process under attack: what it says, what it costs, what it holds, how it ends. */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { connectControl } from "../../src/agent/control/control-socket.ts";
import { agentClient, type AgentClient } from "../../src/agent/control/methods.ts";
import type { AgentStatus } from "../../src/agent/status.ts";
import type { Look } from "./inside.ts";
import { pause, within } from "./pause.ts";

const START_LIMIT_MILLISECONDS = 30_000;
const STATUS_LIMIT_MILLISECONDS = 10_000;
const LOOK_LIMIT_MILLISECONDS = 10_000;
const END_LIMIT_MILLISECONDS = 10_000;
/** Lines kept for a look at what was said. */
const LINES_KEPT = 20_000;

export interface AgentPlan {
  /** For people: "victim". */
  readonly name: string;
  /** The built program. */
  readonly program: string;
  /** The module that is loaded into it beforehand and looks at its loop and its memory; undefined: it is left alone. */
  readonly inside?: string | undefined;
  readonly args: readonly string[];
  readonly control: string;
  readonly environment: Readonly<Record<string, string>>;
}

export class AbusedAgent {
  readonly name: string;
  readonly control: string;
  /** What it has said on standard output, without the time in front. */
  readonly lines: string[] = [];
  /** Bytes of standard output so far. */
  logBytes = 0;
  /** What it said on standard error; an agent has nothing to say there. */
  errors = "";
  /** The log as it came, for a look at its characters. */
  log = "";
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  isRunning = true;
  readonly #child: ChildProcess;

  constructor({ name, program, inside, args, control, environment }: AgentPlan) {
    this.name = name;
    this.control = control;
    const watched = inside === undefined ? [] : ["--expose-gc", "--import", inside];
    // Its standard input ends with this process, however that ends, and the agent with it.
    this.#child = spawn(process.execPath, [...watched, program, ...args, "--control", control, "--until-eof"], {
      env: { ...process.env, ...environment },
      stdio: ["pipe", "pipe", "pipe", ...(inside === undefined ? [] : (["ipc"] as const))],
    });
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.errors += text));
    const { stdout } = this.#child;
    if (stdout !== null) {
      stdout.setEncoding("utf8").on("data", (text: string) => {
        this.logBytes += Buffer.byteLength(text);
        this.log += text;
      });
      createInterface({ input: stdout }).on("line", (line) => {
        if (this.lines.length < LINES_KEPT) this.lines.push(line.replace(/^[\d:.]+ (?:host|bmc |end ) /, ""));
      });
    }
    this.exited = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => {
        this.isRunning = false;
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Waits for a line behind the first `from`; throws, with what was said, when it does not come. */
  async line(pattern: RegExp, from = 0, limit = START_LIMIT_MILLISECONDS): Promise<string> {
    const end = performance.now() + limit;
    for (;;) {
      const found = this.lines.slice(from).find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (!this.isRunning || performance.now() > end) {
        const said = [...this.lines.slice(-20), this.errors.slice(-2000)].join("\n");
        throw new Error(`the ${this.name} did not say ${String(pattern)}; it said:\n${said}`);
      }
      await pause(10);
    }
  }

  /** A connection of its own to the control socket. */
  async client(): Promise<AgentClient> {
    return agentClient(await connectControl(this.control));
  }

  /** Asked again where the agent has no place for a further client. */
  async status(): Promise<AgentStatus> {
    const end = performance.now() + STATUS_LIMIT_MILLISECONDS;
    for (;;) {
      try {
        return await this.#statusOnce();
      } catch (error) {
        if (!this.isRunning || performance.now() > end) throw error;
        await pause(100);
      }
    }
  }

  async #statusOnce(): Promise<AgentStatus> {
    const client = await this.client();
    try {
      return (await client.call("status", {})) as AgentStatus;
    } finally {
      client.close();
    }
  }

  /** Memory that it holds once garbage is collected, and the worst that its loop was kept busy since the last look. */
  look(): Promise<Look> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`the ${this.name} does not look at itself within ${String(LOOK_LIMIT_MILLISECONDS)} ms`));
      }, LOOK_LIMIT_MILLISECONDS);
      child.once("message", (look) => {
        clearTimeout(timer);
        resolve(look as Look);
      });
      child.send("look");
    });
  }

  /** Asks it to end; gives how many milliseconds it took, undefined when it had to be killed. */
  async stop(): Promise<number | undefined> {
    if (!this.isRunning) return 0;
    const began = performance.now();
    this.#child.kill("SIGTERM");
    const ended = await within(END_LIMIT_MILLISECONDS, this.exited);
    const took = performance.now() - began;
    if (ended !== undefined) return took;
    await this.kill();
    return undefined;
  }

  async kill(): Promise<void> {
    if (this.isRunning) this.#child.kill("SIGKILL");
    await this.exited;
  }
}
