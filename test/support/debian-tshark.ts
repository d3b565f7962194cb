/**
 * tshark of a Debian release, on a machine of another: its packages are downloaded and unpacked into a folder of the user's
 * cache, and it runs with the loader and the libraries from there. Nothing is installed, and root is not needed.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DebianRelease, unpack } from "./debian.ts";
import { keptFolder } from "./kept-folder.ts";

const RUN_LIMIT_MILLISECONDS = 60_000;
/** What decides what the folder holds. */
const SOURCES = ["debian-tshark.ts", "debian.ts"].map((name) => join(__dirname, name));
const NOT_NEEDED = ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/share/GeoIP"];

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs tshark of this release; throws where its packages cannot be downloaded. */
export function debianTshark(release: string): (args: readonly string[]) => Ran {
  const root = keptFolder("mctp-lpc-tshark", release, SOURCES, (folder) => {
    unpackTshark(release, folder);
  });
  const libraries = join(root, "usr/lib", onlyOne(join(root, "usr/lib"), /-linux-gnu/));
  const loader = join(libraries, onlyOne(libraries, /^ld-linux.*\.so\.\d+$/));
  const program = join(root, "usr/bin/tshark");
  // Its own settings and plugins, not those of this user.
  const env = {
    ...process.env,
    WIRESHARK_CONFIG_DIR: join(root, "etc"),
    WIRESHARK_DATA_DIR: join(root, "usr/share/wireshark"),
  };
  return (args) => {
    const { status, stdout, stderr, error } = spawnSync(loader, ["--library-path", libraries, program, ...args], {
      encoding: "utf8",
      timeout: RUN_LIMIT_MILLISECONDS,
      env,
    });
    if (error !== undefined) throw error;
    return { status, stdout, stderr };
  };
}

function unpackTshark(release: string, folder: string): void {
  const { stdout } = spawnSync("dpkg", ["--print-architecture"], { encoding: "utf8" });
  const work = mkdtempSync(join(tmpdir(), "mctp-lpc-tshark-"));
  try {
    for (const path of new DebianRelease(work, release, stdout.trim()).downloadWhole("tshark")) unpack(path, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  for (const path of NOT_NEEDED) rmSync(join(folder, path), { recursive: true, force: true });
  const libraries = join(folder, "usr/lib", onlyOne(join(folder, "usr/lib"), /-linux-gnu/));
  mkdirSync(join(libraries, "plugins"));
  // Tests may run as root, for whom tshark loads no script otherwise. Started by its loader, it looks beside that.
  writeFileSync(join(libraries, "plugins", "init.lua"), "run_user_scripts_when_superuser = true\n");
}

function onlyOne(folder: string, pattern: RegExp): string {
  const [found] = readdirSync(folder).filter((name) => pattern.test(name));
  if (found === undefined) throw new Error(`there is nothing like ${String(pattern)} in ${folder}`);
  return found;
}
