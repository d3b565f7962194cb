/**
 * What a bus owner remembers across its restarts, as text: which endpoint had which EID. No specification says the
 * format; it has a version.
 */
import { ok, reject, type Result } from "../../wire/result.ts";
import { eid, type Eid } from "../../wire/units.ts";
import { parseUuid, uuidText } from "../control/identifiers.ts";
import type { EidRange } from "../control/routing.ts";
import { LAST_ASSIGNABLE_EID, isAssignable } from "../message.ts";

export interface RememberedEndpoint {
  readonly eid: Eid;
  /** The port of the bus owner that it was seen at, counted from 0; undefined for one that was never here. */
  readonly port: number | undefined;
  /** In the form 8-4-4-4-12, lower case; undefined for an endpoint without UUID. */
  readonly uuid: string | undefined;
  /** EIDs that were given to it, a bridge, for what is behind it. */
  readonly pool: EidRange | undefined;
  /** An operator gave it this EID permanently. */
  readonly pinned: boolean;
}

/** From the endpoint that has been gone for longest to the one that was seen last. */
export type BusOwnerMemory = readonly RememberedEndpoint[];

const MEMORY_VERSION = 1;
const LAST_PORT = 31;

export function encodeMemory(memory: BusOwnerMemory): string {
  const endpoints = memory.map(({ eid: own, port, uuid, pool, pinned }) => ({
    eid: own,
    port: port ?? null,
    uuid: uuid ?? null,
    pool: pool === undefined ? null : { first: pool.first, count: pool.count },
    pinned,
  }));
  return `${JSON.stringify({ version: MEMORY_VERSION, endpoints }, undefined, 2)}\n`;
}

/** Why a text is no memory, in words for people. */
export type MemoryReject = { readonly why: "damaged" | "version"; readonly text: string };

/** Reads what `encodeMemory` wrote; never throws. */
export function decodeMemory(text: string): Result<BusOwnerMemory, MemoryReject> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return damaged("it is not JSON");
  }
  if (!isObject(value)) return damaged("it is not an object");
  const { version, endpoints } = value;
  if (typeof version === "number" && Number.isInteger(version) && version !== MEMORY_VERSION) {
    return reject({
      why: "version",
      text: `its format has version ${String(version)}, this program reads version ${String(MEMORY_VERSION)}`,
    });
  }
  if (version !== MEMORY_VERSION) return damaged("it has no version");
  if (!Array.isArray(endpoints)) return damaged("it has no list of endpoints");
  const memory: RememberedEndpoint[] = [];
  const taken = new Set<number>();
  const devices = new Set<string>();
  for (const [place, one] of endpoints.entries()) {
    const endpoint = readEndpoint(one);
    const where = `endpoint ${String(place + 1)} of the list`;
    if (endpoint === undefined) return damaged(`${where} is none`);
    const eids = [endpoint.eid, ...eidsOf(endpoint.pool)];
    if (eids.some((each) => taken.has(each))) return damaged(`${where} has an EID that another has, too`);
    // One device may be at several ports, under one UUID.
    const device = `${endpoint.uuid ?? ""} at ${String(endpoint.port)}`;
    if (endpoint.uuid !== undefined && devices.has(device)) return damaged(`${where} has the UUID of another`);
    for (const each of eids) taken.add(each);
    devices.add(device);
    memory.push(endpoint);
  }
  return ok(memory);
}

function damaged(text: string): { readonly ok: false; readonly reject: MemoryReject } {
  return reject({ why: "damaged", text });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readEndpoint(value: unknown): RememberedEndpoint | undefined {
  if (!isObject(value)) return undefined;
  const { eid: own, port, uuid, pinned } = value;
  if (typeof own !== "number" || !isAssignable(own) || typeof pinned !== "boolean") return undefined;
  if (port !== null && (typeof port !== "number" || !Number.isInteger(port) || port < 0 || port > LAST_PORT)) {
    return undefined;
  }
  const uuidBytes = typeof uuid === "string" ? parseUuid(uuid) : undefined;
  if (uuid !== null && uuidBytes === undefined) return undefined;
  const pool = value["pool"] === null ? undefined : readRange(value["pool"]);
  if (pool === "none") return undefined;
  return { eid: own, port: port ?? undefined, uuid: uuidBytes && uuidText(uuidBytes), pool, pinned };
}

function readRange(value: unknown): EidRange | "none" {
  if (!isObject(value)) return "none";
  const { first, count } = value;
  if (typeof first !== "number" || typeof count !== "number" || !Number.isInteger(count)) return "none";
  if (!isAssignable(first) || count < 1 || first + count - 1 > LAST_ASSIGNABLE_EID) return "none";
  return { first, count };
}

/** The EIDs of a range in ascending order. */
export function eidsOf(range: EidRange | undefined): readonly Eid[] {
  if (range === undefined) return [];
  return Array.from({ length: range.count }, (_, index) => eid(range.first + index));
}

export function includesEid(range: EidRange | undefined, one: Eid): boolean {
  return range !== undefined && one >= range.first && one < range.first + range.count;
}
