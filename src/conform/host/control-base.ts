/** Whether a host answers control requests, in time, and messages of several packets: every other case about them needs it. */
import { Completion, completionName, Control, type ControlMessage } from "../../core/mctp/control/codec.ts";
import { NULL_EID } from "../../core/mctp/message.ts";
import { eid } from "../../core/wire/units.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { ask, expectCompletion, nameOddResponse } from "./asking.ts";

/** Requests behind the first: a fault that a later packet shows is seen before other cases depend on it. */
const TIMES = 4;
/** Milliseconds: MT1, and what a host that polls may take on top. */
const RESPONSE_TIME = 100;
const SLACK = 40;
const DEFAULT_EID = 9;

export const CONTROL_BASE_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "control/get-eid",
    text: "Get Endpoint ID is answered with the EID that the response comes from",
    requirements: ["LPC-MCTP-8", "LPC-MCTP-2", "LPC-MCTP-11"],
    needs: ["start/session"],
    async play(bmc: PlayedBmc): Promise<void> {
      bmc.reachedAt = NULL_EID;
      bmc.peerEid = NULL_EID;
      await bmc.openSession();
      // Nothing but the requests is written to the buffer.
      bmc.answersRequests = false;
      const response = await firstResponse(bmc);
      bmc.answersControl = true;
      if (response.completion !== Completion.SUCCESS) await nameReadAgain(bmc, response);
      expectCompletion(bmc, response, "Get Endpoint ID", Completion.SUCCESS, "LPC-MCTP-8");
      await expectInTime(bmc);
      if (response.data.length !== 3) {
        bmc.broken(
          "LPC-MCTP-12",
          `Get Endpoint ID is answered with ${String(response.data.length)} bytes behind the completion code`,
          "3 bytes: EID, EID type and medium-specific information",
        );
      }
      if (response.data[0] === bmc.peerEid) return;
      bmc.broken(
        "LPC-MCTP-11",
        `Get Endpoint ID is answered from EID ${String(bmc.peerEid)}, and tells EID ${String(response.data[0])}`,
        "a response comes from the EID that the endpoint has",
      );
    },
  },
  {
    name: "mctp/small-packets",
    text: "a message whose packets but the last have one size below the BTU is taken",
    requirements: ["LPC-MCTP-18"],
    needs: ["control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const request = bmc.controlRequest(Control.GET_ENDPOINT_ID);
      for (let at = 0; at < request.message.length; at++) {
        const end = at === request.message.length - 1;
        const packet = bmc.packet(request.message.subarray(at, at + 1), {
          start: at === 0,
          end,
          sequence: at,
          tag: request.tag,
        });
        if (!(await bmc.send(packet))) bmc.notTestable("a packet gets no Rx Complete");
      }
      if ((await bmc.serveUntil(() => bmc.responseTo(request))) !== undefined) return;
      bmc.broken(
        "LPC-MCTP-18",
        "Get Endpoint ID in packets of one byte each is not answered",
        "a message whose packets but the last have one size is taken, and counted",
      );
    },
  },
];

/** A request that is in order is refused right behind another packet: alone in the buffer for a while, is it, too? */
async function nameReadAgain(bmc: PlayedBmc, { completion }: ControlMessage): Promise<void> {
  await bmc.serveSilence();
  const alone = await ask(bmc, Control.GET_ENDPOINT_ID, [], "Get Endpoint ID");
  if (alone.completion !== Completion.SUCCESS) return;
  bmc.broken(
    "LPC-BUF-6",
    `Get Endpoint ID right behind another packet is answered with ${completionName(completion)}, and alone with success`,
    "packet and trailer are copied first, and nothing but that copy is used",
  );
}

/** Get Endpoint ID several times. The fastest response counts: a late machine does not make all of them late. */
async function expectInTime(bmc: PlayedBmc): Promise<void> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let times = 0; times < TIMES; times++) {
    const request = bmc.controlRequest(Control.GET_ENDPOINT_ID);
    if (!(await bmc.send(request.packet))) bmc.notTestable("a packet gets no Rx Complete");
    const since = bmc.now;
    const response = await bmc.serveUntil(() => bmc.responseTo(request));
    fastest = Math.min(fastest, bmc.now - since);
    if (response !== undefined) continue;
    nameOddResponse(bmc, request);
    bmc.broken(
      "LPC-MCTP-8",
      `Get Endpoint ID is not answered in ${String(bmc.surroundings.patience)} ms`,
      "a response within 100 ms",
    );
  }
  if (fastest <= RESPONSE_TIME + SLACK) return;
  bmc.broken(
    "LPC-MCTP-8",
    `the fastest of ${String(TIMES)} responses comes ${String(Math.round(fastest))} ms behind the Rx Complete for its request`,
    "a response within 100 ms",
  );
}

/** The first control request of a run. A host without MCTP control answers none. */
async function firstResponse(bmc: PlayedBmc): Promise<ControlMessage> {
  const first = await tryAsk(bmc, Control.GET_ENDPOINT_ID, []);
  if (first !== undefined) return first;
  // Hosts that do not know the null EID drop packets for it; their own packets tell theirs.
  const own = bmc.messages.find(({ tagOwner }) => tagOwner)?.source ?? DEFAULT_EID;
  bmc.reachedAt = eid(own);
  bmc.peerEid = bmc.reachedAt;
  if ((await tryAsk(bmc, Control.GET_ENDPOINT_ID, [])) !== undefined) {
    bmc.broken(
      "LPC-MCTP-10",
      "Get Endpoint ID to the null EID is not answered, and to EID " + String(own) + " it is",
      "packets for the null EID are taken",
    );
  }
  bmc.reachedAt = NULL_EID;
  bmc.peerEid = NULL_EID;
  for (const command of [Control.GET_VERSION_SUPPORT, Control.GET_MESSAGE_TYPE_SUPPORT]) {
    const data = command === Control.GET_VERSION_SUPPORT ? [0] : [];
    if ((await tryAsk(bmc, command, data)) === undefined) continue;
    bmc.broken(
      "LPC-MCTP-8",
      `Get Endpoint ID is not answered in ${String(bmc.surroundings.patience)} ms, other requests are`,
      "a response within 100 ms",
    );
  }
  return bmc.notTestable("the host answers no control request");
}

async function tryAsk(bmc: PlayedBmc, command: number, data: readonly number[]): Promise<ControlMessage | undefined> {
  const request = bmc.controlRequest(command, Uint8Array.from(data));
  if (!(await bmc.send(request.packet))) bmc.notTestable("a packet gets no Rx Complete");
  const response = await bmc.serveUntil(() => bmc.responseTo(request), Math.min(bmc.surroundings.patience, 500));
  if (response === undefined) nameOddResponse(bmc, request);
  return response;
}
