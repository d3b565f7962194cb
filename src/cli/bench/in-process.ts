/** Throughput and ping-pong in one process: message in, packets, binding, window, assembly, message out. */
import type { Direction } from "../../core/binding/side.ts";
import type { Version } from "../../core/binding/versions.ts";
import type { EndpointCore } from "../../core/mctp/endpoint.ts";
import { MessageType } from "../../core/mctp/message.ts";
import { millis } from "../../core/wire/units.ts";
import type { Pumped } from "../../node/runner.ts";
import { BMC_EID, openPair } from "./pair.ts";
import { medianSeconds } from "./statistics.ts";

export interface Throughput {
  readonly version: number;
  readonly mtu: number;
  readonly messageBytes: number;
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
}

export interface BenchEffort {
  readonly samples: number;
  readonly runSeconds: number;
}

const NOW = millis(0);
/** Messages that the sender keeps queued. */
const QUEUED = 8;

/** `mtu` undefined: the largest. */
export function measureThroughput(
  version: Version,
  mtu: number | undefined,
  messageBytes: number,
  direction: Direction,
  effort: BenchEffort,
): Throughput {
  const { host, bmc, mtu: granted } = openPair(version, mtu);
  const [sender, receiver] = direction === "hostToBmc" ? [host, bmc] : [bmc, host];
  const drivers = [sender.driver, receiver.driver];
  const seconds = secondsAMessage(sender.endpoint, receiver.endpoint, drivers, messageBytes, effort);
  return { version, mtu: granted, messageBytes, ...ratesOf(seconds, messageBytes, granted) };
}

export function ratesOf(
  seconds: number,
  messageBytes: number,
  mtu: number,
): Pick<Throughput, "packetsPerSecond" | "bytesPerSecond"> {
  return { packetsPerSecond: Math.ceil(messageBytes / mtu) / seconds, bytesPerSecond: messageBytes / seconds };
}

/** Of a stream of messages one way; one turn of every driver, in this order, moves it on. */
export function secondsAMessage(
  sender: EndpointCore,
  receiver: EndpointCore,
  drivers: readonly Pumped[],
  messageBytes: number,
  effort: BenchEffort,
): number {
  const message = vendorMessage(messageBytes);
  let received = 0;
  receiver.handle(MessageType.VENDOR_IANA, (arrived) => {
    if (arrived.bytes.length !== messageBytes) throw new Error("a message of another length arrived");
    received++;
  });
  return medianSeconds(effort.samples, effort.runSeconds, (repetitions) => {
    const end = received + repetitions;
    while (received < end) {
      while (sender.queued < QUEUED) sender.send(receiver.identity.eid, message, NOW);
      for (const driver of drivers) driver.pump(NOW);
    }
  });
}

export function measurePingPong(
  version: Version,
  mtu: number,
  messageBytes: number,
  effort: BenchEffort,
): { readonly medianMicroseconds: number } {
  const { host, bmc } = openPair(version, mtu);
  const message = vendorMessage(messageBytes);
  bmc.endpoint.handle(MessageType.VENDOR_IANA, (request) => {
    bmc.endpoint.respond(request, request.bytes);
  });
  const seconds = medianSeconds(effort.samples, effort.runSeconds, (repetitions) => {
    let answered = 0;
    let asked = 0;
    while (answered < repetitions) {
      if (asked === answered) {
        asked++;
        host.endpoint.request(BMC_EID, message, NOW, (outcome) => {
          if (!outcome.ok) throw new Error(`the ping-pong lost a message: ${outcome.reject}`);
          answered++;
        });
      }
      host.driver.pump(NOW);
      bmc.driver.pump(NOW);
    }
  });
  return { medianMicroseconds: seconds * 1e6 };
}

function vendorMessage(length: number): Uint8Array {
  const message = Uint8Array.from({ length }, (_, index) => index);
  message[0] = MessageType.VENDOR_IANA;
  return message;
}
