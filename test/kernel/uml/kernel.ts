/**
 * A User-Mode Linux with MCTP, built from Debian's source of Linux. It is built once and kept in the user's cache
 * (XDG_CACHE_HOME), below the hash of what decides what it is.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, homedir } from "node:os";
import { join } from "node:path";
import { DebianRelease, unpack } from "../../support/debian.ts";
import { timed, type Tell } from "../../boards/guest/tell.ts";

const RELEASE = "bookworm";
const SOURCE = "linux-source-6.1";
const BUILD_MILLISECONDS = 3_600_000;
/**
 * Bytes that are kept of a process's floating-point and vector registers: the kernel's own number is too small for
 * processors with AMX, where setting them fails then.
 */
const REGISTERS = { file: "arch/x86/um/user-offsets.c", from: "HOST_FP_SIZE, 2696", to: "HOST_FP_SIZE, 16384" };
/** What decides what the kernel is, beside the release's latest source at the time of the build. */
const RECIPE = [SOURCE, RELEASE, JSON.stringify(REGISTERS)];
/** Programs that the build runs. */
export const BUILD_TOOLS = ["apt-get", "dpkg-deb", "tar", "xz", "make", "gcc", "flex", "bison", "bc"] as const;

/** The path of the kernel where it was built. `configuration`: the options that it has. */
export function builtKernel(configuration: string): string {
  const hash = createHash("sha256").update([...RECIPE, readFileSync(configuration, "utf8")].join("\n"));
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "mctp-lpc");
  return join(cache, `uml-${hash.digest("hex").slice(0, 16)}`, "linux");
}

/** The same kernel, built where it is not there yet. */
export function kernel(configuration: string, tell: Tell): string {
  const path = builtKernel(configuration);
  if (existsSync(path)) return path;
  const folder = join(path, "..");
  mkdirSync(join(folder, ".."), { recursive: true });
  const draft = mkdtempSync(`${folder}-making-`);
  try {
    build(draft, configuration, tell);
    // Another process may have been faster.
    if (!existsSync(folder)) renameSync(join(draft, "result"), folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return path;
}

function build(draft: string, configuration: string, tell: Tell): void {
  const source = timed(tell, "downloaded and unpacked the source of Linux", () => {
    const work = join(draft, "download");
    const release = new DebianRelease(work, RELEASE, "amd64");
    unpack(release.downloadAlone(SOURCE), join(draft, "files"));
    run("tar", ["--extract", "--file", join(draft, "files/usr/src", `${SOURCE}.tar.xz`)], draft);
    return join(draft, readdirSync(draft).find((name) => name.startsWith("linux-source-")) ?? "");
  });
  const file = join(source, REGISTERS.file);
  const text = readFileSync(file, "utf8");
  if (!text.includes(REGISTERS.from)) throw new Error(`${REGISTERS.file} has changed: it lacks "${REGISTERS.from}"`);
  writeFileSync(file, text.replace(REGISTERS.from, REGISTERS.to));
  timed(tell, "built User-Mode Linux", () => {
    run("make", ["ARCH=um", `KCONFIG_ALLCONFIG=${configuration}`, "allnoconfig"], source);
    checkOptions(join(source, ".config"), configuration);
    run("nice", ["make", "ARCH=um", `-j${String(availableParallelism())}`, "linux"], source);
  });
  mkdirSync(join(draft, "result"));
  copyFileSync(join(source, "linux"), join(draft, "result", "linux"));
}

/** An option that depends on one that is missing is left out without a word. */
function checkOptions(made: string, wanted: string): void {
  const has = new Set(readFileSync(made, "utf8").split("\n"));
  const missing = readFileSync(wanted, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("CONFIG_") && !has.has(line));
  if (missing.length > 0) throw new Error(`the configuration of Linux lacks ${missing.join(", ")}`);
}

function run(program: string, words: readonly string[], folder: string): void {
  const log = join(folder, "build.log");
  const output = openSync(log, "w");
  try {
    const stdio = ["ignore", output, output] as const;
    const ran = spawnSync(program, words, { cwd: folder, stdio: [...stdio], timeout: BUILD_MILLISECONDS });
    if (ran.status === 0) return;
    const why = ran.error?.message ?? `status ${String(ran.status)}`;
    const end = readFileSync(log, "utf8").split("\n").slice(-30).join("\n");
    throw new Error(`${[program, ...words].join(" ")}: ${why}\n${end}`);
  } finally {
    closeSync(output);
  }
}
