/**
 * Users and groups of this machine, by name or number, as the C library finds them: in /etc/passwd, in a directory of the
 * network or wherever else the machine has them.
 */
import type { TypeObject } from "koffi";
import { Failure } from "./failure.ts";
import { cLibrary } from "./libc.ts";

export interface User {
  readonly name: string;
  readonly uid: number;
  /** Of its primary group. */
  readonly gid: number;
  /** All of its groups, the primary one included, in ascending order. */
  readonly groups: readonly number[];
}

export interface Group {
  readonly name: string;
  readonly gid: number;
}

/** A list of this length is enough for nearly every user; the C library says how long a longer one is. */
const USUAL_GROUPS = 64;
/** The kernel takes no more for a process (NGROUPS_MAX). */
const MOST_GROUPS = 65_536;
/** (uid_t) -1 and (gid_t) -1 mean "leave as it is" to system calls. */
const LARGEST_ID = 0xffff_fffe;

interface PasswordRow {
  readonly pw_name: string;
  readonly pw_uid: number;
  readonly pw_gid: number;
}

interface GroupRow {
  readonly gr_name: string;
  readonly gr_gid: number;
}

interface Calls {
  readonly getpwnam: (name: string) => unknown;
  readonly getpwuid: (uid: number) => unknown;
  readonly getgrnam: (name: string) => unknown;
  readonly getgrgid: (gid: number) => unknown;
  readonly getgrouplist: (name: string, gid: number, groups: Uint32Array, count: Int32Array) => number;
  readonly decode: (pointer: unknown, type: TypeObject) => unknown;
  readonly password: TypeObject;
  readonly group: TypeObject;
}

let loaded: Calls | undefined;

function calls(needs: string): Calls {
  if (loaded !== undefined) return loaded;
  const { koffi, library } = cLibrary(needs);
  // The fields in front, which are the same in every C library of Linux.
  const password = koffi.struct({ pw_name: "str", pw_passwd: "void *", pw_uid: "uint32", pw_gid: "uint32" });
  const group = koffi.struct({ gr_name: "str", gr_passwd: "void *", gr_gid: "uint32" });
  loaded = {
    getpwnam: library.func("getpwnam", "void *", ["str"]),
    getpwuid: library.func("getpwuid", "void *", ["uint32"]),
    getgrnam: library.func("getgrnam", "void *", ["str"]),
    getgrgid: library.func("getgrgid", "void *", ["uint32"]),
    getgrouplist: library.func("getgrouplist", "int", ["str", "uint32", "void *", "void *"]),
    decode: koffi.decode,
    password,
    group,
  };
  return loaded;
}

/** The user of a name or uid, with its groups. `needs` as cLibrary. Throws a Failure where there is none. */
export function findUser(text: string, needs: string): User {
  const { decode, getgrouplist, getpwnam, getpwuid, password } = calls(needs);
  const id = idOf(text);
  const row = id === undefined ? getpwnam(text) : getpwuid(id);
  if (row === null || row === undefined) {
    throw new Failure("user", `there is no user ${text} on this machine: name one that "getent passwd" lists`);
  }
  const { pw_name: name, pw_uid: uid, pw_gid: gid } = decode(row, password) as PasswordRow;
  let groups = new Uint32Array(USUAL_GROUPS);
  const count = Int32Array.of(groups.length);
  if (getgrouplist(name, gid, groups, count) < 0) {
    groups = new Uint32Array(Math.min(Math.max(count[0]!, USUAL_GROUPS), MOST_GROUPS));
    count[0] = groups.length;
    if (getgrouplist(name, gid, groups, count) < 0) {
      throw new Failure("user", `user ${name} is in more than ${String(MOST_GROUPS)} groups: name another`);
    }
  }
  const all = new Set([gid, ...groups.subarray(0, count[0])]);
  return { name, uid, gid, groups: [...all].sort((one, other) => one - other) };
}

/** The group of a name or gid. `needs` as cLibrary. Throws a Failure where there is none. */
export function findGroup(text: string, needs: string): Group {
  const { decode, getgrgid, getgrnam, group } = calls(needs);
  const id = idOf(text);
  const row = id === undefined ? getgrnam(text) : getgrgid(id);
  if (row === null || row === undefined) {
    throw new Failure("group", `there is no group ${text} on this machine: name one that "getent group" lists`);
  }
  const { gr_name: name, gr_gid: gid } = decode(row, group) as GroupRow;
  return { name, gid };
}

/** Undefined for a text that is a name. */
function idOf(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) <= LARGEST_ID ? Number(text) : undefined;
}
