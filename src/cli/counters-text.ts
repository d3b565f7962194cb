/** Counters for people: the traffic in one line, and whatever went otherwise than hoped, with its clause. */
import { BINDING_COUNTERS, type BindingCounter } from "../binding/counters.ts";
import { DRIVE_COUNTERS } from "../drive/counters.ts";
import { MCTP_COUNTERS, type MctpCounter } from "../mctp/counters.ts";

type Counted = Readonly<Record<string, number>>;

/** Counters that grow when all is well. */
const ORDINARY: ReadonlySet<string> = new Set<BindingCounter | MctpCounter>([
  "packetsSent",
  "packetsReceived",
  "sessionsOpened",
  "fencesReceived",
  "closingInitialises",
  "announceTimeout",
  "messagesSent",
  "messagesReceived",
  "bytesSent",
  "bytesReceived",
]);

export interface Incident {
  readonly name: string;
  readonly count: number;
  readonly clause: string;
  readonly text: string;
}

/** Names of all counters that count what went otherwise than hoped. */
export const INCIDENT_NAMES: readonly string[] = [
  ...Object.keys(BINDING_COUNTERS),
  ...Object.keys(MCTP_COUNTERS),
  ...Object.keys(DRIVE_COUNTERS),
].filter((name) => !ORDINARY.has(name));

/** Every drop, refusal, violation and recovery that has happened. */
export function incidents(counters: {
  readonly binding: Counted;
  readonly mctp: Counted;
  readonly drive: Counted;
}): readonly Incident[] {
  return [
    ...collect(counters.binding, BINDING_COUNTERS),
    ...collect(counters.mctp, MCTP_COUNTERS),
    ...collect(counters.drive, DRIVE_COUNTERS),
  ];
}

function collect(counted: Counted, table: Readonly<Record<string, { clause: string; text: string }>>): Incident[] {
  return Object.entries(table).flatMap(([name, { clause, text }]) => {
    const count = counted[name] ?? 0;
    return count === 0 || ORDINARY.has(name) ? [] : [{ name, count, clause, text }];
  });
}

export function incidentLines(list: readonly Incident[]): readonly string[] {
  const width = Math.max(0, ...list.map(({ name }) => name.length));
  return list.map(
    ({ name, count, clause, text }) => `${name.padEnd(width)}  ${String(count).padStart(6)}  ${text} [${clause}]`,
  );
}
