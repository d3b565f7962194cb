/**
 * A link of one's own: two endpoints joined by nothing but the event loop. What it does for packets, a driver of any
 * other medium would do, too: pull them with `nextPacket`, say `packetDone`, hand in what arrives.
 *
 *   npm run build
 *   node dist/docs/examples/own-link.js
 */
import { Endpoint, type Link, type PacketExchange } from "mctp-lpc/api";

const UNIT = 64;
const now = (): never => performance.now() as never;

/** Both ends of the link: packets of one are handed to the other in the next turn of the event loop. */
function joinedLinks(): readonly [Link, Link] {
  const exchanges: PacketExchange[] = [];
  const carry = (from: PacketExchange, to: PacketExchange): void => {
    for (let parts = from.nextPacket(UNIT, now()); parts !== undefined; parts = from.nextPacket(UNIT, now())) {
      const packet = new Uint8Array(4 + parts.end - parts.start);
      new DataView(packet.buffer).setUint32(0, parts.header);
      packet.set(parts.message.subarray(parts.start, parts.end), 4);
      from.packetDone(now());
      to.receivePacket(packet, 0, packet.length, now());
    }
  };
  const turn = (): void => {
    const [left, right] = exchanges;
    if (left === undefined || right === undefined) return;
    carry(left, right);
    carry(right, left);
  };
  const end: Link = {
    start: (exchange) => {
      exchanges.push(exchange);
      if (exchanges.length === 2) for (const each of exchanges) each.linkUp(now());
      // Deadlines of requests and assemblies; a real driver would ask nextDeadline.
      const timer = setInterval(() => {
        exchange.expire(now());
        turn();
      }, 10);
      return {
        kick: () => setImmediate(turn),
        close: () => {
          clearInterval(timer);
          exchange.linkDown(now());
          return Promise.resolve();
        },
      };
    },
  };
  return [end, end];
}

const [left, right] = joinedLinks();
await using one = new Endpoint(left, { eid: 10 });
await using other = new Endpoint(right, { eid: 11 });
await Promise.all([one.up(), other.up()]);

const GET_TYPES = Uint8Array.of(0x00, 0x80, 0x05);
const heard = other.messages(0x50);
const types = await one.request(11, GET_TYPES);
console.log(`EID ${types.source} takes ${types.bytes[4] ?? 0} message type: 0x${(types.bytes[5] ?? 0).toString(16)}`);

await one.send(11, new Uint8Array(200).fill(0x50));
const { value } = await heard.next();
console.log(`a message of ${value?.bytes.length ?? 0} bytes in packets of ${UNIT}`);
