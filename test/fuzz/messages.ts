/** Messages and packets that a hostile peer may send: mostly as they should be, a little beside it. */
import { Operation as Vendor, encodeVendorRequest } from "../../src/agent/files/vendor-messages.ts";
import { Control, encodeRequest } from "../../src/core/mctp/control/codec.ts";
import { messageHeader, packetHeader } from "../../src/core/mctp/packet.ts";
import type { SeededRandom } from "../../src/platform/faulty.ts";
import { writeU32be } from "../../src/core/wire/bytes.ts";
import { eid } from "../../src/core/wire/units.ts";

export function pick<Value>(random: SeededRandom, values: readonly Value[]): Value {
  return values[random.below(values.length)]!;
}

export function someBytes(random: SeededRandom, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

/** Bytes with up to three small mistakes. */
export function spoilt(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  let result = Uint8Array.from(bytes);
  for (let mistakes = 1 + random.below(3); mistakes > 0; mistakes--) {
    const at = random.below(Math.max(1, result.length));
    switch (random.below(5)) {
      case 0:
        if (result.length > 0) result[at]! ^= 1 << random.below(8);
        break;
      case 1:
        if (result.length > 0) result[at] = pick(random, [0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
        break;
      case 2:
        result = result.slice(0, at);
        break;
      case 3:
        result = Uint8Array.from([...result, ...someBytes(random, random.below(16))]);
        break;
      default: {
        const end = Math.min(result.length, at + random.below(8));
        result = Uint8Array.from([...result.subarray(0, end), ...result.subarray(at)]);
      }
    }
  }
  return result;
}

const DIGESTS = [0, 1, 2].map((index) => new Uint8Array(32).fill(index));

/** A message that the agents know. */
export function anyMessage(random: SeededRandom): Uint8Array {
  switch (random.below(8)) {
    case 0:
    case 1:
      return encodeRequest(random.below(32), pick(random, Object.values(Control)), someBytes(random, random.below(3)));
    case 2:
      return encodeRequest(
        random.below(32),
        Control.SET_ENDPOINT_ID,
        Uint8Array.of(random.below(4), random.below(256)),
      );
    case 3:
      return encodeVendorRequest({ operation: Vendor.ECHO, data: someBytes(random, random.below(200)) });
    case 4:
      return encodeVendorRequest({
        operation: Vendor.FILE_OPEN,
        size: pick(random, [0, 1, 64, 5000, 8192, 8193, 2 ** 40]),
        sha256: pick(random, DIGESTS),
        name: pick(random, ["a", "b", "c.bin", "ä", ".x", "a".repeat(200)]),
      });
    case 5:
      return encodeVendorRequest({
        operation: Vendor.FILE_DATA,
        handle: random.below(24),
        offset: pick(random, [0, 1, 64, 4096, 2 ** 33]),
        data: someBytes(random, random.below(300)),
      });
    case 6:
      return encodeVendorRequest({ operation: Vendor.FILE_CLOSE, handle: random.below(24) });
    default:
      return someBytes(random, random.below(100));
  }
}

/** A message cut into packets, header and payload; some of them out of order, missing, or wrong. */
export function packetsOf(random: SeededRandom, message: Uint8Array, from: number, to: number): Uint8Array[] {
  const unit = pick(random, [64, 64, 64, 65, 100, 1000, 10]);
  const tag = random.below(8);
  const header = messageHeader(eid(to), eid(from), random.chance(0.8), tag);
  const packets: Uint8Array[] = [];
  for (let at = 0, sequence = random.below(4); at === 0 || at < message.length; at += unit, sequence++) {
    const payload = message.subarray(at, at + unit);
    const packet = new Uint8Array(4 + payload.length);
    writeU32be(packet, 0, packetHeader(header, at === 0, at + unit >= message.length, sequence));
    packet.set(payload, 4);
    packets.push(packet);
  }
  if (random.chance(0.2)) packets.splice(random.below(packets.length), 1);
  if (random.chance(0.1)) packets.reverse();
  return packets.map((packet) => (random.chance(0.05) ? spoilt(random, packet) : packet));
}

/** The first packet of a message that never ends. */
export function startOf(random: SeededRandom, from: number, to: number): Uint8Array {
  const packet = new Uint8Array(4 + 64).fill(0x7f);
  writeU32be(packet, 0, packetHeader(messageHeader(eid(to), eid(from), true, random.below(8)), true, false, 0));
  return packet;
}
