/**
 * Two agents of a build, each a process, over a virtual board in memory, and that build's own tools to ask them: so
 * that builds of any age are measured alike.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RoleName } from "../../core/binding/side.ts";
import { pause, withFolder } from "./processes.ts";

const SIDES = ["bmc", "host"] as const;
const LINK_LIMIT_MILLISECONDS = 10_000;
/** After the channel has come up, the bus owner asks this and that. */
const SETTLE_MILLISECONDS = 1000;
const run = promisify(execFile);

export class AgentPair {
  /** In memory, and gone when the agents are. */
  readonly folder: string;
  readonly #main: string;
  readonly #agents: readonly ChildProcess[];

  private constructor(checkout: string, folder: string) {
    this.folder = folder;
    const bundle = join(checkout, "dist", "bin", "mctp-lpc.js");
    // Older builds have none.
    this.#main = existsSync(bundle) ? bundle : join(checkout, "dist", "src", "cli", "main.js");
    this.#agents = SIDES.map((side) => this.#start(side));
  }

  /** Starts the agents of the build in `checkout`, waits for their channel, and ends them behind `work`. */
  static async with<Result>(checkout: string, work: (pair: AgentPair) => Promise<Result>): Promise<Result> {
    return await withFolder(async (folder) => {
      const pair = new AgentPair(checkout, folder);
      try {
        await pair.#channelUp();
        return await work(pair);
      } finally {
        await pair.#stop();
      }
    });
  }

  /** What a tool of the build says of one agent, as JSON. */
  async ask(side: RoleName, command: string, ...options: readonly string[]): Promise<unknown> {
    const args = [this.#main, command, ...options, "--control", this.#control(side), "--json"];
    return JSON.parse((await run(process.execPath, args)).stdout);
  }

  /** Of both agents, with all their threads, so far. */
  get cpuMilliseconds(): number {
    return this.#agents.reduce((sum, { pid }) => sum + threadMilliseconds(pid ?? 0), 0);
  }

  inboxOf(side: RoleName): string {
    return join(this.folder, `${side}-inbox`);
  }

  #control(side: RoleName): string {
    return join(this.folder, `${side}.sock`);
  }

  #start(side: RoleName): ChildProcess {
    mkdirSync(this.inboxOf(side), { mode: 0o700 });
    // The agents make the board: each build in a layout that it knows.
    const options = [
      "--platform",
      `shm:${join(this.folder, "board")}`,
      "--control",
      this.#control(side),
      "--inbox",
      this.inboxOf(side),
    ];
    return spawn(process.execPath, [this.#main, side, "run", ...options, "--until-eof"], {
      stdio: ["pipe", "ignore", "inherit"],
    });
  }

  async #channelUp(): Promise<void> {
    const limit = performance.now() + LINK_LIMIT_MILLISECONDS;
    while (!(await this.ask("host", "ping", "--count", "1").then(isAnswered, () => false))) {
      if (performance.now() > limit) throw new Error("the channel of the measured agents did not come up");
      await pause(100);
    }
    await pause(SETTLE_MILLISECONDS);
  }

  async #stop(): Promise<void> {
    const running = this.#agents.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const ended = running.map((agent) => new Promise((resolve) => agent.once("exit", resolve)));
    for (const agent of this.#agents) agent.stdin?.end();
    await Promise.all(ended);
  }
}

function isAnswered(summary: unknown): boolean {
  return (summary as { readonly answered: number }).answered === 1;
}

function threadMilliseconds(processId: number): number {
  const tasks = `/proc/${String(processId)}/task`;
  const nanoseconds = readdirSync(tasks).map((thread) =>
    Number(readFileSync(join(tasks, thread, "schedstat"), "latin1").split(" ")[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}
