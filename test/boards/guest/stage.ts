/** Both agents for tests: the BMC's inside an emulated BMC with Linux, the host's on this machine. */
import { mkdirSync, writeFileSync } from "node:fs";
import { AgentProcess, MAIN, Sandbox } from "../../support/processes.ts";
import { Guest } from "./guest.ts";
import { GUEST_PROGRAM, guestImage } from "./image.ts";
import type { Tell } from "./tell.ts";

export const BMC_EID = 8;
export const HOST_EID = 9;
export const BMC_LOG = "/tmp/bmc.log";
const CONTROL = "/tmp/bmc.sock";
export const BMC_INBOX = "/tmp/bmc-inbox";
const START_MILLISECONDS = 120_000;
const HOST_MILLISECONDS = 60_000;

/**
 * Prints the guest's uptime at the log's first line, and at the one that tells that the agent serves the bus. The shell
 * starts no process for a look, which would cost more than the agent.
 */
const SERVED = [
  `timeout 110 tail -n +1 -f ${BMC_LOG} | while read -r line`,
  'do [ -n "$seen" ] || cat /proc/uptime',
  "seen=yes",
  'case "$line" in *"no channel yet"*|*"channel up"*) cat /proc/uptime; killall -q tail; break; esac',
  "done",
].join("; ");

export interface AgentStart {
  /** Seconds from the start, by the guest's clock. */
  readonly firstLine: number;
  readonly served: number;
  /** Of the emulation, until the agent served the bus. */
  readonly processorSeconds: number;
}

/** Node.js as docs/boards.md has it for a BMC with little memory. */
export const SMALL_NODE = "node --jitless --no-expose-wasm --optimize-for-size --max-semi-space-size=1";

export class Stage {
  readonly sandbox: Sandbox;
  readonly guest: Guest;
  #host: AgentProcess | undefined;
  #bmcProcess: number | undefined;

  private constructor(sandbox: Sandbox, guest: Guest) {
    this.sandbox = sandbox;
    this.guest = guest;
  }

  /** Boots the guest. Its image is made where the cache does not have it. */
  static async set(tell: Tell): Promise<Stage> {
    const image = guestImage(tell);
    const sandbox = new Sandbox();
    try {
      const guest = await Guest.boot(sandbox.path("machine"), image);
      tell(`booted in ${guest.bootSeconds.toFixed(1)} s`);
      return new Stage(sandbox, guest);
    } catch (error) {
      await sandbox.dispose();
      throw error;
    }
  }

  async dispose(): Promise<void> {
    await this.#host?.end("SIGKILL");
    await this.guest.end();
    await this.sandbox.dispose();
  }

  /** The host's agent, started by the first who asks for it. */
  async host(): Promise<AgentProcess> {
    if (this.#host !== undefined) return this.#host;
    const control = this.sandbox.path("host.sock");
    const inbox = this.sandbox.folderAt("host-inbox");
    const place = ["--platform", `qemu:${this.guest.folder}`, "--control", control, "--inbox", inbox];
    const child = await this.sandbox.launch(["host", "run", ...place, "--until-eof"]);
    this.#host = new AgentProcess("host", child, control, inbox);
    await this.#host.line(/control socket/, 0, HOST_MILLISECONDS);
    return this.#host;
  }

  /** Both agents, once they have a channel. The BMC's is started if none runs. */
  async channel(): Promise<AgentProcess> {
    if (this.#bmcProcess === undefined) await this.startBmc();
    const host = await this.host();
    await host.until(({ channel }) => channel.up, HOST_MILLISECONDS);
    return host;
  }

  /** Starts the BMC's agent and waits until it serves the bus. `node`: with its options. */
  async startBmc(node: string = SMALL_NODE): Promise<AgentStart> {
    const words = `bmc run --platform aspeed-mem:3 --control ${CONTROL} --inbox ${BMC_INBOX}`;
    const begin = `mkdir -p ${BMC_INBOX}; rm -f ${BMC_LOG}; cat /proc/uptime; ${node} ${GUEST_PROGRAM} ${words} >${BMC_LOG} 2>&1 & echo $!`;
    const before = this.guest.processorSeconds();
    const [began = "", id = ""] = (await this.guest.succeed(begin)).split("\n");
    this.#bmcProcess = Number(id);
    const [firstLine, served] = (await this.guest.succeed(SERVED, START_MILLISECONDS)).split("\n");
    const processorSeconds = this.guest.processorSeconds() - before;
    if (firstLine === undefined || served === undefined) {
      throw new Error(`the BMC's agent does not serve; it said:\n${await this.guest.succeed(`cat ${BMC_LOG}`)}`);
    }
    const [start, first, last] = [began, firstLine, served].map(Number.parseFloat) as [number, number, number];
    return { firstLine: first - start, served: last - start, processorSeconds };
  }

  /** Kills the BMC's agent as a crash does, if one runs. */
  async killBmc(): Promise<void> {
    if (this.#bmcProcess === undefined) return;
    await this.guest.succeed(`kill -9 ${String(this.#bmcProcess)}`);
    this.#bmcProcess = undefined;
  }

  /** Resident memory of the BMC's agent in bytes. */
  async residentBytes(): Promise<number> {
    const text = await this.guest.succeed(`grep VmRSS /proc/${String(this.#bmcProcess)}/status`);
    return Number(/(\d+) kB/.exec(text)?.[1]) * 1024;
  }

  /** What a tool of the BMC's agent prints in the guest. */
  tool(...words: readonly string[]): Promise<string> {
    return this.guest.succeed(`node ${GUEST_PROGRAM} ${words.join(" ")} --control ${CONTROL}`);
  }

  /** Runs a tool of the host's agent to its end; gives what it printed. */
  async hostTool(name: string, ...words: readonly string[]): Promise<string> {
    const host = await this.host();
    const child = this.sandbox.start(process.execPath, [MAIN, name, "--control", host.control, ...words]);
    let told = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (told += text));
    }
    const code = await new Promise((resolve) => child.once("close", resolve));
    if (code !== 0) throw new Error(`${name} ended with ${String(code)}:\n${told}\n${host.transcript}`);
    return told;
  }

  /** Makes a file of random bytes in the sandbox; gives its path. */
  file(name: string, bytes: Uint8Array): string {
    mkdirSync(this.sandbox.path("files"), { recursive: true });
    const path = this.sandbox.path(`files/${name}`);
    writeFileSync(path, bytes);
    return path;
  }
}
