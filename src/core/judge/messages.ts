/**
 * MCTP as it passes in one direction of one session: what a sender's packets say of messages, and control requests that
 * wait for their answers. Memory is bounded: what is beyond the bounds is not judged.
 */
import { readU32be } from "../wire/bytes.ts";
import type { RoleName } from "../binding/side.ts";
import type { Docket } from "./docket.ts";
import { PLACE } from "./requirements.ts";

const MESSAGES_KEPT = 64;
const REQUESTS_KEPT = 16;
const BTU = 64;
/** Milliseconds: MT2, and what a round, a full register and a rest may take on top. */
const RETRY_AFTER = 300;
const RETRY_SLACK = 1200;
/** MN1 and the first. */
const TIMES_SENT = 3;

const SOM = 0x80;
const EOM = 0x40;
const TAG_OWNER = 0x08;
const TAG_MASK = 0x0f;
const CONTROL = 0x00;
const REQUEST = 0x80;
const DATAGRAM = 0x40;
const INSTANCE = 0x1f;

interface Pending {
  readonly tag: number;
  readonly instance: number;
  readonly command: number;
  readonly bytes: string;
  times: number;
  last: number;
}

/** What one side sends. */
export class MessageWatch {
  readonly #docket: Docket;
  readonly #side: RoleName;
  readonly #timed: boolean;
  /** Messages that were begun in this session: destination, source and tag. */
  readonly #open = new Set<number>();
  readonly #pending: Pending[] = [];
  /** The session's beginning was seen, and no message was left out since. */
  #complete = false;

  constructor(docket: Docket, side: RoleName, timed: boolean) {
    this.#docket = docket;
    this.#side = side;
    this.#timed = timed;
  }

  sessionBegins(): void {
    this.#open.clear();
    this.#pending.length = 0;
    this.#complete = true;
  }

  sessionEnds(): void {
    this.#open.clear();
    this.#pending.length = 0;
    this.#complete = false;
  }

  /** A packet was sent of which not everything is known: what it began or ended cannot be told. */
  missed(): void {
    this.#complete = false;
  }

  /** A packet was sent: `bytes[at..at + length)`, of which all are known. `time` in milliseconds, NaN for unknown. */
  sent(bytes: Uint8Array, at: number, length: number, time: number): void {
    const header = readU32be(bytes, at);
    const docket = this.#docket;
    if (header >>> 24 !== 1) {
      docket.break(this.#side, "LPC-MCTP-1", "wire", {
        seen: `the first byte of an MCTP header is 0x${(header >>> 24).toString(16).padStart(2, "0")}`,
        expected: "header version 1, and 0 in the four bits above it",
        bytes: bytes.slice(at, at + 4),
      });
      return;
    }
    docket.keep(this.#side, PLACE["LPC-MCTP-1"]);
    const flags = header & 0xff;
    const payload = length - 4;
    if (payload === 0) return;
    this.#judgeContinuation(header, flags);
    this.#judgeSize(bytes, at, flags, payload);
    if ((flags & (SOM | EOM)) === (SOM | EOM) && bytes[at + 4] === CONTROL && payload >= 3) {
      this.#controlSent(bytes, at, payload, header, time);
    }
  }

  #judgeContinuation(header: number, flags: number): void {
    const key = (header & 0x00ffff00) | (flags & TAG_MASK);
    if ((flags & SOM) === 0 && !this.#open.has(key)) {
      if (this.#complete) {
        this.#docket.break(this.#side, "LPC-MCTP-6", "wire", {
          seen: "a packet of a message whose first packet was not sent in this session",
          expected: "the message is given up with the session in which it began",
        });
      }
      return;
    }
    // A whole message between the packets of another with the same tag ends nothing that this sender has begun.
    if ((flags & (SOM | EOM)) === (SOM | EOM)) return;
    if ((flags & EOM) !== 0) {
      this.#docket.keep(this.#side, PLACE["LPC-MCTP-6"]);
      this.#open.delete(key);
      return;
    }
    if (this.#open.size >= MESSAGES_KEPT) {
      this.#open.clear();
      this.#complete = false;
    }
    this.#open.add(key);
  }

  #judgeSize(bytes: Uint8Array, at: number, flags: number, payload: number): void {
    if ((flags & EOM) !== 0) return;
    if (payload >= BTU) {
      this.#docket.keep(this.#side, PLACE["LPC-MCTP-18"]);
      return;
    }
    this.#docket.break(this.#side, "LPC-MCTP-18", "draft", {
      seen: `a packet of ${String(payload)} payload bytes that is not the last of its message`,
      expected: "no packet but the last has less than 64",
      bytes: bytes.slice(at, at + 8),
      cause: payload === BTU - 4 ? { name: "headerInMtu", text: "the MCTP header is counted in the MTU" } : undefined,
    });
  }

  #controlSent(bytes: Uint8Array, at: number, payload: number, header: number, time: number): void {
    const head = bytes[at + 5]!;
    const command = bytes[at + 6]!;
    if ((head & REQUEST) === 0) {
      if (payload < 4) return;
      const completion = bytes[at + 7]!;
      if (completion === 0) return;
      if (payload === 4) this.#docket.keep(this.#side, PLACE["LPC-MCTP-12"]);
      else {
        this.#docket.break(this.#side, "LPC-MCTP-12", "draft", {
          seen: `a control response with completion code 0x${completion.toString(16).padStart(2, "0")} and ${String(payload - 4)} bytes behind it`,
          expected: "no data behind a completion code other than 0x00",
          bytes: bytes.slice(at + 4, at + 4 + payload),
        });
      }
      return;
    }
    if ((head & DATAGRAM) !== 0 || !this.#timed || Number.isNaN(time)) return;
    this.#requestSent(bytes, at, payload, header, command, time);
  }

  #requestSent(bytes: Uint8Array, at: number, payload: number, header: number, command: number, time: number): void {
    const tag = header & TAG_MASK;
    const instance = bytes[at + 5]! & INSTANCE;
    const text = bytes.subarray(at, at + 4 + Math.min(payload, 32)).join();
    const known = this.#pending.find(
      (pending) => pending.tag === tag && pending.command === command && pending.instance === instance,
    );
    if (known === undefined) {
      if (this.#pending.length === REQUESTS_KEPT) this.#pending.shift();
      this.#pending.push({ tag, instance, command, bytes: text, times: 1, last: time });
      return;
    }
    known.times++;
    known.last = time;
    if (known.bytes !== text || known.times > TIMES_SENT) {
      this.#docket.break(this.#side, "LPC-MCTP-5", "draft", {
        seen:
          known.times > TIMES_SENT
            ? `a control request is sent for the ${String(known.times)}th time`
            : "a control request is sent again with other bytes",
        expected: "at most two retries, with bytes, tag and instance identifier unchanged",
      });
    } else this.#docket.keep(this.#side, PLACE["LPC-MCTP-5"]);
  }

  /** The peer sent a packet: a response ends the wait for it. */
  received(bytes: Uint8Array, at: number, length: number): void {
    if (this.#pending.length === 0 || length < 7) return;
    const flags = bytes[at + 3]!;
    if ((flags & SOM) === 0 || bytes[at + 4] !== CONTROL || (bytes[at + 5]! & REQUEST) !== 0) return;
    const command = bytes[at + 6]!;
    const instance = bytes[at + 5]! & INSTANCE;
    const tag = (flags & TAG_MASK) | TAG_OWNER;
    const found = this.#pending.findIndex(
      (pending) => pending.tag === tag && pending.command === command && pending.instance === instance,
    );
    if (found >= 0) this.#pending.splice(found, 1);
  }

  /** Looked at with every access that has a time. */
  at(time: number): void {
    const [oldest] = this.#pending;
    if (oldest === undefined || !(time - oldest.last > RETRY_AFTER + RETRY_SLACK)) return;
    this.#pending.shift();
    if (oldest.times >= TIMES_SENT) return;
    this.#docket.break(this.#side, "LPC-MCTP-5", "draft", {
      seen: `a control request (command 0x${oldest.command.toString(16).padStart(2, "0")}) without a response, sent ${oldest.times === 1 ? "once" : "twice"}, is not sent again in ${String(Math.round(time - oldest.last))} ms`,
      expected: "it is sent again 300 ms after its last packet was taken, twice at most",
    });
  }
}
