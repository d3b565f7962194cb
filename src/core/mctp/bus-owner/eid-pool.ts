/**
 * Which EIDs a bus owner gives next. An EID that no endpoint had is given first; then one whose endpoint is gone, the one
 * that has been gone for longest before all others, because packets for it may still be under way and others may
 * still know it by that EID (LPC-MCTP-17).
 */
import type { Eid } from "../../wire/units.ts";
import type { EidRange } from "../control/routing.ts";
import { eidsOf } from "./memory.ts";

/** What is known of an EID. `gone`: the larger the number, the later its endpoint went. */
export type EidUse = "free" | "taken" | { readonly gone: number };

/** How much is to be said against giving an EID: the least comes first. */
function reluctance(use: EidUse): number {
  if (use === "free") return Number.NEGATIVE_INFINITY;
  return use === "taken" ? Number.POSITIVE_INFINITY : use.gone;
}

/** The EID of the pool to give next, undefined when all are taken. */
export function nextEid(pool: EidRange, useOf: (eid: Eid) => EidUse): Eid | undefined {
  return nextRange(pool, 1, useOf)?.first;
}

/** `most` EIDs in a row to give next, or the longest row that there is; undefined when all are taken. */
export function longestRange(pool: EidRange, most: number, useOf: (eid: Eid) => EidUse): EidRange | undefined {
  const uses = new Map(eidsOf(pool).map((one) => [one, useOf(one)]));
  let longest = 0;
  let run = 0;
  for (const use of uses.values()) {
    run = use === "taken" ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return nextRange(pool, Math.min(most, longest), (one) => uses.get(one)!);
}

/** `count` EIDs in a row to give next; of two runs the one whose last endpoint went earlier, then the lower one. */
export function nextRange(pool: EidRange, count: number, useOf: (eid: Eid) => EidUse): EidRange | undefined {
  const eids = eidsOf(pool);
  const against = eids.map((one) => reluctance(useOf(one)));
  let best: { readonly first: Eid; readonly against: number } | undefined;
  for (let at = 0; count > 0 && at + count <= eids.length; at++) {
    const most = Math.max(...against.slice(at, at + count));
    if (most < Number.POSITIVE_INFINITY && (best === undefined || most < best.against)) {
      best = { first: eids[at]!, against: most };
    }
  }
  return best && { first: best.first, count };
}
