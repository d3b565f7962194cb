/** The package as a user gets it: packed from a copy of the checkout, installed into a project that holds nothing else. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

export const PROJECT: string = join(__dirname, "..", "..");

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** What `npm test` sets for its own script would steer the commands under test. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const steering = /^(npm_(package|lifecycle)_|npm_command$|npm_config_local_prefix$|INIT_CWD$|NODE_ENV$|JEST_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !steering.test(name)));
}

export function run(folder: string, command: string, ...words: readonly string[]): Output {
  const { stdout, stderr, status, error } = spawnSync(command, words, {
    cwd: folder,
    env: { ...ownEnvironment(), NO_COLOR: "1" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 300_000,
  });
  if (error !== undefined) throw error;
  return { stdout, stderr, status };
}

/** Runs a command that has to succeed; gives what it wrote to standard output. */
export function succeed(folder: string, command: string, ...words: readonly string[]): string {
  const { stdout, stderr, status } = run(folder, command, ...words);
  if (status === 0) return stdout;
  throw new Error(`${[command, ...words].join(" ")} ended with status ${status}:\n${stdout}${stderr}`);
}

/** The options of a strict user without Node's types. The package's own declarations are judged, too. */
const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  module: "nodenext",
  target: "es2023",
  noEmit: true,
  types: [],
};

interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, { readonly dev?: true }>>;
}

export class Installed {
  readonly #folder = mkdtempSync(join(tmpdir(), "mctp-lpc-package-"));
  /** The packed package, from the copy's sources alone. */
  readonly tarball: string;
  /** Paths of the package's files. */
  readonly files: readonly string[];
  /** The project that the package is installed in. */
  readonly consumer: string;

  constructor() {
    const copy = join(this.#folder, "checkout");
    const leftOut = new Set(["node_modules", "dist", ".git"]);
    cpSync(PROJECT, copy, { recursive: true, filter: (path) => !leftOut.has(relative(PROJECT, path)) });
    symlinkSync(join(PROJECT, "node_modules"), join(copy, "node_modules"));
    succeed(copy, "npm", "pack", "--pack-destination", this.#folder);
    const [name] = readdirSync(this.#folder).filter((entry) => entry.endsWith(".tgz"));
    this.tarball = join(this.#folder, name ?? "");
    this.files = succeed(this.#folder, "tar", "-tzf", this.tarball)
      .trim()
      .split("\n")
      .map((path) => path.replace(/^package\//, ""));
    this.consumer = this.#install("consumer");
  }

  /** A project that the package is installed in for Linux with glibc on another processor (`process.arch`). */
  installFor(cpu: string): string {
    return this.#install(`consumer-${cpu}`, `--cpu=${cpu}`, "--os=linux", "--libc=glibc");
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * The dependencies in the versions that the checkout has locked: npm then finds in its cache what `npm ci` in the
   * checkout left there, and asks the registry only for what is missing. No install script runs. Gives the project.
   */
  #install(project: string, ...options: readonly string[]): string {
    const folder = join(this.#folder, project);
    mkdirSync(folder);
    const manifest = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as Record<string, unknown>;
    const lock = JSON.parse(readFileSync(join(PROJECT, "package-lock.json"), "utf8")) as Lock;
    const { name, version, license, dependencies, optionalDependencies, engines, bin } = manifest;
    const resolved = `file:${relative(folder, this.tarball)}`;
    const integrity = `sha512-${createHash("sha512").update(readFileSync(this.tarball)).digest("base64")}`;
    const own = { name: "consumer", version: "1.0.0", type: "module", dependencies: { [String(name)]: resolved } };
    const needed = Object.entries(lock.packages).filter(([path, { dev }]) => path !== "" && dev !== true);
    const packages = {
      "": own,
      [`node_modules/${String(name)}`]: {
        version,
        resolved,
        integrity,
        license,
        dependencies,
        optionalDependencies,
        engines,
        bin,
      },
      ...Object.fromEntries(needed),
    };
    const { lockfileVersion } = lock;
    const locked = { name: own.name, lockfileVersion, requires: true, packages };
    writeFileSync(join(folder, "package.json"), JSON.stringify(own));
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify(locked));
    succeed(folder, "npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", ...options);
    return folder;
  }

  /** Compiles a file of the project with the compiler in a folder. Gives what is wrong with it, empty for nothing. */
  compile(compiler: string, file: string): string {
    this.write("tsconfig.json", JSON.stringify({ compilerOptions: STRICT, files: [file] }));
    const { status, stdout, stderr } = run(this.consumer, process.execPath, join(compiler, "bin", "tsc"), "-p", ".");
    return status === 0 ? "" : `${stdout}${stderr}`;
  }

  /** Writes a file of the project. */
  write(name: string, text: string): void {
    writeFileSync(join(this.consumer, name), text);
  }
}
