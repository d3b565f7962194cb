/** Throughput and ping-pong in one process: message in, packets, binding, window, assembly, message out. */
import { MessageType } from "../../core/mctp/message.ts";
import type { Version } from "../../core/binding/versions.ts";
import { millis } from "../../core/wire/units.ts";
import { BMC_EID, HOST_EID, openPair } from "./pair.ts";
import { medianSeconds } from "./statistics.ts";

export interface Throughput {
  readonly version: number;
  readonly mtu: number;
  readonly messageBytes: number;
  readonly direction: "hostToBmc" | "bmcToHost";
  readonly messagesPerSecond: number;
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
}

export interface PingPong {
  readonly version: number;
  readonly mtu: number;
  readonly messageBytes: number;
  readonly medianMicroseconds: number;
}

export interface BenchEffort {
  readonly samples: number;
  readonly runSeconds: number;
}

const NOW = millis(0);
/** Messages that the sender keeps queued. */
const QUEUED = 8;

export function measureThroughput(
  version: Version,
  mtu: number | undefined,
  messageBytes: number,
  direction: "hostToBmc" | "bmcToHost",
  effort: BenchEffort,
): Throughput {
  const pair = openPair(version, mtu);
  const [sender, receiver, destination] =
    direction === "hostToBmc" ? ([pair.host, pair.bmc, BMC_EID] as const) : ([pair.bmc, pair.host, HOST_EID] as const);
  const message = vendorMessage(messageBytes);
  let received = 0;
  receiver.endpoint.handle(MessageType.VENDOR_IANA, (arrived) => {
    if (arrived.bytes.length !== messageBytes) throw new Error("a message of another length arrived");
    received++;
  });
  const secondsAMessage = medianSeconds(effort.samples, effort.runSeconds, (repetitions) => {
    const end = received + repetitions;
    while (received < end) {
      while (sender.endpoint.queued < QUEUED) sender.endpoint.send(destination, message, NOW);
      sender.driver.pump(NOW);
      receiver.driver.pump(NOW);
    }
  });
  const messagesPerSecond = 1 / secondsAMessage;
  return {
    version,
    mtu: pair.mtu,
    messageBytes,
    direction,
    messagesPerSecond,
    packetsPerSecond: messagesPerSecond * Math.ceil(messageBytes / pair.mtu),
    bytesPerSecond: messagesPerSecond * messageBytes,
  };
}

export function measurePingPong(version: Version, mtu: number, messageBytes: number, effort: BenchEffort): PingPong {
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
  return { version, mtu, messageBytes, medianMicroseconds: seconds * 1e6 };
}

function vendorMessage(length: number): Uint8Array {
  const message = Uint8Array.from({ length }, (_, index) => index);
  message[0] = MessageType.VENDOR_IANA;
  return message;
}
