/**
 * What a kind of platform or link says of itself: the word before the colon, where it may stand, what it takes. The
 * parser, its messages, the help and the documentation are made of this.
 */
import type { Depth } from "../core/binding/kcs-word.ts";
import type { BmcPlatform, HostPlatform } from "./port.ts";

/** Where a spec may stand: `--platform` of a side, `--link` of an agent, `--link` of an endpoint on a line. */
export type Use = "host" | "bmc" | "link" | "endpoint";

/** A setting behind the place, as in `,baud=115200`. */
export interface Key<Value> {
  /** What it sets: "bits a second". */
  readonly help: string;
  /** What may be given: "300 to 4000000". */
  readonly takes: string;
  /** What holds where it is not given, for people and for the program. */
  readonly otherwise: string;
  readonly fallback: Value;
  /** Undefined for a text that is none of its values. */
  readonly read: (text: string) => Value | undefined;
}

type Keys<Values> = { readonly [Name in keyof Values]: Key<Values[Name]> };

/** A spec taken apart. Kinds add their settings. */
export interface Spec {
  readonly kind: string;
  /** Absolute. */
  readonly path: string;
  /** For people and for finding the agent there, without the settings: "shm:/dev/shm/board". */
  readonly name: string;
}

export interface OpenOptions {
  /** Window bytes of a virtual board; undefined: what its spec says. A board that exists must have them. */
  readonly windowBytes?: number | undefined;
  /** Depth of a virtual board, likewise. */
  readonly depth?: Depth | undefined;
  /** False: this side has no doorbell, it polls. */
  readonly doorbell: boolean;
  readonly log: (line: string) => void;
}

/** `Values`: what the keys' texts are read as. */
export interface Kind<Made extends Spec = Spec, Values = Readonly<Record<string, unknown>>> {
  readonly name: Made["kind"];
  /** Where it may stand, and what it is there: "a virtual board in a file". */
  readonly uses: Readonly<Partial<Record<Use, string>>>;
  /** What stands behind the colon: "PATH". */
  readonly place: string;
  readonly example: string;
  readonly keys: Keys<Values>;
  spec(path: string, values: Values): Made;
  /** Opens the host's or the BMC's end of a platform. Throws a Failure, and leaves nothing behind then. */
  openHost?(spec: Made, options: OpenOptions): HostPlatform;
  openBmc?(spec: Made, options: OpenOptions): BmcPlatform;
}

/** A whole number within bounds. */
export function integer(help: string, least: number, most: number, fallback: number): Key<number> {
  return {
    help,
    takes: `${String(least)} to ${String(most)}`,
    otherwise: String(fallback),
    fallback,
    read: (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : undefined;
    },
  };
}

/** A number of bytes, as in 65536, 64K and 1M; what opens the platform judges it. */
export function size(help: string, takes: string, otherwise: string): Key<number | undefined> {
  return { help, takes, otherwise, fallback: undefined, read: readSize };
}

/** One of a few words, which stand for values. */
export function choice<Value>(
  help: string,
  words: Readonly<Record<string, Value>>,
  otherwise: string,
  fallback: Value,
): Key<Value> {
  return {
    help,
    takes: Object.keys(words).join(" or "),
    otherwise,
    fallback,
    read: (text) => (Object.hasOwn(words, text) ? words[text] : undefined),
  };
}

/** Bytes of a text like "4096", "64K" or "1M"; undefined where it is no size. */
export function readSize(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,15})([KM]?)$/i.exec(text) ?? [];
  const bytes = Number(digits) * { "": 1, K: 1024, M: 1024 * 1024 }[unit.toUpperCase() as "" | "K" | "M"];
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
