/** Reads what the check of a chip's doors needs. Nothing is written, and no register that is read changes by it. */
import { Failure, messageOf } from "../../failure.ts";
import type { Registers } from "../registers.ts";
import type { SocName } from "../soc.ts";
import { REGISTERS, registersOf, type RegisterName } from "./doors.ts";
import { judgeIsolation, type Isolation, type Values } from "./judgement.ts";
import type { Tell } from "../../log-events.ts";

/** The kernel gives or refuses registers by pages. */
const BLOCK_BYTES = 4096;

export interface ReadValues {
  readonly values: Values;
  /** Why some could not be read, each reason once. */
  readonly troubles: readonly string[];
}

/** A block that refuses one access is not accessed again. */
export function readValues(soc: SocName, registers: Registers): ReadValues {
  const values = new Map<RegisterName, number>();
  const troubles = new Set<string>();
  const refused = new Set<number>();
  for (const name of registersOf(soc)) {
    const block = Math.floor(REGISTERS[name] / BLOCK_BYTES);
    if (refused.has(block)) continue;
    try {
      values.set(name, registers.read(REGISTERS[name]));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refused.add(block);
      troubles.add(messageOf(error));
    }
  }
  return { values, troubles: [...troubles] };
}

/**
 * LPC-SEC-6: one line in the log when a door other than the window's own is open, for an agent that has the chip's registers at hand.
 * What cannot be read is passed over: an agent runs without the right to read them, too.
 */
export function warnOfOpenDoors(soc: SocName, registers: Registers, log: Tell): void {
  const { doors } = judgeIsolation(soc, readValues(soc, registers).values);
  const text = openDoorsText(doors);
  if (text === undefined) return;
  log(
    `the host can get at this BMC's memory past the window: ${text} (CVE-2019-6260, LPC-SEC-5). "mctp-lpc bmc isolation" tells the bits and what shuts each`,
    "device-trouble",
  );
}

/** "SuperIO decode open, iLPC2AHB filtered"; undefined: all are shut, or could not be read. */
function openDoorsText(doors: Isolation["doors"]): string | undefined {
  const open = doors.filter(({ state }) => state === "open" || state === "filtered");
  return open.length === 0 ? undefined : open.map(({ door, state }) => `${door.title} ${state}`).join(", ");
}
