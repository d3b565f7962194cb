/** All cases for a BMC, in the order in which they run: what others need comes first. */
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import { START_UP_CASES } from "./start-up.ts";

export const BMC_CASES: readonly Case<PlayedHost>[] = [...START_UP_CASES];
