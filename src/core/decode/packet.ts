/** Field tables of what carries messages: the MCTP packet (DSP0236 8.1) and this binding's packet buffer (LPC-BUF-1). */
import { PACKET_HEADER_BYTES } from "../wire/packet-parts.ts";
import { crc32 } from "../wire/crc.ts";
import { BASELINE_UNIT, HEADER_VERSION } from "../mctp/packet.ts";
import { BROADCAST_EID } from "../mctp/message.ts";
import { decodeMessage } from "./message.ts";
import { eidField, eidMeaning, judgeEid } from "../mctp/control/fields.ts";
import { countText, readTable, type DecodedField } from "./read.ts";
import { bits, bytesOf, choose, reserved, u32, u8, unusual, wrong, type Field } from "../wire/field-table.ts";

const PACKET_HEADER: readonly Field[] = [
  u8("header version byte", {
    reference: "DSP0236 8.1",
    bitFields: [
      reserved(4, 4),
      {
        name: "header version",
        shift: 0,
        bits: 4,
        judge: (value) =>
          value === HEADER_VERSION ? undefined : wrong("not version 1: the packet is dropped (LPC-MCTP-1)"),
      },
    ],
  }),
  eidField("destination EID", { reference: "DSP0236 8.2" }),
  u8("source EID", {
    reference: "DSP0236 8.2",
    meaning: eidMeaning,
    judge: (value) =>
      value === BROADCAST_EID ? wrong("the broadcast EID is no source: the packet is dropped") : judgeEid(value),
  }),
  u8("flags", {
    reference: "DSP0236 8.1",
    bitFields: [
      bits("SOM", 7, 1, ["", "first packet of a message"]),
      bits("EOM", 6, 1, ["", "last packet of a message"]),
      bits("sequence", 4, 2),
      bits("TO", 3, 1, ["tag of the other end: a response", "own tag: a request, or a message without response"]),
      bits("tag", 0, 3),
    ],
  }),
];

/** A packet as the assembly takes it: header, and where its payload lies. */
export interface DecodedPacket {
  readonly fields: readonly DecodedField[];
  /** Offset of the payload in the bytes given; undefined when no header was whole, or nothing follows it. */
  readonly payloadAt: number | undefined;
  readonly isWholeMessage: boolean;
  readonly begins: boolean;
  readonly tagOwner: boolean;
}

/** Reads the header and says what the payload is; `base` is added to every offset. */
export function decodePacket(bytes: Uint8Array, base = 0): DecodedPacket {
  const headerEnd = Math.min(bytes.length, PACKET_HEADER_BYTES);
  const { fields, values } = readTable(PACKET_HEADER, bytes, { end: headerEnd, base });
  const begins = values.get("SOM") === 1;
  const ends = values.get("EOM") === 1;
  const header: DecodedField = { name: "MCTP packet header", offset: base, length: headerEnd, fields };
  const shared = { begins, isWholeMessage: begins && ends, tagOwner: values.get("TO") === 1 };
  const payload = bytes.subarray(headerEnd);
  if (payload.length === 0) {
    if (headerEnd < PACKET_HEADER_BYTES) return { ...shared, fields: [header], payloadAt: undefined };
    const finding = wrong("no payload: a packet carries at least one byte and is dropped without");
    const empty = { name: "payload", offset: base + headerEnd, length: 0, finding };
    return { ...shared, fields: [header, empty], payloadAt: undefined };
  }
  return { ...shared, fields: [header, payloadField(payload, base + headerEnd, shared, ends)], payloadAt: headerEnd };
}

function payloadField(
  payload: Uint8Array,
  offset: number,
  { begins, isWholeMessage, tagOwner }: Pick<DecodedPacket, "begins" | "isWholeMessage" | "tagOwner">,
  ends: boolean,
): DecodedField {
  const { length } = payload;
  if (isWholeMessage) {
    const { title, fields } = decodeMessage(payload, offset, tagOwner);
    return { name: "message", offset, length, meaning: title, fields };
  }
  const place = begins ? "first" : ends ? "last" : "middle";
  const [field] = readTable([bytesOf(`${place} part of a message`, "rest")], payload, { base: offset }).fields;
  const tooShort = !ends && length < BASELINE_UNIT;
  const least = `${countText(length)}: a sender puts ${String(BASELINE_UNIT)} or more into all packets but the last (LPC-MCTP-18)`;
  return { ...field!, finding: tooShort ? wrong(least) : undefined };
}

/* ---- The packet buffer of this binding ---- */

const LENGTH_BYTES = 4;
const TRAILER_BYTES = 4;

const LENGTH_THEN_REST: readonly Field[] = [
  u32("length", {
    reference: "LPC-BUF-1",
    meaning: (value) => `${countText(value)} of MCTP packet`,
    judge: (value, { left }) => {
      if (value < PACKET_HEADER_BYTES) return wrong("below 4: the packet is dropped unread (LPC-BUF-4)");
      return value > left
        ? wrong(`only ${countText(left)} follow: cut short, or above the MTU (LPC-BUF-4)`)
        : undefined;
    },
  }),
  bytesOf("rest", "rest"),
];

/** Behind a packet of `length` bytes; the length field is not part of what the CRC-32 covers. */
function trailer(length: number): readonly Field[] {
  return [
    choose(({ left }) =>
      left < TRAILER_BYTES
        ? [bytesOf("CRC-32", "rest", { judge: () => wrong("cut short: a CRC-32 has four bytes (LPC-BUF-3)") })]
        : [
            u32("CRC-32", {
              show: "hex",
              reference: "LPC-BUF-3",
              judge: (value, { bytes }) => {
                const sum = crc32(bytes(0, length));
                if (sum === value) return undefined;
                return wrong(`that of the packet is 0x${sum.toString(16).padStart(8, "0")}: dropped (LPC-BUF-5)`);
              },
            }),
          ],
    ),
    choose(({ left }) =>
      left === 0
        ? []
        : [bytesOf("behind the packet", "rest", { judge: () => unusual("left from an earlier, longer packet") })],
    ),
  ];
}

interface DecodedBuffer {
  readonly fields: readonly DecodedField[];
  readonly packet: DecodedPacket;
  /** Where the packet is in the bytes given, as far as it is there. */
  readonly packetStart: number;
  readonly packetEnd: number;
}

/** Reads length, packet and trailer. Where nothing follows the packet it is one of version 1 or 2. */
export function decodeBuffer(bytes: Uint8Array): DecodedBuffer {
  const head = readTable(LENGTH_THEN_REST, bytes);
  const length = head.values.get("length") ?? 0;
  const packetStart = Math.min(bytes.length, LENGTH_BYTES);
  const packetEnd = Math.min(bytes.length, packetStart + length);
  const packet = decodePacket(bytes.subarray(packetStart, packetEnd), packetStart);
  const [lengthField] = head.fields;
  // Dropped unread: what lies behind the length is no packet.
  const isTooShort = length < PACKET_HEADER_BYTES;
  const isWhole = packetEnd - packetStart === length;
  const fields = isTooShort
    ? readTable([bytesOf("not explained", "rest")], bytes, { start: packetStart }).fields
    : [
        ...(packetEnd > packetStart ? packet.fields : []),
        ...(isWhole ? trailerFields(bytes.subarray(packetStart), packetStart, length) : []),
      ];
  return {
    fields: [lengthField!, ...fields],
    packet: isTooShort ? { ...packet, payloadAt: undefined } : packet,
    packetStart,
    packetEnd,
  };
}

function trailerFields(bytes: Uint8Array, base: number, length: number): readonly DecodedField[] {
  if (bytes.length === length) {
    const meaning = "none: a packet of protocol version 1 or 2";
    return [{ name: "trailer", offset: base + length, length: 0, meaning, reference: "LPC-BUF-3" }];
  }
  const [, ...fields] = readTable([bytesOf("packet", length), ...trailer(length)], bytes, { base }).fields;
  return fields;
}
