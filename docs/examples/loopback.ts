/**
 * Two endpoints on a board in memory: one answers messages of a type of its own, the other asks.
 *
 *   npm run build
 *   node dist/docs/examples/loopback.js
 */
import { LoopbackBoard } from "mctp-lpc";
import { Endpoint } from "mctp-lpc/api";
import { bmcLink } from "mctp-lpc/bmc";
import { hostLink } from "mctp-lpc/host";

/** An unassigned message type. */
const GREETING = 0x55;

const board = new LoopbackBoard();
await using bmc = new Endpoint(bmcLink(board.bmc), { eid: 8, kind: "busOwner" });
await using host = new Endpoint(hostLink(board.host), { eid: 9 });
await Promise.all([bmc.up(), host.up()]);

const stop = new AbortController();
async function answer(): Promise<void> {
  for await (const message of bmc.messages(GREETING, { signal: stop.signal })) {
    const name = new TextDecoder().decode(message.bytes.subarray(1));
    await bmc.respond(message, Uint8Array.of(GREETING, ...new TextEncoder().encode(`Good morning, ${name}!`)));
  }
}
const answering = answer();

const request = Uint8Array.of(GREETING, ...new TextEncoder().encode("host"));
const response = await host.request(8, request, { deadline: 5000 });
console.log(`EID ${response.source} says: ${new TextDecoder().decode(response.bytes.subarray(1))}`);

stop.abort();
await answering;
