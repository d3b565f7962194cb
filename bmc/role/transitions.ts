/** How the BMC's phases follow each other. Specification: "BMC procedures". */
import { replacePhase, type StepBetween } from "../../src/core/binding/transitions.ts";
import type { BmcPhase, BmcState } from "./state.ts";

export const BMC_TRANSITIONS = {
  starting: [
    { to: "announcing", step: "B1.1", when: "STR cleared" },
    { to: "stopped", step: "B6.3", when: "stop asked for" },
  ],
  announcing: [
    { to: "announcing", step: "B1.3", when: "announcement written" },
    { to: "inactive", step: "B1.7", when: "BMC Active set" },
    { to: "stopped", step: "B6.3", when: "stop asked for" },
  ],
  inactive: [
    { to: "active", step: "B3.5", when: "Initialise accepted" },
    { to: "starting", step: "B2.2", when: "other session bits in STR" },
    { to: "starting", step: "B3.1", when: "other session bits in STR" },
    { to: "stopped", step: "B6.3", when: "stop asked for" },
  ],
  active: [
    { to: "inactive", step: "B3.1", when: "Initialise read" },
    { to: "starting", step: "B2.2", when: "other session bits in STR" },
    { to: "starting", step: "B3.1", when: "other session bits in STR" },
    { to: "starting", step: "B5.1", when: "other session bits in STR" },
    { to: "stopped", step: "B6.3", when: "stop asked for" },
  ],
  stopped: [],
} as const;

/** The steps by which the BMC gets from the one phase to the other. */
type BmcStep<From extends BmcPhase, To extends BmcPhase> = StepBetween<
  typeof BMC_TRANSITIONS,
  From["name"],
  To["name"]
>;

/** Moves along an edge of the table: from the current phase, narrowed to its name, by one of the steps that lead there. */
export function move<From extends BmcPhase, To extends BmcPhase>(
  bmc: BmcState,
  from: From,
  _step: BmcStep<From, To>,
  to: To,
): void {
  replacePhase<BmcPhase>(bmc, from, to);
}
