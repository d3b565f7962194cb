/**
 * The virtual board in a shared file, for two processes: one side of it as a platform. Each register access is one
 * atomic compare-and-swap on the register word.
 */
import { Failure } from "../failure.ts";
import {
  HIDDEN_FROM_HOST,
  afterIdrReadByBmc,
  afterIdrTaken,
  afterIdrWrite,
  afterOdrRead,
  afterOdrWrite,
  afterReset,
  afterStatusWrite,
  bmcStatusOf,
  canTakeIdr,
  hostStatusOf,
  idrSeenByBmc,
  isShadowFull,
  odrOf,
  type Depth,
} from "../../core/binding/kcs-word.ts";
import { Status } from "../../core/binding/registers.ts";
import type { OpenOptions } from "../kind.ts";
import { needLibc, yieldProcessor } from "../libc.ts";
import { MappedWindow } from "../mapped-window.ts";
import type { BmcPlatform, BmcPort, HostPlatform, HostPort, Interrupts, Platform } from "../port.ts";
import { privileged } from "../privileges.ts";
import { opening } from "../scope.ts";
import { removeOwn, system } from "../system.ts";
import { boardText, checkBoard, createBoard, isWhole, openBoard } from "./board-file.ts";
import { countLostInIdr } from "./lost-bytes.ts";
import { checkBoardFolder } from "./board-trust.ts";
import { BoardWatch } from "./board-watch.ts";
import { Doorbell, PeerBell } from "./doorbell.ts";
import type { SharedFileSpec } from "./spec.ts";
import { BellWanted, BlockField, BoardField, HEADER_BYTES } from "./layout.ts";
import type { Tell } from "../log-events.ts";

const REGISTERS = BoardField.registers / 4;
const BLOCK_BYTES = 12;
const IDR_READ = BoardField.idrRead / 4;
/** Some 20 us: a peer that runs answers within. */
const WAITS_FOR_RUNNING_PEER = 16;
const BMC_PROCESS = (BoardField.bmcBlock + BlockField.processId) / 4;

/**
 * Reads the register word behind every window access that came before (LPC-KCS-9). An atomic load alone does not hold those back
 * where the processor reorders reads; x86 never does.
 */
const readRegisters: (words: Int32Array) => number =
  process.arch === "x64" ? (words) => Atomics.load(words, REGISTERS) : (words) => Atomics.or(words, REGISTERS, 0);

/** One side's hold on a board. A peer that has gone is noticed by its lock, which the kernel releases with the process. */
interface Attachment {
  readonly words: Int32Array;
  readonly depth: Depth;
  readonly window: MappedWindow;
  readonly interrupts: SharedInterrupts;
  /** Replaces the register word by what `change` makes of it; returns the word before. */
  readonly change: (next: (word: number) => number) => number;
  /** Counts an event for the peer and wakes it if it sleeps. */
  readonly signal: (counter: number) => void;
  readonly peerAttached: () => boolean;
  readonly bellsRefused: () => number;
  readonly whenLost: (tell: (why: Failure) => void) => void;
  /** As Platform.abandon. */
  readonly abandon: () => void;
  readonly close: () => void;
}

class SharedInterrupts implements Interrupts {
  onWake: (() => void) | undefined;
  readonly #isHost: boolean;
  readonly #words: Int32Array;
  readonly #arrived: number;
  readonly #taken: number;
  #bell: Doorbell | undefined;
  readonly #peerGeneration: number;
  /** Bits of the register word that this side can see. */
  readonly #visible: number;
  #seenWord = -1;
  #seenEvents = 0;
  /** The peer was woken, and nothing has been seen of it since. */
  #wokePeer = false;
  /** Times that this side could have given way since it saw something of the peer. */
  #waits = 0;

  constructor(words: Int32Array, side: "host" | "bmc", bell: Doorbell | undefined) {
    const isHost = side === "host";
    this.#isHost = isHost;
    this.#words = words;
    this.#arrived = (isHost ? BoardField.odrWritten : BoardField.idrWritten) / 4;
    this.#taken = (isHost ? BoardField.idrRead : BoardField.odrRead) / 4;
    this.#bell = bell;
    this.#peerGeneration = ((isHost ? BoardField.bmcBlock : BoardField.hostBlock) + BlockField.bellGeneration) / 4;
    this.#visible = isHost ? ~HIDDEN_FROM_HOST : ~0;
    if (bell !== undefined) bell.onRing = () => this.onWake?.();
  }

  /** Looks at the counters and, for a peer that does not count, at the registers themselves. */
  pending(): boolean {
    const words = this.#words;
    const word = Atomics.load(words, REGISTERS) & this.#visible;
    const events = (Atomics.load(words, this.#arrived) + Atomics.load(words, this.#taken)) | 0;
    if (word === this.#seenWord && events === this.#seenEvents) return false;
    this.#seenWord = word;
    this.#seenEvents = events;
    this.#wokePeer = false;
    this.#waits = 0;
    return true;
  }

  /**
   * The kernel may have put the peer on this processor, which it would wait for: that is so when it was woken, and likely
   * when it takes longer than one that runs.
   */
  giveWay(): void {
    if (++this.#waits > WAITS_FOR_RUNNING_PEER || this.#wokePeer) yieldProcessor();
  }

  wokePeer(): void {
    this.#wokePeer = true;
  }

  /**
   * This side itself made a change: no news, unless the peer's was there before it or it leaves a byte to read, which
   * the handler may have brought in the same step.
   */
  changed(before: number, after: number): void {
    const isByteThere = this.#isHost ? (after & Status.OBF) !== 0 : (bmcStatusOf(after) & Status.IBF) !== 0;
    if (!isByteThere && (before & this.#visible) === this.#seenWord) this.#seenWord = after & this.#visible;
  }

  arm(owesByte = true): boolean {
    this.#bell?.want(owesByte);
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
  /** A board that does not exist is made; one that exists must have this window and depth, where they are given. */
  readonly make?: {
    readonly windowBytes: number | undefined;
    readonly depth: Depth | undefined;
  };
  /** A board that others may write or exchange is used, too. */
  readonly allowForeign?: boolean | undefined;
  readonly log?: Tell;
}

function attach(path: string, side: "host" | "bmc", options: AttachOptions): Attachment {
  const { doorbell, make, allowForeign, log } = options;
  return opening("attach-board", `attach to the board ${path}`, (scope) => {
    const ownBlock = side === "host" ? BoardField.hostBlock : BoardField.bmcBlock;
    const peerBlock = side === "host" ? BoardField.bmcBlock : BoardField.hostBlock;
    needLibc();
    checkBoardFolder(path, options);
    const made = make && createBoard(path, make.windowBytes, make.depth);
    // One that root's agents made is root's.
    const board = made ?? privileged(() => openBoard(path, "readWrite", options));
    // The lock goes with it.
    scope.add(system.close, board.fd);
    let isUsed = false;
    scope.add(() => {
      if (made !== undefined && !isUsed && !system.isLocked(board.fd, peerBlock)) removeOwn(path, board.fd);
    });
    if (make !== undefined) checkBoard(board, make.windowBytes, make.depth);
    if (!system.lock(board.fd, ownBlock)) throw sideTaken(path, side);
    const mapping = system.map(board.fd, board.windowOffset + board.windowBytes);
    scope.add(mapping.unmap);
    const words = new Int32Array(mapping.memory, 0, HEADER_BYTES / 4);
    const window = new MappedWindow(new Uint8Array(mapping.memory, board.windowOffset, board.windowBytes));
    const ownWords = words.subarray(ownBlock / 4, (ownBlock + BLOCK_BYTES) / 4);
    let bell: Doorbell | undefined;
    scope.add(() => bell?.close());
    scope.add(() => {
      // A board that was made shorter is left as a killed process leaves it.
      if (isWhole(board)) ownWords.forEach((_, word) => Atomics.store(ownWords, word, 0));
    });
    Atomics.store(ownWords, BlockField.processId / 4, process.pid);
    Atomics.store(ownWords, BlockField.bellWanted / 4, BellWanted.never);
    if (doorbell) bell = new Doorbell(words, ownBlock, path, side);
    else Atomics.store(ownWords, BlockField.bellGeneration / 4, 0);
    const peerBell = new PeerBell(words, peerBlock, path, side === "host" ? "bmc" : "host", {
      ...(allowForeign === true ? { boardOwner: board.owner } : {}),
      ...(log === undefined ? {} : { log }),
    });
    scope.add(() => {
      peerBell.close();
    });
    const interrupts = new SharedInterrupts(words, side, bell);
    const watch = new BoardWatch(board);
    scope.add(() => {
      watch.close();
    });
    if (made !== undefined) log?.(`made the board ${path}, ${boardText(board)}`, "device");
    return {
      words,
      depth: board.depth,
      window,
      interrupts,
      change: (next) => {
        for (;;) {
          const before = Atomics.load(words, REGISTERS);
          const after = next(before) | 0;
          if (Atomics.compareExchange(words, REGISTERS, before, after) !== before) continue;
          interrupts.changed(before, after);
          return before;
        }
      },
      signal: (counter) => {
        Atomics.add(words, counter / 4, 1);
        const wroteByte = counter === BoardField.idrWritten || counter === BoardField.odrWritten;
        if (peerBell.ringIfWanted(wroteByte)) interrupts.wokePeer();
      },
      peerAttached: () => system.isLocked(board.fd, peerBlock),
      bellsRefused: () => peerBell.refused,
      whenLost: (tell) => {
        watch.onLost = (why) => {
          interrupts.letGo();
          tell(why);
        };
      },
      abandon: () => {
        scope.release();
      },
      close: () => {
        isUsed = true;
        scope.release();
      },
    };
  });
}

function sideTaken(path: string, side: "host" | "bmc"): Failure {
  return new Failure(
    "side-taken",
    `the board ${path} has a ${side === "host" ? "host" : "BMC"} already: stop that agent or use another board`,
  );
}

function hostPort({ words, depth, change, signal }: Attachment): HostPort {
  /** The driver's interrupt handler, in the step of the write that fires it. */
  const handled = (written: number): number =>
    depth === 1 && canTakeIdr(written) && Atomics.load(words, BMC_PROCESS) !== 0 ? afterIdrTaken(written) : written;
  return {
    readStatus: () => hostStatusOf(readRegisters(words)),
    readData: () => {
      const before = change(afterOdrRead);
      signal(BoardField.odrRead);
      return odrOf(before);
    },
    writeData: (value) => {
      let after = 0;
      change((word) => (after = handled(afterIdrWrite(word, value))));
      signal(BoardField.idrWritten);
      // The handler took the byte in the same step: an event for this side itself, which is awake.
      if ((after & Status.IBF) === 0) Atomics.add(words, IDR_READ, 1);
    },
  };
}

function bmcPort({ words, depth, change, signal }: Attachment): BmcPort {
  /** The handler, wherever the BMC's node is open and its shadow was just emptied. */
  const handled = (word: number): number => (depth === 1 && canTakeIdr(word) ? afterIdrTaken(word) : word);
  const afterRead = (word: number): number => handled(afterIdrReadByBmc(word));
  // What the host wrote while the node was closed.
  if (depth === 1 && canTakeIdr(change(handled))) signal(BoardField.idrRead);
  return {
    readStatus: () => bmcStatusOf(readRegisters(words)),
    readData: () => {
      const before = change(afterRead);
      // The host sees nothing of a shadow that is emptied while IDR is empty.
      if (!isShadowFull(before) || (before & Status.IBF) !== 0) signal(BoardField.idrRead);
      return idrSeenByBmc(before);
    },
    writeData: (value) => {
      change((word) => afterOdrWrite(word, value));
      signal(BoardField.odrWritten);
    },
    writeStatus: (value) => {
      change((word) => afterStatusWrite(word, value));
    },
  };
}

function platformOf<Port extends HostPort>(path: string, attachment: Attachment, port: Port): Platform<Port> {
  const { words: _words, change: _change, signal: _signal, ...platform } = attachment;
  return { name: `shm:${path}`, port, ...platform };
}

/** Attaches the host side. Throws a Failure when the board is missing, damaged or has a host already. */
export function attachHost(path: string, options: AttachOptions): HostPlatform {
  const attachment = attach(path, "host", options);
  const resetRegisters = (): void => {
    attachment.change(afterReset);
  };
  return { ...platformOf(path, attachment, hostPort(attachment)), resetRegisters };
}

/** Attaches the BMC side. Throws a Failure when the board is missing, damaged or has a BMC already. */
export function attachBmc(path: string, options: AttachOptions): BmcPlatform {
  const attachment = attach(path, "bmc", options);
  const port = bmcPort(attachment);
  return { ...platformOf(path, attachment, port), lostInIdr: countLostInIdr(attachment.words) };
}

/** Attaches the host side of a board that is made where there is none. */
export function openHostOfBoard(spec: SharedFileSpec, options: OpenOptions): HostPlatform {
  return attachHost(spec.path, attachOptions(spec, options));
}

/** Attaches the BMC side of a board that is made where there is none. */
export function openBmcOfBoard(spec: SharedFileSpec, options: OpenOptions): BmcPlatform {
  return attachBmc(spec.path, attachOptions(spec, options));
}

function attachOptions(spec: SharedFileSpec, { windowBytes, depth, doorbell, log }: OpenOptions): AttachOptions {
  const make = { windowBytes: windowBytes ?? spec.windowBytes, depth: depth ?? spec.depth };
  return { doorbell, make, allowForeign: spec.allowForeign, log };
}
