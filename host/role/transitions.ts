/** How the host's phases follow each other. Specification: "Host procedures". */
import { replacePhase, type StepBetween } from "../../src/core/binding/transitions.ts";
import type { HostPhase, HostState } from "./state.ts";

export const HOST_TRANSITIONS = {
  awaitingBmc: [
    { to: "closing", step: "H1.2", when: "magic found" },
    { to: "resting", step: "H1.2", when: "no magic" },
    { to: "stopped", step: "H4.1", when: "stop asked for" },
  ],
  closing: [
    { to: "fencingClose", step: "H1.3", when: "close written" },
    { to: "resting", step: "H1.3", when: "close written after a decline" },
    { to: "stopped", step: "H1.3", when: "close written for a stop" },
    { to: "closing", step: "H4.2", when: "stop asked for" },
    { to: "awaitingBmc", step: "H0.3", when: "BMC Active = 0" },
    { to: "stopped", step: "H0.3", when: "BMC Active = 0, stop asked for" },
  ],
  fencingClose: [
    { to: "opening", step: "H1.4", when: "fence written" },
    { to: "awaitingBmc", step: "H0.3", when: "BMC Active = 0" },
    { to: "stopped", step: "H4.1", when: "stop asked for" },
  ],
  opening: [
    { to: "fencingOpen", step: "H1.5", when: "proposal written" },
    { to: "awaitingBmc", step: "H1.5", when: "Channel Active = 1: close lost" },
    { to: "resting", step: "H1.5", when: "begun again too often" },
    { to: "awaitingBmc", step: "H0.3", when: "BMC Active = 0" },
    { to: "stopped", step: "H4.1", when: "stop asked for" },
  ],
  fencingOpen: [
    { to: "judging", step: "H1.6", when: "fence written" },
    { to: "awaitingBmc", step: "H0.3", when: "BMC Active = 0" },
    { to: "closing", step: "H4.2", when: "stop asked for" },
  ],
  judging: [
    { to: "active", step: "H1.7", when: "answer usable" },
    { to: "closing", step: "H1.7", when: "answer declined" },
    { to: "resting", step: "H1.7", when: "refused, or begun again too often" },
    { to: "awaitingBmc", step: "H1.7", when: "BMC restarted" },
    { to: "awaitingBmc", step: "H0.3", when: "BMC Active = 0" },
    { to: "closing", step: "H4.2", when: "stop asked for" },
  ],
  resting: [
    { to: "awaitingBmc", step: "H1.9", when: "versions changed or T_refused over" },
    { to: "awaitingBmc", step: "H0.3", when: "BMC Active = 0" },
    { to: "stopped", step: "H4.1", when: "stop asked for" },
  ],
  active: [
    { to: "awaitingBmc", step: "H2.9", when: "BMC Active or Channel Active = 0" },
    { to: "closing", step: "H4.2", when: "stop asked for" },
  ],
  stopped: [],
} as const;

/** The steps by which the host gets from the one phase to the other. */
type HostStep<From extends HostPhase, To extends HostPhase> = StepBetween<
  typeof HOST_TRANSITIONS,
  From["name"],
  To["name"]
>;

/** Moves along an edge of the table: from the current phase, narrowed to its name, by one of the steps that lead there. */
export function move<From extends HostPhase, To extends HostPhase>(
  host: HostState,
  from: From,
  _step: HostStep<From, To>,
  to: To,
): void {
  replacePhase<HostPhase>(host, from, to);
}
