/**
 * Answers the kernel's requests for a mounted folder of files. One thread, in the order of the requests; a request that a
 * file does not answer at once keeps its caller blocked, and the session goes on with the next one.
 */
import { readSync, writeSync } from "node:fs";
import { errnoOf } from "../../../../src/platform/failure.ts";
import {
  GETATTR_OF_OPEN_FILE,
  IN_HEADER_BYTES,
  IOCTL_IN_BYTES,
  InitFlag,
  InitFlag2,
  Opcode,
  OpenFlag,
  POLL_SCHEDULE_NOTIFY,
  PROTOCOL_MINOR,
  ROOT_NODE,
  WRITE_IN_BYTES,
  decodeRequest,
  encodeAnswer,
  encodeAttributes,
  encodeDirectory,
  encodeEntry,
  encodeInit,
  encodeIoctl,
  encodeOpen,
  encodePoll,
  encodePollWakeup,
  encodeStatfs,
  encodeWritten,
  type Request,
} from "./messages.ts";
import { Errno, PollEvent, SystemCallError, type Call, type OpenFile, type ServedFile } from "./served-file.ts";

/** Of one READ or WRITE; the kernel splits larger ones. */
const MAX_TRANSFER_BYTES = 256 * 1024;
const O_NONBLOCK = 0o4000;
const FIRST_FILE_NODE = ROOT_NODE + 1;
const ALWAYS_READY = PollEvent.POLLIN | PollEvent.POLLOUT | PollEvent.POLLRDNORM | PollEvent.POLLWRNORM;
const NOTHING = Buffer.alloc(0);

const WANTED_FLAGS = InitFlag.BIG_WRITES | InitFlag.MAX_PAGES | InitFlag.INIT_EXT;

/** An open file, and who waits in poll for it. */
interface Handle {
  readonly file: ServedFile;
  readonly open: OpenFile;
  readonly pollHandles: Set<bigint>;
}

export class FuseSession {
  readonly #device: number;
  readonly #files: readonly ServedFile[];
  /** Registers the backing file of mapped files; 0 where the kernel cannot. */
  readonly #registerBacking: () => number;
  readonly #handles = new Map<number, Handle>();
  readonly #blocked = new Map<bigint, Call>();
  readonly #buffer = Buffer.alloc(MAX_TRANSFER_BYTES + IN_HEADER_BYTES + WRITE_IN_BYTES);
  #lastHandle = 0;
  #backing = 0;
  #isReady = false;

  /** `device`: /dev/fuse, mounted. */
  constructor(device: number, files: readonly ServedFile[], registerBacking: () => number) {
    this.#device = device;
    this.#files = files;
    this.#registerBacking = registerBacking;
  }

  /** Whether the kernel has said what it can do, so that `hasPassthrough` is known. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether a mapping of a mapped file works. */
  get hasPassthrough(): boolean {
    return this.#backing !== 0;
  }

  /** Answers one request, waiting for it. False when the folder was unmounted. */
  serveOne(): boolean {
    let length: number;
    try {
      length = readSync(this.#device, this.#buffer);
    } catch (error) {
      const code = errnoOf(error);
      if (code === "ENODEV") return false;
      // ENOENT: the caller was killed before the request was read.
      if (code === "ENOENT" || code === "EINTR" || code === "EAGAIN") return true;
      throw error;
    }
    const request = decodeRequest(this.#buffer.subarray(0, length));
    try {
      this.#serve(request);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      this.#answer(request, NOTHING, error.errno);
    }
    return true;
  }

  /** Has every program that waits in poll for this file ask again. */
  wakePolls(file: ServedFile): void {
    for (const handle of this.#handles.values()) {
      if (handle.file !== file) continue;
      const waiting = [...handle.pollHandles];
      handle.pollHandles.clear();
      for (const pollHandle of waiting) this.#send(encodePollWakeup(pollHandle));
    }
  }

  #serve(request: Request): void {
    const { opcode, body, node } = request;
    switch (opcode) {
      case Opcode.INIT:
        this.#initialise(request);
        return;
      case Opcode.LOOKUP:
        this.#lookUp(request);
        return;
      case Opcode.GETATTR:
        this.#attributes(request, (body.readUInt32LE(0) & GETATTR_OF_OPEN_FILE) !== 0);
        return;
      case Opcode.SETATTR: // Truncation at open(O_TRUNC), which devices ignore.
        this.#attributes(request, false);
        return;
      case Opcode.OPEN:
        this.#open(request);
        return;
      case Opcode.READ:
        this.#read(request);
        return;
      case Opcode.WRITE:
        this.#write(request);
        return;
      case Opcode.IOCTL:
        this.#ioctl(request);
        return;
      case Opcode.POLL:
        this.#poll(request);
        return;
      case Opcode.RELEASE:
        this.#release(request);
        return;
      case Opcode.INTERRUPT:
        // A call that has been answered meanwhile is not there any more.
        this.#blocked.get(body.readBigUInt64LE(0))?.onInterrupt?.();
        return;
      case Opcode.OPENDIR:
        this.#answer(request, encodeOpen(0, 0, 0));
        return;
      case Opcode.READDIR: {
        const names = node === ROOT_NODE ? this.#files.map(({ name }) => name) : [];
        const [from, limit] = [Number(body.readBigUInt64LE(8)), body.readUInt32LE(16)];
        this.#answer(request, encodeDirectory(names, FIRST_FILE_NODE, from, limit));
        return;
      }
      case Opcode.RELEASEDIR:
      case Opcode.DESTROY:
        this.#answer(request, NOTHING);
        return;
      case Opcode.STATFS:
        this.#answer(request, encodeStatfs());
        return;
      case Opcode.FORGET:
      case Opcode.BATCH_FORGET: // Without an answer.
        return;
      default: // The kernel goes on without what a file system does not have, like GETXATTR.
        this.#answer(request, NOTHING, Errno.ENOSYS);
    }
  }

  #initialise(request: Request): void {
    const { body } = request;
    const minor = Math.min(body.readUInt32LE(4), PROTOCOL_MINOR);
    const flags = body.readUInt32LE(12);
    const offered = (flags & InitFlag.INIT_EXT) !== 0 ? body.readUInt32LE(16) : 0;
    const flags2 = minor >= PROTOCOL_MINOR ? offered & InitFlag2.PASSTHROUGH : 0;
    this.#answer(request, encodeInit(minor, flags & WANTED_FLAGS, flags2, MAX_TRANSFER_BYTES));
    if (flags2 !== 0) this.#backing = this.#registerBacking();
    this.#isReady = true;
  }

  #lookUp(request: Request): void {
    const name = request.body.toString("utf8", 0, request.body.indexOf(0));
    const index = this.#files.findIndex((file) => file.name === name);
    if (request.node !== ROOT_NODE || index < 0) throw new SystemCallError(Errno.ENOENT);
    this.#answer(request, encodeEntry(index + FIRST_FILE_NODE, this.#files[index]!.sizeBytes));
  }

  #attributes(request: Request, ofOpenFile: boolean): void {
    const file = this.#files[request.node - FIRST_FILE_NODE];
    if (ofOpenFile && file?.hasNoEnd === true) throw new SystemCallError(Errno.EINVAL);
    this.#answer(request, encodeAttributes(request.node, file?.sizeBytes ?? 0));
  }

  #open(request: Request): void {
    const file = this.#files[request.node - FIRST_FILE_NODE];
    if (file === undefined) throw new SystemCallError(Errno.ENOENT);
    const open = file.open();
    const backing = file.isMapped === true ? this.#backing : 0;
    // With DIRECT_IO, too, reads and writes come here; only the mapping is the backing file's.
    let flags = OpenFlag.DIRECT_IO | OpenFlag.PARALLEL_DIRECT_WRITES | OpenFlag.NOFLUSH;
    if (backing !== 0) flags |= OpenFlag.PASSTHROUGH;
    this.#lastHandle += 1;
    this.#handles.set(this.#lastHandle, { file, open, pollHandles: new Set() });
    this.#answer(request, encodeOpen(this.#lastHandle, flags, backing));
  }

  #read(request: Request): void {
    const { open } = this.#handleOf(request);
    if (open.read === undefined) throw new SystemCallError(Errno.EINVAL);
    open.read(this.#call(request), Number(request.body.readBigUInt64LE(8)), request.body.readUInt32LE(16));
  }

  #write(request: Request): void {
    const { open } = this.#handleOf(request);
    if (open.write === undefined) throw new SystemCallError(Errno.EINVAL);
    const bytes = request.body.subarray(WRITE_IN_BYTES, WRITE_IN_BYTES + request.body.readUInt32LE(16));
    open.write(this.#call(request), Number(request.body.readBigUInt64LE(8)), bytes);
  }

  /** READ and WRITE have offset, length and the file's flags at the same places. */
  #call(request: Request): Call {
    const { unique } = request;
    const end = (payload: Uint8Array, errno = 0): void => {
      this.#blocked.delete(unique);
      this.#answer(request, payload, errno);
    };
    const call: Call = {
      isNonblocking: (request.body.readUInt32LE(32) & O_NONBLOCK) !== 0,
      onInterrupt: undefined,
      answer: end,
      wrote: (bytes) => {
        end(encodeWritten(bytes));
      },
      fail: (errno) => {
        end(NOTHING, errno);
      },
    };
    this.#blocked.set(unique, call);
    return call;
  }

  #ioctl(request: Request): void {
    const { open } = this.#handleOf(request);
    if (open.ioctl === undefined) throw new SystemCallError(Errno.ENOTTY);
    const { body } = request;
    const argument = body.subarray(IOCTL_IN_BYTES, IOCTL_IN_BYTES + body.readUInt32LE(24));
    this.#answer(request, encodeIoctl(open.ioctl(body.readUInt32LE(12), argument)));
  }

  #poll(request: Request): void {
    const handle = this.#handleOf(request);
    if ((request.body.readUInt32LE(16) & POLL_SCHEDULE_NOTIFY) !== 0) {
      handle.pollHandles.add(request.body.readBigUInt64LE(8));
    }
    this.#answer(request, encodePoll(handle.open.poll?.() ?? ALWAYS_READY));
  }

  #release(request: Request): void {
    const handle = this.#handleOf(request);
    this.#handles.delete(Number(request.body.readBigUInt64LE(0)));
    handle.open.close?.();
    this.#answer(request, NOTHING);
  }

  #handleOf(request: Request): Handle {
    const handle = this.#handles.get(Number(request.body.readBigUInt64LE(0)));
    if (handle === undefined) throw new SystemCallError(Errno.EBADF);
    return handle;
  }

  #answer(request: Request, payload: Uint8Array, errno = 0): void {
    this.#blocked.delete(request.unique);
    this.#send(encodeAnswer(request.unique, errno, payload));
  }

  #send(message: Buffer): void {
    try {
      writeSync(this.#device, message);
    } catch (error) {
      // ENOENT: the caller, or the poll, has gone meanwhile.
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  }
}
