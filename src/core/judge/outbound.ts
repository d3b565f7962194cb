/** The buffer that a side sends from: what it writes there, and when it says Tx Begin. */
import { readU32be } from "../wire/bytes.ts";
import { crc32 } from "../wire/crc.ts";
import { LENGTH_BYTES } from "../binding/packet-buffer.ts";
import { PACKET_HEADER_BYTES } from "../wire/packet-parts.ts";
import { BufferImage } from "./buffer-image.ts";
import { boundCause, countedCause, hex32, lengthCause, trailerCause } from "./causes.ts";
import { type Context, type Terms } from "./context.ts";
import { sentBy, type RoleName } from "../binding/side.ts";
import { PLACE } from "./requirements.ts";

/** unknown: what stands there was not seen · free: the sender's, nothing written · filling: some or all is written. */
type State = "unknown" | "free" | "filling" | "outstanding";

/** A packet that is known whole, where it lies in the image. */
export interface WholePacket {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly length: number;
}

/**
 * What is wrong with a packet as it stands in a buffer with its terms; `side` sent it. Gives it where it is whole.
 * `hasGoodTrailer`: the trailer was compared already.
 */
export function judgePacket(
  context: Context,
  side: RoleName,
  terms: Terms,
  image: BufferImage,
  hasGoodTrailer = false,
): WholePacket | undefined {
  const { docket } = context;
  const { length } = image;
  if (length === undefined) return undefined;
  const trailer = terms.trailerBytes;
  const end = LENGTH_BYTES + length + trailer;
  const shown = image.bytes.subarray(0, Math.min(image.known, 16));
  const limit = terms.sendLimits[sentBy(side)] + PACKET_HEADER_BYTES;
  if (image.reach !== end && image.end > LENGTH_BYTES && (image.reach < end || length < PACKET_HEADER_BYTES)) {
    const cause = lengthCause(length, image.reach, trailer);
    if (cause !== undefined || length <= limit) {
      docket.break(side, "LPC-BUF-1", "wire", {
        seen: `a length of ${String(length)}, and ${String(Math.max(0, image.reach - LENGTH_BYTES))} bytes behind it without a gap`,
        expected: `${String(length + trailer)} bytes: packet${trailer === 0 ? "" : " and trailer"}`,
        bytes: shown,
        offset: terms.layout[sentBy(side)].offset,
        cause,
      });
      return undefined;
    }
  }
  if (length > limit || length < PACKET_HEADER_BYTES) {
    docket.break(side, length < PACKET_HEADER_BYTES ? "LPC-BUF-1" : "LPC-BUF-9", "wire", {
      seen: `a length of ${String(length)}`,
      expected: `4 to ${String(limit)}: header and an MTU of ${String(limit - PACKET_HEADER_BYTES)}`,
      bytes: shown,
      offset: terms.layout[sentBy(side)].offset,
      cause: boundCause(length, limit - PACKET_HEADER_BYTES),
    });
    return undefined;
  }
  docket.keep(side, PLACE["LPC-BUF-1"]);
  docket.keep(side, PLACE["LPC-BUF-9"]);
  if (image.known < end) return undefined;
  if (hasGoodTrailer) docket.keep(side, PLACE["LPC-BUF-3"]);
  else if (trailer > 0 && !judgeTrailer(context, side, terms, image, length)) return undefined;
  return { bytes: image.bytes, at: LENGTH_BYTES, length };
}

function judgeTrailer(context: Context, side: RoleName, terms: Terms, image: BufferImage, length: number): boolean {
  const end = LENGTH_BYTES + length;
  const trailer = readU32be(image.bytes, end);
  const computed = crc32(image.bytes, LENGTH_BYTES, end) >>> 0;
  if (trailer === computed) {
    context.docket.keep(side, PLACE["LPC-BUF-3"]);
    return true;
  }
  const misread = image.reach === end + 4 ? countedCause(image.bytes, length) : lengthCause(length, image.reach, 4);
  if (misread !== undefined) {
    context.docket.break(side, "LPC-BUF-1", "wire", {
      seen: `a length of ${String(length)}, and ${String(image.reach - LENGTH_BYTES)} bytes behind it`,
      expected: "the length counts the MCTP packet, header and payload",
      bytes: image.bytes.subarray(0, 16),
      offset: terms.layout[sentBy(side)].offset,
      cause: misread,
    });
    return false;
  }
  context.docket.break(side, "LPC-BUF-3", "wire", {
    seen: `a trailer of ${hex32(trailer)} behind ${String(length)} bytes`,
    expected: `their CRC-32, ${hex32(computed)}`,
    bytes: image.bytes.subarray(end, end + 4),
    offset: terms.layout[sentBy(side)].offset + end,
    cause: trailerCause(image.bytes, length),
  });
  return false;
}

export class OutboundWatch {
  readonly image: BufferImage = new BufferImage();
  state: State = "unknown";
  readonly #context: Context;
  readonly #side: RoleName;
  /** The beginning of what is in the buffer was seen. */
  #whole = false;
  /** Tx Begins without an Rx Complete. Of more than one the peer may take each, or may ignore all but the first. */
  #unanswered = 0;
  /** An Rx Complete was read that answered nothing, since the packet that waits was written. */
  #falseCompletion = false;

  constructor(context: Context, side: RoleName) {
    this.#context = context;
    this.#side = side;
  }

  reset(state: "unknown" | "free"): void {
    this.state = state;
    this.image.clear();
    this.#falseCompletion = false;
    if (state === "free") this.#unanswered = 0;
  }

  /** The buffer is the side's for certain: nothing is outstanding, and no Tx Begin went out before its packet. */
  get isOwn(): boolean {
    return this.state === "free" || (this.state === "filling" && this.#whole);
  }

  /** A whole packet stands in the buffer, and its Tx Begin has not been written. */
  waits(terms: Terms | undefined): boolean {
    if (this.state !== "filling" || !this.#whole || terms === undefined) return false;
    const { length } = this.image;
    return length !== undefined && this.image.reach >= LENGTH_BYTES + length + terms.trailerBytes;
  }

  write(terms: Terms, at: number, length: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.state === "outstanding") {
      this.#breakOwnership("the buffer is written while its packet is outstanding", terms, at);
      this.image.clear();
      return;
    }
    if (this.waits(terms) && this.image.touches(at, at + length)) {
      if (this.#falseCompletion) {
        this.#context.docket.break(this.#side, "LPC-ERR-2", "wire", {
          seen: "the buffer is written again behind an Rx Complete that answered nothing, its packet still waiting for Tx Begin",
          expected: "an Rx Complete with no packet outstanding has no effect",
          offset: terms.layout[sentBy(this.#side)].offset + at,
        });
      } else
        this.#breakOwnership("the buffer is written again before Tx Begin was written for what it holds", terms, at);
      this.reset("unknown");
      return;
    }
    if (this.state !== "filling") {
      this.#whole = this.state === "free";
      this.image.clear();
      this.state = "filling";
      this.#falseCompletion = false;
    }
    this.image.add(at, length, bytes, start, end);
  }

  /** Tx Begin is written in a session; gives the packet where it is known whole. */
  begin(terms: Terms | undefined): WholePacket | "nothing" | "again" | undefined {
    const { state } = this;
    if (state === "free") {
      this.reset("unknown");
      return "nothing";
    }
    this.#unanswered++;
    if (state === "outstanding" || (state === "unknown" && this.#unanswered > 1)) {
      this.reset("unknown");
      return "again";
    }
    this.state = "outstanding";
    if (state === "unknown" || !this.#whole || terms === undefined) return undefined;
    this.#context.docket.keep(this.#side, PLACE["LPC-BUF-7"]);
    return judgePacket(this.#context, this.#side, terms, this.image);
  }

  /** Rx Complete is read. False where it answers nothing. */
  completed(): boolean {
    if (this.state === "outstanding" || this.state === "unknown") {
      if (this.#unanswered > 0) this.#unanswered--;
      this.reset(this.#unanswered > 0 ? "unknown" : "free");
      return true;
    }
    // It may answer a packet that the side has written over.
    if (this.state === "filling" && !this.#whole) {
      if (this.#unanswered > 0) this.#unanswered--;
      return true;
    }
    this.#falseCompletion = true;
    return false;
  }

  #breakOwnership(seen: string, terms: Terms, at: number): void {
    this.#context.docket.break(this.#side, "LPC-BUF-7", "wire", {
      seen,
      expected: "the buffer is left alone until Rx Complete is read or the session ends",
      offset: terms.layout[sentBy(this.#side)].offset + at,
    });
  }
}
