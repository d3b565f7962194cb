/** When a bus owner asks the endpoint at the other end of an LPC channel who it is (LPC-MCTP-3, LPC-MCTP-19). */
import { Control, type ControlMessage } from "../core/mctp/control/codec.ts";

/**
 * `announced`: after the first control message of a session from there; `always`: when a session opens; `never`: it
 * sends no control request of its own.
 */
export const DISCOVER_MODES = ["announced", "always", "never"] as const;
export type DiscoverMode = (typeof DISCOVER_MODES)[number];

/** An endpoint that announces itself does so at once: what is waited for is told when that has not come. */
export const TELL_WAITING_MILLISECONDS = 1000;

/** Whether an endpoint asks to be discovered, by a request or a datagram. */
export function isDiscoveryNotify({ kind, command }: ControlMessage): boolean {
  return kind !== "response" && command === Control.DISCOVERY_NOTIFY;
}
