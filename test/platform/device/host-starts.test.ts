/** The host starts without a false refusal, whatever byte lies in the driver; more of the same in host-starts.proof.ts. */
import { hostStarts } from "./host-starts.ts";

hostStarts({ quick: 10, slow: 1 });
