/** When a bus owner asks the endpoint at the other end of a link who it is (LPC-MCTP-3, LPC-MCTP-19). */
import { Control, Completion, type ControlMessage } from "../core/mctp/control/codec.ts";
import { SetEndpointId } from "../core/mctp/control/commands/set-endpoint-id.ts";
import { isAssignable } from "../core/mctp/message.ts";
import { millis, type Eid, type Millis } from "../core/wire/units.ts";

/**
 * `announced`: after the first control message of a session from there; `always`: when a session opens; `never`: it
 * sends no control request unless a user orders it.
 */
export const DISCOVER_MODES = ["announced", "always", "never"] as const;
export type DiscoverMode = (typeof DISCOVER_MODES)[number];

/** An endpoint that announces itself does so at once: what is waited for is told when that has not come. */
export const TELL_WAITING: Millis = millis(1000);

/** Whether an endpoint asks to be discovered, by a request or a datagram. */
export function isDiscoveryNotify({ kind, command }: ControlMessage): boolean {
  return kind !== "response" && command === Control.DISCOVERY_NOTIFY;
}

/** The EID that an endpoint says it has taken, in a response to Set Endpoint ID. */
export function acceptedEid(control: ControlMessage): Eid | undefined {
  if (control.kind !== "response" || control.command !== Control.SET_ENDPOINT_ID) return undefined;
  if (control.completion !== Completion.SUCCESS) return undefined;
  const read = SetEndpointId.response.decode(control.data);
  return read.ok && read.value.accepted && isAssignable(read.value.eid) ? read.value.eid : undefined;
}
