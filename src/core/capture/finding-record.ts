/**
 * A finding of the judge as a record of the bus (bus-record.ts): who broke which requirement, at which row, what was seen
 * and what was expected. Its place is the window where it is about bytes of it, `offset` and `length` say which, and none
 * elsewhere. Specification: Annex G.8.
 *
 * | bytes of the value | field                                                                               |
 * | ------------------ | ----------------------------------------------------------------------------------- |
 * | 1                  | kind: 0 a rule that binds every peer (wire), 1 a rule of this document (draft)       |
 * | 2, then so many    | the requirement, UTF-8                                                              |
 * | 2, then so many    | what was seen                                                                       |
 * | 2, then so many    | what was expected                                                                   |
 * | 2, then so many    | a guess at the mistake; 0 where there is none                                       |
 * |                    | the bytes concerned, as many as `length` says                                       |
 */
import type { RoleName } from "../binding/side.ts";
import type { Finding, FindingKind } from "../judge/finding.ts";
import { readU16be, writeU16be } from "../wire/bytes.ts";
import { ok, reject, type Result } from "../wire/result.ts";
import { decodeUtf8, encodeUtf8 } from "../wire/utf8.ts";
import { BusOperation, BusPlace, encodeRecord, type BusRecord } from "./bus-record.ts";

export const FINDING_KINDS: readonly FindingKind[] = ["wire", "draft"];
/** Bytes of each text; longer ones are cut. */
export const LONGEST_FINDING_TEXT = 1024;
const LENGTH_BYTES = 2;
const TEXTS = 4;

/** What a capture has of a finding. */
export interface CapturedFinding {
  readonly requirement: string;
  readonly side: RoleName;
  readonly kind: FindingKind;
  /** The number of the row, modulo 2^32. */
  readonly row: number;
  readonly step: string | undefined;
  readonly seen: string;
  readonly expected: string;
  readonly guess: string | undefined;
  /** Where in the window the bytes lie; undefined where it is about none. */
  readonly offset: number | undefined;
  readonly bytes: Uint8Array;
}

/** `row`: the number of the row that the finding is about. */
export function encodeFindingRecord(finding: Finding, row: number): BusRecord {
  const { side, kind, step, requirement, seen, expected, cause, offset } = finding;
  const concerned = finding.bytes ?? new Uint8Array(0);
  const texts = [requirement, seen, expected, cause?.text ?? ""].map((text) => encodeUtf8(text, LONGEST_FINDING_TEXT));
  const value = new Uint8Array(texts.reduce((sum, text) => sum + LENGTH_BYTES + text.length, 1) + concerned.length);
  value[0] = FINDING_KINDS.indexOf(kind);
  let at = 1;
  for (const text of texts) {
    writeU16be(value, at, text.length);
    value.set(text, at + LENGTH_BYTES);
    at += LENGTH_BYTES + text.length;
  }
  value.set(concerned, at);
  const place = offset === undefined ? BusPlace.NONE : BusPlace.WINDOW;
  const fields = {
    side,
    operation: BusOperation.FINDING,
    place,
    offset: offset ?? 0,
    length: concerned.length,
    row,
    step,
  };
  const bytes = encodeRecord(fields, value);
  return { bytes, originalBytes: bytes.length };
}

/** A finding's value read again; `fields`: what stands before it. */
export function decodeFindingValue(
  fields: Pick<CapturedFinding, "side" | "row" | "step" | "offset">,
  length: number,
  value: Uint8Array,
): Result<CapturedFinding, "badFinding"> {
  const kind = FINDING_KINDS[value[0] ?? FINDING_KINDS.length];
  if (kind === undefined) return reject("badFinding");
  const texts: string[] = [];
  let at = 1;
  for (let index = 0; index < TEXTS; index++) {
    if (at + LENGTH_BYTES > value.length) return reject("badFinding");
    const end = at + LENGTH_BYTES + readU16be(value, at);
    if (end > value.length || end - at - LENGTH_BYTES > LONGEST_FINDING_TEXT) return reject("badFinding");
    texts.push(decodeUtf8(value.subarray(at + LENGTH_BYTES, end)));
    at = end;
  }
  if (value.length - at !== length) return reject("badFinding");
  const [requirement, seen, expected, guess] = texts as [string, string, string, string];
  const shared = { ...fields, kind, requirement, seen, expected, bytes: value.slice(at) };
  return ok({ ...shared, guess: guess === "" ? undefined : guess });
}
