/** How the host's phases follow each other. Specification: clause 10. */
import { moveBy, type Target } from "../../src/core/binding/transitions.ts";
import type { HostPhase, HostState } from "./state.ts";
import type { HostStep } from "./steps.ts";

export const HOST_TRANSITIONS = {
  "H0.5": {
    from: ["closing", "declining", "fencingClose", "opening", "fencingOpen", "judging", "resting"],
    to: "awaitingBmc",
    when: "BMC Active = 0",
  },
  "H0.6": { from: ["stopping"], to: "stopped", when: "BMC Active = 0" },
  "H1.1": { from: ["awaitingBmc"], to: "closing", when: "BMC Active = 1, magic found" },
  "H1.4": { from: ["closing"], to: "fencingClose", when: "close written" },
  "H1.5": { from: ["declining"], to: "resting", when: "close written" },
  "H1.6": { from: ["stopping"], to: "stopped", when: "close written" },
  "H1.7": { from: ["fencingClose"], to: "fencingClose", when: "first fence written" },
  "H1.8": { from: ["fencingClose"], to: "opening", when: "second fence written" },
  "H1.9": { from: ["opening"], to: "awaitingBmc", when: "Channel Active = 1: close lost" },
  "H1.13": { from: ["opening"], to: "fencingOpen", when: "proposal written" },
  "H1.14": { from: ["fencingOpen"], to: "fencingOpen", when: "first fence written" },
  "H1.15": { from: ["fencingOpen"], to: "judging", when: "second fence written" },
  "H1.17": { from: ["judging"], to: "awaitingBmc", when: "first refusal" },
  "H1.18": { from: ["judging"], to: "resting", when: "refused again" },
  "H1.19": { from: ["judging"], to: "awaitingBmc", when: "no answer, versions changed" },
  "H1.22": { from: ["judging"], to: "awaitingBmc", when: "session bits cleared" },
  "H1.24": { from: ["judging"], to: "awaitingBmc", when: "version invalid, versions changed" },
  "H1.25": { from: ["judging"], to: "declining", when: "version invalid" },
  "H1.26": { from: ["judging"], to: "awaitingBmc", when: "rx_size above the asked" },
  "H1.27": { from: ["judging"], to: "declining", when: "layout unusable" },
  "H1.28": { from: ["judging"], to: "active", when: "answer usable" },
  "H1.29": { from: ["opening", "judging"], to: "resting", when: "begun again too often" },
  "H1.31": { from: ["resting"], to: "awaitingBmc", when: "versions changed or T_refused over" },
  "H2.3": { from: ["active"], to: "awaitingBmc", when: "session bits cleared" },
  "H2.12": { from: ["active"], to: "awaitingBmc", when: "session bits cleared" },
  "H4.1": {
    from: ["awaitingBmc", "fencingClose", "opening", "resting"],
    to: "stopped",
    when: "stop asked for",
  },
  "H4.2": {
    from: ["closing", "declining", "fencingOpen", "judging", "active"],
    to: "stopping",
    when: "stop asked for",
  },
  "H4.3": { from: ["stopping"], to: "stopped", when: "T_stop over" },
} as const;

type Table = typeof HOST_TRANSITIONS;

/** Moves by a step of the table: only to a phase that it leads to, and only from where it begins. */
export function move<Step extends keyof Table & HostStep>(
  host: HostState,
  step: Step,
  to: Extract<HostPhase, { readonly name: Target<Table, Step> }>,
): void {
  moveBy<HostPhase>(HOST_TRANSITIONS, host, step, to);
}
