/** An agent of the built program as a process that is to be killed, stopped and started again. */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { UNANSWERED } from "../../src/node/messenger.ts";
import { connectControl } from "../../src/agent/control/control-socket.ts";
import {
  agentClient,
  type AgentClient,
  type MethodName,
  type ParametersOf,
  type ResultOf,
} from "../../src/agent/control/methods.ts";
import type { AgentStatus } from "../../src/agent/status.ts";
import type { RoleName } from "../../src/core/binding/side.ts";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Place {
  readonly main: string;
  readonly board: string;
  readonly control: string;
  readonly inbox: string;
}

const START_LIMIT_MILLISECONDS = 20_000;
const LAST_OUTPUT = 4000;
const FINDING = / broke LPC-/;

export class SoakAgent {
  readonly side: RoleName;
  readonly exited: Promise<Exit>;
  readonly control: string;
  running = true;
  /** What it found in its bus accesses: a line each, the first of each kind. */
  readonly findings: string[] = [];
  /** Breaks that a fault explains, of those that it counts. */
  explained = 0;
  /** What it said last, for a failure. */
  output = "";
  readonly #child: ChildProcess;
  #client: Promise<AgentClient> | undefined;

  /** Its standard input ends with this process, however that ends, and the agent with it. */
  constructor(side: RoleName, { main, board, control, inbox }: Place) {
    this.side = side;
    this.control = control;
    const place = ["--platform", `shm:${board}`, "--control", control, "--inbox", inbox];
    const options = ["--mtu", "1024", "--versions", "3", "--judge", "live", "--until-eof"];
    this.#child = spawn(process.execPath, [main, side, "run", ...place, ...options], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.stdin?.on("error", () => undefined);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output = (this.output + text).slice(-LAST_OUTPUT);
      });
    }
    const { stdout } = this.#child;
    if (stdout !== null) {
      createInterface({ input: stdout }).on("line", (line) => {
        if (FINDING.test(line)) this.findings.push(line);
      });
    }
    this.exited = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => {
        this.running = false;
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Waits until it listens; throws when it ends, or takes too long. */
  async ready(): Promise<void> {
    const limit = performance.now() + START_LIMIT_MILLISECONDS;
    while (!this.output.includes("control socket")) {
      if (!this.running || performance.now() > limit) {
        throw new Error(`the ${this.side} agent did not start:\n${this.output}`);
      }
      await pause(5);
    }
  }

  signal(name: NodeJS.Signals): void {
    if (this.running) this.#child.kill(name);
  }

  async kill(): Promise<Exit> {
    this.signal("SIGKILL");
    return this.exited;
  }

  async call<Name extends MethodName>(name: Name, parameters: ParametersOf<Name>): Promise<ResultOf<Name>> {
    this.#client ??= connectControl(this.control).then(agentClient);
    const opened = this.#client;
    try {
      return await (await opened).call(name, parameters);
    } catch (error) {
      // A connection that was lost is made anew by the next call.
      if (this.#client === opened && !UNANSWERED.has(codeOf(error))) {
        this.#client = undefined;
        void opened.then(
          (client) => {
            client.close();
          },
          () => undefined,
        );
      }
      throw error;
    }
  }

  async status(): Promise<AgentStatus> {
    return (await this.call("status", {})) as AgentStatus;
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
