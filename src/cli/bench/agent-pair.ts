/**
 * Two agents of a build, each a process, over a virtual board in memory, and that build's own tools to ask them: so
 * that builds of any age are measured alike.
 */
import { execFile, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import type { RoleName } from "../../core/binding/side.ts";
import { cpuMillisecondsOf, lineOf, startAgent, stopAgent, withFolder } from "./processes.ts";

const SIDES = ["bmc", "host"] as const;
/** After the channel has come up, the bus owner asks this and that. */
const SETTLE_MILLISECONDS = 1000;
const run = promisify(execFile);

export class AgentPair {
  /** In memory, and gone when the agents are. */
  readonly folder: string;
  readonly #inboxes: string;
  readonly #program: string;
  readonly #agents: readonly ChildProcess[];

  private constructor(program: string, folder: string, inboxes: string) {
    this.folder = folder;
    this.#inboxes = inboxes;
    this.#program = program;
    // The agents make the board: each build in a layout that it knows.
    this.#agents = SIDES.map((side) => {
      mkdirSync(this.inboxOf(side), { mode: 0o700 });
      return startAgent(side, join(folder, "board"), folder, ["--inbox", this.inboxOf(side)], program);
    });
  }

  /**
   * Starts the agents of a build, `program` being its entry, waits for their channel, and ends them behind `work`. Their
   * inboxes are in memory, or in the temporary folder.
   */
  static async with<Result>(
    program: string,
    inboxes: "in memory" | "on disk",
    work: (pair: AgentPair) => Promise<Result>,
  ): Promise<Result> {
    return await withFolder(async (folder) => {
      if (inboxes === "in memory") return await AgentPair.#in(program, folder, folder, work);
      return await withFolder((onDisk) => AgentPair.#in(program, folder, onDisk, work), tmpdir());
    });
  }

  static async #in<Result>(
    program: string,
    folder: string,
    inboxes: string,
    work: (pair: AgentPair) => Promise<Result>,
  ): Promise<Result> {
    const pair = new AgentPair(program, folder, inboxes);
    try {
      await Promise.all(pair.#agents.map((agent) => lineOf(agent, /channel up/)));
      await pause(SETTLE_MILLISECONDS);
      return await work(pair);
    } finally {
      await Promise.all(pair.#agents.map(stopAgent));
    }
  }

  /** What a tool of the build says of one agent, as JSON. */
  async ask(side: RoleName, command: string, ...options: readonly string[]): Promise<unknown> {
    const args = [this.#program, command, ...options, "--control", join(this.folder, `${side}.sock`), "--json"];
    return JSON.parse((await run(process.execPath, args)).stdout);
  }

  /** Of both agents, with all their threads, so far. */
  get cpuMilliseconds(): number {
    return this.#agents.reduce((sum, { pid }) => sum + cpuMillisecondsOf(pid), 0);
  }

  inboxOf(side: RoleName): string {
    return join(this.#inboxes, `${side}-inbox`);
  }
}
