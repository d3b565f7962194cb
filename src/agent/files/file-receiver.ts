/**
 * Receiving files into a folder for each peer. A file takes its name only when the SHA-256 of what is on the disk was
 * found equal; until then it grows in a partial file, from which an interrupted transfer goes on. What a peer may have
 * of anything is in limits.ts. Specification: Annex G.3.
 */
import { randomInt } from "node:crypto";
import { isFileName } from "../../core/vendor-messages/file-names.ts";
import { toHex } from "../../core/wire/bytes.ts";
import { zeroCounters } from "../../core/wire/counters.ts";
import { system } from "../../platform/system.ts";
import { EndedTransfers } from "./ended-transfers.ts";
import type { Lack } from "./inbox-room.ts";
import { IncomingFile, ReadBackTurn } from "./incoming-file.ts";
import { folderNameOf, type Peer } from "./inbox.ts";
import {
  DEFAULT_QUOTA_BYTES,
  FILE_COUNTERS,
  OPENING_SHARES,
  PARTIAL_SHARES,
  STORING_SHARES,
  type FileCounter,
} from "./limits.ts";
import { OpenInbox } from "./open-inbox.ts";
import { OpenTransfers, type Transfer } from "./open-transfers.ts";
import { ReceiverLog, type FileTell } from "./receiver-log.ts";
import { store } from "./storing.ts";
import { storageTrouble } from "./trouble.ts";
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
  readonly log: FileTell;
  /** Gives handles. Default: random ones, so that a device which sees no answer cannot guess another's. */
  readonly newHandle?: (() => number) | undefined;
}

/** Data bytes of a message: what a buffer in a window of 1 MiB holds, so that a part is one packet there. */
export const CHUNK_BYTES: number = 512 * 1024;
/** A handle has 32 bits. */
const HANDLES = 2 ** 32;
const NO_FIELDS = new Uint8Array(0);

/** The counter of what is refused for want of room. */
const LACK_COUNTERS: Readonly<Record<Lack, FileCounter>> = {
  "the peer's quota": "filesOverQuota",
  "the quota of its port": "filesOverPortQuota",
  "the quota of the inbox": "filesOverInboxQuota",
  "the free space of the disk": "filesOverDisk",
};

export class FileReceiver {
  readonly counters: Record<FileCounter, number> = zeroCounters(FILE_COUNTERS);
  filesReceived = 0;
  readonly #options: ReceiverOptions;
  /** The inbox's path without symbolic links, as it was at the start. */
  readonly #path: string | undefined;
  readonly #log: ReceiverLog;
  readonly #transfers = new OpenTransfers();
  readonly #ended = new EndedTransfers();
  readonly #opening = new WorkShares(OPENING_SHARES);
  readonly #storing = new WorkShares(STORING_SHARES);
  readonly #readBackTurn = new ReadBackTurn();
  /** The last Open of each peer that has one under way. */
  readonly #lastOpens = new Map<string, Promise<FileAnswer>>();
  /** Names of partial files of transfers that are being stored. */
  readonly #storingPartials = new Set<string>();
  /** As it was found when a file was opened last. */
  #inbox: OpenInbox | undefined;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#path = options.inbox === undefined ? undefined : realPathOr(options.inbox);
    this.#log = new ReceiverLog(options.log);
  }

  /** A peer's Opens one after the other: the same question, sent again meanwhile, must find what the first has opened. */
  open(peer: Peer, size: number, sha256: Uint8Array, name: string): Promise<FileAnswer> {
    const busy = this.#opening.begin(peer);
    if (busy !== undefined) return Promise.resolve(this.#busy(peer, name, busy));
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
    if (this.#path === undefined) {
      return this.#refuse("filesNotTaken", peer, name, "this agent has no inbox", VendorStatus.FILES_NOT_ACCEPTED);
    }
    const { largestFileBytes } = this.#options;
    if (size > largestFileBytes) {
      const why = `its ${String(size)} bytes are more than the ${String(largestFileBytes)} of --inbox-limit`;
      return this.#refuse("filesTooLarge", peer, name, why, VendorStatus.TOO_LARGE);
    }
    if (!isFileName(name)) return this.#refuseName(peer, name, "not allowed");
    try {
      const inbox = this.#inboxNow(this.#path, peer, name);
      const { partials, room } = inbox;
      if (inbox.holderOf(peer, name) === "foreign") {
        return this.#refuseName(peer, name, "taken by what this agent did not store");
      }
      await Promise.all([partials.ready(), room.usage.ready(peer)]);
      const digest = toHex(sha256);
      const partial = partials.nameOf(peer, digest, size);
      const ended = await this.#ended.find(inbox, partial, peer, name);
      if (ended !== undefined) return { status: VendorStatus.OK, fields: encodeOpenFields(ended, size, CHUNK_BYTES) };
      this.#transfers.closeSame(partial);
      this.#transfers.closeIdle();
      partials.expire(this.#inUse());
      if (!partials.has(partial)) {
        // From here to the opening nothing waits: another peer's Open would take the same room.
        let lack = room.make(peer, size, this.#inUse());
        if (lack !== undefined && (await room.usage.recount())) lack = room.make(peer, size, this.#inUse());
        if (lack !== undefined) {
          const why = `its ${String(size)} bytes are beyond ${lack} (--inbox-quota)`;
          return this.#refuse(LACK_COUNTERS[lack], peer, name, why, VendorStatus.NO_ROOM);
        }
        const full = placeForPartial(inbox, peer, this.#inUse());
        if (full !== undefined) return this.#busy(peer, name, full);
      }
      if (!this.#transfers.makeRoom(peer)) return this.#busy(peer, name, "port");
      const { fd, held } = partials.open(partial, peer, size);
      const file = new IncomingFile(fd, held, this.#readBackTurn, () => {
        partials.discard(partial);
      });
      const handle = this.#newHandle();
      const transfer = { handle, peer, name, size, sha256: digest, inbox, partial, file, next: held };
      this.#transfers.add(transfer);
      if (held > 0) this.#log.write(peer, name, `goes on at byte ${String(held)} of ${String(size)}`, "file");
      return { status: VendorStatus.OK, fields: encodeOpenFields(transfer.handle, held, CHUNK_BYTES) };
    } catch (error) {
      return this.#storageFailed(peer, name, error);
    }
  }

  #newHandle(): number {
    const { newHandle = randomHandle } = this.#options;
    for (;;) {
      const handle = newHandle();
      if (!this.#transfers.has(handle) && !this.#ended.has(handle)) return handle;
    }
  }

  /** The inbox that the path leads to; what was open in one that was moved away is given up. Throws as OpenInbox does. */
  #inboxNow(path: string, peer: Peer, name: string): OpenInbox {
    if (this.#inbox?.isInPlace === true) return this.#inbox;
    if (this.#inbox !== undefined)
      this.#log.write(peer, name, `the inbox ${path} was moved or replaced`, "file-refused");
    this.close();
    this.#inbox = new OpenInbox(path, this.#options.quotaBytes ?? DEFAULT_QUOTA_BYTES);
    return this.#inbox;
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
        transfer.file.append(fresh);
      } catch (error) {
        this.#transfers.close(transfer);
        transfer.inbox.partials.removeIfFull(transfer.partial, error);
        return this.#storageFailed(peer, transfer.name, error);
      }
      transfer.next = end;
      transfer.inbox.partials.grew(transfer.partial, end);
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
    if (transfer === undefined) return Promise.resolve(failed(VendorStatus.UNKNOWN_HANDLE));
    if (transfer.next < transfer.size) {
      return Promise.resolve({ status: VendorStatus.WRONG_OFFSET, fields: encodeOffsetFields(transfer.next) });
    }
    const busy = this.#storing.begin(peer);
    if (busy !== undefined) return Promise.resolve(this.#busy(peer, transfer.name, busy));
    this.#transfers.release(transfer);
    const { inbox, partial, name } = transfer;
    this.#storingPartials.add(partial);
    const answer = this.#store(transfer).finally(() => {
      this.#storing.end(peer);
      this.#storingPartials.delete(partial);
    });
    inbox.keepOpenFor(answer);
    return this.#ended.add(handle, { peer, inbox, partial, name, answer });
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
    this.#inbox?.close();
    this.#inbox = undefined;
  }

  async #store(transfer: Transfer): Promise<FileAnswer> {
    const { peer, name, size, sha256 } = transfer;
    try {
      const stored = await store(transfer);
      if (stored.outcome === "different") {
        this.counters.filesDiscarded++;
        this.#log.write(peer, name, "contents differ from their SHA-256, discarded", "file-refused");
        return { status: VendorStatus.CONTENTS_DIFFER, fields: stored.digest ?? NO_FIELDS };
      }
      this.filesReceived++;
      if (stored.isReplacement) this.counters.filesReplaced++;
      const how = stored.isReplacement ? "received, replaced the one of this name" : "received";
      const bytes = `${String(size)} byte${size === 1 ? "" : "s"}`;
      this.#log.write(peer, name, `${how}, ${bytes}, SHA-256 ${sha256.slice(0, 16)}…`, "file");
      return { status: VendorStatus.OK, fields: stored.digest };
    } catch (error) {
      return this.#storageFailed(peer, name, error);
    }
  }

  #inUse(): ReadonlySet<string> {
    return new Set([...this.#storingPartials, ...this.#transfers.partials]);
  }

  #busy(peer: Peer, name: string, whose: "peer" | "port"): FileAnswer {
    const why = `too many requests or unfinished files of ${whose === "peer" ? "this peer" : "its port"}`;
    return this.#refuse(whose === "peer" ? "filesBusy" : "filesPortBusy", peer, name, why, VendorStatus.BUSY);
  }

  #refuseName(peer: Peer, name: string, why: string): FileAnswer {
    return this.#refuse("fileNamesRefused", peer, name, `the name is ${why}`, VendorStatus.NAME_REFUSED);
  }

  #refuse(counter: FileCounter, peer: Peer, name: string, why: string, status: number): FileAnswer {
    this.counters[counter]++;
    this.#log.writeOnce(counter, peer, name, `refused: ${why}`);
    return failed(status);
  }

  #storageFailed(peer: Peer, name: string, error: unknown): FileAnswer {
    this.counters.filesNotStored++;
    this.#log.write(
      peer,
      name,
      `cannot be stored in ${this.#options.inbox ?? ""}: ${storageTrouble(error)}`,
      "file-refused",
    );
    return failed(VendorStatus.STORAGE_FAILED);
  }
}

/** One of the peer's own makes room, where it has too many. Gives whose share is used up all the same. */
function placeForPartial({ partials }: OpenInbox, peer: Peer, inUse: ReadonlySet<string>): "peer" | "port" | undefined {
  if (partials.of(peer).files >= PARTIAL_SHARES.peer) {
    const oldest = partials.oldestOf(peer, inUse);
    if (oldest !== undefined) partials.remove(oldest);
  }
  if (partials.of(peer).files >= PARTIAL_SHARES.peer) return "peer";
  return partials.ofPort(peer.port).files >= PARTIAL_SHARES.port ? "port" : undefined;
}

function randomHandle(): number {
  return randomInt(HANDLES);
}

function realPathOr(path: string): string {
  try {
    return system.realPath(path);
  } catch {
    // The first Open says what is wrong with it.
    return path;
  }
}

function failed(status: number): FileAnswer {
  return { status, fields: NO_FIELDS };
}
