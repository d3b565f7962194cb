/**
 * Numbers that callers hand in, judged before anything is begun with them: NaN is neither above nor below any bound, and
 * what is compared with it later would wait or hold without bound. All throw an MctpError with code `misuse`.
 */
import { isAssignable } from "../core/mctp/message.ts";
import { MctpError } from "./errors.ts";

/** A number of milliseconds, of which Infinity is one. */
export function span(name: string, value: unknown): number {
  return judged(name, value, () => true, "a number from 0");
}

export function finite(name: string, value: unknown): number {
  return judged(name, value, Number.isFinite, "a finite number from 0");
}

export function whole(name: string, value: unknown): number {
  return judged(name, value, Number.isSafeInteger, "a whole number from 0");
}

const LARGEST_DIGIT = 9;

/** Each part of a version is one digit of BCD on the wire. */
export function versionDigits(version: readonly number[]): void {
  const fit =
    version.length === 3 && version.every((part) => Number.isInteger(part) && part >= 0 && part <= LARGEST_DIGIT);
  if (!fit) throw new MctpError("misuse", `a version is three digits from 0 to 9, not ${version.join(".")}`);
}

/** EIDs that a bus owner may give. */
export function eidRange({ first, count }: { readonly first: number; readonly count: number }): void {
  whole("the count of a pool", count);
  if (isAssignable(first) && (count === 0 || isAssignable(first + count - 1))) return;
  throw new MctpError("misuse", `a pool is EIDs from 8 to 254, not ${String(first)} and ${String(count)} in all`);
}

/** Callers without types hand in anything. */
function judged(name: string, value: unknown, fits: (value: number) => boolean, wanted: string): number {
  if (typeof value === "number" && value >= 0 && fits(value)) return value;
  throw new MctpError("misuse", `${name} is ${wanted}, not ${String(value)}`);
}
