/** The demo's two agents as processes, and what it sees of them: their lines, their traces, their control sockets. */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import type { AgentStatus } from "../../agent/status.ts";
import { connectControl } from "../../agent/control/control-socket.ts";
import { agentClient, type AgentClient } from "../../agent/control/methods.ts";
import { Failure, messageOf } from "../../platform/failure.ts";
import { system } from "../../platform/system.ts";
import { PROGRAM } from "../package.ts";
import { decodeTraceRow, type TraceEntry } from "../../core/trace/format.ts";

const STOP_LIMIT_MILLISECONDS = 2000;
const CONNECT_LIMIT_MILLISECONDS = 15_000;
const POLL_MILLISECONDS = 20;

export interface DemoPaths {
  readonly board: string;
  readonly control: string;
  readonly inbox: string;
  readonly trace: string;
}

export class DemoAgent {
  readonly side: "host" | "bmc";
  readonly trace: TraceTail;
  readonly #process: ChildProcess;
  readonly #paths: DemoPaths;
  readonly #exited: Promise<void>;
  #ended: string | undefined;
  #stopping = false;
  #errors = "";

  /** Starts `mctp-lpc host run` or `bmc run`; `onLine` gets what it says. */
  constructor(side: "host" | "bmc", paths: DemoPaths, extra: readonly string[], onLine: (line: string) => void) {
    this.side = side;
    this.#paths = paths;
    this.trace = new TraceTail(paths.trace);
    const place = ["--platform", `shm:${paths.board}`, "--control", paths.control, "--inbox", paths.inbox];
    const options = [...place, "--trace", paths.trace, "--until-eof", ...extra];
    // Standard input ends with this process, however it ends, and the agent with it.
    this.#process = spawn(process.execPath, [PROGRAM, side, "run", ...options], { stdio: ["pipe", "pipe", "pipe"] });
    const { stdout, stderr } = this.#process;
    if (stdout !== null) createInterface({ input: stdout }).on("line", onLine);
    stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
    this.#exited = new Promise((resolve) => {
      this.#process.once("close", (code, signal) => {
        this.#ended = signal ?? `exit status ${String(code)}`;
        resolve();
      });
      this.#process.once("error", (error) => {
        this.#ended = messageOf(error);
        resolve();
      });
    });
  }

  /** The folder of the files that it received. */
  get inbox(): string {
    return this.#paths.inbox;
  }

  /** Rejects once the agent has ended without being asked to. */
  async unexpectedEnd(): Promise<never> {
    await this.#exited;
    if (this.#stopping) return new Promise(() => undefined);
    const said = this.#errors.trim();
    throw new Failure(
      "agent-ended",
      `the ${this.side} agent ended early (${this.#ended ?? "?"})${said === "" ? "" : `: ${said}`}`,
    );
  }

  async connect(): Promise<AgentClient> {
    const limit = performance.now() + CONNECT_LIMIT_MILLISECONDS;
    for (;;) {
      if (this.#ended !== undefined || this.#stopping) return new Promise(() => undefined);
      try {
        return agentClient(await connectControl(this.#paths.control));
      } catch (error) {
        if (performance.now() > limit) throw error;
        await pause(POLL_MILLISECONDS);
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.trace.close();
    if (this.#ended === undefined) {
      this.#process.kill("SIGTERM");
      const timer = setTimeout(() => this.#process.kill("SIGKILL"), STOP_LIMIT_MILLISECONDS);
      await this.#exited;
      clearTimeout(timer);
    }
  }
}

/** Reads a trace while another process writes it. */
export class TraceTail {
  readonly #path: string;
  readonly #buffer = Buffer.alloc(64 * 1024);
  #fd: number | undefined;
  #rest = "";

  constructor(path: string) {
    this.#path = path;
  }

  /** The rows written since the last call; the head is passed over. */
  read(): readonly TraceEntry[] {
    try {
      this.#fd ??= system.open(this.#path, "read");
    } catch {
      return [];
    }
    for (;;) {
      const count = system.read(this.#fd, this.#buffer, null);
      if (count === 0) break;
      this.#rest += this.#buffer.toString("latin1", 0, count);
    }
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => {
      const row = decodeTraceRow(line);
      return row.ok ? [row.value] : [];
    });
  }

  close(): void {
    if (this.#fd !== undefined) system.close(this.#fd);
    this.#fd = undefined;
  }
}

/** The status of an agent on a board. */
export async function boardStatus(client: AgentClient): Promise<AgentStatus> {
  const status = await client.call("status", {});
  if (status.role !== "endpoint") return status;
  throw new Failure("demo-agent", `the agent on ${status.platform} is on no board`);
}

/** Asks for the status until it satisfies `holds`. Fails after `limit` milliseconds, saying what was waited for. */
export async function waitForStatus(
  client: AgentClient,
  limit: number,
  what: string,
  holds: (status: AgentStatus) => boolean,
): Promise<AgentStatus> {
  const end = performance.now() + limit;
  for (;;) {
    const status = await boardStatus(client);
    if (holds(status)) return status;
    if (performance.now() > end) throw givenUp(limit, what);
    await pause(POLL_MILLISECONDS);
  }
}

function givenUp(limit: number, what: string): Failure {
  const text = `The demo waited ${String(limit / 1000)} s until ${what}, and gave up. The lines of the agents above say why.`;
  return new Failure("demo-timeout", text);
}
