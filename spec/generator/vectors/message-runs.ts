/** Runs an endpoint over events of messages.json, and says what it does. */
import { ENDPOINT_DEFAULTS } from "../../../src/core/mctp/endpoint-defaults.ts";
import { EndpointCore } from "../../../src/core/mctp/endpoint.ts";
import { MessageType } from "../../../src/core/mctp/message.ts";
import { fromHex, toHex, writeU32be } from "../../../src/core/wire/bytes.ts";
import { PACKET_HEADER_BYTES, type PacketParts } from "../../../src/core/wire/packet-parts.ts";
import { eid, millis } from "../../../src/core/wire/units.ts";
import { EID } from "../scenarios/life.ts";

/** Payload bytes of a packet in the sessions of these vectors. */
export const UNIT = 64;

/** What happens to the endpoint, or, behind it, what the endpoint does. */
export type MessageEvent =
  /** A session opens, or ends. */
  | { readonly what: "session" | "sessionEnds" }
  /** The binding delivers a packet. */
  | { readonly what: "packet"; readonly bytes: string }
  /** The binding has dropped a packet for its length or CRC-32. */
  | { readonly what: "packetLost" }
  | { readonly what: "wait"; readonly milliseconds: number }
  /** A service sends a message to the BMC's EID, or asks it a control request without data. */
  | { readonly what: "send"; readonly bytes: string }
  | { readonly what: "request"; readonly command: number }
  /** The binding can send: the packet that it is given, null for none. */
  | { readonly what: "take"; readonly bytes: string | null }
  /** The peer has taken that packet. */
  | { readonly what: "taken" }
  /** The endpoint delivers a message of type 0x7f to its service. */
  | { readonly what: "delivers"; readonly bytes: string };

/** The events with what the endpoint does: `take` and `delivers` are the endpoint's, all others are carried out. */
export function runEvents(
  events: readonly MessageEvent[],
  Core: typeof EndpointCore = EndpointCore,
): readonly MessageEvent[] {
  const endpoint = new Core({
    ...ENDPOINT_DEFAULTS,
    identity: {
      eid: eid(EID.host),
      uuid: new Uint8Array(16),
      kind: "endpoint",
      staticEid: eid(EID.host),
      assigned: false,
      messageTypes: new Map([[MessageType.VENDOR_IANA, []]]),
    },
  });
  const done: MessageEvent[] = [];
  endpoint.handle(MessageType.VENDOR_IANA, ({ bytes }) => {
    done.push({ what: "delivers", bytes: toHex(bytes) });
  });
  let now = millis(0);
  for (const event of events) {
    if (event.what === "delivers") continue;
    if (event.what === "take") {
      const packet = endpoint.nextPacket(UNIT);
      done.push({ what: "take", bytes: packet === undefined ? null : packetText(packet) });
      continue;
    }
    done.push(event);
    switch (event.what) {
      case "session":
        endpoint.linkUp(now);
        break;
      case "sessionEnds":
        endpoint.linkDown(now);
        break;
      case "packet": {
        const bytes = fromHex(event.bytes) ?? new Uint8Array(0);
        endpoint.receivePacket(bytes, 0, bytes.length, now);
        break;
      }
      case "packetLost":
        endpoint.packetLost();
        break;
      case "wait":
        now = millis(now + event.milliseconds);
        endpoint.expire(now);
        break;
      case "send":
        endpoint.send(eid(EID.bmc), fromHex(event.bytes) ?? new Uint8Array(0), now);
        break;
      case "request":
        endpoint.requestControl(eid(EID.bmc), event.command, new Uint8Array(0), now, () => undefined);
        break;
      case "taken":
        endpoint.packetDone(now);
        break;
    }
  }
  return done;
}

function packetText({ header, message, start, end }: PacketParts): string {
  const bytes = new Uint8Array(PACKET_HEADER_BYTES + end - start);
  writeU32be(bytes, 0, header);
  bytes.set(message.subarray(start, end), PACKET_HEADER_BYTES);
  return toHex(bytes);
}
