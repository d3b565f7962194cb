/**
 * Doorbells: a FIFO beside the board for each side that sleeps. A side says in the board that it wants to be woken;
 * whoever changes a register then writes a byte to that side's FIFO.
 */
import { Socket } from "node:net";
import { errnoOf, pathTrouble } from "../failure.ts";
import { openJudged, ownUser, whyRefused, type FileRule } from "../opening.ts";
import { opening } from "../scope.ts";
import { removeOwn, system } from "../system.ts";
import { BellWanted, BlockField, bellPath } from "./layout.ts";
import type { Tell } from "../log-events.ts";

const RING = Uint8Array.of(1);

/** Rings that nobody wanted after which the bell is not listened to until it is wanted again. */
const UNWANTED_LIMIT = 64;

/** A FIFO of this user alone. */
const OWN_BELL: FileRule = { type: "fifo", without: 0o177 };

/** This side's own bell. */
export class Doorbell {
  onRing: (() => void) | undefined;
  readonly #words: Int32Array;
  readonly #block: number;
  readonly #path: string;
  readonly #fd: number;
  readonly #socket: Socket;
  #wanted = false;
  #unwanted = 0;

  /** `words` is the board's header; `blockOffset` the side's block in it, in bytes. Throws a Failure. */
  constructor(words: Int32Array, blockOffset: number, boardPath: string, side: "host" | "bmc") {
    this.#words = words;
    this.#block = blockOffset / 4;
    this.#path = bellPath(boardPath, side);
    this.#fd = openFifo(this.#path);
    const rings = Buffer.alloc(64);
    this.#socket = new Socket({
      fd: this.#fd,
      readable: true,
      writable: false,
      onread: {
        buffer: rings,
        callback: () => {
          this.#ring();
          return true;
        },
      },
    } as ConstructorParameters<typeof Socket>[0]);
    this.#socket.on("error", () => undefined);
    this.#socket.resume();
    const generation = this.#block + BlockField.bellGeneration / 4;
    Atomics.store(this.#words, generation, (Atomics.load(this.#words, generation) + 1) | 1);
  }

  /** From now on a ring calls `onRing`, once. Without `everyEvent` the peer is to ring for what it writes alone. */
  want(everyEvent: boolean): void {
    this.#wanted = true;
    if (this.#unwanted >= UNWANTED_LIMIT) this.#socket.resume();
    this.#unwanted = 0;
    Atomics.store(
      this.#words,
      this.#block + BlockField.bellWanted / 4,
      everyEvent ? BellWanted.always : BellWanted.forBytes,
    );
  }

  unwant(): void {
    this.#wanted = false;
    Atomics.store(this.#words, this.#block + BlockField.bellWanted / 4, BellWanted.never);
  }

  /** Takes the FIFO away; touches nothing of the board. */
  close(): void {
    this.onRing = undefined;
    try {
      removeOwn(this.#path, this.#fd);
    } finally {
      this.#socket.destroy();
    }
  }

  #ring(): void {
    if (this.onRing === undefined) return;
    // Whoever rings all the time shall not be listened to all the time.
    if (!this.#wanted && ++this.#unwanted >= UNWANTED_LIMIT) this.#socket.pause();
    this.unwant();
    this.onRing();
  }
}

function openFifo(path: string): number {
  const what = `make the doorbell ${path}`;
  return opening("doorbell", what, (scope) => {
    system.remove(path);
    system.makeFifo(path);
    scope.add(system.remove, path);
    return openJudged("doorbell", what, path, "ownFifo", OWN_BELL);
  });
}

/** What the open of a bell fails with where no peer listens: it was killed, or has not made its bell yet. */
const NO_PEER: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENXIO", "EPIPE"]);

/** What to do about a bell of another user. */
const ONE_USER = "run both agents as one user (--user)";

export interface PeerBellOptions {
  /** Whose the board is, where that is another user's and is used all the same: the bell may be that user's, too. */
  readonly boardOwner?: number;
  /** Told once that a file at the bell's place was not rung. */
  readonly log?: Tell;
}

/**
 * The peer's bell, opened when it is first rung and again whenever the peer made a new one. Only a FIFO of this user
 * (LPC-SEC-8) is rung: another file at its place may be a stranger's, or a link to a file of this user.
 */
export class PeerBell {
  /** Rings left out because a file at the bell's place is not such a FIFO. */
  refused = 0;
  readonly #words: Int32Array;
  readonly #block: number;
  readonly #path: string;
  readonly #rule: FileRule;
  readonly #log: Tell | undefined;
  #fd: number | undefined;
  #generation = 0;

  constructor(
    words: Int32Array,
    blockOffset: number,
    boardPath: string,
    side: "host" | "bmc",
    { boardOwner = ownUser(), log }: PeerBellOptions = {},
  ) {
    this.#words = words;
    this.#block = blockOffset / 4;
    this.#path = bellPath(boardPath, side);
    this.#rule = { ...OWN_BELL, owners: [boardOwner] };
    this.#log = log;
  }

  /**
   * Rings if the peer wants it, for a byte that was written for it or one of its own that was read. It is rung once a
   * sleep: who rings takes back that the peer wants it. A peer that has gone is no error: it looks at the registers when
   * it comes back. True when it was rung.
   */
  ringIfWanted(wroteByte: boolean): boolean {
    const at = this.#block + BlockField.bellWanted / 4;
    const wanted = Atomics.load(this.#words, at);
    if (wanted === BellWanted.never || (wanted === BellWanted.forBytes && !wroteByte)) return false;
    if (Atomics.exchange(this.#words, at, BellWanted.never) === BellWanted.never) return false;
    this.#ring();
    return true;
  }

  close(): void {
    if (this.#fd !== undefined) system.close(this.#fd);
    this.#fd = undefined;
  }

  #ring(): void {
    const generation = Atomics.load(this.#words, this.#block + BlockField.bellGeneration / 4);
    if (generation !== this.#generation) {
      this.close();
      this.#generation = generation;
    }
    if (generation === 0) return;
    // A peer that left and came back has a new FIFO, which the kept descriptor does not lead to.
    if (!this.#write()) this.#write();
  }

  /** False when the descriptor led nowhere; it is let go then. */
  #write(): boolean {
    try {
      this.#fd ??= this.#open();
      if (this.#fd === undefined) return true;
      system.write(this.#fd, RING);
      return true;
    } catch (error) {
      const code = errnoOf(error);
      // A full FIFO wakes the peer anyway.
      if (code === "EAGAIN") return true;
      this.close();
      if (NO_PEER.has(code)) return false;
      this.#refuse(code === "EACCES" ? `permission denied; ${ONE_USER}` : pathTrouble(error));
      return true;
    }
  }

  /** Undefined for a file that is refused. */
  #open(): number | undefined {
    const fd = system.open(this.#path, "peerFifo");
    let why: string | undefined;
    try {
      const status = system.stat(fd);
      why = whyRefused(status, this.#rule);
      if (why === undefined) return fd;
      if (status.uid !== ownUser()) why = `${why}; ${ONE_USER}`;
    } catch (error) {
      why = pathTrouble(error);
    }
    system.close(fd);
    this.#refuse(why);
    return undefined;
  }

  #refuse(why: string): void {
    if (this.refused++ > 0) return;
    this.#log?.(`the doorbell ${this.#path} is not rung (LPC-SEC-8): ${why}; the peer has to poll`, "device-trouble");
  }
}
