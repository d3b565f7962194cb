/**
 * The drawings of registers, fields and buffers, made of the tables beside the constants that the program uses. No
 * offset and no bit number is written here.
 */
import { BMC_DEFAULTS } from "../../../bmc/role/state.ts";
import {
  CONTROL_FIELDS,
  CONTROL_FIELDS_BYTES,
  CONTROL_REGION_BYTES,
  MAGIC,
  encodeU32,
  type ControlField,
} from "../../../src/core/binding/control-region.ts";
import { BTU, largestMtu, offeredLayout, overheadBytes } from "../../../src/core/binding/layout.ts";
import { KEEP_OBF, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import {
  NEWEST_VERSION,
  OLDEST_VERSION,
  framingOf,
  isVersion,
  type Version,
} from "../../../src/core/binding/versions.ts";
import { INTEGRITY_CHECK_MASK, MESSAGE_TYPE_MASK } from "../../../src/core/mctp/message.ts";
import { HEADER_BYTES, HEADER_FIELDS, HEADER_VERSION } from "../../../src/core/mctp/packet.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";
import type { Artefact } from "../artefact.ts";
import { boardPageDrawing, boardWordDrawing } from "./board-fields.ts";
import { fieldDrawing, type FieldCell, type FieldDrawing, type FieldRow, type Owner } from "./field-drawing.ts";
import { BITS_OF_A_BYTE, BIT_RULER, hex, statusCells, statusRow } from "./status-cells.ts";

export function fieldFigures(): readonly Artefact[] {
  const drawings: Readonly<Record<string, FieldDrawing>> = {
    "status-register": statusRegister(),
    "control-region": controlRegion(),
    "packet-buffer": packetBuffer(),
    "mctp-header": mctpHeader(),
    "window-map": windowMap(),
    "virtual-board-page": boardPageDrawing(),
    "board-word": boardWordDrawing(),
  };
  return Object.entries(drawings).map(([name, drawing]) => ({
    path: `spec/figures/${name}.svg`,
    text: fieldDrawing(drawing),
  }));
}

/* ---- Status register ---- */

function statusRegister(): FieldDrawing {
  const values: readonly (readonly [value: number, meaning: string])[] = [
    [KEEP_OBF, "down"],
    [Status.BMC_ACTIVE | KEEP_OBF, "active, no session"],
    [SESSION_BITS | KEEP_OBF, "session"],
  ];
  return {
    title: "The status register STR",
    description:
      "Eight bits. The BMC writes bit 7, BMC Active, and bit 6, Channel Active. Hardware sets and clears bit 3, C/D, bit 1, IBF, and bit 0, OBF. Bits 5, 4 and 2 are reserved and 0. Below, the three values that the BMC writes.",
    rows: [
      { label: "STR", units: BITS_OF_A_BYTE, height: 62, ruler: BIT_RULER, cells: statusCells() },
      ...values.map(([value, meaning], index) => ({
        label: hex(value, 2),
        heading: `${index === 0 ? "The BMC writes: " : ""}${meaning}`,
        units: BITS_OF_A_BYTE,
        height: 24,
        gap: index === 0 ? 12 : 7,
        cells: statusRow((_bit, mask) => ({ name: (value & mask) === 0 ? "0" : "1", owner: "neutral" })),
      })),
    ],
    legend: [
      ["bmc", "the BMC writes it"],
      ["hardware", "hardware sets and clears it"],
      ["none", "reserved, written as 0"],
    ],
    notes: ["A write leaves C/D and IBF as they are; bit 0 written as 1 leaves OBF, too."],
  };
}

/* ---- Control region ---- */

const WORD_BYTES = 4;

function controlRegion(): FieldDrawing {
  const cell = (field: ControlField): FieldCell => {
    const from = field.offset % WORD_BYTES;
    const magic = field.bytes === WORD_BYTES && field.offset === 0 ? { detail: magicText() } : {};
    return { from, to: from + field.bytes, name: field.name, isWireName: true, owner: field.writer, ...magic };
  };
  const rows = Array.from({ length: CONTROL_FIELDS_BYTES / WORD_BYTES }, (_, index): FieldRow => {
    const start = index * WORD_BYTES;
    const fields = CONTROL_FIELDS.filter(({ offset }) => offset >= start && offset < start + WORD_BYTES);
    const ruler = Array.from({ length: WORD_BYTES }, (_byte, at) => ({ at: at + 0.5, text: `+${String(at)}` }));
    return {
      label: hex(start, 2),
      units: WORD_BYTES,
      height: 40,
      cells: fields.map(cell),
      ...(index === 0 ? { ruler } : {}),
    };
  });
  const reserved = CONTROL_REGION_BYTES - CONTROL_FIELDS_BYTES;
  return {
    title: "The control region",
    description: `The first ${String(CONTROL_REGION_BYTES)} bytes of the window, four bytes a row, integers big-endian: ${CONTROL_FIELDS.map(
      ({ name, offset, bytes, writer }) =>
        `${name} at ${hex(offset, 2)}, ${String(bytes)} bytes, written by ${writer === "both" ? "host and BMC" : writerName(writer)}`,
    ).join("; ")}. The rest is reserved.`,
    rows: [
      ...rows,
      {
        label: hex(CONTROL_FIELDS_BYTES, 2),
        units: WORD_BYTES,
        height: 40,
        cells: [{ from: 0, to: WORD_BYTES, name: `reserved, ${String(reserved)} bytes`, owner: "none", isCut: true }],
      },
    ],
    endLabel: hex(CONTROL_REGION_BYTES, 2),
    legend: [
      ["bmc", "written by the BMC"],
      ["host", "by the host; zeroed by the BMC at its start"],
      ["both", "by both in turn"],
      ["none", "by neither side"],
    ],
  };
}

function writerName(writer: "host" | "bmc"): string {
  return writer === "bmc" ? "the BMC" : "the host, zeroed by the BMC at its start";
}

/** "4d 43 54 50, MCTP". */
function magicText(): string {
  const bytes = encodeU32(MAGIC);
  return `${toHex(bytes).replace(/..(?=.)/g, "$& ")}, "${String.fromCharCode(...bytes)}"`;
}

/* ---- Packet buffer ---- */

/** Widths, not sizes: a payload is longer than it is drawn. */
const SHARES = { length: 4, header: 5, payload: 9, trailer: 4 } as const;

function packetBuffer(): FieldDrawing {
  const versions = Array.from({ length: NEWEST_VERSION }, (_, index) => OLDEST_VERSION + index).filter(isVersion);
  const trailers = [...new Set(versions.map((version) => framingOf(version).trailerBytes))];
  const rows = trailers.map((bytes, index) =>
    packetRow(
      versions.filter((version) => framingOf(version).trailerBytes === bytes),
      index === 0 ? 0 : 14,
    ),
  );
  return {
    title: "A packet in its buffer",
    description:
      "From the first byte of the buffer on: a length of 4 bytes, the MCTP header of 4 bytes, the payload; in version 3 a CRC-32 of 4 bytes follows. The length counts header and payload, and the CRC-32 covers the same bytes. Integers are big-endian.",
    rows,
    legend: [],
  };
}

function packetRow(versions: readonly Version[], gap: number): FieldRow {
  const [first = NEWEST_VERSION] = versions;
  const { lengthBytes, trailerBytes } = framingOf(first);
  const payloadAt = lengthBytes + HEADER_BYTES;
  const header = SHARES.length;
  const payload = header + SHARES.header;
  const trailer = payload + SHARES.payload;
  const end = trailer + SHARES.trailer;
  const bufferEnd = trailerBytes === 0 ? trailer : end;
  const fixed = versions.filter((version) => framingOf(version).fixedMtu);
  const fixedText = fixed.map((version) => `; the MTU of version ${String(version)} is always ${String(BTU)}`).join("");
  return {
    heading: `version${versions.length > 1 ? "s" : ""} ${versions.map(String).join(" and ")}${fixedText}`,
    gap,
    units: end,
    height: 48,
    ruler: [
      { at: 0, text: "0" },
      { at: header, text: String(lengthBytes) },
      { at: payload, text: String(payloadAt) },
      { at: trailer, text: `${String(lengthBytes)} + length` },
    ],
    cells: [
      { from: 0, to: header, name: "length", detail: `${String(lengthBytes)} bytes`, owner: "neutral" },
      { from: header, to: payload, name: "MCTP header", detail: `${String(HEADER_BYTES)} bytes`, owner: "neutral" },
      { from: payload, to: trailer, name: "payload", detail: "up to the MTU", owner: "neutral", isCut: true },
      ...(trailerBytes === 0
        ? []
        : [
            {
              from: trailer,
              to: end,
              name: "CRC-32",
              detail: `${String(trailerBytes)} bytes`,
              owner: "neutral" as const,
            },
          ]),
    ],
    brackets: [
      {
        from: header,
        to: trailer,
        text: `counted by length${trailerBytes === 0 ? "" : ", covered by the CRC-32"}`,
      },
      { from: 0, to: bufferEnd, text: `the buffer's size: MTU + ${String(overheadBytes(first))}` },
    ],
  };
}

/* ---- MCTP header ---- */

function mctpHeader(): FieldDrawing {
  const byteRow = (byte: number): FieldRow => {
    // Byte 0 is the highest of the big-endian number.
    const low = (HEADER_BYTES - 1 - byte) * BITS_OF_A_BYTE;
    const fields = HEADER_FIELDS.filter(({ shift }) => shift >= low && shift < low + BITS_OF_A_BYTE);
    return {
      label: `byte ${String(byte)}`,
      units: BITS_OF_A_BYTE,
      height: 36,
      cells: fields.map(({ name, shift, bits }) => {
        const to = BITS_OF_A_BYTE - (shift - low);
        const version = name === "header version" ? { detail: `= ${String(HEADER_VERSION)}` } : {};
        return { from: to - bits, to, name, owner: name === "reserved" ? "none" : "neutral", ...version };
      }),
      ...(byte === 0 ? { ruler: BIT_RULER } : {}),
    };
  };
  return {
    title: "The MCTP header",
    description: `Four bytes, drawn a byte a row with bit 7 on the left: ${HEADER_FIELDS.map(
      ({ name, bits }) => `${name}, ${String(bits)} bit${bits === 1 ? "" : "s"}`,
    ).join(
      "; ",
    )}. The first byte of a message, which follows the header in the message's first packet, holds the integrity check bit and the message type.`,
    rows: [
      ...Array.from({ length: HEADER_BYTES }, (_, byte) => byteRow(byte)),
      {
        label: `byte ${String(HEADER_BYTES)}`,
        heading: "in the first packet of a message, where SOM is 1",
        gap: 10,
        units: BITS_OF_A_BYTE,
        height: 36,
        cells: [maskCell("IC", INTEGRITY_CHECK_MASK), maskCell("message type", MESSAGE_TYPE_MASK)],
      },
    ],
    legend: [],
    notes: [
      "SOM, EOM: first and last packet of a message. TO: the sender chose the tag.",
      "IC: an integrity check that the message type defines follows the message.",
    ],
  };
}

function maskCell(name: string, mask: number): FieldCell {
  const from = Math.clz32(mask) - 24;
  const low = 31 - Math.clz32(mask & -mask);
  return { from, to: BITS_OF_A_BYTE - low, name, owner: "neutral" };
}

/* ---- Window ---- */

function windowMap(): FieldDrawing {
  const { windowBytes } = BMC_DEFAULTS;
  const version = isVersion(BMC_DEFAULTS.versions.cur) ? BMC_DEFAULTS.versions.cur : NEWEST_VERSION;
  const mtu = largestMtu(version, windowBytes);
  const { bmcToHost, hostToBmc } = offeredLayout(version, mtu);
  const end = hostToBmc.offset + hostToBmc.size;
  const cell = (name: string, owner: Owner, detail?: string, isCut = false): FieldCell => ({
    from: 0,
    to: 1,
    name,
    owner,
    ...(detail === undefined ? {} : { detail }),
    isCut,
  });
  const buffer = ({ size }: { readonly size: number }, fields: string): string =>
    `${fields}: ${String(size)} bytes, MTU ${String(mtu)}`;
  const rows: readonly (readonly [offset: number, height: number, cell: FieldCell])[] = [
    [0, 30, cell(`control region, ${String(CONTROL_FIELDS_BYTES)} bytes of fields`, "both")],
    [CONTROL_FIELDS_BYTES, 30, cell("reserved", "none", undefined, true)],
    [bmcToHost.offset, 96, cell("bmcToHost buffer", "bmc", buffer(bmcToHost, "rx_offset, rx_size"), true)],
    [hostToBmc.offset, 96, cell("hostToBmc buffer", "host", buffer(hostToBmc, "tx_offset, tx_size"), true)],
    ...(end === windowBytes ? [] : [[end, 34, cell(`not used, ${String(windowBytes - end)} bytes`, "none")] as const]),
  ];
  return {
    title: "The window",
    description: `A window of ${String(windowBytes)} bytes as the BMC lays it out at its start, not to scale: the control region's fields from 0, reserved bytes from ${hex(CONTROL_FIELDS_BYTES, 2)}, the buffer from BMC to host at ${hex(bmcToHost.offset, 2)}, the buffer from host to BMC at ${hex(hostToBmc.offset, 2)}, each of ${String(bmcToHost.size)} bytes for an MTU of ${String(mtu)}; what is left from ${hex(end, 2)} on is not used.`,
    rows: rows.map(([offset, height, only]) => ({ label: hex(offset, 5), units: 1, height, cells: [only] })),
    endLabel: hex(windowBytes, 5),
    legend: [
      ["bmc", "the BMC sends in it"],
      ["host", "the host sends in it"],
      ["both", "each writes its fields"],
    ],
    notes: [
      `The offer of a BMC of versions ${String(BMC_DEFAULTS.versions.min)} to ${String(version)} without a limit of its own.`,
      "Not to scale.",
    ],
  };
}
