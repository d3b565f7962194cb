/** The list behind `--misbehave`: `NAME[:VALUE][@N][%P]`, separated by commas. */
import type { RoleName } from "../../core/binding/side.ts";
import { Failure } from "../../platform/failure.ts";
import type { Misdeed, ValueSpec } from "./misdeed.ts";
import { misdeedsOf } from "./table.ts";

/** One entry of a list. */
export interface Entry {
  readonly misdeed: Misdeed;
  /** As it was given. */
  readonly text: string;
  /** 0 where the misdeed takes none. */
  readonly value: number;
  /** The one occasion at which it is done, counted from 1; undefined: every one. */
  readonly nth: number | undefined;
  /** 0 to 100, how probable it is then; undefined: certain. */
  readonly percent: number | undefined;
}

/** Entries of a list at most. */
export const MOST_ENTRIES = 16;
/** Characters of a list at most. */
const LONGEST_LIST = 1000;
const LAST_OCCASION = 1_000_000_000;
const PERCENT = 100;
/** Letters by which a name may differ from the one that is meant. */
const NEAR = 4;

/** Throws a Failure that names the entry that is wrong, what is wrong with it, and the nearest name. */
export function parseMisbehaviours(list: string, role: RoleName): readonly Entry[] {
  if (list.length > LONGEST_LIST) throw refusal(`the list has more than ${String(LONGEST_LIST)} characters`);
  const texts = list.split(",").map((text) => text.trim());
  if (texts.length > MOST_ENTRIES) {
    throw refusal(`the list has ${String(texts.length)} entries: give at most ${String(MOST_ENTRIES)}`);
  }
  return texts.map((text) => parseEntry(text, role));
}

/** "wrong-crc", "length[:N]". */
export function formOf({ name, value }: Misdeed): string {
  return value === undefined ? name : `${name}[:${value.label}]`;
}

/** "1 to 3600000, default 500" */
export function valueText({ least, most, fallback }: ValueSpec): string {
  return `${String(least)} to ${String(most)}, default ${String(fallback)}`;
}

function parseEntry(text: string, role: RoleName): Entry {
  if (text === "") throw refusal("an entry is empty: write them like wrong-crc@1,no-dummy%10");
  const [, name = "", value, nth, percent] = /^([^:@%]*)(?::([^@%]*))?(?:@([^%]*))?(?:%(.*))?$/s.exec(text) ?? [];
  const misdeed = misdeedsOf(role).find((one) => one.name === name);
  if (misdeed === undefined) throw refusal(`"${text}": ${unknownName(name, role)}`);
  return {
    misdeed,
    text,
    value: readValue(text, misdeed, value, role),
    nth: nth === undefined ? undefined : readWhole(text, "@N, the occasion,", nth, 1, LAST_OCCASION),
    percent: percent === undefined ? undefined : readPercent(text, percent),
  };
}

function unknownName(name: string, role: RoleName): string {
  const names = misdeedsOf(role).map((one) => one.name);
  const [nearest] = names
    .map((known) => ({ known, far: distance(name, known) }))
    .filter(({ far }) => far <= NEAR)
    .sort((one, other) => one.far - other.far);
  const side = role === "host" ? "a host" : "a BMC";
  return nearest === undefined
    ? `${side} has no misbehaviour of this name; --misbehave list shows all`
    : `${side} has no misbehaviour of this name; did you mean ${nearest.known}? --misbehave list shows all`;
}

function readValue(text: string, misdeed: Misdeed, given: string | undefined, role: RoleName): number {
  const { name, value: spec } = misdeed;
  if (spec === undefined) {
    if (given !== undefined) throw refusal(`"${text}": ${name} takes no value`);
    return 0;
  }
  const value = given === undefined ? spec.fallback : readWhole(text, spec.label, given, spec.least, spec.most);
  const why = spec.refuse?.(value, role);
  if (why !== undefined) throw refusal(`"${text}": ${String(value)} ${why}, which is no misbehaviour: give another`);
  return value;
}

function readWhole(text: string, what: string, given: string, least: number, most: number): number {
  const value = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(given) ? Number(given) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw refusal(`"${text}": ${what} is a whole number from ${String(least)} to ${String(most)}`);
}

function readPercent(text: string, given: string): number {
  const value = /^\d{1,3}(\.\d{1,6})?$/.test(given) ? Number(given) : Number.NaN;
  if (value > 0 && value <= PERCENT) return value;
  throw refusal(`"${text}": %P is a probability above 0 and up to 100 percent, like %10 or %0.5`);
}

function refusal(why: string): Failure {
  return new Failure("misbehave", why);
}

/** How many letters have to be changed, added or left out. Names are short: a list's length bounds the work. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++) {
      const changed = row[to - 1]! + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(changed, row[to]! + 1, next[to - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
