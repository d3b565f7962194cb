/** Times of this binding (LPC-MCTP-4, LPC-MCTP-5) and bounds of memory (LPC-MCTP-7) that agents use. */
import { millis } from "../wire/units.ts";
import type { EndpointConfig } from "./endpoint.ts";

export const ENDPOINT_DEFAULTS: Pick<EndpointConfig, "timing" | "assembly" | "queue"> = {
  timing: { attemptTimeout: millis(300), retries: 2, tagHoldOff: millis(5000) },
  assembly: { messageBytes: 1024 * 1024, assemblies: 8, totalBytes: 8 * 1024 * 1024, timeout: millis(2000) },
  queue: { messages: 1024, bytes: 16 * 1024 * 1024 },
};
