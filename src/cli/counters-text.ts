/** Counters for people: the traffic in one line, and whatever went otherwise than hoped, with its clause. */
import { BINDING_COUNTERS, type BindingCounter } from "../core/binding/counters.ts";
import { DRIVE_COUNTERS } from "../node/counters.ts";
import { TUN_COUNTERS, type TunCounter } from "../node/tun-counters.ts";
import { CONTROL_COUNTERS } from "../agent/control/control-counters.ts";
import { OUTPUT_COUNTERS } from "../agent/outputs/output-counters.ts";
import { BRIDGE_COUNTERS, type BridgeCounter } from "../core/mctp/bridge/counters.ts";
import { OWNER_COUNTERS } from "../core/mctp/bus-owner/refusals.ts";
import { SERIAL_COUNTERS, type SerialCounter } from "../core/serial/counters.ts";
import { MCTP_COUNTERS, type MctpCounter } from "../core/mctp/counters.ts";
import { FILE_COUNTERS, type FileCounter } from "../agent/files/limits.ts";
import { SERVICE_COUNTERS, type ServiceCounter } from "../agent/services/service-counters.ts";
import { PLDM_COUNTERS, type PldmCounter } from "../core/pldm/responder.ts";

type Counts = Readonly<Record<string, number>>;

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

/** Counters by who keeps them, as agents tell of themselves; not every agent has all. */
interface Counters {
  readonly binding?: Counts;
  readonly mctp: Counts;
  readonly owner?: Counts;
  readonly pldm?: Counts;
  readonly services?: Counts;
  readonly files?: Counts;
  readonly drive?: Counts;
  readonly control?: Counts;
  readonly outputs?: Counts;
  readonly bridge?: Counts;
  readonly serial?: Counts;
  readonly tun?: Counts;
}

/** Every counter that is not zero, those of the binding first. */
export function counted(counters: Counters): readonly Counted[] {
  return [
    ...collect(counters.binding, BINDING_COUNTERS),
    ...collect(counters.mctp, MCTP_COUNTERS),
    ...collect(counters.owner, OWNER_COUNTERS),
    ...collect(counters.pldm, PLDM_COUNTERS),
    ...collect(counters.services, SERVICE_COUNTERS),
    ...collect(counters.files, FILE_COUNTERS),
    ...collect(counters.drive, DRIVE_COUNTERS),
    ...collect(counters.control, CONTROL_COUNTERS),
    ...collect(counters.outputs, OUTPUT_COUNTERS),
    ...collect(counters.bridge, BRIDGE_COUNTERS),
    ...collect(counters.serial, SERIAL_COUNTERS),
    ...collect(counters.tun, TUN_COUNTERS),
  ];
}

/** Every drop, refusal, violation and recovery that has happened. */
export function incidents(counters: Counters): readonly Counted[] {
  return counted(counters).filter(({ incident }) => incident);
}

function collect(
  counts: Counts | undefined,
  table: Readonly<Record<string, { clause: string; text: string }>>,
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
export function countedLines(counters: Counters, all: boolean): readonly string[] {
  const wrong = incidents(counters);
  const others = all ? counted(counters).filter(({ incident }) => !incident) : [];
  return [
    wrong.length === 0 ? "  incidents  none" : "  incidents",
    ...counterLines(wrong).map((line) => `    ${line}`),
    ...(all ? ["  counters", ...counterLines(others).map((line) => `    ${line}`)] : []),
  ];
}
