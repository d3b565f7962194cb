/** Readers of what messages and other links carry: serial frames, PLDM base, and the decoder that explains all of it. */
import { decode } from "../../src/core/decode/decode.ts";
import { decodePldm, encodePldmRequest } from "../../src/core/pldm/codec.ts";
import { getPldmTypes, getPldmVersions, type PldmQuestion } from "../../src/core/pldm/requester.ts";
import { PLDM_COUNTERS, baseTerminus, respondPldm } from "../../src/core/pldm/responder.ts";
import { SERIAL_COUNTERS } from "../../src/core/serial/counters.ts";
import { FrameEncoder, LARGEST_PACKET_BYTES } from "../../src/core/serial/framing.ts";
import { FrameReceiver } from "../../src/core/serial/receiver.ts";
import { equalBytes, toHex } from "../../src/core/wire/bytes.ts";
import { zeroCounters } from "../../src/core/wire/counters.ts";
import { must, type Target } from "./target.ts";

const UNIT_PACKET_BYTES = 68;

function frame(header: number, message: Uint8Array, escaping: "data" | "all"): Uint8Array {
  return new FrameEncoder(escaping).encode({ header, message, start: 0, end: message.length }).slice();
}

/** How the stream is cut, then the stream. */
const serial: Target = {
  name: "serial",
  seeds: [
    Uint8Array.of(1, ...frame(0x010809c8, Uint8Array.of(0x00, 0x80, 0x02), "data")),
    Uint8Array.of(7, 0x55, ...frame(0x010809c8, Uint8Array.of(0x7e, 0x7d, 0x7e), "all"), 0x7e, 0x7e),
  ],
  run: (bytes) => {
    const counters = zeroCounters(SERIAL_COUNTERS);
    const received: Uint8Array[] = [];
    let lost = 0;
    const receiver = new FrameReceiver(
      UNIT_PACKET_BYTES,
      counters,
      (packet) => received.push(packet),
      () => lost++,
    );
    const step = 1 + ((bytes[0] ?? 0) % 16);
    for (let at = 1; at < bytes.length; at += step) receiver.push(bytes.subarray(at, at + step));
    for (const packet of received) {
      must(packet.length >= 5 && packet.length <= UNIT_PACKET_BYTES, `a packet of ${String(packet.length)} bytes`);
      must(packet.length <= LARGEST_PACKET_BYTES, "a packet beyond the byte count");
    }
    must(received.length + lost <= bytes.length, "more frames than bytes");
    // Whatever came before, a whole frame that follows is found.
    const before = received.length;
    const message = Uint8Array.of(0x7f, 1, 2, 3);
    receiver.push(frame(0x010908c8, message, "data"));
    const last = received.at(-1);
    must(received.length > before && last !== undefined, "a good frame behind it was not found");
    must(equalBytes(last!.subarray(4), message), `${toHex(last!)} was received for it`);
  },
};

/** Which of both it is fed to, then a message. */
const pldm: Target = {
  name: "pldm",
  seeds: [
    Uint8Array.of(0, ...encodePldmRequest(1, 0, 2, new Uint8Array(0))),
    Uint8Array.of(0, ...encodePldmRequest(2, 0, 3, Uint8Array.of(0, 0, 0, 0, 1, 0))),
    Uint8Array.of(0, ...encodePldmRequest(3, 0, 5, Uint8Array.of(0, 0xf1, 0xf0, 0xf0, 0x00))),
    Uint8Array.of(
      1,
      ...respondPldm(encodePldmRequest(4, 0, 4, new Uint8Array(0)), baseTerminus(), zeroCounters(PLDM_COUNTERS))!,
    ),
  ],
  run: (bytes) => {
    const message = bytes.subarray(1);
    if (((bytes[0] ?? 0) & 1) === 0) {
      const terminus = baseTerminus(4);
      const counters = zeroCounters(PLDM_COUNTERS);
      const response = respondPldm(message, terminus, counters);
      must(counters.pldmAnswered + counters.pldmDiscarded === 1, "a message that was not counted once");
      must((response === undefined) === (counters.pldmDiscarded === 1), "an answer that was not counted");
      must(terminus.tid >= 0 && terminus.tid < 0xff, "a terminus id that none may have");
      if (response === undefined) return;
      const request = decodePldm(message)!;
      const back = decodePldm(response);
      must(back?.kind === "response" && back.instance === request.instance, "no response");
      must(back!.completion === 0 || back!.data.length === 0, "data behind an error");
      return;
    }
    for (const question of [getPldmTypes(4), getPldmVersions(4, 0)]) askedOnce(question, message);
  },
};

/** A question whose every answer is the same message ends all the same. */
function askedOnce(question: PldmQuestion<unknown>, answer: Uint8Array): void {
  let step = question.next(new Uint8Array(0));
  for (let asked = 0; step.done !== true; asked++) {
    must(asked < 5000, "a question without end");
    step = question.next(answer);
  }
}

/** Inputs behind a byte of length each, explained together. */
const explained: Target = {
  name: "decode",
  seeds: [
    Uint8Array.of(7, 0x01, 0x08, 0x09, 0xc8, 0x00, 0x80, 0x02),
    Uint8Array.of(3, 0x00, 0x80, 0x02, 5, 0x01, 0x80, 0x00, 0x02, 0x00),
    Uint8Array.of(11, 0, 0, 0, 7, 0x01, 0x08, 0x09, 0xc8, 0x00, 0x80, 0x02),
  ],
  run: (bytes) => {
    const inputs: Uint8Array[] = [];
    for (let at = 0; at < bytes.length && inputs.length < 8;) {
      const length = bytes[at++]!;
      inputs.push(bytes.slice(at, at + length));
      at += length;
    }
    const decoded = decode(inputs);
    must(decoded.inputs.length === inputs.length, "an input that is not explained");
    for (const [index, { fields, length }] of decoded.inputs.entries()) {
      must(length === inputs[index]!.length, "another length");
      for (const { offset, length: size } of fields) {
        must(offset >= 0 && offset + size <= length, "a field outside its input");
      }
    }
    JSON.stringify(decoded);
  },
};

export const MESSAGE_TARGETS: readonly Target[] = [serial, pldm, explained];
