/** The process of a hostile peer, as the one who measures has it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { Target } from "./peers/hostile.ts";

export class Attacker {
  /** The board, or the pseudo-terminal that the attacker has made. */
  readonly path: string;
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(child: ChildProcess, lines: Interface, path: string) {
    this.#child = child;
    this.#lines = lines;
    this.path = path;
  }

  /** `peer`: the built program; `name`: what it plays. It does nothing until `begin`. */
  static async start(peer: string, name: string, board: string): Promise<Attacker> {
    const child = spawn(process.execPath, [peer, name, board], { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.on("error", () => undefined);
    const lines = createInterface({ input: child.stdout });
    const [line] = (await once(lines, "line")) as [string];
    return new Attacker(child, lines, line.replace(/^ready /, ""));
  }

  begin(target: Omit<Target, "board">): void {
    this.#child.stdin?.write(`${JSON.stringify(target)}\n`);
  }

  /** It holds still, and everything that it has done stands. */
  hold(): void {
    this.#child.kill("SIGSTOP");
  }

  goOn(): void {
    this.#child.kill("SIGCONT");
  }

  /** Ends it; gives how often what was tried. Throws when it ended by itself. */
  async end(): Promise<Readonly<Record<string, number>>> {
    if (this.#child.exitCode !== null) throw new Error("the hostile peer ended by itself: see what it said");
    const told = once(this.#lines, "line") as Promise<[string]>;
    this.#child.stdin?.end();
    const [line] = await Promise.race([told, once(this.#child, "exit").then((): [string] => ["{}"])]);
    return JSON.parse(line) as Record<string, number>;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }
}
