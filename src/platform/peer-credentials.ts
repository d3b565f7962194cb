/** Who is at the other end of a Unix socket, by the kernel's word: user and groups that its process had when it connected. */
import type { Socket } from "node:net";
import { cLibrary, errnoError } from "./libc.ts";
import { errnoOf } from "./failure.ts";

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups; empty where the kernel does not tell them (before Linux 4.13). */
  readonly groups: readonly number[];
}

const SOL_SOCKET = 1;
const SO_PEERCRED = process.arch === "ppc64" ? 21 : 17;
const SO_PEERGROUPS = 59;
/** struct ucred: pid, uid and gid, four bytes each. */
const CREDENTIALS_BYTES = 12;
/** Groups asked for at first; the kernel says how many there are where there are more. */
const USUAL_GROUPS = 256;
/** NGROUPS_MAX. */
const MOST_GROUPS = 65_536;

type GetOption = (fd: number, level: number, option: number, value: Uint8Array, length: Uint32Array) => number;

let loaded: GetOption | undefined;

function getOption(): GetOption {
  loaded ??= cLibrary("users of the control socket").library.func("getsockopt", "int", [
    "int",
    "int",
    "int",
    "void *",
    "void *",
  ]);
  return loaded;
}

/** Whether this machine can tell: Linux, and the package koffi is there. */
export function canTellPeers(): boolean {
  try {
    getOption();
    return true;
  } catch {
    return false;
  }
}

/**
 * Undefined where it cannot be told: the socket was closed, or this Node does not give its descriptor. To be asked where
 * canTellPeers holds.
 */
export function peerCredentials(socket: Socket): PeerCredentials | undefined {
  const fd = descriptorOf(socket);
  if (fd === undefined) return undefined;
  const value = new Uint32Array(CREDENTIALS_BYTES / 4);
  const length = Uint32Array.of(CREDENTIALS_BYTES);
  if (getOption()(fd, SOL_SOCKET, SO_PEERCRED, bytesOf(value), length) !== 0 || length[0] !== CREDENTIALS_BYTES) {
    return undefined;
  }
  const [pid, uid, gid] = value;
  return { pid: pid!, uid: uid!, gid: gid!, groups: groupsOf(fd) };
}

function groupsOf(fd: number): readonly number[] {
  for (let room = USUAL_GROUPS; room <= MOST_GROUPS;) {
    const value = new Uint32Array(room);
    const length = Uint32Array.of(value.byteLength);
    if (getOption()(fd, SOL_SOCKET, SO_PEERGROUPS, bytesOf(value), length) === 0) {
      return [...value.subarray(0, length[0]! / 4)];
    }
    const needed = length[0]! / 4;
    if (errnoOf(errnoError("getsockopt")) !== "ERANGE" || needed <= room) return [];
    room = needed;
  }
  return [];
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer);
}

/** Node has no public way to a socket's descriptor: this is the one place that takes the other. */
export function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: unknown } | null };
  const fd = handle?.fd;
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
}
