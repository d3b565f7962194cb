/** Tests in which another user acts, as whom only root can start a process. */
import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { PROJECT, type Sandbox } from "./processes.ts";
import { testUnless, type TestFunction } from "./tools.ts";

/** A user that every machine has, without any right. */
export const NOBODY = { name: "nobody", uid: 65534 };
/** A user without a name. */
export const STRANGER = 4242;

const isRoot = process.getuid?.() === 0;

/** `test` where root runs it. */
export const needsRoot: TestFunction = testUnless(isRoot ? undefined : "root, to act as other users");

/** A folder of a user in the sandbox, which others may pass through. */
export function folderOf(sandbox: Sandbox, name: string, uid: number): string {
  chmodSync(sandbox.folder, 0o711);
  const path = sandbox.path(name);
  mkdirSync(path, { mode: 0o700 });
  chownSync(path, uid, uid);
  return path;
}

/** The program where every user may read it, without the packages that it may do without; the path of its entry. */
export function openProgram(sandbox: Sandbox): string {
  const folder = folderOf(sandbox, "program", 0);
  cpSync(join(PROJECT, "dist", "bin"), join(folder, "dist", "bin"), { recursive: true });
  cpSync(join(PROJECT, "package.json"), join(folder, "package.json"));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), 0o755);
  }
  chmodSync(folder, 0o755);
  return join(folder, "dist", "bin", "mctp-lpc.js");
}

export interface Identity {
  readonly uid: number;
  readonly gid?: number;
  readonly groups?: readonly number[];
}

/** Starts Node as a user: with a file of the program, or with `--eval` and a script. */
export function nodeAs(
  sandbox: Sandbox,
  { uid, gid = uid, groups = [] }: Identity,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  // Node's own option for another user leaves the supplementary groups to chance.
  const change = `
    process.chdir("/");
    process.setgroups(${JSON.stringify(groups)});
    process.setgid(${String(gid)});
    process.setuid(${String(uid)});
    const [first, ...others] = process.argv.slice(1);
    if (first === "--eval") eval(others[0]);
    else {
      process.argv = [process.execPath, first, ...others];
      void import(first);
    }`;
  return spawn(process.execPath, ["--input-type=commonjs", "--eval", change, "--", ...words], {
    env: sandbox.environment(environment),
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** The fields of each thread of a process as /proc has them: "Uid", "CapEff". */
export function threadsOf(pid: number): readonly ReadonlyMap<string, string>[] {
  const tasks = `/proc/${String(pid)}/task`;
  return readdirSync(tasks).map((task) => {
    const lines = readFileSync(join(tasks, task, "status"), "utf8").split("\n");
    return new Map(lines.map((line) => [line.split(":")[0]!, line.slice(line.indexOf(":") + 1).trim()] as const));
  });
}
