/** An endpoint on a link that the test holds in its hands: packets in, packets out, no binding. */
import { EndpointCore, type EndpointConfig } from "../../src/core/mctp/endpoint.ts";
import type { Message } from "../../src/core/mctp/message.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { millis } from "../../src/core/wire/units.ts";
import { bmcIdentity, endpointConfig, TEST_TYPE } from "./endpoints.ts";

/** The BMC's endpoint, EID 8, with a link that the test holds in its hands. */
export class EndpointBench {
  readonly endpoint: EndpointCore;
  readonly received: Message[] = [];
  now = millis(0);

  constructor(changes: Partial<EndpointConfig> = {}, up = true) {
    this.endpoint = new EndpointCore(endpointConfig(bmcIdentity(), changes));
    this.endpoint.handle(TEST_TYPE, (message) => this.received.push(message));
    if (up) this.endpoint.linkUp(this.now);
  }

  take(bytes: Uint8Array): void {
    // In the middle of other bytes, as the binding hands it over.
    const memory = new Uint8Array(bytes.length + 9).fill(0xcc);
    memory.set(bytes, 5);
    this.endpoint.receivePacket(memory, 5, 5 + bytes.length, this.now);
  }

  /** The next packet that the endpoint sends, in hexadecimal; taken by the peer at once. */
  sent(unit = 64): string | undefined {
    const parts = this.endpoint.nextPacket(unit);
    if (parts === undefined) return undefined;
    const text = parts.header.toString(16).padStart(8, "0") + toHex(parts.message.subarray(parts.start, parts.end));
    this.endpoint.packetDone(this.now);
    return text;
  }

  /** What was dropped, ended or retried, how often. */
  get counted(): Partial<Record<string, number>> {
    const traffic = ["messagesReceived", "bytesReceived", "messagesSent", "bytesSent"];
    const entries = Object.entries(this.endpoint.counters);
    return Object.fromEntries(entries.filter(([name, count]) => count > 0 && !traffic.includes(name)));
  }
}
