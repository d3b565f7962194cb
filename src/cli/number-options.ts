/** Options and arguments that are numbers. */
import { InvalidArgumentError, Option } from "commander";
import { countIn } from "../agent/run-options.ts";

type Range = readonly [least: number, most: number];

/** An option that takes a whole number within a range, which its help and its error name. */
export function numberOption(flags: string, text: string, range: Range, fallback?: number): Option {
  const option = new Option(flags, `${text}, ${String(range[0])} to ${String(range[1])}`).argParser(countIn(...range));
  return fallback === undefined ? option : option.default(fallback);
}

/** A number of a byte or a part of it, decimal or with 0x. */
export function numberUpTo(most: number, what: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^(0x[0-9a-f]+|\d+)$/i.test(text) && value <= most) return value;
    throw new InvalidArgumentError(
      `${what} is a number from 0 to ${most > 9 ? `0x${most.toString(16)}` : String(most)}.`,
    );
  };
}
