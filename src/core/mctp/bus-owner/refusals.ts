/** What a bus owner refuses endpoints, so that one port takes nothing from another: counted, and told once a port. */
import { zeroCounters } from "../../wire/counters.ts";

export const OWNER_COUNTERS = {
  uuidsElsewhere: {
    clause: "LPC-MCTP-23",
    text: "endpoints that showed the UUID of an endpoint at another port: given an EID of their own port",
  },
  eidsRefused: {
    clause: "LPC-MCTP-17",
    text: "endpoints that insisted on an EID which is another's, or kept for another: they have not joined",
  },
  eidsExhausted: {
    clause: "LPC-MCTP-17",
    text: "endpoints that got no EID: none was left of the pool, or of the share of their port",
  },
  poolsCut: {
    clause: "LPC-MCTP-17",
    text: "bridges that got fewer EIDs to give than they wanted, or none: the pool, or the share of their port, has no more",
  },
  farUuidsElsewhere: {
    clause: "LPC-MCTP-23",
    text: "endpoints behind bridges that showed the UUID of an endpoint at another port: Resolve UUID does not name them",
  },
  farEidsRefused: {
    clause: "DSP0236 12.4",
    text: "endpoints behind bridges that named another EID than they were asked under: not listed",
  },
  farLeftOut: {
    clause: "LPC-MCTP-17",
    text: "endpoints behind bridges that were not listed: their port has as many as are listed of one",
  },
  endpointsForgotten: {
    clause: "LPC-MCTP-17",
    text: "endpoints that have gone and were forgotten: their port needed the EID for another, or had more than its share",
  },
} as const;

export type OwnerCounter = keyof typeof OWNER_COUNTERS;
export type OwnerCounters = Record<OwnerCounter, number>;

export class Refusals {
  readonly counters: OwnerCounters = zeroCounters(OWNER_COUNTERS);
  /** Told of the first refusal of a kind at a port, in a line for people. */
  onFirst: ((line: string, port: number) => void) | undefined;
  readonly #told = new Set<string>();

  /** `line`: what is told the first time; undefined where the refused endpoint's failure to join is told anyway. */
  count(what: OwnerCounter, port: number, line?: string, times = 1): void {
    this.counters[what] += times;
    const kind = `${what} ${String(port)}`;
    if (line === undefined || this.#told.has(kind)) return;
    this.#told.add(kind);
    this.onFirst?.(line, port);
  }
}
