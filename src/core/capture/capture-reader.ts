/**
 * Reads captures as their bytes come: pcap, in either byte order and with times in micro- or nanoseconds, and pcapng, whose
 * sections may each have another byte order. Memory is bounded by the longest block. A damaged capture is refused where the
 * damage is; what came before has been given.
 */
import { ok, reject, type Result } from "../wire/result.ts";
import { interfaceOf, type CaptureInterfaceInfo } from "./interface-options.ts";

export interface CapturedFrame {
  readonly linkType: number;
  /** The number of the interface in its section, from 0; of pcap always 0. */
  readonly interface: number;
  /** As the interface is described; undefined where it has no name. */
  readonly interfaceName: string | undefined;
  /** Since whatever the capture counts from; undefined where the record has no time. */
  readonly nanoseconds: bigint | undefined;
  /** As many as were captured; valid until more bytes are pushed. */
  readonly bytes: Uint8Array;
  readonly originalBytes: number;
}

export type CaptureReject =
  | "notACapture"
  | "badBlockLength"
  | "blockTooLong"
  | "badPacket"
  | "unknownInterface"
  | "cutAtEnd"
  | "tooManyInterfaces";

export const CAPTURE_REJECT_TEXT: Readonly<Record<CaptureReject, string>> = {
  notACapture: "this is neither a pcap nor a pcapng capture",
  badBlockLength: "the length of a block is wrong",
  blockTooLong: "a block or packet is longer than this program reads",
  badPacket: "a packet is longer than its block",
  unknownInterface: "a packet names an interface that was not described",
  cutAtEnd: "the capture ends in the middle of a packet",
  tooManyInterfaces: "a section has more interfaces than this program reads",
};

/** Magic numbers of pcap files, as their first four bytes read in the byte order that they tell. */
const PCAP_MICROSECONDS = 0xa1b2_c3d4;
const PCAP_NANOSECONDS = 0xa1b2_3c4d;
const PCAP_MAGICS: readonly number[] = [PCAP_MICROSECONDS, PCAP_NANOSECONDS];
const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const NANOSECONDS_PER_MICROSECOND = 1000n;
const PCAPNG_MAGIC = 0x0a0d_0d0a;
const PCAP_HEADER_BYTES = 24;
const PCAP_RECORD_BYTES = 16;
/** Of the link type; the others tell of a frame check sequence. */
const LINK_TYPE_MASK = 0x0fff_ffff;

const Block = { INTERFACE: 1, OBSOLETE_PACKET: 2, SIMPLE_PACKET: 3, ENHANCED_PACKET: 6 } as const;
const BYTE_ORDER = 0x1a2b_3c4d;
const BLOCK_HEAD_BYTES = 8;
const LEAST_BLOCK_BYTES = 12;
const LEAST_SECTION_BYTES = 28;
/** Of a packet's block beside its bytes, options included. */
const BLOCK_OVERHEAD_BYTES = 256 * 1024;
const MOST_INTERFACES = 4096;
/** Where the bytes of a packet with a time begin in its block. */
const PACKET_DATA_AT = 20;

/** The first bytes of a file: whether it is a capture. */
export function isCapture(start: Uint8Array): boolean {
  return start.length >= 4 && kindOf(start) !== undefined;
}

type Kind = "pcap" | "pcapng";

function kindOf(start: Uint8Array): { readonly kind: Kind; readonly isLittle: boolean } | undefined {
  const view = viewOf(start);
  if (view.getUint32(0) === PCAPNG_MAGIC) return { kind: "pcapng", isLittle: true };
  for (const isLittle of [true, false]) {
    if (PCAP_MAGICS.includes(view.getUint32(0, isLittle))) return { kind: "pcap", isLittle };
  }
  return undefined;
}

export class CaptureReader {
  readonly #longest: number;
  #rest: Uint8Array = new Uint8Array(0);
  #kind: Kind | undefined;
  #isLittle = true;
  /** Of pcap: its only interface, and nanoseconds of a fraction's unit. */
  #linkType = 0;
  #fraction = NANOSECONDS_PER_MICROSECOND;
  #damage: CaptureReject | undefined;
  /** The section's interfaces. */
  #interfaces: CaptureInterfaceInfo[] = [];

  /** `longest`: bytes of the longest packet that is read. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Link types of the interfaces that were described so far in the section. */
  get linkTypes(): readonly number[] {
    return this.#kind === "pcap" ? [this.#linkType] : this.#interfaces.map(({ linkType }) => linkType);
  }

  /**
   * The frames that are whole with these bytes. Damage is told by the call behind that which gave the frames before it; then
   * the reader is of no use any more.
   */
  push(bytes: Uint8Array): Result<readonly CapturedFrame[], CaptureReject> {
    if (this.#damage !== undefined) return reject(this.#damage);
    this.#rest = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes);
    const frames: CapturedFrame[] = [];
    let at = 0;
    for (;;) {
      const taken = this.#next(this.#rest.subarray(at), frames);
      if (!taken.ok) {
        this.#damage = taken.reject;
        if (frames.length === 0) return taken;
        break;
      }
      if (taken.value === 0) break;
      at += taken.value;
    }
    this.#rest = this.#rest.slice(at);
    return ok(frames);
  }

  /** At the end of the bytes. */
  end(): Result<undefined, CaptureReject> {
    if (this.#damage !== undefined) return reject(this.#damage);
    if (this.#kind === undefined) return reject(isCapture(this.#rest) ? "cutAtEnd" : "notACapture");
    return this.#rest.length === 0 ? ok(undefined) : reject("cutAtEnd");
  }

  /** How many bytes were taken; 0 where more are needed. */
  #next(bytes: Uint8Array, frames: CapturedFrame[]): Result<number, CaptureReject> {
    if (this.#kind === undefined) return this.#fileHead(bytes);
    return this.#kind === "pcap" ? this.#record(bytes, frames) : this.#block(bytes, frames);
  }

  #fileHead(bytes: Uint8Array): Result<number, CaptureReject> {
    if (bytes.length < 4) return ok(0);
    const found = kindOf(bytes);
    if (found === undefined) return reject("notACapture");
    if (found.kind === "pcapng") {
      this.#kind = "pcapng";
      return this.#block(bytes, []);
    }
    if (bytes.length < PCAP_HEADER_BYTES) return ok(0);
    this.#kind = "pcap";
    this.#isLittle = found.isLittle;
    const view = viewOf(bytes);
    this.#linkType = view.getUint32(20, found.isLittle) & LINK_TYPE_MASK;
    if (view.getUint32(0, found.isLittle) === PCAP_NANOSECONDS) this.#fraction = 1n;
    return ok(PCAP_HEADER_BYTES);
  }

  #record(bytes: Uint8Array, frames: CapturedFrame[]): Result<number, CaptureReject> {
    if (bytes.length < PCAP_RECORD_BYTES) return ok(0);
    const view = viewOf(bytes);
    const captured = view.getUint32(8, this.#isLittle);
    if (captured > this.#longest) return reject("blockTooLong");
    const end = PCAP_RECORD_BYTES + captured;
    if (bytes.length < end) return ok(0);
    const seconds = BigInt(view.getUint32(0, this.#isLittle));
    const fraction = BigInt(view.getUint32(4, this.#isLittle));
    frames.push({
      linkType: this.#linkType,
      interface: 0,
      interfaceName: undefined,
      nanoseconds: seconds * NANOSECONDS_PER_SECOND + fraction * this.#fraction,
      bytes: bytes.subarray(PCAP_RECORD_BYTES, end),
      originalBytes: view.getUint32(12, this.#isLittle),
    });
    return ok(end);
  }

  #block(bytes: Uint8Array, frames: CapturedFrame[]): Result<number, CaptureReject> {
    if (bytes.length < LEAST_BLOCK_BYTES) return ok(0);
    const view = viewOf(bytes);
    const isSection = view.getUint32(0) === PCAPNG_MAGIC;
    if (isSection) {
      const order = view.getUint32(BLOCK_HEAD_BYTES, true);
      if (order !== BYTE_ORDER && view.getUint32(BLOCK_HEAD_BYTES) !== BYTE_ORDER) return reject("notACapture");
      this.#isLittle = order === BYTE_ORDER;
      this.#interfaces = [];
    }
    const length = view.getUint32(4, this.#isLittle);
    if (length % 4 !== 0 || length < (isSection ? LEAST_SECTION_BYTES : LEAST_BLOCK_BYTES)) {
      return reject("badBlockLength");
    }
    if (length > this.#longest + BLOCK_OVERHEAD_BYTES) return reject("blockTooLong");
    if (bytes.length < length) return ok(0);
    if (view.getUint32(length - 4, this.#isLittle) !== length) return reject("badBlockLength");
    if (isSection) return ok(length);
    const wrong = this.#content(
      view.getUint32(0, this.#isLittle),
      bytes.subarray(BLOCK_HEAD_BYTES, length - 4),
      frames,
    );
    return wrong === undefined ? ok(length) : reject(wrong);
  }

  /** Blocks of other types say nothing of packets. */
  #content(type: number, body: Uint8Array, frames: CapturedFrame[]): CaptureReject | undefined {
    switch (type) {
      case Block.INTERFACE:
        if (body.length < 8) return "badBlockLength";
        if (this.#interfaces.length >= MOST_INTERFACES) return "tooManyInterfaces";
        this.#interfaces.push(interfaceOf(body, this.#isLittle));
        return undefined;
      case Block.ENHANCED_PACKET:
        return this.#packet(body, 4, frames);
      case Block.OBSOLETE_PACKET:
        return this.#packet(body, 2, frames);
      case Block.SIMPLE_PACKET:
        return this.#simplePacket(body, frames);
      default:
        return undefined;
    }
  }

  /** A packet with a time; `interfaceBytes`: of the number of its interface. */
  #packet(body: Uint8Array, interfaceBytes: 2 | 4, frames: CapturedFrame[]): CaptureReject | undefined {
    if (body.length < PACKET_DATA_AT) return "badPacket";
    const view = viewOf(body);
    const number = interfaceBytes === 2 ? view.getUint16(0, this.#isLittle) : view.getUint32(0, this.#isLittle);
    const from = this.#interfaces[number];
    if (from === undefined) return "unknownInterface";
    const captured = view.getUint32(12, this.#isLittle);
    if (captured > body.length - PACKET_DATA_AT) return "badPacket";
    if (captured > this.#longest) return "blockTooLong";
    const high = BigInt(view.getUint32(4, this.#isLittle));
    const low = BigInt(view.getUint32(8, this.#isLittle));
    frames.push({
      linkType: from.linkType,
      interface: number,
      interfaceName: from.name,
      nanoseconds: from.nanoseconds((high << 32n) | low),
      bytes: body.subarray(PACKET_DATA_AT, PACKET_DATA_AT + captured),
      originalBytes: view.getUint32(16, this.#isLittle),
    });
    return undefined;
  }

  /** It has no length of its own: as much as was captured is there, and up to three zeros behind it. */
  #simplePacket(body: Uint8Array, frames: CapturedFrame[]): CaptureReject | undefined {
    if (body.length < 4) return "badPacket";
    const from = this.#interfaces[0];
    if (from === undefined) return "unknownInterface";
    const originalBytes = viewOf(body).getUint32(0, this.#isLittle);
    const captured = Math.min(originalBytes, body.length - 4);
    if (captured > this.#longest) return "blockTooLong";
    const { linkType, name: interfaceName } = from;
    const bytes = body.subarray(4, 4 + captured);
    frames.push({ linkType, interface: 0, interfaceName, nanoseconds: undefined, bytes, originalBytes });
    return undefined;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(one.length + other.length);
  bytes.set(one);
  bytes.set(other, one.length);
  return bytes;
}
