/** An emulated BMC that runs Linux: QEMU as a process of the test, with its console and the host's way to it. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { GuestImage } from "./image.ts";

const MIB = 1024 * 1024;
const MEMORY_BYTES = 1024 * MIB;
/** What the device tree reserves for the host, in the file of the memory. */
const REGION = { offset: "0x34000000", bytes: 64 * MIB };
/**
 * Debian's kernel keeps the registers of a driver from /dev/mem, unless told at boot; the agent needs those of LPC. A kernel
 * that cannot go on ends QEMU.
 */
const KERNEL_WORDS = "console=ttyS4,115200n8 iomem=relaxed quiet panic=-1 rdinit=/init";
const BOOT_MILLISECONDS = 180_000;
const RUN_MILLISECONDS = 120_000;
const END_MILLISECONDS = 10_000;

export interface Ran {
  readonly status: number;
  readonly output: string;
  readonly seconds: number;
}

export class Guest {
  /** For `qemu:`. */
  readonly folder: string;
  readonly bootSeconds: number;
  readonly #process: ChildProcess;
  readonly #console: Console;

  private constructor(folder: string, started: ChildProcess, console: Console, bootSeconds: number) {
    this.folder = folder;
    this.bootSeconds = bootSeconds;
    this.#process = started;
    this.#console = console;
  }

  /** Boots; makes the folder. QEMU ends with this process at the latest, even when that is killed. */
  static async boot(folder: string, { kernel, deviceTree, archives }: GuestImage): Promise<Guest> {
    makeMachineFolder(folder);
    const fileSystem = join(folder, "initramfs");
    const [first = "", ...others] = archives;
    copyFileSync(first, fileSystem);
    for (const archive of others) appendFileSync(fileSystem, readFileSync(archive));
    const began = performance.now();
    const words = [
      ...["-machine", "rainier-bmc,memory-backend=ram", "-accel", "tcg"],
      "-object",
      `memory-backend-file,id=ram,size=${String(MEMORY_BYTES)},mem-path=${join(folder, "memory")},share=on`,
      ...["-kernel", kernel, "-dtb", deviceTree, "-initrd", fileSystem, "-append", KERNEL_WORDS],
      ...["-chardev", `pipe,id=qmp,path=${join(folder, "qmp")}`, "-mon", "chardev=qmp,mode=control"],
      ...["-display", "none", "-nodefaults", "-no-reboot", "-monitor", "none", "-serial", "stdio"],
    ];
    const qemu = spawn("setpriv", ["--pdeathsig", "KILL", "qemu-system-arm", ...words], { stdio: "pipe" });
    const console = new Console(qemu);
    try {
      await console.line(/^guest: ready$/, BOOT_MILLISECONDS);
    } catch (error) {
      qemu.kill("SIGKILL");
      throw error;
    }
    return new Guest(folder, qemu, console, (performance.now() - began) / 1000);
  }

  /** Runs a command of the shell in the guest and gives what it printed. */
  async run(command: string, limit: number = RUN_MILLISECONDS): Promise<Ran> {
    const began = performance.now();
    this.#console.write(command);
    const end = await this.#console.line(/^guest: done \d+ \d+$/, limit);
    const output = this.#console.text().replace(/^(?:.*\n)*?guest: begin \d+\n/, "");
    return { status: Number(end.split(" ").at(-1)), output, seconds: (performance.now() - began) / 1000 };
  }

  /** As `run`, of a command that has to succeed; gives what it printed. */
  async succeed(command: string, limit?: number): Promise<string> {
    const { status, output } = await this.run(command, limit);
    if (status === 0) return output;
    throw new Error(`in the guest ${command} ended with status ${String(status)}:\n${output}`);
  }

  /** What the emulation has taken of this machine's processors so far: other work disturbs it less than a clock. */
  processorSeconds(): number {
    const fields =
      readFileSync(`/proc/${String(this.#process.pid)}/stat`, "utf8")
        .split(") ")
        .at(-1)
        ?.split(" ") ?? [];
    // utime and stime, in hundredths of a second.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const closed = once(this.#process, "close", { signal: AbortSignal.timeout(END_MILLISECONDS) });
    this.#process.kill("SIGKILL");
    await closed;
  }
}

/** The files that `qemu:` and QEMU need (docs/boards.md). */
function makeMachineFolder(folder: string): void {
  mkdirSync(folder, { mode: 0o700 });
  const { status } = spawnSync("mkfifo", ["-m", "600", join(folder, "qmp.in"), join(folder, "qmp.out")]);
  if (status !== 0) throw new Error(`mkfifo in ${folder} failed`);
  writeFileSync(join(folder, "memory"), "", { mode: 0o600 });
  truncateSync(join(folder, "memory"), MEMORY_BYTES);
  const machine = { machine: "rainier-bmc", soc: "ast2600", memoryFile: "memory", region: REGION, qmp: "qmp" };
  writeFileSync(join(folder, "machine.json"), JSON.stringify(machine), { mode: 0o600 });
}

/** The guest's console: lines to it, and what came since the last of them. */
class Console {
  readonly #process: ChildProcess;
  readonly #said = new EventEmitter();
  #came: string[] = [];
  #complaints = "";
  #hasEnded = false;

  constructor(qemu: ChildProcess) {
    this.#process = qemu;
    if (qemu.stdout === null) throw new Error("QEMU was started without a pipe");
    createInterface({ input: qemu.stdout }).on("line", (line) => {
      this.#came.push(line.replaceAll("\r", ""));
      this.#said.emit("news");
    });
    qemu.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#complaints += text));
    qemu.stdin?.on("error", () => undefined);
    qemu.once("close", () => {
      this.#hasEnded = true;
      this.#said.emit("news");
    });
  }

  write(line: string): void {
    this.#came = [];
    this.#process.stdin?.write(`${line}\n`);
  }

  /** Waits for a line. Fails, with all that came, when it does not come. */
  async line(pattern: RegExp, limit: number): Promise<string> {
    const signal = AbortSignal.timeout(limit);
    for (;;) {
      const found = this.#came.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#hasEnded || signal.aborted) {
        const why = this.#hasEnded ? "before QEMU ended" : `in ${String(limit)} ms`;
        const text = [...this.#came, this.#complaints].join("\n");
        throw new Error(`the guest's console did not say ${String(pattern)} ${why}; it said:\n${text}`);
      }
      await once(this.#said, "news", { signal }).catch(() => undefined);
    }
  }

  /** What came before the last line. */
  text(): string {
    return this.#came.slice(0, -1).join("\n");
  }
}
