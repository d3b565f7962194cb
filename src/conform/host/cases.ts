/** All cases for a host, in the order in which they run: what others need comes first. */
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { START_UP_CASES } from "./start-up.ts";

export const HOST_CASES: readonly Case<PlayedBmc>[] = [...START_UP_CASES];
