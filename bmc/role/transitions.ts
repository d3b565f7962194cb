/** How the BMC's phases follow each other. Specification: clause 11. */
import { moveBy, type Target } from "../../src/core/binding/transitions.ts";
import type { BmcPhase, BmcState } from "./state.ts";
import type { BmcStep } from "./steps.ts";

export const BMC_TRANSITIONS = {
  "B1.1": { from: ["starting"], to: "announcing", when: "STR cleared" },
  "B1.4": { from: ["announcing"], to: "announcing", when: "announcement written" },
  "B1.8": { from: ["announcing"], to: "inactive", when: "BMC Active set" },
  "B2.3": { from: ["inactive", "active"], to: "starting", when: "other session bits in STR" },
  "B2.9": { from: ["active"], to: "starting", when: "other session bits in STR" },
  "B3.2": { from: ["inactive", "active"], to: "starting", when: "other session bits in STR" },
  "B3.3": { from: ["active"], to: "inactive", when: "Initialise read" },
  "B3.7": { from: ["inactive"], to: "active", when: "Initialise accepted" },
  "B6.4": { from: ["starting", "announcing", "inactive", "active"], to: "stopped", when: "stop asked for" },
} as const;

type Table = typeof BMC_TRANSITIONS;

/** Moves by a step of the table: only to a phase that it leads to, and only from where it begins. */
export function move<Step extends keyof Table & BmcStep>(
  bmc: BmcState,
  step: Step,
  to: Extract<BmcPhase, { readonly name: Target<Table, Step> }>,
): void {
  moveBy<BmcPhase>(BMC_TRANSITIONS, bmc, step, to);
}
