/**
 * What a kind of platform or link says of itself: the word before the colon, where it may stand, what it takes. The
 * parser, its messages, the help and the documentation are made of this.
 */
import { resolve } from "node:path";
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
  /** It must be given: nothing holds otherwise. */
  readonly required?: true;
}

type Keys<Values> = { readonly [Name in keyof Values]: Key<Values[Name]> };

/** A spec taken apart. Kinds add their settings. */
export interface Spec {
  readonly kind: string;
  /** Absolute: the file that registers are reached by. */
  readonly path: string;
  /** Further files of the platform, absolute. */
  readonly otherPaths?: readonly string[];
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
  /** Nothing real is behind it: a board in a file, an emulated machine. */
  readonly isVirtual?: true;
  readonly keys: Keys<Values>;
  /**
   * What the text behind the colon stands for, undefined for a text that is no such place. By default it is a path, which
   * must be given and is made absolute.
   */
  readonly readPlace?: (text: string) => string | undefined;
  spec(place: string, values: Values): Made;
  /** Throws a Failure where no host has such a place; opening does so, too. */
  check?(spec: Made): void;
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

/** A path, made absolute. */
export function path(help: string, fallback: string): Key<string> {
  const read = (text: string): string | undefined => (text === "" ? undefined : resolve(text));
  return { help, takes: "a path", otherwise: fallback, fallback, read };
}

/** A place that hardware counts in, as in 0x0ff00000; what opens the platform judges it. */
export function address(help: string, fallback: number): Key<number> {
  return { help, takes: ADDRESS_TEXT, otherwise: hexText(fallback), fallback, read: readAddress };
}

/** The same where nothing is usual: it must be given. */
export function requiredAddress(help: string): Key<number | undefined> {
  return { help, takes: ADDRESS_TEXT, otherwise: "none", fallback: undefined, read: readAddress, required: true };
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

const ADDRESS_TEXT = "an address like 0xca2";

/** Number of a text like "0xca2" or "3234"; undefined where it is none. */
export function readAddress(text: string): number | undefined {
  return /^(0x[0-9a-f]{1,13}|\d{1,15})$/i.test(text) ? Number(text) : undefined;
}

/** An address as people write it: "0xca2". */
export function hexText(value: number): string {
  return `0x${value.toString(16)}`;
}
