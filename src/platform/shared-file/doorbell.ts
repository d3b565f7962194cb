/**
 * Doorbells: a FIFO beside the board for each side that sleeps. A side says in the board that it wants to be woken;
 * whoever changes a register then writes a byte to that side's FIFO.
 */
import { Socket } from "node:net";
import { errnoOf } from "../failure.ts";
import { opening } from "../scope.ts";
import { removeOwn, system } from "../system.ts";
import { BellWanted, BlockField, bellPath } from "./layout.ts";

const RING = Uint8Array.of(1);

/** Rings that nobody wanted after which the bell is not listened to until it is wanted again. */
const UNWANTED_LIMIT = 64;

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
  return opening("doorbell", `make the doorbell ${path}`, (scope) => {
    system.remove(path);
    system.makeFifo(path);
    scope.add(system.remove, path);
    return system.open(path, "ownFifo");
  });
}

/** The peer's bell, opened when it is first rung and again whenever the peer made a new one. */
export class PeerBell {
  readonly #words: Int32Array;
  readonly #block: number;
  readonly #path: string;
  #fd: number | undefined;
  #generation = 0;

  constructor(words: Int32Array, blockOffset: number, boardPath: string, side: "host" | "bmc") {
    this.#words = words;
    this.#block = blockOffset / 4;
    this.#path = bellPath(boardPath, side);
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
      this.#fd ??= system.open(this.#path, "peerFifo");
      system.write(this.#fd, RING);
      return true;
    } catch (error) {
      // A full FIFO wakes the peer anyway; a missing reader is a peer that was killed.
      if (errnoOf(error) === "EAGAIN") return true;
      this.close();
      return false;
    }
  }
}
