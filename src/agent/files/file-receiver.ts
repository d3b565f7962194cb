/**
 * Receiving files into a folder. A file takes its name only when the SHA-256 of what is stored was found equal; until
 * then it grows in a hidden partial file, from which an interrupted transfer goes on. Specification: Annex G.3.
 */
import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { errnoOf, messageOf } from "../../platform/failure.ts";
import { toHex } from "../../core/wire/bytes.ts";
import { sha256OfFile } from "./file-hash.ts";
import { PartialFiles } from "./partial-files.ts";
import { VendorStatus, encodeOffsetFields, encodeOpenFields } from "./vendor-messages.ts";

export interface ReceiverOptions {
  /** Undefined: files are refused. */
  readonly inbox: string | undefined;
  readonly largestFileBytes: number;
  readonly log: (line: string) => void;
}

export interface FileAnswer {
  readonly status: number;
  readonly fields: Uint8Array;
}

/** A transfer whose File Close came. The answer may have been lost, so the question may come again. */
interface Finished {
  readonly partialPath: string;
  readonly name: string;
  readonly answer: Promise<FileAnswer>;
  /** Which file it became, and when that was last changed; undefined until it is stored. */
  stored: StoredFile | undefined;
}

interface StoredFile {
  readonly inode: number;
  readonly modified: number;
}

interface Transfer {
  readonly handle: number;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly partialPath: string;
  readonly fd: number;
  next: number;
  /** Of all that was stored, as long as nobody else changed the file; undefined: to be hashed as it is in the end. */
  hash: Hash | undefined;
  /** When this receiver changed it last, and to which size. */
  changed: string;
}

/** Data bytes of a message: what a buffer in a window of 1 MiB holds, so that a part is one packet there. */
const CHUNK_BYTES = 512 * 1024;
/** Transfers open at once, and finished ones remembered; the oldest make room. */
const OPEN_LIMIT = 4;
const FINISHED_LIMIT = 16;
/** Requests whose work on the disk is not done, more of which are answered with "busy". */
const OPENING_LIMIT = 8;
const STORING_LIMIT = 8;
const NO_FIELDS = new Uint8Array(0);
const syncFile = promisify(fsync);

export class FileReceiver {
  readonly #options: ReceiverOptions;
  readonly #partials: PartialFiles;
  /** Oldest use first. */
  readonly #transfers = new Map<number, Transfer>();
  readonly #finished = new Map<number, Finished>();
  #lastOpen: Promise<unknown> = Promise.resolve();
  #opening = 0;
  /** Partial files of transfers that are being stored. */
  readonly #storing = new Set<string>();
  #nextHandle = 1;
  filesReceived = 0;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#partials = new PartialFiles(options.inbox ?? "");
  }

  /** Opens one after the other: the same question, sent again meanwhile, must find what the first has opened. */
  open(size: number, sha256: Uint8Array, name: string): Promise<FileAnswer> {
    if (this.#opening >= OPENING_LIMIT) return Promise.resolve(failed(VendorStatus.BUSY));
    this.#opening++;
    const answer = this.#lastOpen
      .then(() => this.#openNow(size, sha256, name))
      .finally(() => {
        this.#opening--;
      });
    this.#lastOpen = answer;
    return answer;
  }

  async #openNow(size: number, sha256: Uint8Array, name: string): Promise<FileAnswer> {
    const { inbox, largestFileBytes, log } = this.#options;
    if (inbox === undefined) return failed(VendorStatus.FILES_NOT_ACCEPTED);
    if (size > largestFileBytes) return failed(VendorStatus.TOO_LARGE);
    if (PartialFiles.isNameOfOne(name)) return failed(VendorStatus.MALFORMED);
    const digest = toHex(sha256);
    try {
      const partialPath = this.#partials.pathOf(digest, size);
      const finished = await this.#findFinished(partialPath, name, inbox);
      if (finished !== undefined)
        return { status: VendorStatus.OK, fields: encodeOpenFields(finished, size, CHUNK_BYTES) };
      this.#closeSame(partialPath);
      await this.#partials.makeRoom(partialPath, this.#openPaths());
      const transfer = this.#openPartial(partialPath, name, size, digest);
      while (this.#transfers.size >= OPEN_LIMIT) this.#closeOldest();
      this.#transfers.set(transfer.handle, transfer);
      if (transfer.next > 0) log(`file ${shown(name)}: goes on at byte ${String(transfer.next)} of ${String(size)}`);
      return { status: VendorStatus.OK, fields: encodeOpenFields(transfer.handle, transfer.next, CHUNK_BYTES) };
    } catch (error) {
      return this.#storageFailed(name, error);
    }
  }

  data(handle: number, offset: number, data: Uint8Array): FileAnswer {
    const transfer = this.#transfers.get(handle);
    if (transfer === undefined) return failed(VendorStatus.UNKNOWN_HANDLE);
    if (offset > transfer.next) return { status: VendorStatus.WRONG_OFFSET, fields: encodeOffsetFields(transfer.next) };
    const end = offset + data.length;
    if (end > transfer.size) return failed(VendorStatus.TOO_LARGE);
    if (end > transfer.next) {
      const fresh = data.subarray(transfer.next - offset);
      try {
        if (changeOf(transfer.fd) !== transfer.changed) transfer.hash = undefined;
        writeAll(transfer.fd, fresh, transfer.next);
        transfer.hash?.update(fresh);
        transfer.changed = changeOf(transfer.fd);
      } catch (error) {
        this.#close(transfer);
        this.#partials.removeIfFull(transfer.partialPath, error);
        return this.#storageFailed(transfer.name, error);
      }
      transfer.next = end;
    }
    this.#transfers.delete(handle);
    this.#transfers.set(handle, transfer);
    return { status: VendorStatus.OK, fields: encodeOffsetFields(transfer.next) };
  }

  finish(handle: number): Promise<FileAnswer> {
    const finished = this.#finished.get(handle);
    if (finished !== undefined) return finished.answer;
    const transfer = this.#transfers.get(handle);
    const { inbox } = this.#options;
    if (transfer === undefined || inbox === undefined) return Promise.resolve(failed(VendorStatus.UNKNOWN_HANDLE));
    if (transfer.next < transfer.size) {
      return Promise.resolve({ status: VendorStatus.WRONG_OFFSET, fields: encodeOffsetFields(transfer.next) });
    }
    if (this.#storing.size >= STORING_LIMIT) return Promise.resolve(failed(VendorStatus.BUSY));
    this.#transfers.delete(handle);
    const { partialPath, name } = transfer;
    this.#storing.add(partialPath);
    const answer = this.#store(transfer, inbox).then((given) => {
      this.#storing.delete(partialPath);
      record.stored = storedFile(join(inbox, name));
      return given;
    });
    const record: Finished = { partialPath, name, answer, stored: undefined };
    this.#finished.set(handle, record);
    for (const oldest of this.#finished.keys()) {
      if (this.#finished.size <= FINISHED_LIMIT) break;
      this.#finished.delete(oldest);
    }
    return answer;
  }

  /** What it holds at this moment, for whoever watches that it stays within bounds. */
  get usage(): {
    readonly open: number;
    readonly finished: number;
    readonly opening: number;
    readonly storing: number;
  } {
    return {
      open: this.#transfers.size,
      finished: this.#finished.size,
      opening: this.#opening,
      storing: this.#storing.size,
    };
  }

  /** Lets go of all transfers; their partial files stay for a later agent. */
  close(): void {
    for (const transfer of [...this.#transfers.values()]) this.#close(transfer);
  }

  /** Gives a complete file its name, if it is the one that was announced. */
  async #store(transfer: Transfer, inbox: string): Promise<FileAnswer> {
    const { log } = this.#options;
    try {
      const digest = await digestOfStored(transfer);
      if (digest?.toString("hex") !== transfer.sha256) {
        this.#partials.remove(transfer.partialPath);
        log(`file ${shown(transfer.name)}: contents differ from their SHA-256, discarded`);
        return { status: VendorStatus.CONTENTS_DIFFER, fields: digest ?? NO_FIELDS };
      }
      await syncFile(transfer.fd);
      renameSync(transfer.partialPath, join(inbox, transfer.name));
      this.#partials.renamed(transfer.partialPath);
      this.filesReceived++;
      log(
        `file ${shown(transfer.name)}: received, ${String(transfer.size)} byte${transfer.size === 1 ? "" : "s"}, SHA-256 ${transfer.sha256.slice(0, 16)}…`,
      );
      return { status: VendorStatus.OK, fields: digest };
    } catch (error) {
      this.#partials.removeIfFull(transfer.partialPath, error);
      return this.#storageFailed(transfer.name, error);
    } finally {
      closeSync(transfer.fd);
    }
  }

  /** The handle of a transfer of this very file that is finished, or about to be, and whose file is still there. */
  async #findFinished(partialPath: string, name: string, inbox: string): Promise<number | undefined> {
    for (const [handle, finished] of this.#finished) {
      if (finished.partialPath !== partialPath) continue;
      // Until then the partial file is the finished transfer's, whatever its name.
      const { status } = await finished.answer;
      if (finished.name !== name) continue;
      const now = storedFile(join(inbox, name));
      const untouched = now?.inode === finished.stored?.inode && now?.modified === finished.stored?.modified;
      if (status === VendorStatus.OK && now !== undefined && untouched) return handle;
      this.#finished.delete(handle);
    }
    return undefined;
  }

  #openPartial(path: string, name: string, size: number, sha256: string): Transfer {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    try {
      const held = fstatSync(fd).size;
      if (held > size) ftruncateSync(fd, 0);
      const next = held > size ? 0 : held;
      const hash = next === 0 ? createHash("sha256") : undefined;
      const changed = changeOf(fd);
      return { handle: this.#nextHandle++, name, size, sha256, partialPath: path, fd, next, hash, changed };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  #openPaths(): Set<string> {
    const paths = new Set(this.#storing);
    for (const { partialPath } of this.#transfers.values()) paths.add(partialPath);
    return paths;
  }

  /** One transfer a file: the sender lost count of the older one. */
  #closeSame(partialPath: string): void {
    for (const transfer of [...this.#transfers.values()]) {
      if (transfer.partialPath === partialPath) this.#close(transfer);
    }
  }

  #closeOldest(): void {
    for (const transfer of this.#transfers.values()) {
      this.#close(transfer);
      return;
    }
  }

  #close(transfer: Transfer): void {
    this.#transfers.delete(transfer.handle);
    closeSync(transfer.fd);
  }

  #storageFailed(name: string, error: unknown): FileAnswer {
    const why = errnoOf(error) === "ENOSPC" ? "no space left" : messageOf(error);
    this.#options.log(`file ${shown(name)}: cannot be stored in ${this.#options.inbox ?? ""}: ${why}`);
    return failed(VendorStatus.STORAGE_FAILED);
  }
}

/** A name as the log may show it: the peer chose it, and must not reach the terminal with control characters. */
function shown(name: string): string {
  return JSON.stringify(name).replace(/[\u007f-\u009f]/g, "?");
}

/** Undefined when the file has another size than it was written to. */
async function digestOfStored({ fd, size, hash, changed }: Transfer): Promise<Buffer | undefined> {
  if (hash !== undefined && changeOf(fd) === changed) return hash.digest();
  return fstatSync(fd).size === size ? await sha256OfFile(fd, size) : undefined;
}

/** What is another whenever something was written to the file or its size changed. */
function changeOf(fd: number): string {
  const { ctimeMs, size } = fstatSync(fd);
  return `${String(ctimeMs)} ${String(size)}`;
}

function storedFile(path: string): StoredFile | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : { inode: stats.ino, modified: stats.mtimeMs };
}

function failed(status: number): FileAnswer {
  return { status, fields: NO_FIELDS };
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written, bytes.length - written, position + written);
}
