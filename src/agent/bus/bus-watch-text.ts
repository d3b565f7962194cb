/** What an agent says of its bus. */
import { BINDING_COUNTERS, type BindingCounter } from "../../core/binding/counters.ts";
import type { Finding } from "../../core/judge/finding.ts";

/** One line: who broke which requirement, what was seen, what it should have been, and a guess at why. */
export function describeFinding({ side, requirement, seen, expected, cause }: Finding): string {
  const who = side === "host" ? "host" : "BMC";
  const guess = cause === undefined ? "" : ` (${cause.text})`;
  return `the ${who} broke ${requirement}: ${seen}, expected ${expected}${guess}`;
}

type Dropped =
  | "lengthOutOfBounds"
  | "crcMismatch"
  | "txBeginUnexpected"
  | "rxCompleteUnexpected"
  | "initialiseAtHost"
  | "unknownCommand";

/** Told when the first of each kind was dropped or ignored; further ones are counted. */
export const FIRST_INCIDENT_TEXT: Readonly<Record<Dropped, string>> = {
  lengthOutOfBounds: first("lengthOutOfBounds", "dropped a packet: the buffer cannot hold its length"),
  crcMismatch: first("crcMismatch", "dropped a packet: wrong CRC-32"),
  txBeginUnexpected: first("txBeginUnexpected", "ignored a Tx Begin: no session, or Rx Complete still owed"),
  rxCompleteUnexpected: first("rxCompleteUnexpected", "ignored an Rx Complete: no packet was outstanding"),
  initialiseAtHost: first("initialiseAtHost", "ignored an Initialise: only the BMC can receive it"),
  unknownCommand: first("unknownCommand", "ignored an unknown command byte"),
};

function first(counter: BindingCounter, what: string): string {
  return `${what} (${BINDING_COUNTERS[counter].clause}); further ones are counted, see "mctp-lpc status"`;
}
