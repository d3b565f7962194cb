/** How each fault that both sides may have shows on the bus. A program without it shows none of them. */
import { crc32 } from "../../../src/core/wire/crc.ts";
import { pause } from "../../support/processes.ts";
import type { Opposite, Packet } from "./opposite.ts";

const GET_EID = [0x00, 0x80, 0x02];
const UNSUPPORTED = [0x00, 0x80, 0x7f];
const RX_COMPLETE = 0x02;
const TX_BEGIN = 0x01;
const ECHO = [0x7f, 0x00, 0x00, 0x7e, 0xd9, 0x01, 0x01];
const FIRST = 0x88;
const LAST = 0x48;

/** Whether the fault shows. */
export type Probe<Other extends Opposite = Opposite> = (other: Other) => Promise<boolean>;

const echo = (bytes: number): readonly number[] => [...ECHO, ...Array.from({ length: bytes }, (_, i) => i & 0xff)];

/** The first packet of the program, once it has answered a request. */
async function firstPacket(other: Opposite): Promise<Packet> {
  await other.ask(GET_EID);
  const packet = other.packets[0];
  if (packet === undefined) throw new Error("no packet came");
  return packet;
}

/** A fault of the frame, in packets of three bytes of message and more. */
function frame(shows: (packet: Packet) => boolean): Probe {
  return async (other) => {
    await other.open();
    return shows(await firstPacket(other));
  };
}

/** The length of a packet whose trailer is right, wherever its length field puts that. */
function trueLength({ raw }: Packet): number {
  for (let length = 5; length < 80; length++)
    if (raw.readUInt32BE(4 + length) === crc32(raw.subarray(4, 4 + length))) return length;
  throw new Error("no trailer fits");
}

/** Whether a packet gets a response. */
function answered(packet: (other: Opposite) => readonly number[], spoil = 0): Probe {
  return async (other) => {
    await other.open();
    other.send(packet(other), { spoil });
    return other.until(() => other.response() !== undefined, 400);
  };
}

/** Whether a request gets a response like this. */
function response(message: readonly number[], shows: (message: readonly number[] | undefined) => boolean): Probe {
  return async (other) => {
    await other.open();
    return shows(await other.ask(message));
  };
}

/** A packet whose Rx Complete does not come. */
function unanswered(sending: (other: Opposite) => { readonly length?: number; readonly spoil?: number }): Probe {
  return async (other) => {
    await other.open();
    const from = other.bytes.length;
    other.send(other.request(GET_EID), sending(other));
    await other.run(200);
    return other.count(RX_COMPLETE, from) === 0;
  };
}

/** A request of which something is written again as soon as its Rx Complete is read. */
function rewritten(change: (other: Opposite) => void, shows: (response: Buffer) => boolean): Probe {
  return async (other) => {
    await other.open();
    const from = other.bytes.length;
    other.send(other.request(GET_EID));
    await other.until(() => other.count(RX_COMPLETE, from) > 0);
    change(other);
    await other.until(() => other.response() !== undefined);
    return shows(other.response()?.bytes ?? Buffer.alloc(0));
  };
}

/** Whether the session ends after these bytes. */
function endsAfter(...bytes: readonly number[]): Probe {
  return async (other) => {
    await other.open();
    other.queue.push(...bytes);
    return other.until(() => other.ended(), 300);
  };
}

/** Whether the packet of a Tx Begin changes while it is outstanding. */
async function bufferChanges(other: Opposite, meanwhile: () => Promise<void>): Promise<boolean> {
  other.completes = false;
  const before = other.packets.length;
  other.send(other.request(GET_EID));
  await other.until(() => other.packets.length > before);
  await meanwhile();
  await other.run(120);
  return !other.buffer().raw.equals(other.packets[before]?.raw ?? Buffer.alloc(0));
}

/** The packets of an echo of 200 bytes at an MTU of 64. */
function cut(shows: (packets: readonly Packet[]) => boolean, versions: readonly [number, number] = [1, 3]): Probe {
  return async (other) => {
    await other.open(64, versions);
    const from = other.packets.length;
    const message = echo(200);
    await sendMessage(other, message, 64);
    await other.quiet();
    return shows(other.packets.slice(from));
  };
}

async function sendMessage(other: Opposite, message: readonly number[], unit: number): Promise<void> {
  for (let at = 0, sequence = 0; at < message.length; at += unit, sequence++) {
    const completes = other.count(RX_COMPLETE);
    const flags = (at === 0 ? 0x80 : 0) | (at + unit >= message.length ? 0x40 : 0) | ((sequence & 3) << 4) | 0x09;
    other.send([1, 0, other.own, flags, ...message.slice(at, at + unit)]);
    await other.until(() => other.count(RX_COMPLETE) > completes);
  }
}

/** The program's requests while none is answered, the announcement of a host among them. */
async function requestsOf(other: Opposite, milliseconds: number): Promise<readonly Buffer[]> {
  other.answers = false;
  await other.open();
  if (other.side === "host") await other.ask([0x00, 0x81, 0x0d]);
  await other.run(milliseconds);
  return other.packets.map(({ bytes }) => bytes).filter((bytes) => ((bytes[3] ?? 0) & 0x08) !== 0);
}

const instanceOf = (packet: Buffer | undefined): number => (packet?.[5] ?? 0) & 0x1f;
const tagOf = (packet: Buffer | undefined): number => (packet?.[3] ?? 0) & 7;

/** How many Rx Completes come before the first Tx Begin, while the next packet is always there. */
async function streamed(other: Opposite): Promise<number> {
  await other.open();
  other.reads = false;
  let completes = 0;
  other.write(other.request(GET_EID));
  other.force(TX_BEGIN);
  while (completes < 12) {
    if (!(await other.until(() => other.inIsFull, 500))) break;
    // First the next packet: with both registers empty a program may write its Tx Begin, for it owes nothing.
    other.force(TX_BEGIN);
    const byte = other.take();
    if (byte === TX_BEGIN) break;
    if (byte === RX_COMPLETE) completes++;
  }
  return completes;
}

export const PROBES: Readonly<Record<string, Probe>> = {
  "crc-little-endian": frame(({ trailer, crc }) => Buffer.from(Uint32Array.of(trailer).buffer).readUInt32BE(0) === crc),
  "crc-of-length": frame(({ raw, trailer, length }) => trailer === crc32(raw.subarray(0, 4 + length))),
  "crc-seed": frame(({ bytes, trailer }) => trailer === crc32(bytes, 0, bytes.length, 0xffffffff)),
  "crc-unchecked": answered((other) => other.request(GET_EID), 1),
  "crc-unanswered": unanswered(() => ({ spoil: 1 })),
  "length-little-endian": frame(({ raw }) => raw.readUInt32LE(0) < 80),
  "length-counts-itself": frame((packet) => packet.length === trueLength(packet) + 4),
  "length-counts-trailer": frame((packet) => packet.length === trueLength(packet) + 4),
  "length-without-header": frame((packet) => packet.length === trueLength(packet) - 4),
  "length-unchecked": answered((other) => other.request(echo(1200))),
  "length-unanswered": unanswered(() => ({ length: 5000 })),
  "length-reread": rewritten(
    (other) => {
      other.put(other.outgoing.offset, 8);
    },
    (bytes) => bytes[7] === 0x03,
  ),
  "packet-reread": rewritten(
    (other) => {
      other.put(other.outgoing.offset + 10, 0x05, 1);
    },
    (bytes) => bytes[6] === 0x05,
  ),
  "buffer-touched": async (other) => {
    await other.open();
    await other.ask(GET_EID);
    await other.quiet();
    return bufferChanges(other, async () => {
      await other.run(20);
      other.send(other.request([0x00, 0x81, 0x05], { tag: 2 }));
    });
  },
  "tx-begin-before-packet": async (other) => {
    await other.open();
    return bufferChanges(other, () => Promise.resolve());
  },
  "packet-above-mtu": cut((packets) => packets.some(({ length }) => length > 68)),
  "version-1-large-packets": cut((packets) => packets.some(({ length }) => length > 68), [1, 1]),
  "packet-below-btu": cut((packets) => packets[0]?.length === 64),
  "terms-reread": async (other) => {
    await other.open();
    other.put(other.outgoing.offset, 0);
    other.write(other.request(GET_EID), {}, 0x8000);
    other.put(other.side === "host" ? 0x18 : 0x10, 0x8000);
    other.queue.push(TX_BEGIN);
    return other.until(() => other.response() !== undefined, 300);
  },
  "rx-complete-missing": unanswered(() => ({})),
  "rx-complete-twice": async (other) => {
    await other.open();
    await other.ask(GET_EID);
    await other.quiet();
    return other.count(RX_COMPLETE) > other.begins;
  },
  "rx-complete-late": async (other) => {
    await other.open();
    const from = other.bytes.length;
    await other.ask(GET_EID);
    await other.run(50);
    return other.bytes.slice(from).indexOf(TX_BEGIN) < other.bytes.slice(from).indexOf(RX_COMPLETE);
  },
  "rx-complete-always-first": async (other) => (await streamed(other)) > 4,
  "commands-overwrite": async (other) => {
    await other.open();
    other.reads = false;
    other.send(other.request(GET_EID));
    await other.run(200);
    return other.take() === TX_BEGIN;
  },
  "unknown-byte-ends-session": endsAfter(0x55),
  "unasked-rx-complete-ends-session": endsAfter(RX_COMPLETE),
  "second-tx-begin-answered": async (other) => {
    await other.open();
    other.answers = false;
    other.reads = false;
    other.send(other.request(GET_EID));
    await other.run(50);
    const from = other.bytes.length;
    other.queue.push(TX_BEGIN);
    await other.run(50);
    other.queue.push(TX_BEGIN);
    await other.run(50);
    other.reads = true;
    await other.run(200);
    return other.count(RX_COMPLETE, from) > 2;
  },
  "stall-sends-again": async (other) => {
    await other.open();
    other.completes = false;
    await other.ask(GET_EID);
    const before = other.count(TX_BEGIN);
    await other.run(1500);
    return other.count(TX_BEGIN) > before;
  },
  "stall-ends-session": async (other) => {
    await other.open();
    other.completes = false;
    await other.ask(GET_EID);
    return other.until(() => other.ended(), 1500);
  },
  "damage-ends-session": async (other) => {
    await other.open();
    other.send(other.request(GET_EID), { spoil: 1 });
    return other.until(() => other.ended(), 300);
  },
  "keep-alive": async (other) => {
    await other.open();
    await other.quiet();
    const from = other.bytes.length;
    await other.run(900);
    return other.count(0xff, from) > 0;
  },
  "damage-ends-no-assembly": async (other) => {
    await other.open();
    const message = echo(93);
    const parts = [
      [FIRST | 1, message.slice(0, 64), 0],
      [LAST | 0x11, message.slice(64), 1],
      [LAST | 0x11, message.slice(64), 0],
    ] as const;
    for (const [flags, bytes, spoil] of parts) {
      const completes = other.count(RX_COMPLETE);
      other.send([1, 0, other.own, flags, ...bytes], { spoil });
      await other.until(() => other.count(RX_COMPLETE) > completes);
    }
    return other.until(() => other.response() !== undefined, 300);
  },
  "header-version": frame(({ bytes }) => bytes[0] !== 1),
  "header-version-unchecked": answered((other) => [2, ...other.request(GET_EID).slice(1)]),
  "sequence-stuck": cut(
    (packets) => packets.length > 2 && packets.every(({ bytes }) => ((bytes[3] ?? 0) & 0x30) === 0),
  ),
  "message-goes-on": async (other) => {
    await other.open(64);
    await sendMessage(other, echo(200), 64);
    other.completes = false;
    await other.until(() => other.response() !== undefined);
    const from = other.packets.length;
    await other.reopen();
    await other.run(200);
    return other.packets.slice(from).some(({ bytes }) => ((bytes[3] ?? 0) & 0x80) === 0);
  },
  "response-instance": response([0x00, 0x83, 0x02], (message) => message !== undefined && message[1] !== 3),
  "response-is-request": response(GET_EID, (message) => ((message?.[1] ?? 0) & 0x80) !== 0),
  "response-late": async (other) => {
    await other.open();
    return (
      (await other.ask(GET_EID, 150)) === undefined && (await other.until(() => other.response() !== undefined, 400))
    );
  },
  "get-eid-unanswered": async (other) => {
    await other.open();
    return (await other.ask(GET_EID)) === undefined && (await other.ask([0x00, 0x80, 0x05])) !== undefined;
  },
  "unsupported-code": response(UNSUPPORTED, (message) => message?.[3] === 0x01),
  "unsupported-unanswered": response(UNSUPPORTED, (message) => message === undefined),
  "wrong-length-taken": response([...GET_EID, 0], (message) => message?.[3] === 0x00),
  "error-with-data": response(UNSUPPORTED, (message) => (message?.length ?? 0) > 4),
  "endpoint-discovery-taken": response([0x00, 0x80, 0x0c], (message) => message?.[3] === 0x00),
  "integrity-answered": answered((other) => other.request([0x80, 0x80, 0x02, 1, 2, 3, 4])),
  "datagram-answered": answered((other) => other.request([0x00, 0xc0, 0x02])),
  "other-eid-taken": answered((other) => other.request(GET_EID, { destination: 77 })),
  "null-eid-dropped": async (other) => {
    await other.open();
    return (await other.ask(GET_EID)) === undefined && (await other.ask(GET_EID, 400, other.peer)) !== undefined;
  },
  "long-control-taken": answered((other) => other.request([...GET_EID, ...Array.from({ length: 66 }, () => 0)])),
  "retry-changed": async (other) => {
    const requests = await requestsOf(other, 900);
    return instanceOf(requests[0]) !== instanceOf(requests[1]);
  },
  "retry-missing": async (other) => (await requestsOf(other, 900)).length === 1,
  "retry-endless": async (other) => {
    const requests = await requestsOf(other, 1500);
    return requests.filter((one) => one.equals(requests[0] ?? one)).length > 3;
  },
  "tag-reused": async (other) => {
    const requests = [...(await requestsOf(other, 1200))];
    const first = requests[0];
    if (other.side === "host") await other.ask([0x00, 0x8d, 0x0d]);
    await other.run(2500);
    const later = other.packets
      .map(({ bytes }) => bytes)
      .filter((bytes) => ((bytes[3] ?? 0) & 0x08) !== 0 && instanceOf(bytes) !== instanceOf(first));
    await pause(0);
    return later.length > 0 && tagOf(later[0]) === tagOf(first);
  },
};
