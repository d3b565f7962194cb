/** What all parts of a judge share. */
import { receiveLimit, mtuOfBuffer } from "../binding/layout.ts";
import type { BufferRange, Layout } from "../binding/control-region.ts";
import type { Direction, RoleName } from "../binding/side.ts";
import { framingOf, type Version } from "../binding/versions.ts";
import type { Docket } from "./docket.ts";
import { judgeOpening, judgeTerms } from "./rules.ts";

export interface Times {
  readonly announce: number;
  readonly refused: number;
  readonly stop: number;
}

/** Milliseconds by which a side on an ordinary operating system may be late. */
export const LATENESS = 1100;

const DEEPEST = 1;

export class Context {
  readonly docket: Docket;
  /** Undefined where it is unknown: then nothing ends behind it. */
  readonly windowBytes: number | undefined;
  readonly livesTold: boolean;
  readonly timed: boolean;
  readonly times: Times;
  readonly #recorded: readonly RoleName[];
  /** Milliseconds, NaN for unknown. */
  time: number = Number.NaN;
  /** The sessions of a bus with both sides recorded: that of Channel Active, and the one each side believes in. */
  readonly sessions: { channel: number; last: number; host: number; bmc: number } = {
    channel: 0,
    last: 0,
    host: 0,
    bmc: 0,
  };
  /** A host has opened a session in sight. */
  hasHostOpened = false;
  /** Initialises of the host: written, the last that was read, and the one whose answer is the BMC's session. */
  readonly initialises: { written: number; taken: number; answered: number } = { written: 0, taken: 0, answered: 0 };
  /**
   * What marks the packet in each direction's buffer: the session of the BMC, or the Initialise of the host whose answer
   * the host takes the session for; 0 for unknown.
   */
  readonly begunIn: Record<Direction, number> = { hostToBmc: 0, bmcToHost: 0 };
  /** The same of what was written to each buffer last. */
  readonly writtenIn: Record<Direction, number> = { hostToBmc: 0, bmcToHost: 0 };
  /** Bytes written and not read yet, as far as both sides are recorded; those of IDR with what a driver may hold. */
  readonly unread: { idr: number; odr: number } = { idr: 0, odr: 0 };
  /** Bytes that the path into the BMC holds beside IDR; where unknown, the most that there may be (LPC-KCS-13). */
  readonly #depth: number;

  constructor(
    docket: Docket,
    options: {
      readonly recorded: readonly RoleName[];
      readonly windowBytes: number | undefined;
      readonly depth: number | undefined;
      readonly livesTold: boolean;
      readonly timed: boolean;
      readonly times: Times;
    },
  ) {
    this.docket = docket;
    this.#recorded = options.recorded;
    this.windowBytes = options.windowBytes;
    this.#depth = options.depth ?? DEEPEST;
    this.livesTold = options.livesTold;
    this.timed = options.timed;
    this.times = options.times;
  }

  isRecorded(side: RoleName): boolean {
    return this.#recorded.includes(side);
  }

  /** The terms that the BMC set last, where its accesses are recorded. */
  bmcTerms: Terms | undefined;

  /** A host opens a session: is there one, and on these terms? */
  hostOpened(terms: Terms | undefined): void {
    this.hasHostOpened = true;
    const { written, answered } = this.initialises;
    this.sessions.host = this.sessions.channel;
    if (!this.bothRecorded || this.sessions.last === 0) return;
    if (this.docket.generation("host") !== "draft") {
      // A host without fences may open before its Initialise is answered: it is in no session yet.
      if (written !== answered) this.sessions.host = 0;
      else this.#compareTerms(terms);
      return;
    }
    const missing = judgeOpening(this.sessions.channel);
    if (missing !== undefined) {
      this.docket.break("host", missing.requirement, "wire", {
        seen: `${missing.what}: the BMC has ended it, or never opened it`,
        expected: "STR, read last, is the answer to this Initialise",
        cause: { name: "staleDummy", text: "what was read belongs to an older session" },
      });
      return;
    }
    this.#compareTerms(terms);
  }

  #compareTerms(terms: Terms | undefined): void {
    if (terms === undefined || this.bmcTerms === undefined) return;
    const broken = judgeTerms(terms, this.bmcTerms);
    if (broken === undefined) return;
    this.docket.break("host", broken.requirement, "wire", {
      seen: broken.what,
      expected: "both sides have the same version and layout",
    });
  }

  /** A BMC opens a session; a host that opened before is in it from here on. */
  bmcOpened(terms: Terms | undefined, host: { readonly isOpen: boolean; readonly terms: Terms | undefined }): void {
    this.sessions.last++;
    this.sessions.bmc = this.sessions.last;
    this.sessions.channel = this.sessions.last;
    this.bmcTerms = terms;
    this.initialises.answered = this.initialises.taken;
    if (!host.isOpen || this.initialises.taken !== this.initialises.written) return;
    this.sessions.host = this.sessions.last;
    this.#compareTerms(host.terms);
  }

  /** What marks the packets that `sender` sends now, or that `taker` may take. */
  markOf(sender: RoleName, taker: RoleName): number {
    if (sender === "bmc" || this.docket.generation("host") === "draft") return this.sessions[taker];
    if (taker === "host") return this.initialises.written;
    return this.sessions.bmc === 0 ? 0 : this.initialises.answered;
  }

  /** Both sides are recorded, and believe in the same session. */
  get isShared(): boolean {
    return this.bothRecorded && this.sessions.host !== 0 && this.sessions.host === this.sessions.bmc;
  }

  /** Whether a byte that a side writes now takes the place of an unread one; `isFull`: STR says so. */
  overwrites(side: RoleName, isFull: boolean): boolean {
    if (side === "bmc") return this.unread.odr > 0;
    return this.unread.idr > (isFull ? 0 : this.#depth);
  }

  /** A side has written a byte. */
  byteWritten(side: RoleName): void {
    if (side === "bmc") this.unread.odr = 1;
    else this.unread.idr = Math.min(this.unread.idr + 1, 1 + this.#depth);
  }

  /** A side has read a byte. */
  byteRead(side: RoleName): void {
    if (side === "host") this.unread.odr = 0;
    else this.unread.idr = Math.max(0, this.unread.idr - 1);
  }

  get bothRecorded(): boolean {
    return this.#recorded.length === 2;
  }

  /** The moment, where moments are judged; NaN otherwise, of which every comparison is false. */
  get moment(): number {
    return this.timed ? this.time : Number.NaN;
  }
}

/** What a session was opened with, and what follows from it. */
export interface Terms {
  readonly version: Version;
  readonly layout: Layout;
  readonly trailerBytes: number;
  /** Payload bytes that a sender may put into a packet of the direction (LPC-BUF-9). */
  readonly sendLimits: Readonly<Record<Direction, number>>;
  /** Payload bytes that a receiver takes (LPC-BUF-4). */
  readonly takeLimits: Readonly<Record<Direction, number>>;
  /** Bytes of a buffer that may come to be accessed, in version 1 more than its size says. */
  readonly ranges: Readonly<Record<Direction, BufferRange>>;
}

/** `windowBytes`: undefined where unknown; then nothing ends behind it. */
export function termsOf(version: Version, layout: Layout, windowBytes: number | undefined): Terms {
  const end = windowBytes ?? Number.MAX_SAFE_INTEGER;
  const { bmcToHost, hostToBmc } = layout;
  const trailer = framingOf(version).trailerBytes;
  const takeLimits = {
    hostToBmc: receiveLimit(version, hostToBmc, bmcToHost, end),
    bmcToHost: receiveLimit(version, bmcToHost, hostToBmc, end),
  };
  const range = (direction: Direction): BufferRange => {
    const { offset, size } = layout[direction];
    return { offset, size: Math.max(size, takeLimits[direction] + BYTES_BESIDE_PAYLOAD + trailer) };
  };
  return {
    version,
    layout,
    trailerBytes: trailer,
    sendLimits: {
      hostToBmc: mtuOfBuffer(version, hostToBmc.size),
      bmcToHost: mtuOfBuffer(version, bmcToHost.size),
    },
    takeLimits,
    ranges: { hostToBmc: range("hostToBmc"), bmcToHost: range("bmcToHost") },
  };
}

/** Length field and MCTP header. */
const BYTES_BESIDE_PAYLOAD = 8;

/** The rule that says which accesses a side makes at all. */
export function orderRule(side: RoleName): "LPC-HOST-16" | "LPC-BMC-13" {
  return side === "host" ? "LPC-HOST-16" : "LPC-BMC-13";
}

export function byteText(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}
