/** All cases for a BMC, in the order in which they run: what others need comes first. */
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import { ANSWER_ORDER_CASES } from "./answer-order.ts";
import { ASSEMBLY_CASES } from "./assembly.ts";
import { BOUND_CASES } from "./bounds.ts";
import { CONTROL_CASES } from "./control.ts";
import { DISCOVERY_CASES, UNASKED_CASES } from "./discovery.ts";
import { ECHO_CASES, VERSION_1_CASES } from "./echo.ts";
import { FENCE_CASES } from "./fences.ts";
import { INITIALISE_CASES } from "./initialise.ts";
import { NEGOTIATION_CASES } from "./negotiation.ts";
import { ODD_COMMAND_CASES } from "./odd-commands.ts";
import { ODD_PACKET_CASES } from "./odd-packets.ts";
import { PACKET_CASES } from "./packets.ts";
import { RESET_CASES } from "./reset.ts";
import { RESTART_CASES } from "./restart.ts";
import { FIRST_CASES, START_UP_CASES } from "./start-up.ts";
import { STOP_CASES } from "./stop.ts";
import { TURN_CASES } from "./turns.ts";
import { UNREAD_CASES } from "./unread.ts";

export const BMC_CASES: readonly Case<PlayedHost>[] = [
  ...FIRST_CASES,
  ...UNASKED_CASES,
  ...START_UP_CASES,
  ...NEGOTIATION_CASES,
  ...PACKET_CASES,
  ...FENCE_CASES,
  ...CONTROL_CASES,
  ...ASSEMBLY_CASES,
  ...DISCOVERY_CASES,
  ...UNREAD_CASES,
  ...ODD_COMMAND_CASES,
  ...ANSWER_ORDER_CASES,
  ...INITIALISE_CASES,
  ...TURN_CASES,
  ...ODD_PACKET_CASES,
  ...BOUND_CASES,
  ...ECHO_CASES,
  ...RESTART_CASES,
  ...RESET_CASES,
  ...STOP_CASES,
  ...VERSION_1_CASES,
];
