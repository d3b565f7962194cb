/** The board, its two agents and everything else that a soak has made; all of it goes when the soak ends. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RoleName } from "../../src/core/binding/side.ts";
import { sharedMemory } from "../support/shared-memory.ts";
import { SoakAgent, type Exit } from "./agent.ts";

const SMALL_BYTES = 8 * 1024 * 1024;
const SIDES: readonly RoleName[] = ["host", "bmc"];

export class Rig {
  readonly folder: string;
  /** Whether the board lies on a small file system of its own, which can be filled. */
  readonly isSmall: boolean;
  readonly #main: string;
  readonly #agents = new Map<RoleName, SoakAgent>();
  readonly #all: SoakAgent[] = [];
  #disposed = false;

  /** `main` is the built program. */
  constructor(main: string) {
    this.#main = main;
    this.folder = mkdtempSync(join(sharedMemory(), "mctp-lpc-soak-"));
    mkdirSync(this.path("small"));
    const options = ["-t", "tmpfs", "-o", `size=${String(SMALL_BYTES)},mode=700`, "tmpfs", this.path("small")];
    this.isSmall = spawnSync("mount", options, { stdio: "ignore" }).status === 0;
    for (const side of SIDES) mkdirSync(this.path(`${side}-inbox`), { mode: 0o700 });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  get board(): string {
    return join(this.path("small"), "board");
  }

  agent(side: RoleName): SoakAgent {
    const agent = this.#agents.get(side);
    if (agent === undefined) throw new Error(`there is no ${side} agent`);
    return agent;
  }

  /** Every agent that there was, the killed ones, too. */
  get all(): readonly SoakAgent[] {
    return this.#all;
  }

  /** Starts agents that are not there, and waits until they listen. */
  async start(sides: readonly RoleName[] = SIDES): Promise<void> {
    const started = sides.map((side) => {
      if (this.#disposed) throw new Error("the rig is gone");
      const place = {
        main: this.#main,
        board: this.board,
        control: this.path(`${side}.sock`),
        inbox: this.path(`${side}-inbox`),
      };
      const agent = new SoakAgent(side, place);
      this.#agents.set(side, agent);
      this.#all.push(agent);
      return agent.ready();
    });
    await Promise.all(started);
  }

  kill(side: RoleName): Promise<Exit> {
    return this.agent(side).kill();
  }

  /** Leaves no room in the board's file system. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.path("small"));
    writeFileSync(join(this.path("small"), "filler"), Buffer.alloc(bavail * bsize));
  }

  unfill(): void {
    rmSync(join(this.path("small"), "filler"), { force: true });
  }

  /** What this soak has left in the folder of shared memory: nothing. */
  get isGone(): boolean {
    return !existsSync(this.folder);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    // One that is stopped is killed all the same.
    await Promise.all([...this.#agents.values()].map((agent) => agent.kill()));
    if (this.isSmall) spawnSync("umount", [this.path("small")]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
