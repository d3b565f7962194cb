/**
 * The messages between the kernel and a FUSE file system (linux/fuse.h, protocol 7.40): numbers, and the bytes of headers
 * and answers. Little-endian, for the machines that these tests run on. Offsets count from the end of the header.
 */

export const ROOT_NODE = 1;
export const PROTOCOL_MAJOR = 7;
/** The first minor version with passthrough. */
export const PROTOCOL_MINOR = 40;

/** What the kernel asks. */
export const Opcode = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  INTERRUPT: 36,
  DESTROY: 38,
  IOCTL: 39,
  POLL: 40,
  BATCH_FORGET: 42,
} as const;

/** Bits of `flags` in INIT. */
export const InitFlag = {
  BIG_WRITES: 1 << 5,
  MAX_PAGES: 1 << 22,
  INIT_EXT: 1 << 30,
} as const;

/** Bits of `flags2` in INIT, which stand for bits 63:32. */
export const InitFlag2 = { PASSTHROUGH: 1 << 5 } as const;

/** How an open file behaves. */
export const OpenFlag = {
  /** Every read and write reaches the file system: no page cache. */
  DIRECT_IO: 1 << 0,
  /** close tells the file system nothing: device drivers are not told either. */
  NOFLUSH: 1 << 5,
  /** Writes do not wait for each other: a thread may write STR while another waits in a write of ODR. */
  PARALLEL_DIRECT_WRITES: 1 << 6,
  /** A mapping of the file is a mapping of the backing file. */
  PASSTHROUGH: 1 << 7,
} as const;

/** GETATTR is asked for an open file, as lseek(SEEK_END) does; stat does not. */
export const GETATTR_OF_OPEN_FILE = 1 << 0;
/** POLL: tell when the events have changed. */
export const POLL_SCHEDULE_NOTIFY = 1 << 0;
/** The message without a request that has a poll repeated. */
const NOTIFY_POLL = 1;

export const IN_HEADER_BYTES = 40;
const OUT_HEADER_BYTES = 16;
/** What stands before the bytes of a WRITE. */
export const WRITE_IN_BYTES = 40;
/** What stands before the bytes of an IOCTL. */
export const IOCTL_IN_BYTES = 32;
const ATTRIBUTES_BYTES = 88;
const ENTRY_BYTES = 40;
const DIRECTORY_ENTRY_BYTES = 24;
const STATFS_BYTES = 80;

const PAGE_BYTES = 4096;
const DIRECTORY_MODE = 0o40_755;
const FILE_MODE = 0o100_660;
/** How long the kernel may keep a name. */
const NAME_VALID_SECONDS = 3600n;

export interface Request {
  readonly opcode: number;
  /** The kernel's number of the request. */
  readonly unique: bigint;
  readonly node: number;
  readonly body: Buffer;
}

/** `message`: one read of /dev/fuse. */
export function decodeRequest(message: Buffer): Request {
  return {
    opcode: message.readUInt32LE(4),
    unique: message.readBigUInt64LE(8),
    node: Number(message.readBigUInt64LE(16)),
    body: message.subarray(IN_HEADER_BYTES),
  };
}

/** The answer to a request. `errno` 0: success, with `payload`. */
export function encodeAnswer(unique: bigint, errno: number, payload: Uint8Array): Buffer {
  const message = Buffer.alloc(OUT_HEADER_BYTES + payload.length);
  message.writeUInt32LE(message.length, 0);
  message.writeInt32LE(-errno, 4);
  message.writeBigUInt64LE(unique, 8);
  message.set(payload, OUT_HEADER_BYTES);
  return message;
}

/** Has the kernel ask again for the events of the open file with this poll handle. */
export function encodePollWakeup(pollHandle: bigint): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeBigUInt64LE(pollHandle, 0);
  const message = encodeAnswer(0n, 0, payload);
  message.writeInt32LE(NOTIFY_POLL, 4);
  return message;
}

/** The answer to INIT. `flags` and `flags2` are what both sides can do. */
export function encodeInit(minor: number, flags: number, flags2: number, maxWriteBytes: number): Buffer {
  const out = Buffer.alloc(64);
  out.writeUInt32LE(PROTOCOL_MAJOR, 0);
  out.writeUInt32LE(minor, 4);
  out.writeUInt32LE(flags >>> 0, 12);
  out.writeUInt16LE(16, 16); // max_background
  out.writeUInt16LE(12, 18); // congestion_threshold
  out.writeUInt32LE(maxWriteBytes, 20);
  out.writeUInt32LE(1, 24); // time_gran, ns
  out.writeUInt16LE(maxWriteBytes / PAGE_BYTES, 28);
  out.writeUInt32LE(flags2, 32);
  out.writeUInt32LE(1, 36); // max_stack_depth: the backing file lies on a file system of its own
  return out;
}

function attributes(node: number, sizeBytes: number): Buffer {
  const out = Buffer.alloc(ATTRIBUTES_BYTES);
  out.writeBigUInt64LE(BigInt(node), 0);
  out.writeBigUInt64LE(BigInt(sizeBytes), 8);
  out.writeUInt32LE(node === ROOT_NODE ? DIRECTORY_MODE : FILE_MODE, 60);
  out.writeUInt32LE(1, 64); // nlink
  out.writeUInt32LE(PAGE_BYTES, 80);
  return out;
}

/** The answer to GETATTR and SETATTR. The kernel does not keep the attributes, so that it asks again at lseek. */
export function encodeAttributes(node: number, sizeBytes: number): Buffer {
  return Buffer.concat([Buffer.alloc(16), attributes(node, sizeBytes)]);
}

/** The answer to LOOKUP. */
export function encodeEntry(node: number, sizeBytes: number): Buffer {
  const out = Buffer.alloc(ENTRY_BYTES);
  out.writeBigUInt64LE(BigInt(node), 0);
  out.writeBigUInt64LE(NAME_VALID_SECONDS, 16);
  return Buffer.concat([out, attributes(node, sizeBytes)]);
}

/** The answer to OPEN and OPENDIR. `backing`: the number of the backing file, 0 for none. */
export function encodeOpen(handle: number, flags: number, backing: number): Buffer {
  const out = Buffer.alloc(16);
  out.writeBigUInt64LE(BigInt(handle), 0);
  out.writeUInt32LE(flags, 8);
  out.writeInt32LE(backing, 12);
  return out;
}

/** The answer to WRITE. */
export function encodeWritten(bytes: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeUInt32LE(bytes, 0);
  return out;
}

/** The answer to IOCTL: result 0, and what the caller's struct becomes. */
export function encodeIoctl(result: Uint8Array): Buffer {
  return Buffer.concat([Buffer.alloc(16), result]);
}

/** The answer to POLL. */
export function encodePoll(events: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeUInt32LE(events, 0);
  return out;
}

/** The answer to STATFS: nothing to store, nothing stored. */
export function encodeStatfs(): Buffer {
  return Buffer.alloc(STATFS_BYTES);
}

/** The answer to READDIR: regular files, the first with node `first`, from entry `from` on. */
export function encodeDirectory(names: readonly string[], first: number, from: number, limitBytes: number): Buffer {
  const entries: Buffer[] = [];
  let length = 0;
  for (const [index, name] of [...names.entries()].slice(from)) {
    const bytes = Buffer.from(name);
    const entry = Buffer.alloc(Math.ceil((DIRECTORY_ENTRY_BYTES + bytes.length) / 8) * 8);
    entry.writeBigUInt64LE(BigInt(first + index), 0);
    entry.writeBigUInt64LE(BigInt(index + 1), 8); // where the next READDIR begins
    entry.writeUInt32LE(bytes.length, 16);
    entry.writeUInt32LE(8, 20); // DT_REG
    entry.set(bytes, DIRECTORY_ENTRY_BYTES);
    length += entry.length;
    if (length > limitBytes) break;
    entries.push(entry);
  }
  return Buffer.concat(entries);
}
