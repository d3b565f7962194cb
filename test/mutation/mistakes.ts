/** All mistakes, in the order of the report. */
import type { Mistake } from "./mistake.ts";
import { BINDING } from "./mistakes/binding.ts";
import { BMC_INITIALISE } from "./mistakes/bmc-initialise.ts";
import { BMC_SESSION } from "./mistakes/bmc-session.ts";
import { BMC_START } from "./mistakes/bmc-start.ts";
import { HOST_JUDGING } from "./mistakes/host-judging.ts";
import { HOST_SESSION } from "./mistakes/host-session.ts";
import { HOST_START_UP } from "./mistakes/host-start-up.ts";
import { MCTP } from "./mistakes/mctp.ts";

export const MISTAKES: readonly Mistake[] = [
  ...HOST_START_UP,
  ...HOST_JUDGING,
  ...HOST_SESSION,
  ...BMC_START,
  ...BMC_SESSION,
  ...BMC_INITIALISE,
  ...BINDING,
  ...MCTP,
];

export { INDIFFERENT } from "./mistakes/indifferent.ts";
