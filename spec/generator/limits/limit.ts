/** A promise about what a stranger can make an agent spend, with the constant that it comes from and what shows it. */
import type { ControlCounter } from "../../../src/agent/control/control-counters.ts";
import type { OutputCounter } from "../../../src/agent/outputs/output-counters.ts";
import type { FileCounter } from "../../../src/agent/files/limits.ts";
import type { ServiceCounter } from "../../../src/agent/services/service-counters.ts";
import type { BridgeCounter } from "../../../src/core/mctp/bridge/counters.ts";
import type { OwnerCounter } from "../../../src/core/mctp/bus-owner/refusals.ts";
import type { MctpCounter } from "../../../src/core/mctp/counters.ts";
import type { DriveCounter } from "../../../src/node/counters.ts";

export type CounterName =
  | BridgeCounter
  | ControlCounter
  | DriveCounter
  | FileCounter
  | MctpCounter
  | OutputCounter
  | OwnerCounter
  | ServiceCounter;

/** A test that fails where the promise is not kept, or an attack of `npm run abuse`. */
export type Proof = { readonly test: string; readonly title: string } | { readonly attack: string };

export interface Limit {
  readonly what: string;
  /** With its unit, made of the constant. */
  readonly figure: string;
  /** Whose it is: of each port, each source EID on a port, the agent, … */
  readonly of: string;
  /** What happens beyond it. */
  readonly beyond: string;
  /** What counts that. */
  readonly counters?: readonly CounterName[];
  /** The option that sets it. */
  readonly option?: string;
  readonly proof: Proof;
}

export interface LimitGroup {
  readonly title: string;
  /** Markdown before the table. */
  readonly text: string;
  readonly limits: readonly Limit[];
}

const KIBIBYTE = 1024;
const MEBIBYTE: number = 1024 * KIBIBYTE;
const GIBIBYTE: number = 1024 * MEBIBYTE;
const SECOND = 1000;
const HOUR: number = 3600 * SECOND;

/** "64 bytes", "64 KiB", "1.5 MiB". */
export function sizeText(bytes: number): string {
  if (bytes < 10 * KIBIBYTE) return `${String(bytes)} bytes`;
  const units = [
    ["GiB", GIBIBYTE],
    ["MiB", MEBIBYTE],
    ["KiB", KIBIBYTE],
  ] as const;
  const [name, unit] = units.find(([, size]) => bytes >= size) ?? ["bytes", 1];
  return `${String(Math.round((10 * bytes) / unit) / 10)} ${name}`;
}

/** "300 ms", "60 s", "24 h". */
export function timeText(milliseconds: number): string {
  if (milliseconds < SECOND) return `${String(milliseconds)} ms`;
  return milliseconds < HOUR ? `${String(milliseconds / SECOND)} s` : `${String(milliseconds / HOUR)} h`;
}

/** "30 %". */
export function percentText(share: number): string {
  return `${String(Math.round(1000 * share) / 10)} %`;
}
