/**
 * The faulty programs, and the requirement that each breaks, decided from spec/mctp-lpc.md alone. `faulty host BOARD FAULT`
 * and `faulty bmc BOARD FAULT` run them until their standard input ends; the fault "none" has none. The board has to be there.
 * To build: gcc -std=c11 -O2 -I spec -o faulty test/conform/faulty/*.c
 */
import { BMC_PROGRAMS } from "./expected-bmcs.ts";
import { FURTHER_HOST_PROGRAMS } from "./expected-further-hosts.ts";
import { HOST_PROGRAMS } from "./expected-hosts.ts";
import { MESSAGE_PROGRAMS } from "./expected-messages.ts";
import { COMMAND_PROGRAMS, PACKET_PROGRAMS } from "./expected-packets.ts";
import type { FaultyProgram } from "./program.ts";

/** Every faulty program; a fault that both sides may have is there for each. */
export const FAULTY_PROGRAMS: readonly FaultyProgram[] = [
  ...PACKET_PROGRAMS,
  ...COMMAND_PROGRAMS,
  ...MESSAGE_PROGRAMS,
  ...HOST_PROGRAMS,
  ...FURTHER_HOST_PROGRAMS,
  ...BMC_PROGRAMS,
];
