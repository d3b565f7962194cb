/** MCTP control requests to a host, each answered as clause 14.4 has it (LPC-MCTP-8 to -14). */
import {
  Completion,
  completionName,
  Control,
  decodeControl,
  type ControlMessage,
} from "../../core/mctp/control/codec.ts";
import { Command } from "../../core/binding/registers.ts";
import { NULL_EID } from "../../core/mctp/message.ts";
import { byteText } from "../../core/judge/context.ts";
import { eid } from "../../core/wire/units.ts";
import { equalBytes } from "../../core/wire/bytes.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import type { ControlRequest, PacketOptions } from "../player.ts";

/** Requests behind the first: a fault that a later packet shows is seen before other cases depend on it. */
const TIMES = 4;
/** Milliseconds: MT1, and what a host that polls may take on top. */
const RESPONSE_TIME = 100;
const SLACK = 40;
const DEFAULT_EID = 9;
const NEW_EID = 0x1d;
const UUID_BYTES = 16;

interface Expected {
  readonly what: string;
  readonly command: number;
  readonly data?: readonly number[];
  readonly completion: number;
  readonly requirement: string;
}

const UNSUPPORTED: readonly Expected[] = [
  // First what is asked of any command: a host that answers no command so breaks that.
  { what: "command 0x00", command: 0x00, completion: 5, requirement: "LPC-MCTP-12" },
  { what: "command 0x60", command: 0x60, completion: 5, requirement: "LPC-MCTP-12" },
  { what: "command 0xf5", command: 0xf5, data: [1, 2, 3], completion: 5, requirement: "LPC-MCTP-12" },
  {
    what: "Prepare for Endpoint Discovery",
    command: Control.PREPARE_FOR_DISCOVERY,
    completion: 5,
    requirement: "LPC-MCTP-9",
  },
  { what: "Endpoint Discovery", command: Control.ENDPOINT_DISCOVERY, completion: 5, requirement: "LPC-MCTP-9" },
  { what: "Discovery Notify", command: Control.DISCOVERY_NOTIFY, completion: 5, requirement: "LPC-MCTP-9" },
];

const WRONG_LENGTHS: readonly Expected[] = [
  {
    what: "Get Endpoint ID with a byte of data",
    command: Control.GET_ENDPOINT_ID,
    data: [0],
    completion: 3,
    requirement: "LPC-MCTP-12",
  },
  { what: "Set Endpoint ID without data", command: Control.SET_ENDPOINT_ID, completion: 3, requirement: "LPC-MCTP-12" },
  {
    what: "Set Endpoint ID with one byte of data",
    command: Control.SET_ENDPOINT_ID,
    data: [0],
    completion: 3,
    requirement: "LPC-MCTP-12",
  },
  {
    what: "Set Endpoint ID with three bytes of data",
    command: Control.SET_ENDPOINT_ID,
    data: [0, NEW_EID, 0],
    completion: 3,
    requirement: "LPC-MCTP-12",
  },
  {
    what: "Get MCTP Version Support without data",
    command: Control.GET_VERSION_SUPPORT,
    completion: 3,
    requirement: "LPC-MCTP-12",
  },
  {
    what: "Get Message Type Support with a byte of data",
    command: Control.GET_MESSAGE_TYPE_SUPPORT,
    data: [0],
    completion: 3,
    requirement: "LPC-MCTP-12",
  },
];

const INVALID_DATA: readonly Expected[] = [
  {
    what: "Set Endpoint ID of EID 0",
    command: Control.SET_ENDPOINT_ID,
    data: [0, 0],
    completion: 2,
    requirement: "LPC-MCTP-12",
  },
  {
    what: "Set Endpoint ID of EID 7",
    command: Control.SET_ENDPOINT_ID,
    data: [0, 7],
    completion: 2,
    requirement: "LPC-MCTP-12",
  },
  {
    what: "Set Endpoint ID of EID 255",
    command: Control.SET_ENDPOINT_ID,
    data: [0, 255],
    completion: 2,
    requirement: "LPC-MCTP-12",
  },
  {
    what: "Set Endpoint ID, set discovered",
    command: Control.SET_ENDPOINT_ID,
    data: [3, 0],
    completion: 2,
    requirement: "LPC-MCTP-9",
  },
];

/** Whether a host answers at all: everything else about control needs it. */
export const CONTROL_BASE_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "control/get-eid",
    text: "Get Endpoint ID is answered with the EID that the response comes from",
    requirements: ["LPC-MCTP-8", "LPC-MCTP-2", "LPC-MCTP-11"],
    needs: ["start/session"],
    async play(bmc: PlayedBmc): Promise<void> {
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

export const CONTROL_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "control/mandatory",
    text: "the mandatory commands are answered with success",
    requirements: ["LPC-MCTP-8", "LPC-MCTP-12"],
    needs: ["control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await expectResponse(bmc, {
        what: "Get MCTP Version Support for type 0x00",
        command: Control.GET_VERSION_SUPPORT,
        data: [0],
        completion: 0,
        requirement: "LPC-MCTP-8",
      });
      await expectResponse(bmc, {
        what: "Get MCTP Version Support for type 0xff",
        command: Control.GET_VERSION_SUPPORT,
        data: [0xff],
        completion: 0,
        requirement: "LPC-MCTP-8",
      });
      await expectResponse(bmc, {
        what: "Get Message Type Support",
        command: Control.GET_MESSAGE_TYPE_SUPPORT,
        completion: 0,
        requirement: "LPC-MCTP-8",
      });
      const uuid = await ask(bmc, Control.GET_ENDPOINT_UUID, [], "Get Endpoint UUID");
      // It may be unsupported (14.3).
      if (uuid.completion === Completion.UNSUPPORTED_COMMAND) return;
      expectCompletion(bmc, uuid, "Get Endpoint UUID", Completion.SUCCESS, "LPC-MCTP-8");
      if (uuid.data.length === UUID_BYTES) return;
      bmc.broken("LPC-MCTP-8", `Get Endpoint UUID is answered with ${String(uuid.data.length)} bytes`, "16 bytes");
    },
  },
  ...(
    [
      ["unsupported", "commands that a host has no use for are answered with 0x05", UNSUPPORTED],
      ["wrong-length", "requests of a wrong length are answered with 0x03", WRONG_LENGTHS],
      ["invalid-data", "invalid data is answered with 0x02", INVALID_DATA],
    ] as const
  ).map(([name, text, list]): Case<PlayedBmc> => {
    return {
      name: `control/${name}`,
      text,
      requirements: ["LPC-MCTP-12", "LPC-MCTP-9"],
      needs: ["control/mandatory"],
      async play(bmc: PlayedBmc): Promise<void> {
        await bmc.openSession();
        for (const expected of list) await expectResponse(bmc, expected);
      },
    };
  }),
  {
    name: "control/full-packet",
    text: "a request of 64 bytes, the BTU, is taken, and answered for its length",
    requirements: ["LPC-BUF-4", "LPC-MCTP-12", "LPC-MCTP-7"],
    needs: ["control/wrong-length"],
    async play(bmc: PlayedBmc): Promise<void> {
      for (const version of [1, 2, 3]) {
        await bmc.openSession({ versions: { min: 1, cur: version }, mtu: 64 });
        const data = new Uint8Array(64 - 3);
        const response = await bmc.ask(Control.GET_ENDPOINT_ID, data);
        if (response?.completion === Completion.INVALID_LENGTH) continue;
        bmc.broken(
          "LPC-BUF-4",
          `a request of 64 payload bytes is ${response === undefined ? "not answered" : `answered with ${completionName(response.completion)}`} in version ${String(version)}`,
          "a packet of the MTU is taken, and answered with 0x03, invalid length",
        );
      }
    },
  },
  {
    name: "control/set-eid",
    text: "an EID that is set is taken, and the response comes from it",
    requirements: ["LPC-MCTP-11", "LPC-MCTP-2"],
    needs: ["control/mandatory"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await setEid(bmc, NEW_EID);
      const response = await bmc.ask(Control.GET_ENDPOINT_ID, undefined, { destination: NEW_EID });
      if (response?.data[0] !== NEW_EID) {
        bmc.broken(
          "LPC-MCTP-11",
          `behind Set Endpoint ID ${String(NEW_EID)}, Get Endpoint ID to that EID ${response === undefined ? "is not answered" : `tells EID ${String(response.data[0])}`}`,
          "the EID that was accepted is the endpoint's",
        );
      }
      await setEid(bmc, DEFAULT_EID);
    },
  },
  {
    name: "control/eid-outlives-session",
    text: "an EID that was assigned is the host's in the next session, too",
    requirements: ["LPC-MCTP-2"],
    needs: ["control/set-eid", "end/channel-inactive"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await setEid(bmc, NEW_EID);
      bmc.dropSession();
      bmc.peerEid = bmc.reachedAt;
      await bmc.ring(Command.DUMMY);
      await bmc.reopenSession();
      const response = await ask(bmc, Control.GET_ENDPOINT_ID, [], "Get Endpoint ID");
      const [told] = response.data;
      await setEid(bmc, DEFAULT_EID);
      if (told === NEW_EID) return;
      bmc.broken(
        "LPC-MCTP-2",
        `a host with the assigned EID ${String(NEW_EID)} has EID ${String(told)} in the next session`,
        "the EID that was assigned, until another is",
      );
    },
  },
  {
    name: "control/repeated",
    text: "a request that comes again with the same bytes is answered as before",
    requirements: ["LPC-MCTP-14"],
    needs: ["control/set-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const request = bmc.controlRequest(Control.SET_ENDPOINT_ID, Uint8Array.of(0, DEFAULT_EID), {
        destination: NULL_EID,
      });
      const responses: Uint8Array[] = [];
      for (let times = 0; times < 3; times++) {
        bmc.messages.length = 0;
        if (!(await bmc.send(request.packet))) bmc.notTestable("a packet gets no Rx Complete");
        const response = await bmc.serveUntil(() => bmc.responseTo(request));
        if (response === undefined) {
          return bmc.broken(
            "LPC-MCTP-14",
            `a request that comes for the ${times === 0 ? "first" : "second or third"} time is not answered`,
            "every one is answered alike",
          );
        }
        responses.push(Uint8Array.of(response.completion, ...response.data));
      }
      if (responses.every((bytes) => equalBytes(bytes, responses[0]!))) return;
      bmc.broken(
        "LPC-MCTP-14",
        "a request that comes again with the same bytes gets another response",
        "the response that it got before",
      );
    },
  },
  {
    name: "control/not-requests",
    text: "what is no request is not answered: integrity check, no TO, no Rq, a datagram, too short",
    requirements: ["LPC-MCTP-13"],
    needs: ["control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const odd: readonly (readonly [
        what: string,
        bytes: (message: Uint8Array) => Uint8Array,
        options: PacketOptions,
      ])[] = [
        ["a request with an integrity check", (message) => changed(message, 0, 0x80), {}],
        ["a request with TO = 0", (message) => message, { tagOwner: false }],
        ["a message with TO = 1 and Rq = 0", (message) => changed(message, 1, -0x80), {}],
        ["a datagram", (message) => changed(message, 1, 0x40), {}],
        ["a control message of two bytes", (message) => message.subarray(0, 2), {}],
        ["a message of one byte", (message) => message.subarray(0, 1), {}],
      ];
      for (const [what, bytes, options] of odd) {
        const request = bmc.controlRequest(Control.GET_ENDPOINT_ID);
        const packet = bmc.packet(bytes(request.message), { ...options, tag: request.tag });
        if (!(await bmc.send(packet))) bmc.notTestable("a packet gets no Rx Complete");
        await expectSilence(bmc, request, "LPC-MCTP-13", what);
      }
    },
  },
];

function changed(message: Uint8Array, at: number, by: number): Uint8Array {
  const bytes = message.slice();
  bytes[at] = (bytes[at]! + by) & 0xff;
  return bytes;
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

async function expectResponse(
  bmc: PlayedBmc,
  { what, command, data = [], completion, requirement }: Expected,
): Promise<void> {
  const request = bmc.controlRequest(command, Uint8Array.from(data));
  if (!(await bmc.send(request.packet))) bmc.notTestable("a packet gets no Rx Complete");
  const response = await bmc.serveUntil(() => bmc.responseTo(request));
  if (response !== undefined) {
    expectCompletion(bmc, response, what, completion, requirement);
    return;
  }
  nameOddResponse(bmc, request);
  bmc.broken(
    requirement,
    `${what} is not answered in ${String(bmc.surroundings.patience)} ms`,
    `a response with ${completionName(completion)}`,
  );
}

function expectCompletion(
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
function nameOddResponse(bmc: PlayedBmc, request: ControlRequest): void {
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

async function setEid(bmc: PlayedBmc, wanted: number): Promise<void> {
  bmc.peerEid = bmc.reachedAt;
  const response = await ask(bmc, Control.SET_ENDPOINT_ID, [0, wanted], "Set Endpoint ID");
  const [status = 0, told] = response.data;
  if (response.completion !== Completion.SUCCESS || (status & 0x30) !== 0) bmc.notTestable("the host accepts no EID");
  if (bmc.peerEid === wanted && told === wanted) return;
  bmc.broken(
    "LPC-MCTP-11",
    `the response to Set Endpoint ID ${String(wanted)} comes from EID ${String(bmc.peerEid)}, and tells EID ${String(told)}`,
    "the response comes from the EID that was accepted",
  );
}
