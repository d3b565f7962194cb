/**
 * Packages of a Debian release for another architecture: found and downloaded by this machine's apt, which keeps what it
 * knows of the release in a folder of its own. Nothing is installed here, and root is not needed.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const USUAL_MIRROR = "http://deb.debian.org/debian";
const LIMIT_MILLISECONDS = 300_000;
/** The machine's own settings that say how to reach a mirror. Its hooks are for its own packages. */
const WAY_TO_MIRROR = /^Acquire::(?:https?::|Retries|ForceIPv|Check-(?:Date|Valid-Until))/;

export class DebianRelease {
  readonly #folder: string;
  readonly #configuration: string;

  /** Asks the mirror what the release has. `folder` is made; `name` is like "trixie", `architecture` like "armhf". */
  constructor(folder: string, name: string, architecture: string) {
    this.#folder = folder;
    this.#configuration = join(folder, "apt.conf");
    for (const path of ["etc/apt", "var/lib/dpkg", "var/lib/apt/lists/partial", "var/cache/apt/archives/partial"]) {
      mkdirSync(join(folder, path), { recursive: true });
    }
    writeFileSync(join(folder, "var/lib/dpkg/status"), "");
    writeFileSync(join(folder, "etc/apt/sources.list"), `deb [signed-by=${KEYRING}] ${mirror()} ${name} main\n`);
    const settings = [
      `Dir "${folder}/";`,
      `Dir::State::status "${folder}/var/lib/dpkg/status";`,
      `APT::Architecture "${architecture}";`,
      `APT::Architectures { "${architecture}"; };`,
      `APT::Install-Recommends "false";`,
      `APT::Sandbox::User "";`,
      `Acquire::Languages "none";`,
      ...wayToMirror(),
    ];
    writeFileSync(this.#configuration, `${settings.join("\n")}\n`);
    this.#apt("apt-get", ["update", "-q"]);
  }

  /** Downloads packages with all that they depend on; gives the paths of their files. */
  downloadWhole(...names: readonly string[]): readonly string[] {
    this.#apt("apt-get", ["install", "-qy", "--download-only", ...names]);
    return debFiles(join(this.#folder, "var/cache/apt/archives"));
  }

  /** Downloads the package that another one is a name for, like the current kernel, and nothing else; gives its path. */
  downloadNamedBy(name: string): string {
    const [, named] = /^ *Depends: (\S+)$/m.exec(this.#apt("apt-cache", ["depends", name])) ?? [];
    if (named === undefined) throw new Error(`the package ${name} depends on none`);
    return this.downloadAlone(named);
  }

  /** Downloads a package without what it depends on; gives its path. */
  downloadAlone(name: string): string {
    const folder = join(this.#folder, name);
    mkdirSync(folder);
    this.#apt("apt-get", ["download", "-q", name], folder);
    const [path] = debFiles(folder);
    if (path === undefined) throw new Error(`apt-get download ${name} left no file`);
    return path;
  }

  #apt(program: string, words: readonly string[], cwd: string = this.#folder): string {
    return succeed(program, words, { cwd, env: { ...process.env, APT_CONFIG: this.#configuration } });
  }
}

/** Unpacks the files of a package into a folder. */
export function unpack(path: string, folder: string): void {
  succeed("dpkg-deb", ["--extract", path, folder]);
}

function debFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".deb"))
    .sort()
    .map((name) => join(folder, name));
}

/** Where this machine has its own packages from, if that is Debian. */
function mirror(): string {
  const found = spawnSync(
    "apt-get",
    ["indextargets", "--format", "$(REPO_URI)", "Identifier: Packages", "Origin: Debian", "Label: Debian"],
    { encoding: "utf8" },
  );
  const [first] = found.stdout.split("\n");
  return found.status === 0 && first !== undefined && first !== "" ? first : USUAL_MIRROR;
}

function wayToMirror(): readonly string[] {
  const { stdout } = spawnSync("apt-config", ["dump", "--format", '%F "%v";%n'], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => WAY_TO_MIRROR.test(line));
}

function succeed(
  program: string,
  words: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): string {
  const ran = spawnSync(program, words, { ...options, encoding: "utf8", timeout: LIMIT_MILLISECONDS });
  if (ran.status === 0) return ran.stdout;
  const why = ran.error?.message ?? `status ${String(ran.status)}`;
  throw new Error(`${[program, ...words].join(" ")}: ${why}\n${ran.stdout}${ran.stderr}`);
}
