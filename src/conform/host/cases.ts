/** All cases for a host, in the order in which they run: what others need comes first. */
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { ACCESS_ORDER_CASES } from "./access-order.ts";
import { ANSWER_CASES } from "./answers.ts";
import { ASSEMBLY_CASES } from "./assemblies.ts";
import { CONTROL_BASE_CASES } from "./control-base.ts";
import { CONTROL_CASES } from "./control.ts";
import { EID_CASES } from "./eid.ts";
import { HOST_RESTART_CASES } from "./host-restarts.ts";
import { LENGTH_BOUNDS_CASES } from "./length-bounds.ts";
import { LONG_MESSAGE_CASES } from "./long-messages.ts";
import { MCTP_CASES } from "./mctp.ts";
import { ODD_COMMAND_CASES } from "./odd-commands.ts";
import { ODD_PACKET_CASES } from "./odd-packets.ts";
import { OFFER_CASES } from "./offers.ts";
import { OWN_REQUEST_CASES } from "./own-requests.ts";
import { QUIET_CASES } from "./quiet.ts";
import { REFUSAL_CASES } from "./refusals.ts";
import { SESSION_END_CASES } from "./session-ends.ts";
import { START_UP_CASES } from "./start-up.ts";
import { STOP_CASES } from "./stop.ts";
import { TRAFFIC_CASES } from "./traffic.ts";
import { UNDER_WAY_CASES } from "./under-way.ts";
import { UNREAD_CASES } from "./unread.ts";
import { UNREAD_FENCES_CASES } from "./unread-fences.ts";
import { WAITING_CASES } from "./waiting.ts";
import { WINDOW_CASES } from "./window.ts";

/** What everything else needs: a session, and a host that waits where there is no BMC, as it is behind every case. */
const BASE: readonly string[] = ["start/session", "wait/not-active", "wait/goes-down"];

/** It comes before the rest of BASE: what shows in packets of the host shows in every other case, too. */
const FIRST: readonly string[] = [...BASE, "control/get-eid", "bad-packet/changed-behind-rx-complete"];

const LISTED: readonly Case<PlayedBmc>[] = [
  ...START_UP_CASES,
  ...WAITING_CASES,
  ...CONTROL_BASE_CASES,
  ...OFFER_CASES,
  ...ANSWER_CASES,
  ...ACCESS_ORDER_CASES,
  ...REFUSAL_CASES,
  ...TRAFFIC_CASES,
  ...UNDER_WAY_CASES,
  ...WINDOW_CASES,
  ...ODD_PACKET_CASES,
  ...LENGTH_BOUNDS_CASES,
  ...UNREAD_FENCES_CASES,
  ...UNREAD_CASES,
  ...ODD_COMMAND_CASES,
  ...SESSION_END_CASES,
  ...CONTROL_CASES,
  ...EID_CASES,
  ...MCTP_CASES,
  ...LONG_MESSAGE_CASES,
  ...ASSEMBLY_CASES,
  ...OWN_REQUEST_CASES,
  ...QUIET_CASES,
  ...HOST_RESTART_CASES,
  ...STOP_CASES,
];

export const HOST_CASES: readonly Case<PlayedBmc>[] = inOrder(LISTED.map(basedCase));

function basedCase(one: Case<PlayedBmc>): Case<PlayedBmc> {
  const { name, needs = [] } = one;
  if (FIRST.includes(name)) return one;
  // A host that reads a buffer again answers what the tester writes there next.
  const copied = needs.includes("control/get-eid") ? ["bad-packet/changed-behind-rx-complete"] : [];
  return { ...one, needs: [...new Set([...BASE, ...needs, ...copied])] };
}

/**
 * Each behind those that it needs; those with a risk last, so that a host which does not survive one was tested before;
 * otherwise as they are listed.
 */
function inOrder(cases: readonly Case<PlayedBmc>[]): readonly Case<PlayedBmc>[] {
  const byName = new Map(cases.map((one) => [one.name, one]));
  const ordered = new Set<Case<PlayedBmc>>();
  const add = (one: Case<PlayedBmc>): void => {
    for (const name of one.needs ?? []) {
      const needed = byName.get(name);
      if (needed !== undefined && !ordered.has(needed)) add(needed);
    }
    ordered.add(one);
  };
  for (const name of ["start/session", "control/get-eid", "bad-packet/changed-behind-rx-complete"])
    add(byName.get(name)!);
  for (const one of cases) if (one.risk === undefined) add(one);
  for (const one of cases) add(one);
  return [...ordered];
}
