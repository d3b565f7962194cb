/** The control commands that every endpoint answers, errors, and what is not to be answered: clause 14.4. */
import { Completion, Control } from "../../core/mctp/control/codec.ts";
import { BROADCAST_EID, NULL_EID } from "../../core/mctp/message.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import type { ControlRequest } from "../player.ts";
import { answers, expectCompletion, expectUnanswered, isBusOwner } from "./signs.ts";
import { openOldest } from "./sessions.ts";

const { SUCCESS, INVALID_DATA, INVALID_LENGTH, UNSUPPORTED_COMMAND, TYPE_NOT_SUPPORTED } = Completion;
const ALL_TYPES = 0xff;
const CONTROL_TYPE = 0x00;
/** A type that no endpoint takes: DSP0239 does not assign it. */
const UNKNOWN_TYPE = 0x7d;
const SET_DISCOVERED = Uint8Array.of(0x03, 0x00);
const INTEGRITY_CHECK = 0x80;
/** Commands that DSP0236 leaves unassigned, and one that it leaves to bindings. */
const UNKNOWN_COMMANDS: readonly number[] = [0x15, 0x40, 0xef, 0xf5];
const REQUEST = 0x80;
const CONTROL_HEADER = 3;
/** Bytes of a control message, its header included (LPC-MCTP-7). */
const LARGEST_CONTROL = 64;
const DATAGRAM = 0x40;
const NEEDS: readonly string[] = ["packet/buffer-reused"];

export const CONTROL_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "control/endpoint-id",
    text: "Get Endpoint ID is answered, to the null EID and to the BMC's own, from the EID that the response names",
    requirements: ["LPC-MCTP-2", "LPC-MCTP-10", "LPC-MCTP-8"],
    needs: NEEDS,
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      host.peerEid = NULL_EID;
      const { data } = await expectCompletion(
        host,
        { command: Control.GET_ENDPOINT_ID, text: "Get Endpoint ID to the null EID" },
        { requirement: "LPC-MCTP-12", codes: [SUCCESS] },
      );
      const own = data[0] ?? NULL_EID;
      const response = host.messages.find(({ tagOwner, bytes }) => !tagOwner && bytes[2] === Control.GET_ENDPOINT_ID);
      if (response !== undefined && response.destination !== host.ownEid) {
        host.shown(
          "DSP0236",
          `the response to a request from EID ${String(host.ownEid)} is for EID ${String(response.destination)}`,
          "a response is for the EID that its request came from",
        );
      }
      const source = host.peerEid as number;
      if (source !== own || own === NULL_EID || own === BROADCAST_EID) {
        host.shown(
          "LPC-MCTP-2",
          `Get Endpoint ID is answered from EID ${String(source)}, with EID ${String(own)}`,
          "the endpoint's own EID in both places, 8 unless configured otherwise",
        );
      }
      if (await answers(host)) return;
      host.broken(
        "LPC-MCTP-10",
        `a request to EID ${String(own)} is not answered`,
        "packets for the own EID are taken",
      );
    },
  },
  {
    name: "control/mandatory",
    text: "Get MCTP Version Support, Get Message Type Support and Get Endpoint UUID are answered",
    requirements: ["LPC-MCTP-8", "LPC-MCTP-12"],
    needs: NEEDS,
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      const expected = { requirement: "LPC-MCTP-12", codes: [SUCCESS] };
      const versions = Control.GET_VERSION_SUPPORT;
      for (const type of [ALL_TYPES, CONTROL_TYPE]) {
        const text = `Get MCTP Version Support for type 0x${type.toString(16)}`;
        await expectCompletion(host, { command: versions, data: Uint8Array.of(type), text }, expected);
      }
      await expectCompletion(
        host,
        { command: Control.GET_MESSAGE_TYPE_SUPPORT, text: "Get Message Type Support" },
        expected,
      );
      await expectCompletion(
        host,
        { command: Control.GET_ENDPOINT_UUID, text: "Get Endpoint UUID" },
        { ...expected, codes: [SUCCESS, UNSUPPORTED_COMMAND] },
      );
      await expectCompletion(
        host,
        { command: versions, data: Uint8Array.of(UNKNOWN_TYPE), text: "Get MCTP Version Support for type 0x7d" },
        { ...expected, codes: [TYPE_NOT_SUPPORTED] },
      );
    },
  },
  {
    name: "control/unsupported",
    text: "commands that the BMC does not carry out are answered with completion code 0x05",
    requirements: ["LPC-MCTP-12"],
    needs: NEEDS,
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      for (const command of UNKNOWN_COMMANDS) {
        await expectCompletion(
          host,
          { command, text: `command 0x${command.toString(16)}` },
          { requirement: "LPC-MCTP-12", codes: [UNSUPPORTED_COMMAND] },
        );
      }
    },
  },
  {
    name: "control/lengths",
    text: "requests that are too short or too long are answered with completion code 0x03",
    requirements: ["LPC-MCTP-12"],
    needs: ["control/mandatory"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      const expected = { requirement: "LPC-MCTP-12", codes: [INVALID_LENGTH] };
      for (const [command, length, text] of [
        [Control.GET_ENDPOINT_ID, 1, "Get Endpoint ID with a byte of data"],
        [Control.GET_VERSION_SUPPORT, 0, "Get MCTP Version Support without a type"],
        [Control.GET_VERSION_SUPPORT, 2, "Get MCTP Version Support with two bytes of data"],
        [Control.GET_MESSAGE_TYPE_SUPPORT, 3, "Get Message Type Support with three bytes of data"],
        [Control.SET_ENDPOINT_ID, 1, "Set Endpoint ID with one byte of data"],
      ] as const) {
        await expectCompletion(host, { command, data: new Uint8Array(length), text }, expected);
      }
    },
  },
  {
    name: "control/discovery-commands",
    text: "(Prepare for) Endpoint Discovery is answered with 0x05, Set Endpoint ID with operation 3 with 0x02",
    requirements: ["LPC-MCTP-9"],
    needs: ["control/unsupported"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      const requirement = "LPC-MCTP-9";
      const unsupported = { requirement, codes: [UNSUPPORTED_COMMAND] };
      const prepare = { command: Control.PREPARE_FOR_DISCOVERY, text: "Prepare for Endpoint Discovery" };
      await expectCompletion(host, prepare, unsupported);
      await expectCompletion(host, { command: Control.ENDPOINT_DISCOVERY, text: "Endpoint Discovery" }, unsupported);
      await expectCompletion(
        host,
        { command: Control.SET_ENDPOINT_ID, data: SET_DISCOVERED, text: 'Set Endpoint ID, operation "set discovered"' },
        { requirement, codes: [INVALID_DATA] },
      );
    },
  },
  {
    name: "control/set-endpoint-id",
    text: "a bus owner does not take an EID from the host",
    requirements: ["LPC-MCTP-2"],
    needs: ["control/endpoint-id"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      if (!(await isBusOwner(host))) return;
      const own = host.peerEid as number;
      const other = own === OTHER_EID ? OTHER_EID + 1 : OTHER_EID;
      await host.ask(Control.SET_ENDPOINT_ID, Uint8Array.of(0, other), { destination: NULL_EID });
      host.peerEid = NULL_EID;
      const response = await host.ask(Control.GET_ENDPOINT_ID);
      const taken = response?.data[0];
      if (taken !== other) return;
      await host.ask(Control.SET_ENDPOINT_ID, Uint8Array.of(0, own), { destination: NULL_EID });
      host.peerEid = NULL_EID;
      host.shown(
        "LPC-MCTP-2",
        `the bus owner with EID ${String(own)} takes EID ${String(other)} from the host`,
        "it rejects it: the BMC is the bus owner, and keeps its EID",
      );
    },
  },
  {
    name: "control/silence",
    text: "control messages that are no request, too short or with an integrity check are not answered",
    requirements: ["LPC-MCTP-13"],
    needs: ["control/mandatory"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      const command = SILENT_COMMAND;
      const own = host.controlRequest(command);
      const flags = own.instance;
      const messages: readonly (readonly [string, readonly number[], boolean])[] = [
        ["with an integrity check", [INTEGRITY_CHECK, REQUEST | flags, command], true],
        ["with TO = 0 and Rq = 1", [0, REQUEST | flags, command], false],
        ["with TO = 1 and Rq = 0", [0, flags, command], true],
        ["with Rq = 0 and D = 1", [0, DATAGRAM | flags, command], true],
        ["with D = 1, a datagram", [0, REQUEST | DATAGRAM | flags, command], true],
        ["of two bytes", [0, REQUEST | flags], true],
      ];
      for (const [what, bytes, tagOwner] of messages) {
        const packet = host.packet(Uint8Array.from(bytes), { tag: own.tag, tagOwner });
        if (!(await host.send(packet))) host.notTestable("no Rx Complete came");
        if (!(await answers(host))) host.notTestable("the BMC does not answer Get Endpoint ID");
        expectUnanswered(host, [own], {
          requirement: "LPC-MCTP-13",
          seen: `a control message ${what} is answered`,
          expected: "it is dropped",
        });
      }
      await host.serveSilence();
      expectUnanswered(host, [own], {
        requirement: "LPC-MCTP-13",
        seen: "one of six messages that are no request is answered",
        expected: "all of them are dropped",
      });
    },
  },
  {
    name: "control/other-eid",
    text: "packets for another EID, and packets from the broadcast EID, are dropped",
    requirements: ["LPC-MCTP-10"],
    needs: ["control/endpoint-id"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      if (!(await answers(host))) host.notTestable("the BMC does not answer Get Endpoint ID");
      const other = (host.peerEid as number) === OTHER_EID ? OTHER_EID + 1 : OTHER_EID;
      const requests: readonly (readonly [string, ControlRequest])[] = [
        [`to EID ${String(other)}`, request(host, { destination: other })],
        ["from EID 255", request(host, { source: BROADCAST_EID })],
      ];
      await expectAllDropped(host, requests, "LPC-MCTP-10");
    },
  },
  {
    name: "control/header-version",
    text: "packets whose header version is not 1 are dropped",
    requirements: ["LPC-MCTP-1"],
    needs: ["control/mandatory"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      const requests = [0x00, 0x02, 0x12, 0xf0].map(
        (headerVersion) =>
          [`with a first byte of 0x${headerVersion.toString(16)}`, request(host, { headerVersion })] as const,
      );
      await expectAllDropped(host, requests, "LPC-MCTP-1");
    },
  },
  {
    name: "control/long",
    text: "a control request of more than 64 bytes is dropped",
    requirements: ["LPC-MCTP-7"],
    needs: ["control/lengths"],
    async play(host: PlayedHost): Promise<void> {
      const { sendsMtu } = await openOldest(host);
      if (sendsMtu <= LARGEST_CONTROL) host.notTestable("the MTU is 64");
      const long = new Uint8Array(LARGEST_CONTROL + 1 - CONTROL_HEADER);
      const requests = [
        [`of ${String(LARGEST_CONTROL + 1)} bytes`, host.controlRequest(SILENT_COMMAND, long)] as const,
      ];
      await expectAllDropped(host, requests, "LPC-MCTP-7");
    },
  },
  {
    name: "control/small-packets",
    text: "a request in two packets, the first of two bytes, is put together and answered",
    requirements: ["LPC-MCTP-18"],
    needs: ["control/mandatory"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      const { request: whole, packets } = inTwoPackets(host);
      for (const packet of packets) if (!(await host.send(packet))) host.notTestable("no Rx Complete came");
      if ((await host.serveUntil(() => host.responseTo(whole))) !== undefined) return;
      host.broken(
        "LPC-MCTP-18",
        "a request in packets of two bytes and of one is not answered",
        "a message is taken whose packets but the last have one size below the BTU",
      );
    },
  },
];

/** Get Endpoint UUID: nothing else in these cases asks for it. */
const SILENT_COMMAND = Control.GET_ENDPOINT_UUID;
const OTHER_EID = 0x5a;

function request(host: PlayedHost, options: Parameters<PlayedHost["controlRequest"]>[2]): ControlRequest {
  return host.controlRequest(SILENT_COMMAND, undefined, options);
}

/** Sends them and a good request behind each; none of them may be answered, the good ones are. */
async function expectAllDropped(
  host: PlayedHost,
  requests: readonly (readonly [string, ControlRequest])[],
  requirement: string,
): Promise<void> {
  for (const [what, one] of requests) {
    if (!(await host.send(one.packet))) host.notTestable("no Rx Complete came");
    if (!(await answers(host))) host.notTestable("the BMC does not answer Get Endpoint ID");
    expectUnanswered(host, [one], { requirement, seen: `a request ${what} is answered`, expected: "it is dropped" });
  }
  await host.serveSilence();
  const all = requests.map(([, one]) => one);
  expectUnanswered(host, all, { requirement, seen: "one of them is answered", expected: "they are dropped" });
}

/** Get Endpoint ID in two packets, the first of two payload bytes. */
export function inTwoPackets(
  host: PlayedHost,
  ownTag?: number,
): {
  readonly request: ControlRequest;
  readonly packets: readonly [Uint8Array, Uint8Array];
} {
  const options = ownTag === undefined ? {} : { tag: ownTag };
  const whole = host.controlRequest(Control.GET_ENDPOINT_ID, undefined, options);
  const { message, tag } = whole;
  const first = host.packet(message.slice(0, 2), { tag, end: false });
  const last = host.packet(message.slice(2), { tag, start: false, sequence: 1 });
  return { request: whole, packets: [first, last] };
}
