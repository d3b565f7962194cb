/** spec/vectors/messages.json: what an endpoint makes of packets, lost packets, ends of sessions and time (clause 14). */
import { Control } from "../../../src/core/mctp/control/codec.ts";
import { ENDPOINT_DEFAULTS } from "../../../src/core/mctp/endpoint-defaults.ts";
import { messageHeader, packetHeader } from "../../../src/core/mctp/packet.ts";
import { toHex, writeU32be } from "../../../src/core/wire/bytes.ts";
import { PACKET_HEADER_BYTES } from "../../../src/core/wire/packet-parts.ts";
import { eid } from "../../../src/core/wire/units.ts";
import type { Artefact } from "../artefact.ts";
import { EID } from "../scenarios/life.ts";
import { message } from "../scenarios/messages.ts";
import { UNIT, runEvents, type MessageEvent } from "./message-runs.ts";
import { vectorArtefact, type Json } from "./vector-file.ts";

const SESSION: MessageEvent = { what: "session" };
const SESSION_ENDS: MessageEvent = { what: "sessionEnds" };
const LOST: MessageEvent = { what: "packetLost" };
const TAKEN: MessageEvent = { what: "taken" };
/** What is in it, the endpoint says. */
const TAKE: MessageEvent = { what: "take", bytes: null };
const { timing, assembly } = ENDPOINT_DEFAULTS;

/** The packets of a message to the endpoint; its bytes count up from `first`. */
function packets(length: number, tag = 0, first = 0): readonly MessageEvent[] {
  const bytes = message(length, first);
  const header = messageHeader(eid(EID.host), eid(EID.bmc), true, tag);
  const count = Math.ceil(length / UNIT);
  return Array.from({ length: count }, (_, index) => {
    const payload = bytes.subarray(index * UNIT, (index + 1) * UNIT);
    const packet = new Uint8Array(PACKET_HEADER_BYTES + payload.length);
    writeU32be(packet, 0, packetHeader(header, index === 0, index === count - 1, index & 3));
    packet.set(payload, PACKET_HEADER_BYTES);
    return { what: "packet", bytes: toHex(packet) };
  });
}

const wait = (milliseconds: number): MessageEvent => ({ what: "wait", milliseconds });
const send = (length: number): MessageEvent => ({ what: "send", bytes: toHex(message(length)) });

interface Sequence {
  readonly name: string;
  readonly clause: string;
  readonly events: readonly MessageEvent[];
}

const THREE = 150;
const [begin, middle, end] = packets(THREE) as [MessageEvent, MessageEvent, MessageEvent];
/** As many as a source may have unfinished messages (LPC-MCTP-7). */
const TAGS = [0, 1, 2, 3, 4, 5, 6, 7];
const OTHER = packets(THREE, 0, 7);

const SEQUENCES: readonly Sequence[] = [
  { name: "a message of three packets", clause: "DSP0236 8.1", events: [SESSION, begin, middle, end] },
  { name: "the middle packet is missing", clause: "DSP0236 8.8", events: [SESSION, begin, end, ...OTHER] },
  { name: "an end without a begin", clause: "DSP0236 8.6", events: [SESSION, end, ...OTHER] },
  { name: "a begin in a message under way", clause: "DSP0236 8.8", events: [SESSION, begin, middle, ...OTHER] },
  {
    name: "two messages under two tags, packet by packet",
    clause: "DSP0236 8.1",
    events: [SESSION, ...packets(THREE, 1).flatMap((one, index) => [one, packets(THREE, 2, 7)[index]!])],
  },
  {
    name: "the reassembly timeout passes in front of the last packet",
    clause: "LPC-MCTP-26",
    events: [SESSION, begin, middle, wait(assembly.timeout + 1), end, ...OTHER],
  },
  {
    name: "as many unfinished messages of a source as there are tags",
    clause: "LPC-MCTP-7",
    events: [SESSION, ...[0, 1, 2].flatMap((index) => TAGS.map((tag) => packets(THREE, tag, tag)[index]!))],
  },
  {
    name: "a packet is lost between two messages under one tag: their parts do not join",
    clause: "LPC-ERR-5",
    events: [SESSION, begin, LOST, LOST, OTHER[1]!, OTHER[2]!, ...OTHER],
  },
  {
    name: "the session ends in a message that is received",
    clause: "LPC-MCTP-6",
    events: [SESSION, begin, middle, SESSION_ENDS, SESSION, end, ...OTHER],
  },
  {
    name: "the session ends in a message that is sent",
    clause: "LPC-MCTP-6",
    events: [SESSION, send(THREE), send(8), TAKE, TAKEN, TAKE, SESSION_ENDS, SESSION, TAKE, send(9), TAKE, TAKEN, TAKE],
  },
  {
    name: "a control request has no response: it is sent again, unchanged, as often as MN1 says",
    clause: "LPC-MCTP-5",
    events: [
      SESSION,
      { what: "request", command: Control.GET_ENDPOINT_ID },
      ...[TAKE, TAKEN, TAKE],
      ...Array.from({ length: timing.retries + 1 }, () => [wait(timing.attemptTimeout), TAKE, TAKEN, TAKE]).flat(),
    ],
  },
];

export function messagesArtefact(): Artefact {
  return vectorArtefact({
    name: "messages",
    schema: "messages",
    title: "Messages over the binding",
    description:
      "What an endpoint with EID 9 above the binding makes of packets, lost packets, ends of sessions and time, with the limits and times of clause 14 and 64 payload bytes a packet.",
    units: {
      what: "session, sessionEnds: a session opens or ends; packet: the binding delivers one; packetLost: the binding has dropped one for its length or CRC-32; wait: time passes; send, request: a service sends a message to EID 8, or asks it a control request; take: the binding can send a packet; taken: the peer has taken it; delivers: the endpoint delivers a message to its service",
      bytes:
        "of packet and take: MCTP header and payload; of send and delivers: the message from its type on; hexadecimal",
      "take.bytes":
        "what the endpoint gives the binding, null for nothing; the tag, and of a control message the instance identifier, are the endpoint's choice, the same in each repetition",
      milliseconds: "time that passes",
      command: "the control command's code",
      clause: "the requirement, or the clause of DSP0236, that has it so",
    },
    use: "Carry out the events in their order. The endpoint's own are take, with what it gives, and delivers: they come where they stand, and there are no others.",
    generator: "messages.ts",
    contents: {
      vectors: SEQUENCES.map(({ name, clause, events }): Json => ({
        name,
        clause,
        events: runEvents(events).map((event) => ({ ...event })),
      })),
    },
  });
}
