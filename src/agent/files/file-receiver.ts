/**
 * Receiving files into a folder for each peer. A file takes its name only when the SHA-256 of what is on the disk was
 * found equal; until then it grows in a partial file, from which an interrupted transfer goes on. What a peer may have
 * of anything is in limits.ts. Specification: Annex G.3.
 */
import { closeSync, fstatSync, fsync, lstatSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { isFileName } from "../../core/vendor-messages/file-names.ts";
import { toHex } from "../../core/wire/bytes.ts";
import { zeroCounters } from "../../core/wire/counters.ts";
import { errnoOf } from "../../platform/failure.ts";
import { EndedTransfers } from "./ended-transfers.ts";
import { sha256OfFile } from "./file-hash.ts";
import { InboxRoom } from "./inbox-room.ts";
import { folderNameOf, nameAt, privateFolder, syncFolder, type Peer } from "./inbox.ts";
import {
  DEFAULT_QUOTA_BYTES,
  FILE_COUNTERS,
  OPENING_SHARES,
  PARTIAL_SHARES,
  STORING_SHARES,
  type FileCounter,
} from "./limits.ts";
import { OpenTransfers, type Transfer } from "./open-transfers.ts";
import { PartialFiles } from "./partial-files.ts";
import { ReceiverLog } from "./receiver-log.ts";
import { WorkShares } from "./work-shares.ts";
import {
  VendorStatus,
  encodeCloseFields,
  encodeOffsetFields,
  encodeOpenFields,
  type FileAnswer,
} from "./vendor-messages.ts";

export interface ReceiverOptions {
  /** Undefined: files are refused. */
  readonly inbox: string | undefined;
  readonly largestFileBytes: number;
  /** Bytes that one peer may keep there. Default: DEFAULT_QUOTA_BYTES. */
  readonly quotaBytes?: number | undefined;
  readonly log: (line: string, port: number) => void;
}

/** Data bytes of a message: what a buffer in a window of 1 MiB holds, so that a part is one packet there. */
const CHUNK_BYTES = 512 * 1024;
const NO_FIELDS = new Uint8Array(0);
const syncFile = promisify(fsync);

export class FileReceiver {
  readonly counters: Record<FileCounter, number> = zeroCounters(FILE_COUNTERS);
  filesReceived = 0;
  readonly #options: ReceiverOptions;
  readonly #log: ReceiverLog;
  readonly #partials: PartialFiles;
  readonly #room: InboxRoom;
  readonly #transfers = new OpenTransfers();
  readonly #ended = new EndedTransfers();
  readonly #opening = new WorkShares(OPENING_SHARES);
  readonly #storing = new WorkShares(STORING_SHARES);
  /** The last Open of each peer that has one under way. */
  readonly #lastOpens = new Map<string, Promise<FileAnswer>>();
  /** Partial files of transfers that are being stored. */
  readonly #storingPaths = new Set<string>();
  /** Folders of peers whose own names are durable. */
  readonly #durableFolders = new Set<string>();
  #nextHandle = 1;

  constructor(options: ReceiverOptions) {
    const { inbox = "", quotaBytes = DEFAULT_QUOTA_BYTES, log } = options;
    this.#options = options;
    this.#log = new ReceiverLog(log);
    this.#partials = new PartialFiles(inbox);
    this.#room = new InboxRoom(inbox, quotaBytes, this.#partials);
  }

  /** A peer's Opens one after the other: the same question, sent again meanwhile, must find what the first has opened. */
  open(peer: Peer, size: number, sha256: Uint8Array, name: string): Promise<FileAnswer> {
    if (!this.#opening.begin(peer)) return Promise.resolve(this.#busy());
    const key = folderNameOf(peer);
    const answer = (this.#lastOpens.get(key) ?? Promise.resolve())
      .then(() => this.#openNow(peer, size, sha256, name))
      .finally(() => {
        this.#opening.end(peer);
        if (this.#lastOpens.get(key) === answer) this.#lastOpens.delete(key);
      });
    this.#lastOpens.set(key, answer);
    return answer;
  }

  async #openNow(peer: Peer, size: number, sha256: Uint8Array, name: string): Promise<FileAnswer> {
    const { inbox, largestFileBytes } = this.#options;
    if (inbox === undefined) return failed(VendorStatus.FILES_NOT_ACCEPTED);
    if (size > largestFileBytes) return failed(VendorStatus.TOO_LARGE);
    if (!isFileName(name)) return this.#refuseName(peer, name, "not allowed");
    try {
      const place = join(inbox, folderNameOf(peer), name);
      if (nameAt(place) === "foreign") return this.#refuseName(peer, name, "taken by what this agent did not store");
      await Promise.all([this.#partials.ready(), this.#room.usage.ready()]);
      const digest = toHex(sha256);
      const path = this.#partials.pathOf(peer, digest, size);
      const ended = await this.#ended.find(path, name, place);
      if (ended !== undefined) return { status: VendorStatus.OK, fields: encodeOpenFields(ended, size, CHUNK_BYTES) };
      this.#transfers.closeSame(path);
      this.#transfers.closeIdle();
      this.#partials.expire(this.#inUse());
      if (!this.#partials.has(path)) {
        // From here to the opening nothing waits: another peer's Open would take the same room.
        let lack = this.#room.make(peer, size, this.#inUse());
        if (lack !== undefined && (await this.#room.usage.recount())) lack = this.#room.make(peer, size, this.#inUse());
        if (lack !== undefined) return this.#refuseSize(peer, name, size, lack);
        if (!this.#hasPlaceForPartial(peer)) return this.#busy();
      }
      if (!this.#transfers.makeRoom(peer)) return this.#busy();
      const { fd, held } = this.#partials.open(path, peer, size);
      const transfer = { handle: this.#nextHandle++, peer, name, size, sha256: digest, path, fd, next: held };
      this.#transfers.add(transfer);
      if (held > 0) this.#log.write(peer, name, `goes on at byte ${String(held)} of ${String(size)}`);
      return { status: VendorStatus.OK, fields: encodeOpenFields(transfer.handle, held, CHUNK_BYTES) };
    } catch (error) {
      return this.#storageFailed(peer, name, error);
    }
  }

  data(peer: Peer, handle: number, offset: number, data: Uint8Array): FileAnswer {
    const transfer = this.#transfers.get(peer, handle);
    if (transfer === undefined) return failed(VendorStatus.UNKNOWN_HANDLE);
    if (offset > transfer.next) return { status: VendorStatus.WRONG_OFFSET, fields: encodeOffsetFields(transfer.next) };
    const end = offset + data.length;
    if (end > transfer.size) return failed(VendorStatus.TOO_LARGE);
    if (end > transfer.next) {
      const fresh = data.subarray(transfer.next - offset);
      try {
        writeAll(transfer.fd, fresh, transfer.next);
      } catch (error) {
        this.#transfers.close(transfer);
        this.#partials.removeIfFull(transfer.path, error);
        return this.#storageFailed(peer, transfer.name, error);
      }
      transfer.next = end;
      this.#partials.grew(transfer.path, end);
    }
    return { status: VendorStatus.OK, fields: encodeOffsetFields(transfer.next) };
  }

  /** `value`: the sender's, which the answer proves with that the file is stored; undefined from an older sender. */
  async finish(peer: Peer, handle: number, value?: Uint8Array): Promise<FileAnswer> {
    const { status, fields } = await this.#finishOnce(peer, handle);
    return { status, fields: status === VendorStatus.OK ? encodeCloseFields(fields, value) : fields };
  }

  #finishOnce(peer: Peer, handle: number): Promise<FileAnswer> {
    const ended = this.#ended.get(peer, handle);
    if (ended !== undefined) return ended;
    const transfer = this.#transfers.get(peer, handle);
    const { inbox } = this.#options;
    if (transfer === undefined || inbox === undefined) return Promise.resolve(failed(VendorStatus.UNKNOWN_HANDLE));
    if (transfer.next < transfer.size) {
      return Promise.resolve({ status: VendorStatus.WRONG_OFFSET, fields: encodeOffsetFields(transfer.next) });
    }
    if (!this.#storing.begin(peer)) return Promise.resolve(this.#busy());
    this.#transfers.release(transfer);
    const { path, name } = transfer;
    this.#storingPaths.add(path);
    const answer = this.#store(transfer, inbox).finally(() => {
      this.#storing.end(peer);
      this.#storingPaths.delete(path);
    });
    return this.#ended.add(handle, { peer, path, name, place: join(inbox, folderNameOf(peer), name), answer });
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
      finished: this.#ended.size,
      opening: this.#opening.inAll,
      storing: this.#storing.inAll,
    };
  }

  /** Lets go of all transfers; their partial files stay for a later agent. */
  close(): void {
    this.#transfers.closeAll();
  }

  /** Gives a complete file its name, if it is the one that was announced. */
  async #store(transfer: Transfer, inbox: string): Promise<FileAnswer> {
    const { peer, name, size, path, fd } = transfer;
    try {
      // Both at once: the disk writes what the processor hashes.
      const [hashing, syncing] = [digestOfStored(fd, size), syncFile(fd)];
      // The descriptor is closed below only when neither uses it any more.
      await Promise.allSettled([hashing, syncing]);
      await syncing;
      const digest = await hashing;
      if (digest?.toString("hex") !== transfer.sha256 || !leadsTo(path, fd)) {
        this.#partials.remove(path);
        this.counters.filesDiscarded++;
        this.#log.write(peer, name, "contents differ from their SHA-256, discarded");
        return { status: VendorStatus.CONTENTS_DIFFER, fields: digest ?? NO_FIELDS };
      }
      const replaced = await this.#name(transfer, inbox);
      this.filesReceived++;
      const bytes = `${String(size)} byte${size === 1 ? "" : "s"}`;
      const how = replaced ? "received, replaced the one of this name" : "received";
      this.#log.write(peer, name, `${how}, ${bytes}, SHA-256 ${transfer.sha256.slice(0, 16)}…`);
      return { status: VendorStatus.OK, fields: digest };
    } catch (error) {
      this.#partials.removeIfFull(path, error);
      return this.#storageFailed(peer, name, error);
    } finally {
      closeSync(fd);
    }
  }

  /** Moves the file to its name, durably. True: it replaced one that this receiver had stored from this peer. */
  async #name({ peer, name, size, path }: Transfer, inbox: string): Promise<boolean> {
    const folder = privateFolder(inbox, folderNameOf(peer));
    const place = join(folder, name);
    if (nameAt(place) === "foreign") throw Object.assign(new Error("EEXIST"), { code: "EEXIST" });
    const replacedBytes = lstatSync(place, { throwIfNoEntry: false })?.size;
    renameSync(path, place);
    this.#partials.renamed(path);
    this.#room.usage.add(peer, size, replacedBytes);
    await syncFolder(folder);
    if (!this.#durableFolders.has(folder)) await syncFolder(inbox);
    this.#durableFolders.add(folder);
    if (replacedBytes !== undefined) this.counters.filesReplaced++;
    return replacedBytes !== undefined;
  }

  /** One of the peer's own makes room, where it has too many. */
  #hasPlaceForPartial(peer: Peer): boolean {
    if (this.#partials.of(peer).files >= PARTIAL_SHARES.peer) {
      const oldest = this.#partials.oldestOf(peer, this.#inUse());
      if (oldest !== undefined) this.#partials.remove(oldest);
    }
    return (
      this.#partials.of(peer).files < PARTIAL_SHARES.peer &&
      this.#partials.ofPort(peer.port).files < PARTIAL_SHARES.port
    );
  }

  #inUse(): ReadonlySet<string> {
    return new Set([...this.#storingPaths, ...this.#transfers.paths]);
  }

  #busy(): FileAnswer {
    this.counters.filesBusy++;
    return failed(VendorStatus.BUSY);
  }

  #refuseName(peer: Peer, name: string, why: string): FileAnswer {
    this.counters.fileNamesRefused++;
    this.#log.writeOnce("name", peer, name, `refused: the name is ${why}`);
    return failed(VendorStatus.NAME_REFUSED);
  }

  #refuseSize(peer: Peer, name: string, size: number, lack: string): FileAnswer {
    this.counters.filesOverQuota++;
    this.#log.writeOnce(lack, peer, name, `refused: its ${String(size)} bytes are beyond ${lack} (--inbox-quota)`);
    return failed(VendorStatus.NO_ROOM);
  }

  #storageFailed(peer: Peer, name: string, error: unknown): FileAnswer {
    const code = errnoOf(error) ?? "";
    const why = REASONS[code] ?? `the system reports ${/^E[A-Z0-9]+$/.test(code) ? code : "an error"}`;
    this.#log.write(peer, name, `cannot be stored in ${this.#options.inbox ?? ""}: ${why}`);
    return failed(VendorStatus.STORAGE_FAILED);
  }
}

/** A system's own message has the peer's name of the file in it, so the log gets these. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left",
  EDQUOT: "no space left for this user",
  ENOENT: "the inbox has gone",
  EACCES: "permission denied",
  EPERM: "a folder in it is not this user's alone (mode 0700)",
  ENOTDIR: "something in it is in the place of a folder",
  EEXIST: "something that this agent did not store has its name",
  EROFS: "the file system is read-only",
};

/** SHA-256 of what is on the disk; undefined when the size is another, or the file changed meanwhile. */
async function digestOfStored(fd: number, size: number): Promise<Buffer | undefined> {
  const before = changeOf(fd);
  if (fstatSync(fd).size !== size) return undefined;
  const digest = await sha256OfFile(fd, size);
  return changeOf(fd) === before ? digest : undefined;
}

/** What is another whenever something was written to the file or its size changed. */
function changeOf(fd: number): string {
  const { ctimeMs, size } = fstatSync(fd);
  return `${String(ctimeMs)} ${String(size)}`;
}

function leadsTo(path: string, fd: number): boolean {
  const there = lstatSync(path);
  const open = fstatSync(fd);
  return there.ino === open.ino && there.dev === open.dev;
}

function failed(status: number): FileAnswer {
  return { status, fields: NO_FIELDS };
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written, bytes.length - written, position + written);
}
