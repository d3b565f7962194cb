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
import { BTU, answers, sent } from "./signs.ts";
import { spokenOf } from "./negotiation.ts";
import { oldestRange, rangeFor } from "./sessions.ts";

const LONG = 300;
/** Payload bytes of a packet that no implementation puts together in one piece. */
const LARGE = 1500;
const TAG = 5;
const HEADER_BYTES = 4;
const NEEDS: readonly string[] = ["packet/buffer-reused", "control/endpoint-id"];
const NO_ECHO = "the BMC does not answer the echo of Annex G: no other message of it has many packets";

export const ECHO_CASES: readonly Case<PlayedHost>[] = [
  longCase(2),
  {
    name: "echo/above-mtu",
    text: "a message in one packet of more than the MTU is dropped, by one byte or by eight, in versions 2 and 3",
    requirements: ["LPC-BUF-4"],
    needs: ["echo/long-v2"],
    risk: "an implementation without this bound may read or write memory that is not its own",
    async play(host: PlayedHost): Promise<void> {
      const { bmcVersions } = await host.offer();
      for (const cur of spokenOf(bmcVersions).filter((version) => version > 1)) {
        await host.openSession({ versions: { min: 1, cur }, mtu: BTU });
        await addressed(host);
        for (const payload of [BTU + 1, BTU + REQUEST_FIELDS_AT]) {
          const packet = host.packet(echoOf(payload - REQUEST_FIELDS_AT), { tag: TAG });
          if (!(await sent(host, packet))) host.notTestable("no Rx Complete came");
          const isAnswered = await host.serveUntil(() => hasEcho(host), host.surroundings.silence);
          if (isAnswered !== true) continue;
          host.shown(
            "LPC-BUF-4",
            `a packet of ${String(payload)} payload bytes in version ${String(cur)} at an MTU of 64 is answered`,
            "a length above 4 plus the MTU drops the packet unread",
          );
        }
      }
    },
  },
  {
    name: "echo/large-v3",
    text: `an answer of ${String(LARGE)} bytes comes in one packet of version 3 where the MTU allows it, and is whole`,
    requirements: ["LPC-BUF-3", "LPC-BUF-1", "LPC-BUF-9"],
    needs: ["echo/long-v2", "packet/answered-v3", "sizes/answered"],
    async play(host: PlayedHost): Promise<void> {
      const versions = await rangeFor(host, 3);
      const { sendsMtu, receivesMtu } = await host.openSession({ versions, mtu: LARGE });
      await addressed(host);
      await host.serveSilence();
      const since = host.packets.length;
      const payload = Math.min(LARGE, sendsMtu, receivesMtu) - 1;
      const request = echoOf(payload - REQUEST_FIELDS_AT);
      if (!(await sent(host, host.packet(request, { tag: TAG })))) host.notTestable("no Rx Complete came");
      const isWhole = await host.serveUntil(() => hasEcho(host));
      const packet = host.packets.slice(since).find((one) => isOfEcho(one) || !one.isWhole);
      if (packet === undefined) host.notTestable(NO_ECHO);
      if (isWhole === true && packet.isWhole) return;
      host.broken(
        "LPC-BUF-3",
        `a packet with a length of ${String(packet.length)} has no right CRC-32 behind it`,
        "length, packet and CRC-32 stand without gaps, and the CRC-32 is that of header and payload",
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
      // With a close: an old Tx Begin that comes behind an Initialise alone would be taken for the new session's (LPC-HOST-8).
      await host.openSession({ versions, mtu: BTU });
      const since = host.packets.length;
      await host.serveSilence();
      if (!host.packets.slice(since).some(isOfEcho)) return;
      host.shown(
        "LPC-MCTP-6",
        "packets of a message that was begun in the session before come in the next one",
        "the message is given up with its session",
      );
    },
  },
];

/** Run last: a deployed BMC that has had a session of version 1 refuses larger ones. */
export const VERSION_1_CASES: readonly Case<PlayedHost>[] = [longCase(1)];

function longCase(version: Version): Case<PlayedHost> {
  return {
    name: `echo/long-v${String(version)}`,
    text: `an answer of ${String(LONG)} bytes comes in packets of the MTU of 64 in version ${String(version)}`,
    requirements: ["LPC-BUF-9", "LPC-MCTP-18", "LPC-MTU-2"],
    // In version 1 sizes do not count.
    needs: version === 1 ? NEEDS : [...NEEDS, "sizes/answered"],
    // Its sizes are judged by another case, which this one does not need.
    ...(version === 1 ? { unjudged: true as const } : {}),
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
        host.shown(
          payload < BTU ? "LPC-MCTP-18" : "LPC-BUF-9",
          `a packet that is not the last of its message has ${String(payload)} payload bytes at an MTU of 64`,
          "64: not less than the BTU, and not more than the MTU",
        );
      }
      const numbers = packets.map(({ bytes }) => (bytes[3]! >> 4) & 3);
      const [first = 0] = numbers;
      if (numbers.some((number, index) => number !== ((first + index) & 3))) {
        host.shown(
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
