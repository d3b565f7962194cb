/**
 * Doorbells: a FIFO beside the board for each side that sleeps. A side says in the board that it wants to be woken;
 * whoever changes a register then writes a byte to that side's FIFO.
 */
import { closeSync, constants, openSync, rmSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { errnoOf } from "../failure.ts";
import { makeFifo } from "../libc.ts";
import { BellWanted, BlockField, bellPath } from "./layout.ts";

const RING = Uint8Array.of(1);
const PRIVATE_MODE = 0o600;

/** Rings that nobody wanted after which the bell is not listened to until it is wanted again. */
const UNWANTED_LIMIT = 64;

/** This side's own bell. */
export class Doorbell {
  onRing: (() => void) | undefined;
  readonly #words: Int32Array;
  readonly #block: number;
  readonly #path: string;
  readonly #socket: Socket;
  #wanted = false;
  #unwanted = 0;

  /** `words` is the board's header; `blockOffset` the side's block in it, in bytes. */
  constructor(words: Int32Array, blockOffset: number, boardPath: string, side: "host" | "bmc") {
    this.#words = words;
    this.#block = blockOffset / 4;
    this.#path = bellPath(boardPath, side);
    rmSync(this.#path, { force: true });
    makeFifo(this.#path, PRIVATE_MODE);
    // Open for writing too, so that the FIFO never reports an end when the last ringer closes it.
    const fd = openSync(this.#path, constants.O_RDWR | constants.O_NONBLOCK);
    const rings = Buffer.alloc(64);
    this.#socket = new Socket({
      fd,
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

  /** Says in the board that there is no bell any more. */
  leave(): void {
    this.unwant();
    Atomics.store(this.#words, this.#block + BlockField.bellGeneration / 4, 0);
  }

  /** Takes the FIFO away; touches nothing of the board. */
  close(): void {
    this.onRing = undefined;
    this.#socket.destroy();
    rmSync(this.#path, { force: true });
  }

  #ring(): void {
    if (this.onRing === undefined) return;
    // Whoever rings all the time shall not be listened to all the time.
    if (!this.#wanted && ++this.#unwanted >= UNWANTED_LIMIT) this.#socket.pause();
    this.unwant();
    this.onRing();
  }
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
    if (this.#fd !== undefined) closeSync(this.#fd);
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
      this.#fd ??= openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(this.#fd, RING);
      return true;
    } catch (error) {
      // A full FIFO wakes the peer anyway; a missing reader is a peer that was killed.
      if (errnoOf(error) === "EAGAIN") return true;
      this.close();
      return false;
    }
  }
}
