/** The README's example: a host and a BMC on a board in memory, and one request across. */
import {
  BmcPortBus,
  EndpointCore,
  HostPortBus,
  LoopbackBoard,
  MessageType,
  SideDriver,
  createPacketMemory,
  eid,
  millis,
  versionNumber,
} from "mctp-lpc";
import { createBmcSide } from "mctp-lpc/bmc";
import { ENDPOINT_DEFAULTS, createHostSide } from "mctp-lpc/host";

function endpoint(own: number, kind: "endpoint" | "busOwner"): EndpointCore {
  const messageTypes = new Map([[MessageType.PLDM, [versionNumber(1, 0, 0)]]]);
  const identity = {
    eid: eid(own),
    uuid: new Uint8Array(16),
    kind,
    staticEid: eid(own),
    assigned: false,
    messageTypes,
  };
  return new EndpointCore({ ...ENDPOINT_DEFAULTS, identity });
}

const board = new LoopbackBoard();
const windowBytes = board.window.length;
const hostEndpoint = endpoint(9, "endpoint");
const bmcEndpoint = endpoint(8, "busOwner");
const hostSide = createHostSide({ windowBytes, mtu: 4096 }, createPacketMemory());
const bmcSide = createBmcSide({ windowBytes }, createPacketMemory());
const host = new SideDriver(hostSide, new HostPortBus(board.host), hostEndpoint);
const bmc = new SideDriver(bmcSide, new BmcPortBus(board.bmc), bmcEndpoint);

// Time is handed in: here it stands still, and each side has its turn until there is nothing to do.
const now = millis(0);
function run(): void {
  for (let turn = 0; turn < 20; turn++) {
    bmc.pump(now);
    host.pump(now);
  }
}

run();
console.log(hostSide.session);

bmcEndpoint.handle(MessageType.PLDM, (request) => {
  bmcEndpoint.respond(request, Uint8Array.of(MessageType.PLDM, ...request.bytes.subarray(1).reverse()));
});
hostEndpoint.request(eid(8), Uint8Array.of(MessageType.PLDM, 1, 2, 3), now, (outcome) => {
  console.log(outcome.ok ? outcome.response.bytes : outcome.reject);
});
run();
