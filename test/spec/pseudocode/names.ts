/** The names that the listings of annex M use without giving them a value: M.1 says what they are. */
import { CONTROL_FIELDS, MAGIC, type ControlField } from "../../../src/core/binding/control-region.ts";
import { Command, Status } from "../../../src/core/binding/registers.ts";

export const REGISTERS = ["STR", "IDR", "ODR"] as const;
export type RegisterName = (typeof REGISTERS)[number];

export function isRegister(name: string): name is RegisterName {
  return (REGISTERS as readonly string[]).includes(name);
}

/** Constants of the binding. */
export const BINDING_NAMES: Readonly<Record<string, number>> = {
  INITIALISE: Command.INITIALISE,
  TX_BEGIN: Command.TX_BEGIN,
  RX_COMPLETE: Command.RX_COMPLETE,
  FENCE: Command.DUMMY,
  DUMMY: Command.DUMMY,
  BMC_ACTIVE: Status.BMC_ACTIVE,
  CHANNEL_ACTIVE: Status.CHANNEL_ACTIVE,
  IBF: Status.IBF,
  OBF: Status.OBF,
  MAGIC,
  infinity: Number.POSITIVE_INFINITY,
};

/** What a side is configured with. */
export const CONFIGURATION_NAMES = [
  "OWN_MIN",
  "OWN_CUR",
  "OWN_MTU",
  "WINDOW",
  "T_ann",
  "T_poll",
  "T_refused",
  "T_stall",
  "T_stop",
] as const;
export type Configuration = Readonly<Record<(typeof CONFIGURATION_NAMES)[number], number>>;

/** Names that stand for themselves: phases, states of the sender, ends of a round. */
export const WORDS: ReadonlySet<string> = new Set([
  ...["awaiting_bmc", "closing", "declining", "stopping", "fencing_close", "opening", "fencing_open", "judging"],
  ...["resting", "starting", "announcing", "inactive", "active", "stopped"],
  ...["idle", "begin_pending", "outstanding"],
  ...["wait", "again", "none", "true", "false"],
]);

/** What can be called beside the procedures, with the number of values given. */
export const FUNCTIONS: Readonly<Record<string, number>> = {
  min: 2,
  max: 2,
  be32: 1,
  crc32: 1,
  size: 1,
  deliver: 1,
  sleep: 1,
};

/** The fields from the one to the other, both included; undefined where there are none. */
export function fieldsBetween(from: string, to: string): readonly ControlField[] | undefined {
  const first = CONTROL_FIELDS.findIndex(({ name }) => name === from);
  const last = CONTROL_FIELDS.findIndex(({ name }) => name === to);
  return first < 0 || last < first ? undefined : CONTROL_FIELDS.slice(first, last + 1);
}

/** "sessions_opened" is sessionsOpened. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
