/**
 * The head of a trace, its first line since version 2. A trace without a head has version 1.
 *
 * | field       | meaning                                                                                    |
 * | ----------- | ------------------------------------------------------------------------------------------ |
 * | trace       | "mctp-lpc"                                                                                 |
 * | version     | 2                                                                                          |
 * | sides       | whose accesses are recorded: "host", "bmc"                                                 |
 * | depth       | depth of the path into the BMC, 0 or 1; missing where the recorder does not know it        |
 * | windowBytes | bytes of the window; missing where the recorder does not know it                           |
 * | lives       | true: a recorded side writes a life row when it starts, is asked to stop and has stopped   |
 * | times       | announce (T_ann), refused (T_refused), stop (T_stop), milliseconds; each may be missing     |
 */
import type { RoleName } from "../binding/side.ts";
import { isObject, isWhole, type Fields } from "./json-line.ts";

export const TRACE_PROGRAM = "mctp-lpc";
/** The version that is written. */
export const TRACE_VERSION = 2;
/** The version of a trace without a head. */
export const OLDEST_TRACE_VERSION = 1;

/** Milliseconds, as the recorded sides are configured; clause 13.2. */
export interface TraceTimes {
  readonly announce?: number;
  readonly refused?: number;
  readonly stop?: number;
}

/** The object is what the JSON says; unknown fields are left out. */
export interface TraceHead {
  readonly trace: typeof TRACE_PROGRAM;
  readonly version: typeof TRACE_VERSION;
  readonly sides: readonly RoleName[];
  readonly depth?: 0 | 1 | undefined;
  readonly windowBytes?: number | undefined;
  readonly lives: boolean;
  readonly times?: TraceTimes | undefined;
}

/** What a recorder says of itself. */
export type TraceHeadContent = Omit<TraceHead, "trace" | "version">;

/** The head of a new trace. */
export function traceHead(content: TraceHeadContent): TraceHead {
  return { trace: TRACE_PROGRAM, version: TRACE_VERSION, ...content };
}

/** The head as one line, without its end. */
export function encodeTraceHead({ trace, version, sides, depth, windowBytes, lives, times }: TraceHead): string {
  return JSON.stringify({ trace, version, sides, depth, windowBytes, lives, times });
}

/** Whether a line is meant as a head, of whichever program and version; fields of a row that are unknown do not count. */
export function isHead(fields: Fields): boolean {
  return "trace" in fields && !("n" in fields);
}

export type TraceHeadReject =
  { readonly reason: "otherProgram" | "badHead" } | { readonly reason: "unknownVersion"; readonly version: number };

/** Reads a head whose line is JSON. */
export function readHead(fields: Fields): TraceHead | TraceHeadReject {
  const { trace, version, sides, depth, windowBytes, lives } = fields;
  if (trace !== TRACE_PROGRAM) return { reason: "otherProgram" };
  if (!isWhole(version)) return { reason: "badHead" };
  if (version !== TRACE_VERSION) return { reason: "unknownVersion", version };
  const times = readTimes(fields["times"]);
  if (!areSides(sides) || typeof lives !== "boolean" || times === "bad") return { reason: "badHead" };
  if (depth !== undefined && depth !== 0 && depth !== 1) return { reason: "badHead" };
  if (windowBytes !== undefined && !isWhole(windowBytes, LARGEST_NUMBER)) return { reason: "badHead" };
  return traceHead({ sides, depth, windowBytes, lives, times });
}

/** Bytes of a window, and milliseconds of a time. */
const LARGEST_NUMBER = 0xffff_ffff;
const TIME_NAMES = ["announce", "refused", "stop"] as const;

function areSides(value: unknown): value is readonly RoleName[] {
  if (!Array.isArray(value) || value.length === 0 || new Set(value).size !== value.length) return false;
  return value.every((side) => side === "host" || side === "bmc");
}

function readTimes(value: unknown): TraceTimes | "bad" | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) return "bad";
  const given = TIME_NAMES.flatMap((name) => (value[name] === undefined ? [] : [[name, value[name]] as const]));
  if (!given.every(([, time]) => isWhole(time, LARGEST_NUMBER))) return "bad";
  return Object.fromEntries(given);
}

/**
 * The head of two traces made into one; undefined if either has none. What the two say differently is left out, for
 * nothing is known of it then; a time is the one that either knows.
 */
export function mergeHeads(one: TraceHead | undefined, other: TraceHead | undefined): TraceHead | undefined {
  if (one === undefined || other === undefined) return undefined;
  const times = mergeTimes(one.times ?? {}, other.times ?? {});
  return traceHead({
    sides: (["host", "bmc"] as const).filter((side) => one.sides.includes(side) || other.sides.includes(side)),
    depth: agreed(one.depth, other.depth),
    windowBytes: agreed(one.windowBytes, other.windowBytes),
    lives: one.lives && other.lives,
    times: Object.keys(times).length === 0 ? undefined : times,
  });
}

function mergeTimes(one: TraceTimes, other: TraceTimes): TraceTimes {
  const merged = TIME_NAMES.flatMap((name) => {
    const time = agreed(one[name], other[name]);
    return time === undefined ? [] : [[name, time] as const];
  });
  return Object.fromEntries(merged);
}

function agreed<Value>(one: Value | undefined, other: Value | undefined): Value | undefined {
  if (one === undefined) return other;
  return other === undefined || one === other ? one : undefined;
}
