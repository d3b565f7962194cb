/** What shows that a BMC goes on as it should: the session, an answer to a request, a dummy, silence. */
import { Command, commandName, Status, statusText } from "../../core/binding/registers.ts";
import { Completion, Control, type ControlMessage } from "../../core/mctp/control/codec.ts";
import { byteText } from "../../core/judge/context.ts";
import { NotTestable } from "../outcome.ts";
import type { PlayedHost, Proposal } from "../played-host.ts";
import type { ControlRequest, PlayedSession } from "../player.ts";

/** Payload bytes that a packet of the BTU carries. */
export const BTU = 64;
/** An MTU for small sessions, where sizes have not been looked at yet. */
export const SMALL_MTU = 128;

/** A message type that DSP0239 gives to nobody: an endpoint drops it. */
export const NO_ONES_TYPE = 0x7d;

/** Whether the BMC answers Get Endpoint ID in the present session. */
export async function answers(host: PlayedHost): Promise<boolean> {
  try {
    return (await host.ask(Control.GET_ENDPOINT_ID)) !== undefined;
  } catch (error) {
    // A BMC that no longer reads IDR does not answer.
    if (error instanceof NotTestable) return false;
    throw error;
  }
}

/** Breaks `requirement` where the session is over or useless behind what `behind` names: "behind an unknown byte". */
export async function expectSessionKept(host: PlayedHost, requirement: string, behind: string): Promise<void> {
  if (!host.inSession) {
    host.shown(
      requirement,
      `${behind}, STR shows ${statusText(host.status())}`,
      "BMC Active and Channel Active stay set: the session goes on",
    );
  }
  if (await answers(host)) return;
  host.broken(
    requirement,
    `${behind}, the BMC no longer answers Get Endpoint ID`,
    "the session goes on as if nothing had been",
  );
}

/** Breaks `requirement` where the request was answered. */
export function expectUnanswered(host: PlayedHost, requests: readonly ControlRequest[], broken: Broken): void {
  for (const request of requests) {
    if (host.responseTo(request) !== undefined) host.shown(broken.requirement, broken.seen, broken.expected);
  }
}

export interface Broken {
  readonly requirement: string;
  readonly seen: string;
  readonly expected: string;
}

/** Waits for a dummy among the bytes read from `since` on; breaks LPC-BMC-4 where none comes. */
export async function expectDummy(host: PlayedHost, since: number, behind: string): Promise<void> {
  const seen = await host.serveUntil(() => host.bytesRead.indexOf(Command.DUMMY, since) >= 0);
  if (seen === true) return;
  host.broken("LPC-BMC-4", `no dummy is written to ODR ${behind}`, "every answer to Initialise is followed by a dummy");
}

/** Whether the BMC says, by Get Endpoint ID, that it is a bus owner or a bridge. */
export async function isBusOwner(host: PlayedHost): Promise<boolean> {
  const response = await host.ask(Control.GET_ENDPOINT_ID);
  return (((response?.data[1] ?? 0) >> 4) & 0x03) === 1;
}

/** No session, and nothing left in ODR or on its way there. */
export async function settle(host: PlayedHost): Promise<void> {
  await host.awaitBmc();
  await host.close();
  await host.serveSilence();
}

/** A close and its dummy, so that nothing is on its way into ODR; behind `settle`, and wherever each dummy was read. */
export async function closeToDummy(host: PlayedHost): Promise<void> {
  const since = host.bytesRead.length;
  await host.close();
  await expectDummy(host, since, "behind a close");
}

/** A session, and its dummy; behind `settle` or `closeToDummy`. Not testable where none is opened. */
export async function openToDummy(host: PlayedHost, proposal: Proposal = {}): Promise<PlayedSession> {
  const since = host.bytesRead.length;
  await host.propose(proposal);
  await expectDummy(host, since, "behind a proposal");
  return host.joinSession();
}

/** Milliseconds that tries of the same may take: a BMC that polls slowly is tried less often. */
const TRYING = 1000;
const FEWEST_TRIES = 3;

/** The numbers of the tries, from 0. */
export function* tries(host: PlayedHost, most: number): Generator<number, void> {
  const end = host.now + TRYING;
  for (let attempt = 0; attempt < most && (attempt < FEWEST_TRIES || host.now < end); attempt++) yield attempt;
}

/** What a response says, for a person. */
export function responseText(response: ControlMessage | undefined): string {
  if (response === undefined) return "no response";
  const { completion, data } = response;
  return `completion code ${byteText(completion)}, ${String(data.length)} bytes of data`;
}

/** Asks, and breaks `requirement` where the completion code is another. */
export async function expectCompletion(
  host: PlayedHost,
  request: { readonly command: number; readonly data?: Uint8Array; readonly text: string },
  expected: { readonly requirement: string; readonly codes: readonly number[] },
): Promise<ControlMessage> {
  const { command, data, text } = request;
  const response = await host.ask(command, data);
  if (response !== undefined && response.completion !== Completion.SUCCESS && response.data.length > 0) {
    host.shown("LPC-MCTP-12", `${text} is answered with ${responseText(response)}`, "no data behind an error");
  }
  if (response !== undefined && expected.codes.includes(response.completion)) return response;
  const codes = expected.codes.map(byteText).join(" or ");
  const seen = `${text} is answered with ${responseText(response)}`;
  const wanted = `a response with completion code ${codes}`;
  if (response !== undefined) return host.shown(expected.requirement, seen, wanted);
  const isLost = expected.codes.includes(Completion.SUCCESS);
  return host.broken(isLost ? "LPC-MCTP-8" : expected.requirement, seen, wanted);
}

/** Reads ODR until nothing has come for a while, whatever STR says; gives the bytes. */
export async function drain(host: PlayedHost, milliseconds: number = host.surroundings.silence): Promise<number[]> {
  const bytes: number[] = [];
  for (;;) {
    const byte = await host.takeByte(milliseconds);
    if (byte === undefined) return bytes;
    bytes.push(byte);
  }
}

/**
 * In a session, without reading ODR: a request of which Rx Complete stands in ODR, so that its response waits. Not
 * testable where Rx Complete does not come.
 */
export async function requestUnread(
  host: PlayedHost,
  command: number = Control.GET_ENDPOINT_ID,
): Promise<ControlRequest> {
  const request = host.controlRequest(command);
  host.leavesUnread = true;
  await host.begin(request.packet);
  const isFull = await host.until(() => (host.status() & Status.OBF) !== 0);
  if (isFull !== true) host.notTestable("no Rx Complete came");
  await host.pause(host.surroundings.silence);
  return request;
}

/** "Rx Complete, dummy", or "nothing". */
export function bytesText(bytes: readonly number[]): string {
  return bytes.length === 0 ? "nothing" : bytes.map(commandName).join(", ");
}

/** Sends a packet; false where Rx Complete does not come, or IDR is never emptied. */
export async function sent(host: PlayedHost, packet: Uint8Array): Promise<boolean> {
  try {
    return await host.send(packet);
  } catch (error) {
    if (error instanceof NotTestable) return false;
    throw error;
  }
}
