/** Control requests of a conformance run to a host, and what comes in answer. */
import { completionName, Control, decodeControl, type ControlMessage } from "../../core/mctp/control/codec.ts";
import { byteText } from "../../core/judge/context.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import type { ControlRequest, FrameOptions } from "../player.ts";

/** Sends a request and gives its response; breaks LPC-MCTP-8 where none comes. */
export async function ask(
  bmc: PlayedBmc,
  command: number,
  data: readonly number[],
  what: string,
): Promise<ControlMessage> {
  const request = bmc.controlRequest(command, Uint8Array.from(data));
  if (!(await bmc.send(request.packet))) bmc.notTestable("a packet gets no Rx Complete");
  const response = await bmc.serveUntil(() => bmc.responseTo(request));
  if (response !== undefined) return response;
  nameOddResponse(bmc, request);
  return bmc.broken(
    "LPC-MCTP-8",
    `${what} is not answered in ${String(bmc.surroundings.patience)} ms`,
    "a response within 100 ms",
  );
}

/** Sends a request in three packets, with another packet between the first two. */
export async function askAround(bmc: PlayedBmc, between: Uint8Array, frame: FrameOptions): Promise<ControlRequest> {
  const request = bmc.controlRequest(Control.GET_ENDPOINT_ID);
  const part = (at: number): Uint8Array =>
    bmc.packet(request.message.subarray(at, at + 1), {
      start: at === 0,
      end: at === 2,
      sequence: at,
      tag: request.tag,
    });
  const areTaken =
    (await bmc.send(part(0))) &&
    (await bmc.send(between, frame)) &&
    (await bmc.send(part(1))) &&
    (await bmc.send(part(2)));
  if (!areTaken) bmc.notTestable("a packet gets no Rx Complete");
  return request;
}

export function expectCompletion(
  bmc: PlayedBmc,
  { completion }: ControlMessage,
  what: string,
  expected: number,
  requirement: string,
): void {
  if (completion === expected) return;
  bmc.broken(
    requirement,
    `${what} is answered with ${completionName(completion)}`,
    `${completionName(expected)} (${byteText(expected)})`,
  );
}

/** A message that came in place of a response, with the tag of the request or as a control message that is no response. */
export function nameOddResponse(bmc: PlayedBmc, request: ControlRequest): void {
  for (const { tagOwner, tag, bytes } of bmc.messages) {
    if (bytes[0] !== 0 || bytes.length < 4 || (tagOwner && tag !== request.tag)) continue;
    if (bytes[2] !== request.command) continue;
    const bits = bytes[1]! & 0xc0;
    if (tagOwner ? bits === 0 : bits !== 0) {
      bmc.broken(
        "LPC-MCTP-13",
        `a response comes with TO = ${tagOwner ? "1" : "0"} and ${byteText(bytes[1]!)} in its second byte`,
        "TO, Rq and D are 0 in a response",
      );
    }
    if (tagOwner) continue;
    const read = decodeControl(bytes, tagOwner);
    if (read === undefined) continue;
    const what = tag === request.tag ? `instance identifier ${String(read.instance)}` : `tag ${String(tag)}`;
    const wanted = tag === request.tag ? String(request.instance) : String(request.tag);
    bmc.broken(
      "LPC-MCTP-8",
      `a response comes with ${what}, its request has ${wanted}`,
      "tag and instance identifier are those of the request",
    );
  }
}

/** A good request behind it is answered, and nothing with the tag of the odd one comes before. */
export async function expectSilence(
  bmc: PlayedBmc,
  odd: ControlRequest,
  requirement: string,
  what: string,
): Promise<void> {
  const good = bmc.controlRequest(Control.GET_ENDPOINT_ID);
  if (!(await bmc.send(good.packet))) bmc.notTestable("a packet gets no Rx Complete");
  const response = await bmc.serveUntil(() => bmc.responseTo(good));
  if (bmc.messages.some(({ tag, tagOwner, bytes }) => !tagOwner && tag === odd.tag && bytes[0] === 0)) {
    bmc.broken(requirement, `${what} is answered`, "it is dropped");
  }
  if (response === undefined)
    bmc.broken(requirement, `behind ${what}, Get Endpoint ID is no longer answered`, "it is dropped, and nothing else");
}
