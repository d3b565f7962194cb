/** Records of the bus in a capture read again: rows, the head of the trace, findings. Takes any bytes, never throws. */
import type { RoleName } from "../binding/side.ts";
import { traceTime, type LifeEvent, type TraceEntry, type TraceSide, type TraceTime } from "../trace/format.ts";
import { readHead, type TraceHead } from "../trace/head.ts";
import { parseObject } from "../trace/json-line.ts";
import { readU32be, toHex } from "../wire/bytes.ts";
import { ok, reject, type Result } from "../wire/result.ts";
import { decodeUtf8 } from "../wire/utf8.ts";
import {
  BUS_RECORD_VERSION,
  BUS_SIDES,
  BusField,
  BusOperation,
  BusPlace,
  LIFE_OPERATION,
  LONGEST_HEAD_BYTES,
  LONGEST_STEP_BYTES,
} from "./bus-record.ts";
import { decodeFindingValue, type CapturedFinding } from "./finding-record.ts";

/** `other`: a record of a kind that this program does not know. */
export type BusItem =
  | { readonly kind: "row"; readonly row: TraceEntry }
  | { readonly kind: "head"; readonly head: TraceHead }
  | { readonly kind: "finding"; readonly finding: CapturedFinding }
  | { readonly kind: "other" };

export type BusRecordReject = "notARecord" | "unknownVersion" | "cut" | "badHead" | "badFinding" | "badAccess";

export const BUS_RECORD_REJECT_TEXT: Readonly<Record<BusRecordReject, string>> = {
  notARecord: "a packet of link type USER0 is no record of a bus: this program reads those of mctp-lpc (Annex G.8)",
  unknownVersion: `a record of the bus has a version that this program does not know: it reads version ${String(BUS_RECORD_VERSION)}; use the mctp-lpc that wrote the capture, or a newer one`,
  cut: "a record of the bus was cut short, as a snapshot length does it: give the capture as it was written",
  badHead: "the head of the trace in it is damaged, or of a version that this program does not know",
  badFinding: "a finding in it is damaged",
  badAccess: "a record of the bus is no access: side, operation, place or length is none",
};

const LIVES = new Map<number, LifeEvent>(
  (Object.keys(LIFE_OPERATION) as LifeEvent[]).map((event) => [LIFE_OPERATION[event], event]),
);
/** First bytes from here on are of other programs: the version of IP, for instance. */
const OTHER_PROGRAMS = 16;
const REGISTERS = ["STR", "IDR", "ODR"] as const;

interface Fields {
  readonly side: TraceSide;
  readonly operation: number;
  readonly place: number;
  readonly offset: number;
  readonly length: number;
  readonly head: { readonly n: number; readonly t?: TraceTime; readonly step?: string };
  readonly value: Uint8Array;
  /** Bytes of the record that the capture has not. */
  readonly missing: number;
}

/** `nanoseconds`: of the record; 0 and undefined say that its row has none. */
export function decodeBusRecord(
  bytes: Uint8Array,
  originalBytes: number,
  nanoseconds: bigint | undefined,
): Result<BusItem, BusRecordReject> {
  const isCut = bytes.length < originalBytes;
  if (bytes.length < BusField.STEP) return reject(isCut && bytes[0] === BUS_RECORD_VERSION ? "cut" : "notARecord");
  const version = bytes[BusField.VERSION]!;
  const side = BUS_SIDES[bytes[BusField.SIDE]!];
  const stepBytes = bytes[BusField.STEP_BYTES]!;
  const valueAt = BusField.STEP + stepBytes;
  if (version !== BUS_RECORD_VERSION) {
    return reject(version > BUS_RECORD_VERSION && version < OTHER_PROGRAMS ? "unknownVersion" : "notARecord");
  }
  if (side === undefined || stepBytes > LONGEST_STEP_BYTES) return reject("notARecord");
  if (valueAt > bytes.length) return reject(isCut ? "cut" : "notARecord");
  const step = asciiOf(bytes.subarray(BusField.STEP, valueAt));
  if (step === undefined) return reject("notARecord");
  return decodeFields({
    side,
    operation: bytes[BusField.OPERATION]!,
    place: bytes[BusField.PLACE]!,
    offset: readU32be(bytes, BusField.OFFSET),
    length: readU32be(bytes, BusField.LENGTH),
    head: {
      n: readU32be(bytes, BusField.ROW),
      ...(nanoseconds === undefined || nanoseconds === 0n ? {} : { t: traceTime(nanoseconds) }),
      ...(step === "" ? {} : { step }),
    },
    value: bytes.subarray(valueAt),
    missing: Math.max(0, originalBytes - bytes.length),
  });
}

function decodeFields(fields: Fields): Result<BusItem, BusRecordReject> {
  const { side, operation, missing } = fields;
  switch (operation) {
    case BusOperation.READ:
    case BusOperation.WRITE:
      return decodeAccess(fields);
    case BusOperation.STARTED:
    case BusOperation.STOP_ASKED:
    case BusOperation.ENDED: {
      const event = LIVES.get(operation);
      if (event === undefined || side === "lab") return reject("badAccess");
      return ok({ kind: "row", row: { ...fields.head, side, op: "life", event } });
    }
    case BusOperation.HEAD:
      return missing > 0 ? reject("cut") : decodeHead(fields.value);
    case BusOperation.FINDING:
      return missing > 0 ? reject("cut") : decodeFinding(fields);
    default:
      return ok({ kind: "other" });
  }
}

function decodeAccess({
  side,
  operation,
  place,
  offset,
  length,
  head,
  value,
  missing,
}: Fields): Result<BusItem, BusRecordReject> {
  const isRead = operation === BusOperation.READ;
  if (side === "lab" && isRead) return reject("badAccess");
  if (place === BusPlace.WINDOW) {
    if (value.length > length) return reject("badAccess");
    const op = side === "lab" ? "poke" : isRead ? "lpc_read" : "lpc_write";
    const cut = value.length < length ? { cut: true as const } : {};
    return ok({ kind: "row", row: { ...head, side, op, offset, len: length, value: toHex(value), ...cut } });
  }
  const reg = REGISTERS.find((name) => BusPlace[name] === place);
  if (reg === undefined) return reject("badAccess");
  if (value.length !== 1) return reject(missing > 0 ? "cut" : "badAccess");
  const op = side === "lab" ? "poke" : isRead ? "kcs_read" : "kcs_write";
  return ok({ kind: "row", row: { ...head, side, op, reg, value: toHex(value) } });
}

function decodeHead(value: Uint8Array): Result<BusItem, BusRecordReject> {
  if (value.length > LONGEST_HEAD_BYTES) return reject("badHead");
  const fields = parseObject(decodeUtf8(value));
  if (typeof fields === "string") return reject("badHead");
  const head = readHead(fields);
  return "reason" in head ? reject("badHead") : ok({ kind: "head", head });
}

function decodeFinding({ side, place, offset, length, head, value }: Fields): Result<BusItem, BusRecordReject> {
  if (side === "lab") return reject("badFinding");
  const broken: RoleName = side;
  const about = { side: broken, row: head.n, step: head.step, offset: place === BusPlace.WINDOW ? offset : undefined };
  const finding = decodeFindingValue(about, length, value);
  return finding.ok ? ok({ kind: "finding", finding: finding.value }) : finding;
}

/** Undefined for what is no printable ASCII. */
function asciiOf(bytes: Uint8Array): string | undefined {
  if (bytes.some((byte) => byte < 0x20 || byte >= 0x7f)) return undefined;
  return String.fromCharCode(...bytes);
}
