/** From a further link's spec on the command line, like `serial:/dev/ttyUSB0?baud=115200`, to what it means. */
import { resolve } from "node:path";
import { BASELINE_UNIT } from "../core/mctp/packet.ts";
import { Failure } from "./failure.ts";
import { LARGEST_SERIAL_UNIT, type Escaping } from "../core/serial/framing.ts";
import { parsePlatform } from "./platform-spec.ts";

export interface SerialLinkSpec {
  readonly scheme: "serial";
  readonly path: string;
  readonly baudRate: number;
  /** Payload bytes of a packet; both ends must have the same. */
  readonly unit: number;
  readonly escaping: Escaping;
  /** For people, without the settings: "serial:/dev/ttyUSB0". */
  readonly name: string;
}

/** A second board, on which the agent is the BMC. */
export interface BoardLinkSpec {
  readonly scheme: "shm";
  readonly path: string;
  readonly name: string;
}

export type LinkSpec = SerialLinkSpec | BoardLinkSpec;

const DEFAULT_BAUD_RATE = 115_200;
const SLOWEST_BAUD_RATE = 300;
const FASTEST_BAUD_RATE = 4_000_000;
const SETTINGS: readonly string[] = ["baud", "unit", "fcs"];

/** Throws a Failure that says what is wrong. */
export function parseLink(text: string): LinkSpec {
  if (!text.startsWith("shm:")) {
    if (/^serial:[^?]/.test(text)) return parseLine(text);
    throw new Failure(
      "link-spec",
      `"${text}" names no link: write serial:PATH, as in serial:/dev/ttyUSB0?baud=115200, or shm:PATH, a second board`,
    );
  }
  const { scheme, path, name } = parsePlatform(text);
  return { scheme, path, name };
}

/** As parseLink, for those who take serial lines only. */
export function parseLine(text: string): SerialLinkSpec {
  const match = /^serial:([^?]+)(?:\?(.*))?$/.exec(text);
  if (match === null) {
    throw new Failure(
      "link-spec",
      `"${text}" names no link: write serial:PATH, as in serial:/dev/ttyUSB0 or serial:/dev/ttyUSB0?baud=115200`,
    );
  }
  const path = resolve(match[1]!);
  const settings = new URLSearchParams(match[2] ?? "");
  for (const name of settings.keys()) {
    if (!SETTINGS.includes(name)) {
      throw new Failure("link-spec", `"${text}": there is no setting ${name}; there are ${SETTINGS.join(", ")}`);
    }
  }
  return {
    scheme: "serial",
    path,
    baudRate: numberIn(text, settings, "baud", SLOWEST_BAUD_RATE, FASTEST_BAUD_RATE) ?? DEFAULT_BAUD_RATE,
    unit: numberIn(text, settings, "unit", BASELINE_UNIT, LARGEST_SERIAL_UNIT) ?? BASELINE_UNIT,
    escaping: escapingIn(text, settings.get("fcs")),
    name: `serial:${path}`,
  };
}

function numberIn(
  text: string,
  settings: URLSearchParams,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const given = settings.get(name);
  if (given === null) return undefined;
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= least && value <= most) return value;
  throw new Failure("link-spec", `"${text}": ${name} is a number from ${String(least)} to ${String(most)}`);
}

function escapingIn(text: string, given: string | null): Escaping {
  switch (given) {
    case null:
    case "plain":
      return "data";
    case "escaped":
      return "all";
    default:
      throw new Failure("link-spec", `"${text}": fcs is plain, as Linux sends it, or escaped`);
  }
}
