/** MCTP control requests to a host, each answered as clause 14.4 has it (LPC-MCTP-8 to -14). */
import { Completion, completionName, Control } from "../../core/mctp/control/codec.ts";
import { NULL_EID } from "../../core/mctp/message.ts";
import { equalBytes } from "../../core/wire/bytes.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import type { PacketOptions } from "../player.ts";
import { ask, expectCompletion, expectSilence, nameOddResponse } from "./asking.ts";
import { DEFAULT_EID, NEW_EID } from "./eid.ts";

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
