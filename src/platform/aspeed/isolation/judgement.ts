/** What the values of a chip's registers say of its doors (LPC-SEC-5, LPC-SEC-6). Pure: values in, findings out. */
import { firmwareRange, type FirmwareRange } from "../firmware-range.ts";
import type { SocName } from "../soc.ts";
import { DOORS, REGISTERS, WINDOW_LOCKS, type Bar, type Door, type RegisterName, type Way } from "./doors.ts";

/** Registers that could not be read are left out. */
export type Values = ReadonlyMap<RegisterName, number>;

/**
 * `filtered`: the host gets through to a part of the memory, or to read only. `unknown`: a register that decides could not
 * be read.
 */
export type DoorState = "open" | "filtered" | "closed" | "unknown";

export interface BarFinding extends Bar {
  readonly address: number;
  /** Of the register; undefined: it could not be read. */
  readonly value: number | undefined;
  /** Whether it bars the way. */
  readonly holds: boolean | undefined;
}

export interface WayFinding {
  readonly name: string | undefined;
  readonly state: DoorState;
  readonly locks: readonly BarFinding[];
  readonly filters: readonly BarFinding[];
}

export interface DoorFinding {
  readonly door: Door;
  /** Of the way that is furthest open. */
  readonly state: DoorState;
  readonly ways: readonly WayFinding[];
}

/** A range of the BMC's memory. */
export interface Region {
  readonly start: number;
  /** Bytes. */
  readonly size: number;
}

/** The window's own door, which the binding needs. */
export interface WindowFinding {
  readonly state: "open" | "closed" | "unknown";
  readonly locks: readonly BarFinding[];
  /** What the host sees of the BMC's memory while the door is open; undefined: closed, or unknown. */
  readonly range: FirmwareRange | undefined;
  /** What it may see; undefined: not known. */
  readonly region: Region | undefined;
  /** Whether the range lies in the region, and so gives no more than the binding needs; undefined: cannot be told. */
  readonly isInRegion: boolean | undefined;
}

export interface Isolation {
  readonly soc: SocName;
  readonly values: Values;
  readonly doors: readonly DoorFinding[];
  readonly window: WindowFinding;
  /** `open`: a door is open or filtered, or the window shows more than its region. `closed`: none is, and all are known. */
  readonly verdict: "open" | "closed" | "unknown";
}

/** The first is the worst. */
const WORST: readonly DoorState[] = ["open", "unknown", "filtered", "closed"];

/** `region`: what the device tree reserves for the window, where that is known. */
export function judgeIsolation(soc: SocName, values: Values, region?: Region): Isolation {
  const doors = DOORS[soc].map((door) => judgeDoor(door, values));
  const window = judgeWindow(soc, values, region);
  const states = new Set(doors.flatMap(({ ways }) => ways.map(({ state }) => state)));
  const isOpen = states.has("open") || states.has("filtered") || window.isInRegion === false;
  const isUnknown = states.has("unknown") || window.state === "unknown";
  return { soc, values, doors, window, verdict: isOpen ? "open" : isUnknown ? "unknown" : "closed" };
}

function judgeDoor(door: Door, values: Values): DoorFinding {
  const ways = door.ways.map((way) => judgeWay(way, values));
  const state = WORST.find((state) => ways.some((way) => way.state === state)) ?? "closed";
  return { door, state, ways };
}

function judgeWay({ name, locks, filters }: Way, values: Values): WayFinding {
  const found = { locks: locks.map((bar) => look(bar, values)), filters: filters.map((bar) => look(bar, values)) };
  return { name, state: stateOf(found), ...found };
}

function stateOf({ locks, filters }: Pick<WayFinding, "locks" | "filters">): DoorState {
  if (locks.some(({ holds }) => holds === true)) return "closed";
  if (locks.some(({ holds }) => holds === undefined)) return "unknown";
  // A filter that could not be read is none.
  return filters.length > 0 && filters.every(({ holds }) => holds === true) ? "filtered" : "open";
}

function look(bar: Bar, values: Values): BarFinding {
  const value = values.get(bar.register);
  const holds = value === undefined ? undefined : bar.bits.every((bit) => ((value >>> bit) & 1) === bar.at);
  return { ...bar, address: REGISTERS[bar.register], value, holds };
}

function judgeWindow(soc: SocName, values: Values, region: Region | undefined): WindowFinding {
  const locks = WINDOW_LOCKS[soc].map((bar) => look(bar, values));
  const state = stateOf({ locks, filters: [] }) as WindowFinding["state"];
  const [hicr7, hicr8] = [values.get("HICR7"), values.get("HICR8")];
  if (state !== "open") return { state, locks, range: undefined, region, isInRegion: undefined };
  if (hicr7 === undefined || hicr8 === undefined) {
    return { state: "unknown", locks, range: undefined, region, isInRegion: undefined };
  }
  const range = firmwareRange(hicr7, hicr8);
  const isInRegion = region && range.bmc >= region.start && range.bmc + range.size <= region.start + region.size;
  return { state, locks, range, region, isInRegion };
}
