/**
 * The endpoints behind bridges, as far as they have answered: the bridge gives them their EIDs, of the pool that this bus
 * owner gave it. What is known of them is asked again, and kept nowhere.
 */
import type { Eid } from "../../wire/units.ts";
import type { EndpointType } from "../control/commands/get-endpoint-id.ts";
import type { EidRange } from "../control/routing.ts";
import { MISSES_TO_GONE } from "./endpoint-record.ts";
import { includesEid } from "./memory.ts";

/** Endpoints behind the bridge of one port that are listed. */
export const MOST_FAR_ENDPOINTS = 64;

/** What an endpoint behind a bridge has said of itself. */
export interface FarIdentity {
  readonly endpointType: EndpointType;
  /** In the form 8-4-4-4-12, lower case; undefined for one without a UUID, or that has not told it yet. */
  readonly uuid: string | undefined;
  /** Versions of the control protocol, coded as the wire has them. */
  readonly controlVersions: readonly number[];
  /** Message types beside control. */
  readonly messageTypes: readonly number[];
  /** It has answered every question, if only by "unsupported command". */
  readonly isComplete: boolean;
}

export interface FarEndpoint extends FarIdentity {
  readonly eid: Eid;
  readonly port: number;
  /** The EID of the bridge on that port. */
  readonly bridge: Eid;
  readonly presence: "present" | "silent";
  /** Times in a row that it did not answer. */
  readonly misses: number;
}

/** EIDs of the pools of two bridges are never the same, so that an EID names one endpoint. */
export class FarEndpoints {
  readonly #records = new Map<Eid, FarEndpoint>();

  /** All of them, in ascending order of EID. */
  get endpoints(): readonly FarEndpoint[] {
    return [...this.#records.values()].sort((one, other) => one.eid - other.eid);
  }

  find(eid: Eid): FarEndpoint | undefined {
    return this.#records.get(eid);
  }

  /** The EIDs of those behind the bridge of a port. */
  at(port: number): readonly Eid[] {
    return this.endpoints.filter((one) => one.port === port).map(({ eid }) => eid);
  }

  /** An endpoint answered. False, and it is not taken, where the port has as many as it may have. */
  answered(eid: Eid, port: number, bridge: Eid, identity: FarIdentity): boolean {
    if (!this.#records.has(eid) && this.at(port).length >= MOST_FAR_ENDPOINTS) return false;
    this.#records.set(eid, { ...identity, eid, port, bridge, presence: "present", misses: 0 });
    return true;
  }

  /** A known endpoint did not answer: it is silent, and in the end gone, and not listed any more. */
  missed(eid: Eid): "silent" | "gone" {
    const record = this.#records.get(eid);
    const misses = (record?.misses ?? 0) + 1;
    if (record === undefined || misses >= MISSES_TO_GONE) {
      this.#records.delete(eid);
      return "gone";
    }
    this.#records.set(eid, { ...record, presence: "silent", misses });
    return "silent";
  }

  forget(eid: Eid): void {
    this.#records.delete(eid);
  }

  /** The bridge of a port has this EID and these EIDs to give; undefined: there is none. What is not of them is forgotten. */
  follow(port: number, bridge: Eid | undefined, pool: EidRange | undefined): void {
    for (const record of this.endpoints) {
      if (record.port !== port) continue;
      if (bridge === undefined || !includesEid(pool, record.eid)) this.#records.delete(record.eid);
      else this.#records.set(record.eid, { ...record, bridge });
    }
  }
}
