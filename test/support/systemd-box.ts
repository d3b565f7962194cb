/**
 * A systemd of a test's own, in which units run as on a machine: real namespaces, system call filters, users and signs of
 * life. It is process 1 of namespaces of its own, on a copy of this machine that is thrown away (systemd-box/boot.sh), with the
 * package installed in it. Its processes are in a cgroup of their own, without limits of memory or devices.
 */
import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT, pause, within } from "./processes.ts";
import { testUnless, type TestFunction } from "./tools.ts";

const BOOT = join(PROJECT, "test", "support", "systemd-box", "boot.sh");
const BOOT_MILLISECONDS = 30_000;
const COMMAND_MILLISECONDS = 60_000;
const LOOK_MILLISECONDS = 20;
const CAP_SYS_ADMIN = 1n << 21n;
/** Moves itself into the cgroup, and then all that it starts is there; only this process's own are. */
const ENTER = 'echo $$ > "$1/cgroup.procs"; shift; exec "$@"';
const NAMESPACES = ["--mount", "--pid", "--fork", "--uts", "--ipc", "--net", "--cgroup", "--kill-child"];

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program of the FUSE board inside: the checkout itself may lie where the box has a folder of its own. */
export const BOARD_IN_BOX = "/mnt/mctp-lpc/dist/test/support/fuse-board/main.js";

export class SystemdBox {
  /** The box sees it at /mnt. */
  readonly shared: string;
  readonly #folder: string;
  readonly #cgroup: string;
  readonly #started: ChildProcess;
  readonly #said: () => string;
  readonly #inside: ChildProcess[] = [];

  private constructor(folder: string, cgroup: string, started: ChildProcess, said: () => string) {
    this.#folder = folder;
    this.shared = join(folder, "shared");
    this.#cgroup = cgroup;
    this.#started = started;
    this.#said = said;
  }

  /** Boots it and installs the package, as `npm install --global` does. */
  static async start(): Promise<SystemdBox> {
    const folder = mkdtempSync(join(tmpdir(), "mctp-lpc-systemd-"));
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, "root"));
    mkdirSync(join(folder, "shared"));
    const cgroup = join(ownCgroup()!, `mctp-lpc-test-${String(process.pid)}`);
    mkdirSync(cgroup);
    const command = ["unshare", ...NAMESPACES, BOOT, join(folder, "root"), join(folder, "shared")];
    const child = spawn("sh", ["-c", ENTER, "sh", cgroup, ...command], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (said += text));
    }
    const box = new SystemdBox(folder, cgroup, child, () => said);
    try {
      await box.#booted();
      box.#install();
      return box;
    } catch (error) {
      await box.end();
      throw error;
    }
  }

  /** Runs a command line of the shell inside, as root. */
  async run(line: string): Promise<Output> {
    const running = execFile("nsenter", this.#enter(line), { timeout: COMMAND_MILLISECONDS });
    let [stdout, stderr] = ["", ""];
    running.stdout?.on("data", (text: string) => (stdout += text));
    running.stderr?.on("data", (text: string) => (stderr += text));
    const [code] = (await once(running, "close")) as [number | null];
    return { code: code ?? -1, stdout, stderr };
  }

  /** As `run`, of a command that must succeed; gives what it says. */
  async must(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(line);
    if (code !== 0) throw new Error(`${line}: status ${String(code)}\n${stdout}${stderr}${this.#said()}`);
    return stdout;
  }

  /** Starts a command that runs until the box ends. */
  leave(line: string): ChildProcess {
    const child = spawn("nsenter", this.#enter(line), { stdio: ["pipe", "pipe", "inherit"] });
    this.#inside.push(child);
    return child;
  }

  /** Asks until the answer satisfies `holds`. */
  async until(line: string, holds: (said: string) => boolean): Promise<string> {
    const end = performance.now() + COMMAND_MILLISECONDS;
    for (;;) {
      const { stdout } = await this.run(line);
      if (holds(stdout)) return stdout;
      if (performance.now() > end) throw new Error(`in vain: ${line}\n${stdout}${this.#said()}`);
      await pause(10 * LOOK_MILLISECONDS);
    }
  }

  /** Ends every process of the box; nothing of it is left. */
  async end(): Promise<void> {
    if (existsSync(join(this.#cgroup, "cgroup.kill"))) writeFileSync(join(this.#cgroup, "cgroup.kill"), "1");
    if (this.#started.exitCode === null && this.#started.signalCode === null) {
      await within(COMMAND_MILLISECONDS, once(this.#started, "close"));
    }
    await Promise.all(
      this.#inside.map(async (child) => {
        child.stdin?.end();
        if (child.exitCode === null && child.signalCode === null)
          await within(COMMAND_MILLISECONDS, once(child, "close"));
      }),
    );
    const end = performance.now() + COMMAND_MILLISECONDS;
    for (let isThere = true; isThere && performance.now() < end;) {
      isThere = !removeCgroup(this.#cgroup);
      if (isThere) await pause(LOOK_MILLISECONDS);
    }
    rmSync(this.#folder, { recursive: true });
  }

  async #booted(): Promise<void> {
    const end = performance.now() + BOOT_MILLISECONDS;
    while (performance.now() < end && this.#started.exitCode === null) {
      if (this.#manager() !== undefined && (await this.run("systemctl is-system-running")).stdout === "running\n")
        return;
      await pause(LOOK_MILLISECONDS);
    }
    throw new Error(`systemd did not come up in its box: ${this.#said()}`);
  }

  /** The process id of systemd, seen from here: the one child of unshare, once it has become systemd. */
  #manager(): number | undefined {
    try {
      const pid = String(this.#started.pid);
      const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
      if (child === undefined || child === "") return undefined;
      return readFileSync(`/proc/${child}/comm`, "utf8") === "systemd\n" ? Number(child) : undefined;
    } catch {
      return undefined;
    }
  }

  #enter(line: string): readonly string[] {
    const pid = String(this.#manager());
    const path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    const into = ["--target", pid, "--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup"];
    return [...into, "env", "-i", path, "LANG=C.UTF-8", "sh", "-c", line];
  }

  #install(): void {
    const module = join(this.shared, "mctp-lpc");
    for (const part of [
      "package.json",
      "dist/bin",
      "dist/src",
      "dist/test/support",
      "node_modules/koffi",
      "node_modules/@koromix",
    ]) {
      if (existsSync(join(PROJECT, part))) {
        cpSync(join(PROJECT, part), join(module, part), { recursive: true, dereference: true });
      }
    }
    cpSync(process.execPath, join(this.shared, "node"));
    const { status, stderr } = spawnSync(
      "nsenter",
      this.#enter(
        "chmod -R go+rX /mnt && mkdir -p /usr/lib/node_modules && cp -r /mnt/mctp-lpc /usr/lib/node_modules/ && " +
          "cp /mnt/node /usr/bin/node && chmod 755 /usr/bin/node /usr/lib/node_modules/mctp-lpc/dist/bin/mctp-lpc.js && " +
          "ln -sf ../lib/node_modules/mctp-lpc/dist/bin/mctp-lpc.js /usr/bin/mctp-lpc && mctp-lpc --version",
      ),
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`the package could not be installed in the box: ${stderr}`);
  }
}

/** The folder of this process's cgroup of version 2; undefined where there is none. */
function ownCgroup(): string | undefined {
  const mounted = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .find(([, , type]) => type === "cgroup2")?.[1];
  const own = /^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1];
  return mounted === undefined || own === undefined ? undefined : join(mounted, own);
}

/** False while a process of it still ends. */
function removeCgroup(folder: string): boolean {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !removeCgroup(join(folder, entry.name))) return false;
    }
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** What keeps a box from being started here; undefined where nothing does. */
function obstacle(): string | undefined {
  if (process.platform !== "linux") return "Linux";
  const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  if ((BigInt(`0x${capabilities}`) & CAP_SYS_ADMIN) === 0n) return "root (CAP_SYS_ADMIN)";
  if (!existsSync("/lib/systemd/systemd")) return "systemd";
  for (const tool of ["unshare", "nsenter"]) if (spawnSync(tool, ["--version"]).error !== undefined) return tool;
  if (!readFileSync("/proc/filesystems", "utf8").includes("\toverlay\n")) return "overlayfs";
  try {
    accessSync("/dev/fuse", constants.R_OK | constants.W_OK);
    const cgroup = ownCgroup();
    if (cgroup === undefined) return "cgroups of version 2";
    accessSync(cgroup, constants.W_OK);
    return undefined;
  } catch {
    return "/dev/fuse and a cgroup of version 2";
  }
}

export const boxObstacle: string | undefined = obstacle();

/** `test` where a box can be. */
export const needsBox: TestFunction = testUnless(boxObstacle && `${boxObstacle}, for a systemd of its own`);
