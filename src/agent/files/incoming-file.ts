/**
 * A partial file while a transfer writes it. What has come is made durable and read back while more comes, so that the
 * Close has little left to do; it promises the same as if all were done then.
 */
import { createHash } from "node:crypto";
import { system } from "../../platform/system.ts";
import { PIECE_BYTES, hashFile, sha256OfFile } from "./file-hash.ts";
import { EARLY_SYNC_BYTES } from "./limits.ts";

/** Memory to read back in, for one file of a receiver at a time. Another one's bytes are read at its Close. */
export class ReadBackTurn {
  #buffer: Buffer | undefined;
  #isTaken = false;

  take(): Buffer | undefined {
    if (this.#isTaken) return undefined;
    this.#isTaken = true;
    return (this.#buffer ??= Buffer.allocUnsafeSlow(PIECE_BYTES));
  }

  giveBack(): void {
    this.#isTaken = false;
  }
}

export class IncomingFile {
  readonly fd: number;
  readonly #turn: ReadBackTurn;
  readonly #onFailure: () => void;
  readonly #hash = createHash("sha256");
  #written: number;
  /** Bytes from the beginning that were read back and hashed. */
  #hashed = 0;
  /** How the file was after this object had written to it last. */
  #left: string;
  /** What was read back early is not what is on the disk, or may not be: all of it is read at the Close. */
  #isDoubtful: boolean;
  #reading: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #nextSync: number;
  #syncFailure: Error | undefined;
  /** No bytes are read back early any more. */
  #isEnding = false;

  /**
   * `held`: bytes that the file open at `fd` has from an earlier transfer. They are read at the Close alone: an Open that
   * comes again and again must not have them hashed each time. `onFailure` is called once when a sync fails.
   */
  constructor(fd: number, held: number, turn: ReadBackTurn, onFailure: () => void) {
    this.fd = fd;
    this.#turn = turn;
    this.#onFailure = onFailure;
    this.#written = held;
    this.#isDoubtful = held > 0;
    this.#nextSync = held + EARLY_SYNC_BYTES;
    this.#left = changeOf(fd);
  }

  /** Writes all of `bytes` at the end. Throws what the system says, of an earlier sync, too. */
  append(bytes: Uint8Array): void {
    this.#checkSync();
    this.#lookForOthers();
    for (let done = 0; done < bytes.length;) {
      done += system.writeAt(this.fd, bytes.subarray(done), this.#written + done);
    }
    this.#written += bytes.length;
    this.#left = changeOf(this.fd);
    this.#syncEarly();
    this.#readBackEarly();
  }

  /**
   * Makes the file durable. Gives SHA-256 of its `size` bytes as they are read back; undefined when their number is another,
   * or the file changes meanwhile. Throws what the system says.
   */
  async finish(size: number): Promise<Buffer | undefined> {
    this.#isEnding = true;
    this.#lookForOthers();
    const before = changeOf(this.fd);
    // Both at once: the disk writes what the processor hashes. Both are waited for, for they use the descriptor.
    const [reading, syncing] = [this.#digest(size), this.#sync()];
    await Promise.allSettled([reading, syncing]);
    await syncing;
    const digest = await reading;
    return system.stat(this.fd).size === size && changeOf(this.fd) === before ? digest : undefined;
  }

  /** Closes the descriptor once nothing uses it: it may be another file's afterwards. */
  close(): void {
    this.#isEnding = true;
    if (this.#reading === undefined && this.#syncing === undefined) system.close(this.fd);
    else {
      void Promise.all([this.#reading, this.#syncing]).then(() => {
        system.close(this.fd);
      });
    }
  }

  async #digest(size: number): Promise<Buffer | undefined> {
    await this.#reading;
    if (this.#isDoubtful) return await sha256OfFile(this.fd, size);
    return (await hashFile(this.#hash, this.fd, this.#hashed, size)) ? this.#hash.digest() : undefined;
  }

  async #sync(): Promise<void> {
    await this.#syncing;
    this.#checkSync();
    await system.sync(this.fd);
  }

  /** Once a sync has failed the system takes the bytes for written, so a later one proves nothing. */
  #checkSync(): void {
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
  }

  /** What another process of this user has written is seen by the time of change, as fine as the file system keeps it. */
  #lookForOthers(): void {
    if (changeOf(this.fd) !== this.#left) this.#isDoubtful = true;
  }

  #syncEarly(): void {
    if (this.#written < this.#nextSync || this.#syncing !== undefined) return;
    this.#nextSync = this.#written + EARLY_SYNC_BYTES;
    this.#syncing = system
      .sync(this.fd)
      .catch((error: unknown) => {
        this.#syncFailure = error as Error;
        this.#onFailure();
      })
      .finally(() => {
        this.#syncing = undefined;
      });
  }

  #readBackEarly(): void {
    const isDue = this.#written - this.#hashed >= PIECE_BYTES && !this.#isDoubtful && !this.#isEnding;
    if (!isDue || this.#reading !== undefined) return;
    const buffer = this.#turn.take();
    if (buffer === undefined) return;
    this.#reading = this.#readBack(buffer).finally(() => {
      this.#reading = undefined;
      this.#turn.giveBack();
      this.#readBackEarly();
    });
  }

  async #readBack(buffer: Buffer): Promise<void> {
    try {
      const bytesRead = await system.readLater(this.fd, buffer, this.#hashed);
      if (bytesRead === 0) this.#isDoubtful = true;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#hashed += bytesRead;
    } catch {
      // The Close reads it again, and tells what is wrong.
      this.#isDoubtful = true;
    }
  }
}

/** What is another whenever something was written to the file or its size changed. */
function changeOf(fd: number): string {
  const { changed, size } = system.stat(fd);
  return `${String(changed)} ${String(size)}`;
}
