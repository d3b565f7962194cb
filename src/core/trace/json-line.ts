/** A line of a trace as JSON, and the checks that its fields share. */

/** Nanoseconds: a number as long as JSON keeps it exact, a string of decimal digits beyond. */
export type TraceTime = number | string;

export type Fields = Readonly<Record<string, unknown>>;

export function parseObject(text: string): Fields | "notJson" | "notAnObject" {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return "notJson";
  }
  return isObject(parsed) ? parsed : "notAnObject";
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A whole number from 0 to `largest`. */
export function isWhole(value: unknown, largest: number = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= largest;
}

const LONGEST_TIME = 32;

export function isTime(value: unknown): value is TraceTime {
  return typeof value === "string" ? value.length <= LONGEST_TIME && /^[0-9]+$/.test(value) : isWhole(value);
}
