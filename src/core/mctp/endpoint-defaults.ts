/** Times of this binding (LPC-MCTP-4, LPC-MCTP-5) and bounds of memory (LPC-MCTP-7, -25, -26) that agents use. */
import { millis } from "../wire/units.ts";
import { REPEATS_BYTES } from "./control/repeats.ts";
import type { EndpointConfig } from "./endpoint.ts";
import { PART_OF_PEER } from "./transmit-queue.ts";

export const ENDPOINT_DEFAULTS: Pick<EndpointConfig, "timing" | "assembly" | "queue"> = {
  timing: { attemptTimeout: millis(300), retries: 2, tagHoldOff: millis(5000) },
  assembly: { messageBytes: 1024 * 1024, assemblies: 8, totalBytes: 8 * 1024 * 1024, timeout: millis(2000) },
  queue: { messages: 1024, bytes: 16 * 1024 * 1024 },
};

const { assembly, queue } = ENDPOINT_DEFAULTS;

/**
 * Bytes that the peers of one port can make an endpoint hold (LPC-MCTP-7): messages half received, answers that wait to be
 * fetched (of which the first may be as long as any message), and answers kept for requests that come again.
 */
export const MOST_BYTES_OF_PEERS: number =
  assembly.totalBytes + PART_OF_PEER * queue.bytes + assembly.messageBytes + REPEATS_BYTES;
