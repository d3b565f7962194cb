/** The buffer that a side receives from: what it reads there behind a Tx Begin, and whether Rx Complete follows. */
import { readU32be } from "../wire/bytes.ts";
import { crc32 } from "../wire/crc.ts";
import { LENGTH_BYTES } from "../binding/packet-buffer.ts";
import { PACKET_HEADER_BYTES } from "../wire/packet-parts.ts";
import { BufferImage } from "./buffer-image.ts";
import { type Context, type Terms } from "./context.ts";
import { peerOf, sentBy, type RoleName } from "../binding/side.ts";
import { judgePacket, type WholePacket } from "./outbound.ts";
import { PLACE } from "./requirements.ts";

/** Looks at STR that showed room for an Rx Complete and were followed by none, for damaged and for good packets. */
const LOOKS_FOR_DAMAGED = 2;
const LOOKS_FOR_GOOD = 16;

type State = "unknown" | "idle" | "begun";

export class InboundWatch {
  readonly image: BufferImage = new BufferImage();
  state: State = "unknown";
  /** A packet just read whole, once. */
  whole: WholePacket | undefined;
  /** A packet was read of which not everything can be told. */
  hasMissed = false;
  /** Its trailer was wrong. */
  damaged = false;
  readonly #context: Context;
  readonly #side: RoleName;
  /** Another Tx Begin was read while Rx Complete was owed. */
  #again = false;
  /** The buffer was changed from outside since Tx Begin. */
  #tampered = false;
  /** Rx Complete was written for a packet that was not read. */
  #unread = false;
  #told = false;
  #looks = 0;

  constructor(context: Context, side: RoleName) {
    this.#context = context;
    this.#side = side;
  }

  reset(state: "unknown" | "idle"): void {
    this.settle();
    this.state = state;
    this.image.clear();
    this.#again = false;
    this.#tampered = false;
    this.#looks = 0;
  }

  get owes(): boolean {
    return this.state === "begun";
  }

  /** The length field has been read since Tx Begin, or the packet needs none. */
  get isRead(): boolean {
    return this.state === "begun" && !this.image.isEmpty;
  }

  get isTampered(): boolean {
    return this.#tampered;
  }

  poked(): void {
    this.#tampered = true;
  }

  /** Tx Begin is read in a session. False where one is owed already. */
  begin(): boolean {
    this.settle();
    if (this.state === "begun") {
      this.#again = true;
      return false;
    }
    this.state = "begun";
    this.image.clear();
    this.#again = false;
    this.#told = false;
    this.#looks = 0;
    return true;
  }

  /** Bytes of the buffer are read. False where no Tx Begin was read for them. */
  read(terms: Terms, at: number, length: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#unread) {
      this.#unread = false;
      this.#context.docket.break(this.#side, "LPC-BUF-6", "wire", {
        seen: "the packet is read behind its Rx Complete",
        expected: "packet and trailer are copied first: behind Rx Complete the buffer is the sender's",
        offset: this.#offset(terms) + at,
      });
      this.state = "unknown";
      return true;
    }
    if (this.state === "unknown") return true;
    if (this.state === "idle") return false;
    this.#looks = 0;
    if (length > 0 && this.image.touches(at, at + length)) this.#readAgain(terms, at);
    this.image.add(at, length, bytes, start, end);
    this.#judge(terms);
    return true;
  }

  #readAgain(terms: Terms, at: number): void {
    const { docket } = this.#context;
    const offset = this.#offset(terms) + at;
    if (this.#again && this.isBad(terms)) this.#breakUnanswered(terms);
    else if (this.#again) {
      docket.break(this.#side, "LPC-ERR-1", "wire", {
        seen: "the buffer is read again behind a second Tx Begin, Rx Complete still owed for the first",
        expected: "a Tx Begin while Rx Complete is owed has no effect",
        offset,
      });
    } else if (at < LENGTH_BYTES) {
      docket.break(this.#side, "LPC-BUF-2", "wire", {
        seen: "the length field is read a second time behind one Tx Begin",
        expected: "it is read once, and that value used",
        offset,
      });
    } else {
      docket.break(this.#side, "LPC-BUF-6", "wire", {
        seen: "bytes of the packet are read a second time behind one Tx Begin",
        expected: "packet and trailer are copied once",
        offset,
      });
    }
    this.image.clear();
    this.#told = true;
  }

  #judge(terms: Terms): void {
    const { length } = this.image;
    if (length === undefined || this.#told) return;
    const end = LENGTH_BYTES + length + terms.trailerBytes;
    if (!this.#isWithin(terms, length)) {
      if (this.image.end > LENGTH_BYTES) this.#breakBounds(terms, length);
      else if (!this.#context.isRecorded(peerOf(this.#side)) && !this.#tampered) {
        judgePacket(this.#context, peerOf(this.#side), terms, this.image);
      }
      return;
    }
    if (this.image.end > end) {
      this.#told = true;
      this.#context.docket.break(this.#side, "LPC-SEC-1", "wire", {
        seen: `${String(this.image.end)} bytes are read from a buffer whose packet ends at ${String(end)}`,
        expected: "nothing behind packet and trailer is read",
        offset: this.#offset(terms) + end,
      });
      return;
    }
    if (this.image.reach === end) this.#packetRead(terms, length);
  }

  #packetRead(terms: Terms, length: number): void {
    this.#told = true;
    const { docket } = this.#context;
    docket.keep(this.#side, PLACE["LPC-BUF-2"]);
    docket.keep(this.#side, PLACE["LPC-BUF-6"]);
    const end = LENGTH_BYTES + length;
    const trailer = terms.trailerBytes;
    if (this.image.known < end + trailer) {
      // The recorder kept its first bytes alone: whether it began or ended a message cannot be told.
      this.damaged = false;
      this.hasMissed = true;
      return;
    }
    this.damaged = trailer > 0 && readU32be(this.image.bytes, end) !== crc32(this.image.bytes, LENGTH_BYTES, end) >>> 0;
    this.whole = { bytes: this.image.bytes, at: LENGTH_BYTES, length };
    const sender = peerOf(this.#side);
    if (this.#context.isRecorded(sender)) return;
    const hasGoodTrailer = trailer > 0 && !this.damaged;
    if (this.#tampered || judgePacket(this.#context, sender, terms, this.image, hasGoodTrailer) === undefined) {
      this.hasMissed = true;
    }
  }

  #isWithin(terms: Terms, length: number): boolean {
    const limit = terms.takeLimits[sentBy(peerOf(this.#side))];
    return length >= PACKET_HEADER_BYTES && length <= PACKET_HEADER_BYTES + limit;
  }

  #breakBounds(terms: Terms, length: number): void {
    this.#told = true;
    const direction = sentBy(peerOf(this.#side));
    const limit = terms.takeLimits[direction] + PACKET_HEADER_BYTES;
    // A few bytes read for nothing do no harm as long as they are the buffer's own.
    const isHarmless = this.image.end <= terms.layout[direction].size && length < PACKET_HEADER_BYTES;
    this.#context.docket.break(this.#side, "LPC-BUF-4", isHarmless ? "draft" : "wire", {
      seen: `a packet whose length is ${String(length)} is read`,
      expected: `a length outside 4 to ${String(limit)} drops the packet unread`,
      bytes: this.image.bytes.slice(0, LENGTH_BYTES),
      offset: this.#offset(terms),
    });
  }

  /** Rx Complete is written. False where none is owed. */
  complete(terms: Terms | undefined): boolean {
    this.settle();
    if (this.state === "unknown") {
      this.state = "idle";
      return true;
    }
    if (this.state === "idle") return false;
    this.state = "idle";
    this.#tampered = false;
    if (terms === undefined) return true;
    const { length } = this.image;
    const { docket } = this.#context;
    if (this.image.isEmpty) this.#unread = true;
    else if (length !== undefined && !this.#told && this.#isWithin(terms, length)) this.#unread = true;
    else if (length !== undefined && !this.#isWithin(terms, length)) docket.keep(this.#side, PLACE["LPC-BUF-4"]);
    else if (this.damaged) docket.keep(this.#side, PLACE["LPC-BUF-5"]);
    else docket.keep(this.#side, PLACE["LPC-BUF-8"]);
    this.#unreadLength = length;
    return true;
  }

  #unreadLength: number | undefined;

  /** What an Rx Complete for an unread packet was, once nothing more can be read of that packet. */
  settle(): void {
    if (!this.#unread) return;
    this.#unread = false;
    const length = this.#unreadLength;
    this.#context.docket.break(this.#side, length === undefined ? "LPC-BUF-6" : "LPC-BUF-4", "wire", {
      seen:
        length === undefined
          ? "Rx Complete is written for a packet that was not read"
          : `Rx Complete is written for a packet of length ${String(length)} of which nothing more was read`,
      expected:
        length === undefined
          ? "length and packet are read first"
          : "a length within bounds: packet and trailer are read",
    });
  }

  /** STR shows room for the Rx Complete that is owed, and there was no reason to write anything else before it. */
  lookedWithRoom(terms: Terms | undefined): void {
    if (this.state !== "begun" || terms === undefined) return;
    this.#looks++;
    if (this.#looks !== (this.isBad(terms) ? LOOKS_FOR_DAMAGED : LOOKS_FOR_GOOD)) return;
    this.#breakUnanswered(terms);
    this.reset("unknown");
  }

  /** The packet being read is to be dropped, for its length or its trailer. */
  isBad(terms: Terms): boolean {
    const { length } = this.image;
    return length !== undefined && (!this.#isWithin(terms, length) || (this.#told && this.damaged));
  }

  #breakUnanswered(terms: Terms): void {
    const { length } = this.image;
    const isBad = this.isBad(terms);
    const rule =
      length === undefined || !isBad ? "LPC-BUF-8" : this.#isWithin(terms, length) ? "LPC-BUF-5" : "LPC-BUF-4";
    this.#context.docket.break(this.#side, rule, "wire", {
      seen: `a packet ${length === undefined ? "was announced" : `of length ${String(length)} was read`}, STR shows room again and again, and no Rx Complete is written`,
      expected: isBad
        ? "a packet that is dropped is answered by Rx Complete like a good one: its sender waits for it"
        : "Rx Complete waits for nothing but room in its register",
    });
  }

  #offset(terms: Terms): number {
    return terms.layout[sentBy(peerOf(this.#side))].offset;
  }
}
