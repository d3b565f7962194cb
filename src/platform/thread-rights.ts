/**
 * What the threads of this process may do, by /proc: rights belong to threads, and a change of them that one thread makes
 * reaches the others only where the C library carries it there.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { system } from "./system.ts";

export interface ThreadRights {
  /** Real, effective, saved and file system user. */
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  /** Supplementary groups. */
  readonly groups: readonly number[];
  /** Permitted, effective and ambient capabilities in one: 0 means none. */
  readonly capabilities: bigint;
  /** No program that it starts can get more rights than it has. */
  readonly noNewPrivileges: boolean;
}

const TASKS = "/proc/self/task";
/** The file has some 1500 bytes, and up to 11 for each supplementary group. */
const STATUS_BYTES = 1024 * 1024;

/** One entry for each thread that lives. Throws what the system says where /proc cannot be read. */
export function threadRights(): readonly ThreadRights[] {
  return readdirSync(TASKS).flatMap((task) => {
    const text = statusOf(task);
    return text === undefined ? [] : [readRights(text)];
  });
}

/** Undefined for a thread that has ended meanwhile. */
function statusOf(task: string): string | undefined {
  const fd = openUnlessGone(join(TASKS, task, "status"));
  if (fd === undefined) return undefined;
  try {
    const bytes = Buffer.alloc(STATUS_BYTES);
    let length = 0;
    for (let count = 1; count > 0 && length < bytes.length; length += count) {
      count = system.read(fd, bytes.subarray(length), length);
    }
    return bytes.toString("latin1", 0, length);
  } catch {
    return undefined;
  } finally {
    system.close(fd);
  }
}

function openUnlessGone(path: string): number | undefined {
  try {
    return system.open(path, "read");
  } catch {
    return undefined;
  }
}

/** Of the text of a status file (proc(5)). A field that is missing counts as more rights, not as fewer. */
export function readRights(status: string): ThreadRights {
  const field = (name: string): string | undefined => new RegExp(`^${name}:[ \t]*(.*)$`, "m").exec(status)?.[1]?.trim();
  const numbers = (name: string): readonly number[] => field(name)?.split(/\s+/).filter(Boolean).map(Number) ?? [0];
  const capabilities = (name: string): bigint => BigInt(`0x${field(name) ?? "1"}`);
  return {
    uids: numbers("Uid"),
    gids: numbers("Gid"),
    groups: numbers("Groups"),
    capabilities:
      capabilities("CapPrm") | capabilities("CapEff") | (field("CapAmb") === undefined ? 0n : capabilities("CapAmb")),
    noNewPrivileges: field("NoNewPrivs") === "1",
  };
}
