/**
 * What of a memory still holds under the present configuration: that wins, and what is in its way is forgotten before
 * anybody is told an EID by it. Each change is said in a line for people, for an operator may have wanted the old one.
 */
import type { Eid } from "../../wire/units.ts";
import { isIdentity, parseUuid } from "../control/identifiers.ts";
import type { EidRange } from "../control/routing.ts";
import type { BusOwnerConfig } from "./config.ts";
import { eidsOf, includesEid, type BusOwnerMemory, type RememberedEndpoint } from "./memory.ts";
import { StaticEids } from "./static-eids.ts";

export interface Recollection {
  readonly memory: BusOwnerMemory;
  readonly changes: readonly string[];
}

export function recollect(config: BusOwnerConfig, memory: BusOwnerMemory): Recollection {
  const changes: string[] = [];
  const kept: RememberedEndpoint[] = [];
  for (const one of memory) {
    const against = whyForgotten(config, one);
    if (against !== undefined) {
      changes.push(`EID ${String(one.eid)} of ${nameOf(one)} is forgotten: ${against}`);
      continue;
    }
    const againstPin = one.pinned ? whyUnpinned(config, one) : undefined;
    if (againstPin !== undefined) {
      changes.push(`EID ${String(one.eid)} is not kept for ${nameOf(one)} any more: ${againstPin}`);
    }
    const againstPool = one.pool && whyNoPool(config, one, one.pool);
    if (againstPool !== undefined) {
      changes.push(
        `the EIDs ${rangeText(one.pool!)} of the bridge with EID ${String(one.eid)} are freed: ${againstPool}`,
      );
    }
    kept.push({
      ...one,
      pinned: one.pinned && againstPin === undefined,
      pool: againstPool === undefined ? one.pool : undefined,
    });
  }
  return { memory: kept, changes };
}

/** Who an EID is kept for by configuration, be it at a port or a UUID's, in words for people. */
function keptFor(config: BusOwnerConfig, eid: Eid): string | undefined {
  const owner = new StaticEids(config).ownerText(eid);
  if (owner !== undefined) return `EID ${String(eid)} is kept for ${owner}`;
  const [port] = [...config.portEids].find(([, kept]) => kept === eid) ?? [];
  return port === undefined ? undefined : `EID ${String(eid)} is kept for the endpoint at port ${String(port)}`;
}

function whyForgotten(config: BusOwnerConfig, { eid, uuid, port, pinned }: RememberedEndpoint): string | undefined {
  const bytes = uuid === undefined ? undefined : parseUuid(uuid);
  if (bytes !== undefined && !isIdentity(bytes)) return "that UUID tells no endpoint apart";
  if (eid === config.own) return "it is the bus owner's own";
  const statics = new StaticEids(config);
  if (statics.has(eid)) return statics.isKeptFrom(eid, uuid, port) ? keptFor(config, eid) : undefined;
  if ([...config.portEids.values()].includes(eid)) {
    return port !== undefined && config.portEids.get(port) === eid ? undefined : keptFor(config, eid);
  }
  const isOurs = includesEid(config.pool, eid) || (pinned && statics.eidOf(uuid, port) === undefined);
  return isOurs ? undefined : `it is not of the pool ${rangeText(config.pool)}`;
}

function whyUnpinned(config: BusOwnerConfig, { eid, uuid, port }: RememberedEndpoint): string | undefined {
  const configured = new StaticEids(config).eidOf(uuid, port);
  if (configured === eid) return undefined;
  if (configured !== undefined) return `that has EID ${String(configured)} by configuration`;
  return keptFor(config, eid);
}

function whyNoPool(config: BusOwnerConfig, { uuid, port }: RememberedEndpoint, pool: EidRange): string | undefined {
  const fixed = new StaticEids(config).poolOf(uuid, port);
  if (fixed !== undefined) {
    const isOfIt = pool.first === fixed.first && pool.count <= fixed.count;
    return isOfIt ? undefined : `that has the EIDs ${rangeText(fixed)} by configuration`;
  }
  for (const eid of eidsOf(pool)) {
    if (eid === config.own) return `EID ${String(eid)} is the bus owner's own`;
    const kept = keptFor(config, eid);
    if (kept !== undefined) return kept;
    if (!includesEid(config.pool, eid)) return `EID ${String(eid)} is not of the pool ${rangeText(config.pool)}`;
  }
  return undefined;
}

function nameOf({ uuid, port }: RememberedEndpoint): string {
  return uuid === undefined ? `the endpoint at port ${String(port ?? "?")}` : `UUID ${uuid}`;
}

function rangeText({ first, count }: EidRange): string {
  return `${String(first)}-${String(first + count - 1)}`;
}
