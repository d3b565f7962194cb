import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { bmcLink } from "../../bmc/link.ts";
import { hostLink } from "../../host/link.ts";
import { Endpoint } from "../../src/api/endpoint.ts";
import { MctpError } from "../../src/api/errors.ts";
import type { Link, RunningLink } from "../../src/api/link.ts";
import type { PacketExchange } from "../../src/core/mctp/link.ts";
import { GetRoutingTableEntries } from "../../src/core/mctp/control/commands/get-routing-table-entries.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import { pause, within } from "../support/processes.ts";

const TYPE = 0x55;

let open: Endpoint[] = [];
let lines: string[] = [];

function endpoint(...given: ConstructorParameters<typeof Endpoint>): Endpoint {
  const made = new Endpoint(...given);
  open.push(made);
  return made;
}

async function waitFor(isTrue: () => boolean): Promise<void> {
  const waiting = async (): Promise<void> => {
    while (!isTrue()) await pause(5);
  };
  await within(20_000, waiting());
}

beforeEach(() => {
  lines = [];
});
afterEach(async () => {
  await Promise.all(open.map((each) => each.close()));
  open = [];
});

/** BMC, EID 8 - bridge, the host of one board and the BMC of another - the host of that one. */
function chain(): { readonly bmc: Endpoint; readonly bridge: Endpoint; readonly far: Endpoint } {
  const [near, distant] = [new LoopbackBoard(), new LoopbackBoard()];
  const bmc = endpoint(bmcLink(near.bmc), { eid: 8, kind: "busOwner", duties: true });
  const links = [hostLink(near.host), bmcLink(distant.bmc)];
  const bridge = endpoint(links, { eid: 100, poolSize: 4, log: (line) => lines.push(line) });
  return { bmc, bridge, far: endpoint(hostLink(distant.host), { eid: 101, duties: true }) };
}

test("an endpoint on several links is a bridge: it is given a pool, gives an EID of it, and forwards both ways", async () => {
  const { bmc, bridge, far } = chain();
  await waitFor(() => bridge.endpoints.length === 1);
  expect(bridge.eid).toBe(9);
  expect(bridge.endpoints).toMatchObject([{ eid: 10, link: 1 }]);
  expect(bmc.endpoints).toMatchObject([{ eid: 9, link: 0 }]);
  expect(lines).toContain("EIDs 10 to 13 to give on the other links");
  await waitFor(() => far.eid === 10);

  const incoming = far.messages(TYPE);
  const asking = bmc.request(10, Uint8Array.of(TYPE, 1), { deadline: 10_000 });
  const { value } = await incoming.next();
  await far.respond(value!, Uint8Array.of(TYPE, 2));
  expect(await asking).toMatchObject({ source: 10, bytes: Uint8Array.of(TYPE, 2) });

  const { entries } = await far.control(8, GetRoutingTableEntries, { handle: 0 });
  expect(entries.map(({ first, count }) => [first, count])).toEqual(expect.arrayContaining([[9, 1]]));
});

test("without duties nothing is sent that was not asked for", async () => {
  const board = new LoopbackBoard();
  const bmc = endpoint(bmcLink(board.bmc), { eid: 8, kind: "busOwner" });
  const host = endpoint(hostLink(board.host), { eid: 20 });
  await Promise.all([bmc.up({ deadline: 10_000 }), host.up({ deadline: 10_000 })]);
  await host.request(8, Uint8Array.of(0x00, 0x80, 0x02));
  expect([bmc.counters.messagesSent, host.counters.messagesSent, host.eid, bmc.endpoints]).toEqual([1, 1, 20, []]);
});

test("a link may be an object of a class", async () => {
  class OwnLink implements Link {
    start(exchange: PacketExchange): RunningLink {
      exchange.linkUp(0 as never);
      return { kick: () => undefined, close: () => Promise.resolve() };
    }
  }
  await endpoint(new OwnLink(), { eid: 9 }).up({ deadline: 10_000 });
});

test.each([
  ["no link", [], {}],
  ["a pool beyond the EIDs", undefined, { pool: { first: 250, count: 10 } }],
  ["a pool of no number", undefined, { poolSize: Number.NaN }],
])("%s is refused", (_, links, options) => {
  const given = links ?? hostLink(new LoopbackBoard().host);
  expect(() => new Endpoint(given, { eid: 9, ...options })).toThrow(MctpError);
});
