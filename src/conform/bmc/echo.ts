/** Messages of many packets, by the echo of Annex G where the BMC has one: how it cuts, and what it takes. */
import {
  ENTERPRISE_NUMBER,
  OPERATION_AT,
  Operation,
  REQUEST_FIELDS_AT,
  RESPONSE_BIT,
  VENDOR_FORMAT,
} from "../../core/vendor-messages/operations.ts";
import { MessageType } from "../../core/mctp/message.ts";
import { writeU32be } from "../../core/wire/bytes.ts";
import type { Version } from "../../core/binding/versions.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import { oldestRange, rangeFor, sent } from "./packets.ts";
import { BTU, answers } from "./signs.ts";

const LONG = 300;
const TAG = 5;
const HEADER_BYTES = 4;
const NEEDS: readonly string[] = ["packet/buffer-reused", "sizes/answered", "control/endpoint-id"];
const NO_ECHO = "the BMC does not answer the echo of Annex G: no other message of it has many packets";

export const ECHO_CASES: readonly Case<PlayedHost>[] = [
  ...([1, 2] as const).map(longCase),
  {
    name: "echo/above-mtu",
    text: "a message in one packet of more than the MTU is dropped",
    requirements: ["LPC-BUF-4"],
    needs: ["echo/long-v2"],
    risk: "an implementation without this bound may read or write memory that is not its own",
    async play(host: PlayedHost): Promise<void> {
      const versions = await rangeFor(host, 2);
      const { version } = await host.openSession({ versions, mtu: BTU });
      if (version === 1) host.notTestable("in version 1 the buffer holds what fits");
      await addressed(host);
      if (!(await sent(host, host.packet(echoOf(BTU), { tag: TAG })))) host.notTestable("no Rx Complete came");
      const isAnswered = await host.serveUntil(() => hasEcho(host), host.surroundings.silence);
      if (isAnswered !== true) return;
      host.broken(
        "LPC-BUF-4",
        `a packet of ${String(BTU + REQUEST_FIELDS_AT)} payload bytes at an MTU of 64 is answered`,
        "a length above 4 plus the MTU drops the packet unread",
      );
    },
  },
  {
    name: "echo/session-ends",
    text: "a message of which packets were still to be sent ends with its session",
    requirements: ["LPC-MCTP-6"],
    needs: ["echo/long-v2"],
    async play(host: PlayedHost): Promise<void> {
      const versions = await oldestRange(host);
      await host.openSession({ versions, mtu: BTU });
      await echoInPackets(host);
      const isBegun = await host.serveUntil(() => host.packets.some(isOfEcho));
      if (isBegun !== true) host.notTestable(NO_ECHO);
      await host.propose({ versions, mtu: BTU });
      const since = host.packets.length;
      await host.serveSilence();
      if (!host.packets.slice(since).some(isOfEcho)) return;
      host.broken(
        "LPC-MCTP-6",
        "packets of a message that was begun in the session before come in the next one",
        "the message is given up with its session",
      );
    },
  },
];

function longCase(version: Version): Case<PlayedHost> {
  return {
    name: `echo/long-v${String(version)}`,
    text: `an answer of ${String(LONG)} bytes comes in packets of the MTU of 64 in version ${String(version)}`,
    requirements: ["LPC-BUF-9", "LPC-MCTP-18", "LPC-MTU-2"],
    needs: NEEDS,
    async play(host: PlayedHost): Promise<void> {
      const versions = await rangeFor(host, version);
      await host.openSession({ versions, mtu: BTU });
      await addressed(host);
      await host.serveSilence();
      const since = host.packets.length;
      await echoInPackets(host);
      const isWhole = await host.serveUntil(() => hasEcho(host), 5 * host.surroundings.patience);
      const packets = host.packets.slice(since).filter(isOfEcho);
      if (packets.length === 0) host.notTestable(NO_ECHO);
      for (const { bytes } of packets.slice(0, -1)) {
        const payload = bytes.length - HEADER_BYTES;
        if (payload === BTU) continue;
        host.broken(
          payload < BTU ? "LPC-MCTP-18" : "LPC-BUF-9",
          `a packet that is not the last of its message has ${String(payload)} payload bytes at an MTU of 64`,
          "64: not less than the BTU, and not more than the MTU",
        );
      }
      const numbers = packets.map(({ bytes }) => (bytes[3]! >> 4) & 3);
      const [first = 0] = numbers;
      if (numbers.some((number, index) => number !== ((first + index) & 3))) {
        host.broken(
          "DSP0236",
          `the packets of a message have the sequence numbers ${numbers.join(", ")}`,
          "each is one more than the one before, modulo 4",
        );
      }
      if (isWhole !== true) host.notTestable("the answer does not end");
    },
  };
}

/** An Echo request with so many bytes of data. */
function echoOf(dataBytes: number): Uint8Array {
  const message = new Uint8Array(REQUEST_FIELDS_AT + dataBytes).fill(0x55);
  message[0] = MessageType.VENDOR_IANA;
  writeU32be(message, 1, ENTERPRISE_NUMBER);
  message[OPERATION_AT - 1] = VENDOR_FORMAT;
  message[OPERATION_AT] = Operation.ECHO;
  return message;
}

/** Sends a long Echo request, packet by packet. */
async function echoInPackets(host: PlayedHost): Promise<void> {
  const message = echoOf(LONG);
  for (let at = 0, sequence = 0; at < message.length; at += BTU, sequence++) {
    const payload = message.slice(at, at + BTU);
    const options = { tag: TAG, sequence, start: at === 0, end: at + BTU >= message.length };
    if (!(await sent(host, host.packet(payload, options)))) host.notTestable("no Rx Complete came");
  }
}

/** A packet of the answer. */
function isOfEcho({ bytes }: { readonly bytes: Uint8Array }): boolean {
  return bytes.length > 4 && (bytes[3]! & 0x0f) === TAG;
}

function hasEcho(host: PlayedHost): boolean {
  return host.messages.some(
    ({ bytes, tag, tagOwner }) =>
      !tagOwner &&
      tag === TAG &&
      bytes[0] === MessageType.VENDOR_IANA &&
      bytes[OPERATION_AT] === (Operation.ECHO | RESPONSE_BIT),
  );
}

/** The BMC's EID is known. */
async function addressed(host: PlayedHost): Promise<void> {
  if (!(await answers(host))) host.notTestable("the BMC does not answer Get Endpoint ID");
}
