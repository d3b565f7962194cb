/** Counters for people: the traffic in one line, and whatever went otherwise than hoped, with its clause. */
import type { BindingCounter } from "../core/binding/counters.ts";
import type { TunCounter } from "../node/tun-counters.ts";
import type { BridgeCounter } from "../core/mctp/bridge/counters.ts";
import type { SerialCounter } from "../core/serial/counters.ts";
import type { MctpCounter } from "../core/mctp/counters.ts";
import { COUNTER_GROUPS, COUNTER_TABLES, type CounterText, type CountsByGroup } from "../agent/counter-tables.ts";
import type { FileCounter } from "../agent/files/limits.ts";
import type { ServiceCounter } from "../agent/services/service-counters.ts";
import type { PldmCounter } from "../core/pldm/responder.ts";

/** Counters that grow when all is well, a host that stops or starts included. */
const ORDINARY: ReadonlySet<string> = new Set<
  BindingCounter | MctpCounter | PldmCounter | BridgeCounter | SerialCounter | FileCounter | ServiceCounter | TunCounter
>([
  "packetsSent",
  "packetsReceived",
  "sessionsOpened",
  "fencesReceived",
  "closingInitialises",
  "reinitialised",
  "announceTimeout",
  "messagesSent",
  "messagesReceived",
  "bytesSent",
  "bytesReceived",
  "pldmAnswered",
  "programRequests",
  "packetsForwarded",
  "bytesForwarded",
  "framesSent",
  "framesReceived",
  "lineOpened",
  "packetsToKernel",
  "packetsFromKernel",
  "interfaceUp",
  "kernelWaited",
  "kernelForeign",
  "filesReplaced",
]);

/** Whether the counter of this name counts what went otherwise than hoped. */
export function isIncident(name: string): boolean {
  return !ORDINARY.has(name);
}

/** A counter that is not zero. */
export interface Counted {
  readonly name: string;
  readonly count: number;
  /** The requirement that says what happens then, or the clause of DSP0236. */
  readonly clause: string;
  readonly text: string;
  /** Whether it counts what went otherwise than hoped. */
  readonly incident: boolean;
}

/** Every counter that is not zero, those of the binding first. */
export function counted(counters: CountsByGroup): readonly Counted[] {
  return COUNTER_GROUPS.flatMap((group) => collect(counters[group], COUNTER_TABLES[group]));
}

/** Every drop, refusal, violation and recovery that has happened. */
export function incidents(counters: CountsByGroup): readonly Counted[] {
  return counted(counters).filter(({ incident }) => incident);
}

function collect(
  counts: Readonly<Record<string, number>> | undefined,
  table: Readonly<Record<string, CounterText>>,
): Counted[] {
  return Object.entries(table).flatMap(([name, { clause, text }]) => {
    const count = counts?.[name] ?? 0;
    return count === 0 ? [] : [{ name, count, clause, text, incident: isIncident(name) }];
  });
}

/** A line each: the name, how often, what it counts, and by which requirement. */
export function counterLines(list: readonly Counted[]): readonly string[] {
  const width = Math.max(0, ...list.map(({ name }) => name.length));
  return list.map(
    ({ name, count, clause, text }) => `${name.padEnd(width)}  ${String(count).padStart(6)}  ${text} [${clause}]`,
  );
}

/** The end of a status: incidents, and with `all` the other counters, too. */
export function countedLines(counters: CountsByGroup, all: boolean): readonly string[] {
  const wrong = incidents(counters);
  const others = all ? counted(counters).filter(({ incident }) => !incident) : [];
  return [
    wrong.length === 0 ? "  incidents  none" : "  incidents",
    ...counterLines(wrong).map((line) => `    ${line}`),
    ...(all ? ["  counters", ...counterLines(others).map((line) => `    ${line}`)] : []),
  ];
}
