/**
 * How an agent that root starts becomes another user. `becomeUser` comes first: from then on the process opens and makes
 * files as that user, with the user's groups, and only what `privileged` calls is done as root: devices, and boards that
 * are there. `dropPrivileges` ends that, before the first byte of a stranger is read: no thread can become root again.
 */
import { dirname } from "node:path";
import { Failure, messageOf } from "./failure.ts";
import { findUser, type User } from "./accounts.ts";
import { cLibrary, errnoError } from "./libc.ts";
import { system } from "./system.ts";
import { threadRights, type ThreadRights } from "./thread-rights.ts";

const NEEDS = "agents with --user";
const ROOT = 0;
const OTHERS_MAY_WRITE = 0o022;

const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1;
/** For all threads; and without the slower mode for speculative stores, which is for filters that keep something out. */
const SECCOMP_FILTER_FLAGS = 1 | 4;
const BPF_RETURN = 0x06;
const SECCOMP_ALLOW = 0x7fff_0000;
/** The number of the system call seccomp, which the C library has no function for. */
const SECCOMP_CALL: Readonly<Partial<Record<string, number>>> = {
  arm: 383,
  arm64: 277,
  ia32: 354,
  loong64: 277,
  ppc64: 358,
  riscv64: 277,
  x64: 317,
};

/** The user that this process acts as. Undefined: the one that started it. */
let target: User | undefined;
/** It can act as root again, for `privileged`. */
let hasRoot = false;
/** Calls under way that need root. */
let raised = 0;

/**
 * Acts as this user from now on, a name or a uid, with root kept in reserve for `privileged`. Throws a Failure in words:
 * for a process that is not root's, an unknown user, root itself, and where the package koffi is missing.
 */
export function becomeUser(text: string): void {
  if (process.geteuid?.() !== ROOT || process.getuid?.() !== ROOT) {
    throw new Failure(
      "user",
      `only root can become user ${text}: this process is user ${String(process.geteuid?.())}'s; start it with sudo, or leave --user out`,
    );
  }
  const user = findUser(text, NEEDS);
  if (user.uid === ROOT) throw new Failure("user", `--user ${text} is root: name another user, or leave --user out`);
  if (!["0", "", undefined].includes(process.env["UV_USE_IO_URING"])) {
    throw new Failure("user", "files opened through io_uring stay root's: take UV_USE_IO_URING out of the environment");
  }
  forbidNewPrivileges();
  attempt(user, () => {
    process.setgroups?.([...user.groups]);
    process.setgid?.(user.gid);
    setUsers(user.uid, ROOT);
  });
  [target, hasRoot] = [user, true];
}

/** Whether this process acts as another user than the one that started it, whose environment it has. */
export function hasBecomeUser(): boolean {
  return target !== undefined;
}

/** Does as root what needs it, where this process has root in reserve; elsewhere simply does it. */
export function privileged<Opened>(open: () => Opened): Opened {
  raise();
  try {
    return open();
  } finally {
    lower();
  }
}

/**
 * The same for a device, whose opening takes a while and may do something: only where root alone decides what the path
 * leads to. Elsewhere the user could have root open what it likes. Nothing of a stranger may be read meanwhile.
 */
export async function privilegedAt<Opened>(path: string, open: () => Promise<Opened>): Promise<Opened> {
  if (hasRoot && !isRootsPath(path)) return open();
  raise();
  try {
    return await open();
  } finally {
    lower();
  }
}

/** Whether no other user owns a folder on the way or may write to it, as with what is in /dev. */
function isRootsPath(path: string): boolean {
  const folder = dirname(path);
  try {
    if (system.realPath(folder) !== folder) return false;
    for (let at = folder; ; at = dirname(at)) {
      const status = system.lookUp(at);
      if (status?.uid !== ROOT || (status.mode & OTHERS_MAY_WRITE) !== 0) return false;
      if (at === dirname(at)) return true;
    }
  } catch {
    return false;
  }
}

function raise(): void {
  if (hasRoot && raised++ === 0) process.seteuid?.(ROOT);
}

function lower(): void {
  if (hasRoot && --raised === 0) process.seteuid?.(target!.uid);
}

/**
 * Gives root up where there is some in reserve, and looks at every thread whether it has. Gives a line for the log: who
 * this process is from now on; undefined for one that root did not start. Throws a Failure where a thread keeps more than
 * the user's rights: the process must end then.
 */
export function dropPrivileges(): string | undefined {
  const user = target;
  if (user === undefined) return process.geteuid?.() === ROOT ? RUNS_AS_ROOT : undefined;
  hasRoot = false;
  attempt(user, () => {
    setUsers(user.uid, user.uid);
  });
  const threads = attempt(user, threadRights);
  const why = threads.length === 0 ? "/proc tells nothing of its threads" : whyMore(threads, user);
  if (why !== undefined) throw cannotBecome(user, why);
  if (canBeRoot()) throw cannotBecome(user, "it could become root again");
  return `runs as user ${user.name} (${String(user.uid)}) from now on, groups ${user.groups.join(", ")}; ${newRightsText(threads)}`;
}

/** For the log of an agent that stays root. */
const RUNS_AS_ROOT = "runs as root; with --user NAME it gives root up once its devices are open";

/** Which right of a thread is not the user's; undefined where all are. */
export function whyMore(threads: readonly ThreadRights[], { uid, gid, groups }: User): string | undefined {
  for (const thread of threads) {
    if (thread.uids.some((one) => one !== uid)) return `a thread has users ${thread.uids.join(", ")}`;
    if (thread.gids.some((one) => one !== gid)) return `a thread has groups ${thread.gids.join(", ")}`;
    const more = thread.groups.find((one) => !groups.includes(one));
    if (more !== undefined) return `a thread is in group ${String(more)}`;
    if (thread.capabilities !== 0n) return `a thread keeps capabilities ${thread.capabilities.toString(16)}`;
  }
  return undefined;
}

function newRightsText(threads: readonly ThreadRights[]): string {
  const bound = threads.filter(({ noNewPrivileges }) => noNewPrivileges).length;
  if (bound === threads.length) return `none of its ${String(bound)} threads can get more rights (no_new_privs)`;
  return `no_new_privs holds for ${String(bound)} of its ${String(threads.length)} threads: this kernel has no seccomp to set it for all`;
}

/** The system says no to every way back. */
function canBeRoot(): boolean {
  return [() => process.setuid?.(ROOT), () => process.seteuid?.(ROOT)].some((way) => {
    try {
      way();
      return true;
    } catch {
      return false;
    }
  });
}

function setUsers(uid: number, saved: number): void {
  const { library } = cLibrary(NEEDS);
  // The C library's own call, as Node's are: it changes all threads, where a bare system call changes one.
  const setresuid = library.func("int setresuid(uint32 real, uint32 effective, uint32 saved)") as (
    ...users: readonly number[]
  ) => number;
  if (setresuid(uid, uid, saved) !== 0) throw errnoError("setresuid");
}

/**
 * no_new_privs: neither this process nor one that it starts gets rights from a set-uid program. It is a thing of a thread,
 * and Node has threads before the first line of a program runs: a filter of system calls that is set for all threads at
 * once, and lets every call pass, carries it to them.
 */
function forbidNewPrivileges(): void {
  const { koffi, library } = cLibrary(NEEDS);
  const prctl = library.func("int prctl(int option, ulong a, ulong b, ulong c, ulong d)") as (
    ...numbers: readonly number[]
  ) => number;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0) {
    throw new Failure("user", `the kernel refuses no_new_privs: ${messageOf(errnoError("prctl"))}`);
  }
  const number = SECCOMP_CALL[process.arch];
  if (number === undefined) return;
  const instruction = koffi.struct({ code: "uint16", jt: "uint8", jf: "uint8", k: "uint32" });
  const program = koffi.struct({ len: "uint16", filter: koffi.pointer(instruction) });
  const syscall = library.func("syscall", "long", ["long", "long", "long", koffi.pointer(program)]) as (
    ...given: readonly unknown[]
  ) => number;
  const passAll = { len: 1, filter: [{ code: BPF_RETURN, jt: 0, jf: 0, k: SECCOMP_ALLOW }] };
  // Whether it worked is seen in each thread, when root is given up.
  syscall(number, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAGS, passAll);
}

function attempt<Result>(user: User, change: () => Result): Result {
  try {
    return change();
  } catch (error) {
    throw cannotBecome(user, messageOf(error));
  }
}

function cannotBecome({ name }: User, why: string): Failure {
  return new Failure("user", `cannot become user ${name}: ${why}; start the agent as that user, without --user`);
}
