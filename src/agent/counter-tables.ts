/** Every counter that agents have, by who keeps it: what each counts, and by which clause. */
import { BINDING_COUNTERS } from "../core/binding/counters.ts";
import { BRIDGE_COUNTERS } from "../core/mctp/bridge/counters.ts";
import { OWNER_COUNTERS } from "../core/mctp/bus-owner/refusals.ts";
import { MCTP_COUNTERS } from "../core/mctp/counters.ts";
import { PLDM_COUNTERS } from "../core/pldm/responder.ts";
import { SERIAL_COUNTERS } from "../core/serial/counters.ts";
import { DRIVE_COUNTERS } from "../node/counters.ts";
import { TUN_COUNTERS } from "../node/tun-counters.ts";
import { CONTROL_COUNTERS } from "./control/control-counters.ts";
import { FILE_COUNTERS } from "./files/limits.ts";
import { OUTPUT_COUNTERS } from "./outputs/output-counters.ts";
import { SERVICE_COUNTERS } from "./services/service-counters.ts";

export type CounterGroup =
  | "binding"
  | "mctp"
  | "owner"
  | "pldm"
  | "services"
  | "files"
  | "drive"
  | "control"
  | "outputs"
  | "bridge"
  | "serial"
  | "tun";

export interface CounterText {
  readonly clause: string;
  readonly text: string;
}

/** In the order that people are shown them in: those of the binding first. */
export const COUNTER_TABLES: Readonly<Record<CounterGroup, Readonly<Record<string, CounterText>>>> = {
  binding: BINDING_COUNTERS,
  mctp: MCTP_COUNTERS,
  owner: OWNER_COUNTERS,
  pldm: PLDM_COUNTERS,
  services: SERVICE_COUNTERS,
  files: FILE_COUNTERS,
  drive: DRIVE_COUNTERS,
  control: CONTROL_COUNTERS,
  outputs: OUTPUT_COUNTERS,
  bridge: BRIDGE_COUNTERS,
  serial: SERIAL_COUNTERS,
  tun: TUN_COUNTERS,
};

export const COUNTER_GROUPS: readonly CounterGroup[] = Object.keys(COUNTER_TABLES) as CounterGroup[];

/** Counts of an agent, as it tells of itself; not every agent has all groups. */
export type CountsByGroup = { readonly [Group in CounterGroup]?: Readonly<Record<string, number>> };
