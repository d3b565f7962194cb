/**
 * The virtual board in a shared file, for two processes: one side of it as a platform. Each register access is one
 * atomic compare-and-swap on the register word.
 */
import { closeSync } from "node:fs";
import { Failure } from "../failure.ts";
import {
  afterIdrRead,
  afterIdrWrite,
  afterOdrRead,
  afterOdrWrite,
  afterStatusWrite,
  idrOf,
  odrOf,
  statusOf,
} from "../../core/binding/kcs-word.ts";
import { byteIsLocked, lockByte, mapFile } from "../libc.ts";
import { MappedWindow } from "../mapped-window.ts";
import type { BmcPlatform, HostPlatform, HostPort, Interrupts, Platform } from "../port.ts";
import { isWhole, openBoard } from "./board-file.ts";
import { BoardWatch } from "./board-watch.ts";
import { Doorbell, PeerBell } from "./doorbell.ts";
import { BlockField, BoardField, HEADER_BYTES } from "./layout.ts";

const REGISTERS = BoardField.registers / 4;

/**
 * Reads the register word behind every window access that came before (LPC-KCS-9). An atomic load alone does not hold those back
 * where the processor reorders reads; x86 never does.
 */
const readRegisters: (words: Int32Array) => number =
  process.arch === "x64" ? (words) => Atomics.load(words, REGISTERS) : (words) => Atomics.or(words, REGISTERS, 0);

/** One side's hold on a board. A peer that has gone is noticed by its lock, which the kernel releases with the process. */
interface Attachment {
  readonly words: Int32Array;
  readonly window: MappedWindow;
  readonly interrupts: SharedInterrupts;
  /** Replaces the register word by what `change` makes of it; returns the word before. */
  readonly change: (next: (word: number) => number) => number;
  /** Counts an event for the peer and wakes it if it sleeps. */
  readonly signal: (counter: number) => void;
  readonly peerAttached: () => boolean;
  readonly whenLost: (tell: (why: Failure) => void) => void;
  readonly close: () => void;
}

class SharedInterrupts implements Interrupts {
  onWake: (() => void) | undefined;
  readonly #words: Int32Array;
  readonly #arrived: number;
  readonly #taken: number;
  #bell: Doorbell | undefined;
  readonly #peerGeneration: number;
  #seenWord = -1;
  #seenEvents = 0;

  constructor(words: Int32Array, arrived: number, taken: number, bell: Doorbell | undefined, peerBlock: number) {
    this.#words = words;
    this.#arrived = arrived / 4;
    this.#taken = taken / 4;
    this.#bell = bell;
    this.#peerGeneration = (peerBlock + BlockField.bellGeneration) / 4;
    if (bell !== undefined) bell.onRing = () => this.onWake?.();
  }

  /** Looks at the counters and, for a peer that does not count, at the registers themselves. */
  pending(): boolean {
    const words = this.#words;
    const word = Atomics.load(words, REGISTERS);
    const events = (Atomics.load(words, this.#arrived) + Atomics.load(words, this.#taken)) | 0;
    if (word === this.#seenWord && events === this.#seenEvents) return false;
    this.#seenWord = word;
    this.#seenEvents = events;
    return true;
  }

  arm(): boolean {
    this.#bell?.want();
    return this.peerRings();
  }

  /** A peer that has a bell of its own rings ours; one that has none only polls, and so must we. */
  peerRings(): boolean {
    return this.#bell !== undefined && Atomics.load(this.#words, this.#peerGeneration) !== 0;
  }

  disarm(): void {
    this.#bell?.unwant();
  }

  /** The board is lost: its words must not be touched any more. */
  letGo(): void {
    if (this.#bell !== undefined) this.#bell.onRing = undefined;
    this.#bell = undefined;
  }
}

export interface AttachOptions {
  /** False: this side has no doorbell and is not to be rung. */
  readonly doorbell: boolean;
}

function attach(path: string, side: "host" | "bmc", options: AttachOptions): Attachment {
  const board = openBoard(path, "r+");
  const ownBlock = side === "host" ? BoardField.hostBlock : BoardField.bmcBlock;
  const peerSide = side === "host" ? "bmc" : "host";
  const peerBlock = side === "host" ? BoardField.bmcBlock : BoardField.hostBlock;
  if (!lockByte(board.fd, ownBlock)) {
    closeSync(board.fd);
    throw new Failure(
      "side-taken",
      `the board ${path} has a ${side === "host" ? "host" : "BMC"} already: stop that agent or use another board`,
    );
  }
  const [arrived, taken] =
    side === "host" ? [BoardField.odrWritten, BoardField.idrRead] : [BoardField.idrWritten, BoardField.odrRead];
  const mapping = mapFile(board.fd, board.windowOffset + board.windowBytes);
  const words = new Int32Array(mapping.memory, 0, HEADER_BYTES / 4);
  const window = new MappedWindow(new Uint8Array(mapping.memory, board.windowOffset, board.windowBytes));
  Atomics.store(words, (ownBlock + BlockField.processId) / 4, process.pid);
  Atomics.store(words, (ownBlock + BlockField.bellWanted) / 4, 0);
  const bell = options.doorbell ? new Doorbell(words, ownBlock, path, side) : undefined;
  if (bell === undefined) Atomics.store(words, (ownBlock + BlockField.bellGeneration) / 4, 0);
  const peerBell = new PeerBell(words, peerBlock, path, peerSide);
  const interrupts = new SharedInterrupts(words, arrived, taken, bell, peerBlock);
  const watch = new BoardWatch(board);
  return {
    words,
    window,
    interrupts,
    change: (next) => {
      for (;;) {
        const before = Atomics.load(words, REGISTERS);
        if (Atomics.compareExchange(words, REGISTERS, before, next(before) | 0) === before) return before;
      }
    },
    signal: (counter) => {
      Atomics.add(words, counter / 4, 1);
      peerBell.ringIfWanted();
    },
    peerAttached: () => byteIsLocked(board.fd, peerBlock),
    whenLost: (tell) => {
      watch.onShortened = (why) => {
        interrupts.letGo();
        tell(why);
      };
    },
    close: () => {
      watch.close();
      // A board that was made shorter is left as a killed process leaves it.
      const whole = isWhole(board);
      if (whole) bell?.leave();
      if (whole) Atomics.store(words, (ownBlock + BlockField.processId) / 4, 0);
      bell?.close();
      peerBell.close();
      closeSync(board.fd);
      mapping.unmap();
    },
  };
}

/** The two data registers as one side has them: which it reads, which it writes, and the events of both. */
interface DataLines {
  readonly afterRead: (word: number) => number;
  readonly valueRead: (word: number) => number;
  readonly readEvent: number;
  readonly afterWrite: (word: number, value: number) => number;
  readonly writeEvent: number;
}

const HOST_LINES: DataLines = {
  afterRead: afterOdrRead,
  valueRead: odrOf,
  readEvent: BoardField.odrRead,
  afterWrite: afterIdrWrite,
  writeEvent: BoardField.idrWritten,
};

const BMC_LINES: DataLines = {
  afterRead: afterIdrRead,
  valueRead: idrOf,
  readEvent: BoardField.idrRead,
  afterWrite: afterOdrWrite,
  writeEvent: BoardField.odrWritten,
};

function dataPort({ words, change, signal }: Attachment, lines: DataLines): HostPort {
  return {
    readStatus: () => statusOf(readRegisters(words)),
    readData: () => {
      const before = change(lines.afterRead);
      signal(lines.readEvent);
      return lines.valueRead(before);
    },
    writeData: (value) => {
      change((word) => lines.afterWrite(word, value));
      signal(lines.writeEvent);
    },
  };
}

function platformOf<Port extends HostPort>(path: string, attachment: Attachment, port: Port): Platform<Port> {
  const { window, interrupts, peerAttached, whenLost, close } = attachment;
  return { name: `shm:${path}`, port, window, interrupts, peerAttached, whenLost, close };
}

/** Attaches the host side. Throws a Failure when the board is missing, damaged or has a host already. */
export function attachHost(path: string, options: AttachOptions): HostPlatform {
  const attachment = attach(path, "host", options);
  return platformOf(path, attachment, dataPort(attachment, HOST_LINES));
}

/** Attaches the BMC side. Throws a Failure when the board is missing, damaged or has a BMC already. */
export function attachBmc(path: string, options: AttachOptions): BmcPlatform {
  const attachment = attach(path, "bmc", options);
  return platformOf(path, attachment, {
    ...dataPort(attachment, BMC_LINES),
    writeStatus: (value) => {
      attachment.change((word) => afterStatusWrite(word, value));
    },
  });
}
