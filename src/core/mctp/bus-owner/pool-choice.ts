/**
 * Which EIDs a bridge gets for what is behind it: as many in a row as it wants, or, where there are not so many, the
 * longest row that there is (DSP0236, Allocate Endpoint IDs).
 */
import { eid, type Eid } from "../../wire/units.ts";
import type { EidRange } from "../control/routing.ts";
import { LAST_ASSIGNABLE_EID } from "../message.ts";
import { longestRange, type EidUse } from "./eid-pool.ts";
import { eidsOf } from "./memory.ts";

export interface PoolChoice {
  readonly pool: EidRange;
  /** EIDs wanted, as far as the share of the port allows. */
  readonly most: number;
  /** Further EIDs that the port may have, beside those of its own endpoints that are gone. */
  readonly room: number;
  /** What the bridge had before, and whether it may have an EID of that again. */
  readonly before: EidRange | undefined;
  readonly mayKeep: (eid: Eid) => boolean;
  /** `isFull`: for a port that has had its share. */
  readonly use: (eid: Eid, isFull: boolean) => EidUse;
}

/** Undefined where not one EID is left. */
export function choosePool({ pool, most, room, before, mayKeep, use }: PoolChoice): EidRange | undefined {
  const kept = before !== undefined && eidsOf(before).every(mayKeep) ? before : undefined;
  if (kept?.count === most) return kept;
  const longer = kept !== undefined && kept.count < most ? lengthened(kept, Math.min(most, room)) : undefined;
  if (longer?.count === most && eidsOf(longer).every((one) => use(one, false) !== "taken")) return longer;
  const ofRoom = longestRange(pool, Math.min(most, room), (one) => use(one, false));
  // A port that has had its share gets EIDs of its own endpoints that are gone.
  const ofGone = longestRange(pool, most, (one) => use(one, true));
  const best = (ofGone?.count ?? 0) > (ofRoom?.count ?? 0) ? ofGone : ofRoom;
  return kept !== undefined && kept.count < most && kept.count >= (best?.count ?? 0) ? kept : best;
}

function lengthened({ first }: EidRange, count: number): EidRange | undefined {
  return first + count - 1 > LAST_ASSIGNABLE_EID ? undefined : { first: eid(first), count };
}
