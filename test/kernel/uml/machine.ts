/** Runs a command in User-Mode Linux, on the machine's own files, which it can only read but for one folder. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** From the folder of the built file. */
const PROJECT = join(import.meta.dirname, "..", "..", "..", "..");
const MEMORY = "2G";
/** Where the folder that can be written is in the machine. */
export const RESULTS = "/mnt";

export interface MachineRun {
  /** Of the command; undefined where the machine ended before it, or took too long. */
  readonly status: number | undefined;
  readonly isOverdue: boolean;
}

/**
 * Runs words of a command in the project's folder, as root of the machine, with its output at `print`. What it writes into
 * RESULTS is in `results` afterwards. The machine and all in it end with this process at the latest.
 */
export async function runInMachine(
  kernel: string,
  words: readonly string[],
  { results, limit, print }: { results: string; limit: number; print: (text: string) => void },
): Promise<MachineRun> {
  const folder = mkdtempSync(join(tmpdir(), "mctp-lpc-uml-"));
  try {
    const init = join(folder, "init");
    writeFileSync(init, initScript(words, results), { mode: 0o755 });
    const isOverdue = await ran(
      kernel,
      ["rootfstype=hostfs", "rootflags=/", "ro", `init=${init}`],
      folder,
      limit,
      print,
    );
    const status = join(results, "status");
    return { status: existsSync(status) ? Number(readFileSync(status, "utf8")) : undefined, isOverdue };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Gives whether it took too long. */
function ran(
  kernel: string,
  words: readonly string[],
  folder: string,
  limit: number,
  print: (text: string) => void,
): Promise<boolean> {
  const console = ["con=null", "con0=null,fd:1", "quiet", "panic=-1", `mem=${MEMORY}`];
  // Its processes are in one group, and none of them outlives this process.
  const machine = spawn("setpriv", ["--pdeathsig", "KILL", kernel, ...console, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env: { PATH: process.env["PATH"], HOME: folder, TMPDIR: "/dev/shm" },
  });
  for (const stream of [machine.stdout, machine.stderr]) stream.setEncoding("utf8").on("data", print);
  return new Promise((resolve, reject) => {
    let isOverdue = false;
    const kill = (): void => {
      try {
        if (machine.pid !== undefined) process.kill(-machine.pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    };
    const timer = setTimeout(() => {
      isOverdue = true;
      kill();
    }, limit);
    machine.once("error", reject);
    machine.once("close", () => {
      clearTimeout(timer);
      kill();
      resolve(isOverdue);
    });
  });
}

/** The first process of the machine. */
function initScript(words: readonly string[], results: string): string {
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const node = process.execPath;
  return `#!/bin/sh
export PATH='${process.env["PATH"] ?? "/usr/bin:/bin"}' HOME=/tmp CI=true FORCE_COLOR=0
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm /dev/pts
mount -t tmpfs shm /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mount -t hostfs -o '${results}' none ${RESULTS}
cd '${PROJECT}'
${quoted} 2>&1
echo $? >${RESULTS}/status
'${node}' test/kernel/uml/power-off.cjs
`;
}
