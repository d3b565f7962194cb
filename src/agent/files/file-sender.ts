/**
 * Sending a file: opened at the peer, sent in parts of which several are under way at once, closed with a comparison
 * of SHA-256. A lost channel or a restarted peer only means opening again and going on where the peer stands.
 */
import { randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { Failure, messageOf } from "../../platform/failure.ts";
import { system } from "../../platform/system.ts";
import type { RequestTiming } from "../../core/mctp/request-terms.ts";
import { millis, type Eid } from "../../core/wire/units.ts";
import { PATIENT, UNANSWERED, type Answer, type Messenger } from "../../node/messenger.ts";
import { sha256OfFile } from "./file-hash.ts";
import { PartReader, fileShortened } from "./part-reader.ts";
import {
  CLOSE_VALUE_BYTES,
  FILE_DATA_OVERHEAD,
  Operation,
  VendorStatus,
  decodeOffsetFields,
  decodeOpenFields,
  decodeVendorResponse,
  encodeFileData,
  encodeVendorRequest,
  isBaseName,
  judgeCloseFields,
  vendorStatusText,
  type VendorRequest,
  type VendorResponse,
} from "./vendor-messages.ts";

export interface SendFileOptions {
  /** The name it takes at the peer; the file's own by default. */
  readonly name?: string;
  /** Payload bytes of a packet; parts are cut to fit one packet where that is large enough. */
  readonly packetBytes: () => number;
  /** Takes the answer of a peer that does not prove that it stored the file, as an older release. Default: false. */
  readonly acceptUnproven?: boolean | undefined;
  /** Without any progress for this long the transfer fails. */
  readonly patienceMilliseconds: number;
  readonly signal?: AbortSignal;
  /** Whose requests these are, as RequestTiming has it. */
  readonly asker?: object;
  readonly onProgress?: (progress: FileProgress) => void;
  /** Why nothing reaches the peer now; undefined where the way is open. */
  readonly whyDown?: () => string | undefined;
  /** Told why the transfer waits, each time it has to be opened again. */
  readonly onWaiting?: (why: string) => void;
}

export interface FileProgress {
  readonly bytes: number;
  readonly totalBytes: number;
  /** Times the transfer was opened again after the first. */
  readonly resumptions: number;
}

/** In place of progress: why the transfer waits. */
export interface FileWaiting {
  readonly waiting: string;
}

export interface SentFile {
  readonly name: string;
  readonly bytes: number;
  /** Of the file here and, found equal, of what the peer stored. */
  readonly sha256: string;
  /** The peer proved it; false only with `acceptUnproven`. */
  readonly proven: boolean;
  readonly milliseconds: number;
  readonly resumptions: number;
  /** Bytes that the peer already had when the transfer began. */
  readonly heldBytes: number;
}

/** Of File Data: where a packet holds less, a part takes several. */
export const SMALLEST_PART_BYTES: number = 4 * 1024;
const PARTS_UNDER_WAY = 4;
const RETRY_DELAY_MILLISECONDS = 100;
/** Progress is told this often at most, at the start of each attempt and at the end. */
const PROGRESS_MILLISECONDS = 50;
/** What a peer's disk and processor are taken to hash at least when the transfer is closed. */
const HASHED_BYTES_PER_MILLISECOND = 20_000;

/** Fails with a Failure when the file cannot be read, the peer refuses it, or there is no progress any more. */
export async function sendFile(
  messenger: Messenger,
  destination: Eid,
  path: string,
  options: SendFileOptions,
): Promise<SentFile> {
  const name = options.name ?? basename(path);
  if (!isBaseName(name)) throw new Failure("file-name", `"${name}" is no file name: give one without folders`);
  const file = await openFile(path);
  try {
    const { size } = system.stat(file.fd);
    const sha256 = await sha256OfFile(file.fd, size);
    if (sha256 === undefined) throw fileShortened();
    const transfer = new Transfer(messenger, destination, file, { name, size, sha256 }, options);
    return await transfer.run();
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await system.openLater(path, "readNamed");
    if (system.stat(file.fd).type === "file") return file;
    await file.close();
  } catch (error) {
    throw new Failure("file-open", `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  throw new Failure("file-open", `cannot send ${path}: it is no regular file`);
}

function unproven(): Failure {
  return new Failure(
    "unproven",
    "the peer does not prove that it stored the file: it runs an older release, or another device answers for it; with --unproven its word is taken",
  );
}

/** How long the answer to File Close may take: the peer hashes what it has stored. */
function hashingTime(size: number): RequestTiming {
  return { ...PATIENT, attemptTimeout: millis(PATIENT.attemptTimeout + size / HASHED_BYTES_PER_MILLISECOND) };
}

/** What interrupts a transfer without ending it. */
class Interrupted extends Error {}

class Transfer {
  readonly #messenger: Messenger;
  readonly #destination: Eid;
  readonly #reader: PartReader;
  readonly #identity: { readonly name: string; readonly size: number; readonly sha256: Buffer };
  readonly #options: SendFileOptions;
  #resumptions = -1;
  #discarded = false;
  #proven = true;
  #bestOffset = 0;
  #heldBytes = 0;
  #lastProgress = performance.now();
  #toldProgress = Number.NEGATIVE_INFINITY;

  constructor(
    messenger: Messenger,
    destination: Eid,
    file: FileHandle,
    identity: { readonly name: string; readonly size: number; readonly sha256: Buffer },
    options: SendFileOptions,
  ) {
    this.#messenger = messenger;
    this.#destination = destination;
    this.#reader = new PartReader(file);
    this.#identity = identity;
    this.#options = options;
  }

  async run(): Promise<SentFile> {
    await this.#waitForWay();
    const started = performance.now();
    for (;;) {
      try {
        this.#resumptions++;
        await this.#attempt();
        return {
          name: this.#identity.name,
          bytes: this.#identity.size,
          sha256: this.#identity.sha256.toString("hex"),
          proven: this.#proven,
          milliseconds: performance.now() - started,
          resumptions: this.#resumptions,
          heldBytes: this.#heldBytes,
        };
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        await this.#waitToResume(error);
      }
    }
  }

  /** Nothing is sent while there is no way to the peer: attempts would only fail one after the other. */
  async #waitForWay(): Promise<void> {
    const { whyDown, onWaiting, patienceMilliseconds, signal } = this.#options;
    const why = whyDown?.();
    if (why === undefined) return;
    onWaiting?.(why);
    const isUp = await this.#messenger.waitForLink(patienceMilliseconds, signal);
    this.#checkCancelled();
    if (!isUp) throw new Failure("no-progress", `the file did not get through: ${whyDown?.() ?? why}`);
    this.#lastProgress = performance.now();
  }

  async #waitToResume(cause: Interrupted): Promise<void> {
    const left = this.#lastProgress + this.#options.patienceMilliseconds - performance.now();
    if (left > 0) {
      this.#options.onWaiting?.(this.#options.whyDown?.() ?? messageOf(cause));
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, RETRY_DELAY_MILLISECONDS)));
      if (await this.#messenger.waitForLink(left, this.#options.signal)) return;
    }
    this.#checkCancelled();
    throw new Failure("no-progress", `the file did not get through: ${messageOf(cause)}`, { cause });
  }

  #checkCancelled(): void {
    if (this.#options.signal?.aborted === true) throw new Failure("cancelled", "the transfer was cancelled");
  }

  async #attempt(): Promise<void> {
    const { name, size, sha256 } = this.#identity;
    const opened = await this.#ask({ operation: Operation.FILE_OPEN, size, sha256, name });
    const fields = decodeOpenFields(opened.fields);
    if (fields === undefined || fields.offset > size || fields.chunkBytes === 0) {
      throw new Failure("bad-answer", "the peer answered File Open with nonsense");
    }
    if (this.#resumptions === 0) this.#heldBytes = fields.offset;
    this.#toldProgress = Number.NEGATIVE_INFINITY;
    this.#progress(fields.offset);
    await this.#sendParts(fields.handle, fields.offset, fields.chunkBytes);
    await this.#close(fields.handle);
  }

  /** The value is new each time, so an answer from before, or of a device that did not see it, proves nothing. */
  async #close(handle: number): Promise<void> {
    const { size, sha256 } = this.#identity;
    const value = randomBytes(CLOSE_VALUE_BYTES);
    const request = { operation: Operation.FILE_CLOSE, handle };
    const { bytes } = (await this.#exchange(encodeVendorRequest({ ...request, value }), hashingTime(size))).response;
    // An older receiver takes a Close with a value for malformed.
    const isOlder = decodeVendorResponse(Operation.FILE_CLOSE, bytes)?.status === VendorStatus.MALFORMED;
    if (isOlder && this.#options.acceptUnproven !== true) throw unproven();
    const { fields } = isOlder ? await this.#ask(request, hashingTime(size)) : this.#judge(Operation.FILE_CLOSE, bytes);
    const verdict = judgeCloseFields(fields, sha256, value);
    if (verdict === "other") {
      throw new Failure("contents-differ", "the peer confirms another SHA-256 than the file has");
    }
    this.#proven = verdict === "proven";
    if (!this.#proven && this.#options.acceptUnproven !== true) throw unproven();
  }

  async #sendParts(handle: number, from: number, chunkLimit: number): Promise<void> {
    const { size } = this.#identity;
    const fitting = Math.max(SMALLEST_PART_BYTES, this.#options.packetBytes() - FILE_DATA_OVERHEAD);
    const partBytes = Math.min(fitting, chunkLimit);
    const underWay = new Set<Promise<void>>();
    const rooms: Buffer[] = [];
    const failures: unknown[] = [];
    const hasFailed = (): boolean => failures.length > 0;
    // Read one after the other, so that the parts go out in order, and each before its turn; only the answers are waited
    // for together.
    for (let offset = from; offset < size && !hasFailed();) {
      this.#checkCancelled();
      const length = Math.min(partBytes, size - offset);
      // Memory that the kernel has to map anew costs as much as hashing it.
      const room = rooms.pop() ?? Buffer.allocUnsafeSlow(FILE_DATA_OVERHEAD + partBytes);
      await this.#reader.read(room, FILE_DATA_OVERHEAD, offset, length);
      if (underWay.size >= PARTS_UNDER_WAY) await Promise.race(underWay);
      if (hasFailed()) break;
      const part = this.#sendPart(encodeFileData(room, handle, offset, length))
        .then(
          (isDone) => {
            if (isDone) rooms.push(room);
          },
          (error: unknown) => {
            failures.push(error);
          },
        )
        .finally(() => underWay.delete(part));
      underWay.add(part);
      offset += length;
    }
    await Promise.all(underWay);
    const [failure] = failures;
    if (failure !== undefined) throw failure instanceof Error ? failure : new Error(messageOf(failure));
  }

  /** True when nothing has a use for the message's bytes any more: a second copy of it may still wait to be sent. */
  async #sendPart(message: Uint8Array): Promise<boolean> {
    const { response, attempts } = await this.#exchange(message, PATIENT);
    const next = decodeOffsetFields(this.#judge(Operation.FILE_DATA, response.bytes).fields);
    if (next !== undefined) this.#progress(next);
    return attempts === 1;
  }

  async #ask(request: VendorRequest, timing: RequestTiming = PATIENT): Promise<VendorResponse> {
    const { response } = await this.#exchange(encodeVendorRequest(request), timing);
    return this.#judge(request.operation, response.bytes);
  }

  #judge(operation: number, bytes: Uint8Array): VendorResponse {
    const answer = decodeVendorResponse(operation, bytes);
    if (answer === undefined) throw new Failure("bad-answer", "the peer's answer is no file message");
    switch (answer.status) {
      case VendorStatus.OK:
        return answer;
      case VendorStatus.UNKNOWN_HANDLE:
      case VendorStatus.WRONG_OFFSET:
      case VendorStatus.BUSY:
        throw new Interrupted(vendorStatusText(answer.status));
      case VendorStatus.CONTENTS_DIFFER:
        // What the peer held from an earlier transfer may have been spoilt; it has discarded it.
        if (this.#discarded) throw new Failure("contents-differ", vendorStatusText(answer.status));
        this.#discarded = true;
        this.#bestOffset = 0;
        throw new Interrupted(vendorStatusText(answer.status));
      default:
        throw new Failure("refused", vendorStatusText(answer.status));
    }
  }

  async #exchange(bytes: Uint8Array, timing: RequestTiming): Promise<Answer> {
    try {
      const { asker, signal } = this.#options;
      const terms = asker === undefined ? timing : { ...timing, asker };
      return await this.#messenger.request(this.#destination, bytes, terms, signal);
    } catch (error) {
      if (error instanceof Failure && UNANSWERED.has(error.code)) {
        throw new Interrupted(messageOf(error));
      }
      throw error;
    }
  }

  #progress(offset: number): void {
    const now = performance.now();
    if (offset > this.#bestOffset || this.#resumptions === 0) this.#lastProgress = now;
    this.#bestOffset = Math.max(this.#bestOffset, offset);
    if (now < this.#toldProgress + PROGRESS_MILLISECONDS && offset < this.#identity.size) return;
    this.#toldProgress = now;
    this.#options.onProgress?.({
      bytes: this.#bestOffset,
      totalBytes: this.#identity.size,
      resumptions: Math.max(0, this.#resumptions),
    });
  }
}
