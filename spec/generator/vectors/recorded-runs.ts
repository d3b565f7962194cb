/**
 * Runs recorded for the traces: in each version a start-up, the bus owner's discovery, a message of several packets
 * each way and an orderly stop. Sides take turns in a fixed order, so that every run is the same.
 */
import { createBmcSide } from "../../../bmc/role/side.ts";
import { createHostSide } from "../../../host/role/side.ts";
import { ENDPOINT_DEFAULTS } from "../../../src/core/mctp/endpoint-defaults.ts";
import { DEFAULT_BMC_EID, DEFAULT_HOST_EID, VENDOR_MESSAGE_TYPES } from "../../../src/agent/identity.ts";
import { ENTERPRISE_NUMBER } from "../../../src/agent/files/vendor-messages.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import { BmcPortBus, HostPortBus } from "../../../src/node/port-bus.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import type { Pumped } from "../../../src/node/runner.ts";
import { SideDriver } from "../../../src/node/side-driver.ts";
import { discover } from "../../../src/core/mctp/bus-owner/discovery.ts";
import { EndpointCore } from "../../../src/core/mctp/endpoint.ts";
import { MessageType } from "../../../src/core/mctp/message.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import type { Interrupts } from "../../../src/platform/port.ts";
import { TraceRecorder } from "../../../src/platform/tracing.ts";
import type { TraceRow } from "../../../src/core/trace/format.ts";
import { writeU32be } from "../../../src/core/wire/bytes.ts";
import { millis, type Eid } from "../../../src/core/wire/units.ts";
import type { TraceMark, TraceSource } from "./traces.ts";

const WINDOW_BYTES = 1024 * 1024;
const NOW = millis(0);
const MTU = 64;
/** More turns than a run takes to come to rest. */
const TURN_LIMIT = 1000;

function endpoint(eid: Eid, kind: "endpoint" | "busOwner"): EndpointCore {
  return new EndpointCore({
    ...ENDPOINT_DEFAULTS,
    identity: {
      eid,
      uuid: Uint8Array.from({ length: 16 }, (_, index) => 16 * eid + index),
      kind,
      staticEid: eid,
      assigned: false,
      messageTypes: VENDOR_MESSAGE_TYPES,
    },
  });
}

/** A vendor-defined message of this length that means nothing: behind its head it counts up. */
function message(length: number): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, index) => index);
  bytes[0] = MessageType.VENDOR_IANA;
  writeU32be(bytes, 1, ENTERPRISE_NUMBER);
  return bytes;
}

interface Member {
  readonly driver: Pumped;
  readonly interrupts: Interrupts;
  wanted: boolean;
}

function wake(members: readonly Member[]): void {
  for (const member of members) member.wanted = true;
}

/** A turn for whoever an event calls, the BMC first, until nothing calls any more. */
function settleAll(members: readonly Member[]): void {
  for (let turn = 0; turn < TURN_LIMIT; turn++) {
    const called = members.find((member) => member.interrupts.pending() || member.wanted);
    if (called === undefined) return;
    called.wanted = false;
    called.driver.pump(NOW);
  }
  throw new Error("running in circles");
}

function run(version: Version): TraceSource {
  const board = new LoopbackBoard(WINDOW_BYTES);
  const rows: TraceRow[] = [];
  const marks: TraceMark[] = [];
  const recorder = new TraceRecorder((row) => rows.push(row));
  const versions = { min: 1, cur: version };
  const mark = (side: RoleName, what: TraceMark["what"], text: string): void => {
    marks.push({ before: rows.length, side, what, text });
  };

  const owner = endpoint(DEFAULT_BMC_EID, "busOwner");
  const bmc = createBmcSide({ mtu: MTU, windowBytes: WINDOW_BYTES }, createPacketMemory());
  const bmcDriver = new SideDriver(bmc, new BmcPortBus(recorder.traceBmc(board.bmc)), owner);
  const guest = endpoint(DEFAULT_HOST_EID, "endpoint");
  const host = createHostSide({ versions, windowBytes: WINDOW_BYTES }, createPacketMemory());
  const hostDriver = new SideDriver(host, new HostPortBus(recorder.traceHost(board.host)), guest);

  const discovered: boolean[] = [];
  owner.onLinkChange = (up, now) => {
    if (!up) return;
    discover(owner, DEFAULT_HOST_EID, now, (outcome) => {
      discovered.push(outcome.ok);
      mark("bmc", "happens", `has discovered EID ${String(DEFAULT_HOST_EID)}`);
    });
  };
  const members: readonly Member[] = [
    { driver: bmcDriver, interrupts: board.bmc.interrupts, wanted: true },
    { driver: hostDriver, interrupts: board.host.interrupts, wanted: true },
  ];

  mark("bmc", "starts", "starts");
  mark("host", "starts", "starts");
  settleAll(members);
  for (const [from, to, role] of [
    [guest, DEFAULT_BMC_EID, "host"],
    [owner, DEFAULT_HOST_EID, "bmc"],
  ] as const) {
    mark(role, "happens", "is to send a message of 150 bytes");
    from.send(to, message(150), NOW);
    wake(members);
    settleAll(members);
  }
  mark("host", "happens", "is asked to stop");
  host.stop();
  wake(members);
  settleAll(members);
  mark("host", "ends", "has stopped");

  if (!discovered.includes(true) || !host.stopped) throw new Error("the run did not come to its end");
  return {
    name: `session-v${String(version)}`,
    title: `A whole session in version ${String(version)}`,
    description:
      "Both sides start, the bus owner discovers the endpoint, a message of 150 bytes goes each way in packets of 64 payload bytes, and the host stops.",
    windowBytes: WINDOW_BYTES,
    configuration: {
      host: { eid: DEFAULT_HOST_EID, versions, mtu: undefined, byHand: false },
      bmc: { eid: DEFAULT_BMC_EID, versions: { min: 1, cur: 3 }, mtu: MTU, byHand: false },
    },
    rows,
    marks,
  };
}

export function recordedRuns(): readonly TraceSource[] {
  return ([1, 2, 3] as const).map(run);
}
