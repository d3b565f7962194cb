/** All cases for a host, in the order in which they run: what others need comes first. */
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { ANSWER_CASES } from "./answers.ts";
import { OFFER_CASES } from "./offers.ts";
import { REFUSAL_CASES } from "./refusals.ts";
import { START_UP_CASES } from "./start-up.ts";
import { WAITING_CASES } from "./waiting.ts";

export const HOST_CASES: readonly Case<PlayedBmc>[] = [
  ...START_UP_CASES,
  ...WAITING_CASES,
  ...OFFER_CASES,
  ...ANSWER_CASES,
  ...REFUSAL_CASES,
];
