/** Why a request without a response has none, as far as a host can tell. */
import { Completion, Control, decodeControl } from "../../core/mctp/control/codec.ts";
import { Flag } from "../../core/mctp/packet.ts";
import type { PlayedHost } from "../played-host.ts";
import { openOldest } from "./sessions.ts";
import { NO_ONES_TYPE, sent } from "./signs.ts";

/** Bytes of the length field, and of an MCTP header. */
const LENGTH_BYTES = 4;
const HEADER_BYTES = 4;
const CONTROL_HEADER = 3;
/** Data bytes of a response to Get Endpoint ID, and its completion code. */
const ENDPOINT_ID_BYTES = 3;
const COMPLETION_BYTES = 1;
/** Data bytes of the requests that a bus owner sends. */
const REQUEST_DATA: Readonly<Record<number, number>> = {
  [Control.GET_VERSION_SUPPORT]: 1,
  [Control.SET_ENDPOINT_ID]: 2,
  [Control.GET_ENDPOINT_ID]: 0,
};

/**
 * Whether the last packet is cut: what its length field tells of is no whole control message, and with the four bytes
 * behind it is one.
 */
export function holdsMoreThanTold(host: PlayedHost): boolean {
  const { session } = host;
  const last = host.packets.at(-1);
  if (session === undefined || last === undefined || last.bytes.length < HEADER_BYTES) return false;
  const message = host
    .get(session.receives.offset + LENGTH_BYTES, last.bytes.length + LENGTH_BYTES)
    .subarray(HEADER_BYTES);
  const isOwner = (last.bytes[3]! & Flag.TO) !== 0;
  const whole = decodeControl(message, isOwner);
  const told = last.bytes.length - HEADER_BYTES;
  if (whole?.kind === "response") {
    return told < CONTROL_HEADER + COMPLETION_BYTES && whole.data.length === ENDPOINT_ID_BYTES;
  }
  const data = whole?.kind === "request" ? REQUEST_DATA[whole.command] : undefined;
  if (data === undefined) return false;
  return told < CONTROL_HEADER + data && whole!.data.length === data;
}

/** Whether packets that ask for nothing have their Rx Complete, where a while lies between them. */
export async function completesAfterPauses(host: PlayedHost, packets: number): Promise<boolean> {
  await openOldest(host);
  for (let packet = 0; packet < packets; packet++) {
    await host.serveSilence();
    if (!(await sent(host, host.packet(Uint8Array.of(NO_ONES_TYPE))))) return false;
  }
  return true;
}

/** Whether responses wait for the next byte in IDR. */
export async function answersBehindFence(host: PlayedHost): Promise<boolean> {
  const before = host.messages.length;
  await host.fence();
  await host.serveSilence();
  return host.messages.length > before;
}

/** Whether a request is answered whose length field says more than it should. */
export async function answersMisread(host: PlayedHost, surplus: number): Promise<boolean> {
  const request = host.controlRequest(Control.GET_ENDPOINT_ID);
  await host.begin(request.packet, { length: request.packet.length + surplus });
  await host.completed();
  const response = await host.serveUntil(() => host.responseTo(request), host.surroundings.silence);
  return response?.completion === Completion.SUCCESS;
}
