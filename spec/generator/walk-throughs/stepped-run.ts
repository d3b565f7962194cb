/**
 * Runs of both sides for the walk-throughs: every access but the reads of STR, with its step and what it leaves behind.
 * Each side goes on until it waits, then the other does, so that every run is the same.
 */
import { createBmcSide } from "../../../bmc/role/side.ts";
import { createHostSide } from "../../../host/role/side.ts";
import { ENDPOINT_DEFAULTS } from "../../../src/core/mctp/endpoint-defaults.ts";
import { DEFAULT_BMC_EID, DEFAULT_HOST_EID, VENDOR_MESSAGE_TYPES } from "../../../src/agent/identity.ts";
import type { BusAccess } from "../../../src/core/binding/access.ts";
import { CONTROL_FIELDS_BYTES } from "../../../src/core/binding/control-region.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { VersionRange } from "../../../src/core/binding/versions.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import { BmcPortBus, HostPortBus } from "../../../src/node/port-bus.ts";
import type { Pumped } from "../../../src/node/runner.ts";
import { SideDriver } from "../../../src/node/side-driver.ts";
import { Control } from "../../../src/core/mctp/control/codec.ts";
import { EndpointCore } from "../../../src/core/mctp/endpoint.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import { TraceRecorder } from "../../../src/platform/tracing.ts";
import type { TraceRow } from "../../../src/core/trace/format.ts";
import { millis, type Eid } from "../../../src/core/wire/units.ts";

/** One access. */
export interface Deed {
  readonly side: RoleName;
  /** Of clause 10 or 11: "H1.13". */
  readonly step: string;
  readonly access: BusAccess["kind"];
  /** Registers: the byte read or written. */
  readonly value: number;
  /** The window: where, and the bytes read or written. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Register word and control region behind it. */
  readonly word: number;
  readonly region: Uint8Array;
}

export interface RunTerms {
  readonly bmc: VersionRange;
  readonly host: VersionRange;
  /** The host asks the BMC for its EID as soon as the session is up. */
  readonly request?: boolean;
}

const WINDOW_BYTES = 1024 * 1024;
const NOW = millis(0);
/** More turns than a run takes. */
const TURNS = 40;

export function steppedRun({ bmc, host, request = false }: RunTerms): readonly Deed[] {
  const board = new LoopbackBoard(WINDOW_BYTES);
  const deeds: Deed[] = [];
  const owner = plainEndpoint(DEFAULT_BMC_EID, "busOwner");
  const guest = plainEndpoint(DEFAULT_HOST_EID, "endpoint");
  if (request) {
    guest.onLinkChange = (up, now) => {
      if (up) guest.requestControl(DEFAULT_BMC_EID, Control.GET_ENDPOINT_ID, new Uint8Array(0), now, () => undefined);
    };
  }
  const recorder = new TraceRecorder((row) => {
    const deed = deedOf(row, board);
    if (deed.access !== "readStatus") deeds.push(deed);
  });
  const bmcSide = createBmcSide({ versions: bmc, windowBytes: WINDOW_BYTES }, createPacketMemory());
  const hostSide = createHostSide({ versions: host, windowBytes: WINDOW_BYTES }, createPacketMemory());
  const drivers: readonly Pumped[] = [
    new SideDriver(bmcSide, new BmcPortBus(recorder.traceBmc(board.bmc)), owner),
    new SideDriver(hostSide, new HostPortBus(recorder.traceHost(board.host)), guest),
  ];
  for (let turn = 0; turn < TURNS; turn++) for (const driver of drivers) driver.pump(NOW);
  return deeds;
}

function plainEndpoint(eid: Eid, kind: "endpoint" | "busOwner"): EndpointCore {
  const identity = {
    eid,
    uuid: new Uint8Array(16),
    kind,
    staticEid: eid,
    assigned: false,
    messageTypes: VENDOR_MESSAGE_TYPES,
  };
  return new EndpointCore({ ...ENDPOINT_DEFAULTS, identity });
}

/** What a row of the trace tells, and what stands on the board behind it. */
function deedOf(row: TraceRow, board: LoopbackBoard): Deed {
  const { side, step, value } = row;
  if (side === "lab" || step === undefined) throw new Error("an access of a side has a step");
  const bytes = Uint8Array.from(Buffer.from(value, "hex"));
  const behind = { word: board.word, region: board.window.slice(0, CONTROL_FIELDS_BYTES) };
  if ("offset" in row) {
    const access = row.op === "lpc_read" ? "readWindow" : "writeWindow";
    return { side, step, access, value: 0, offset: row.offset, bytes, ...behind };
  }
  return {
    side,
    step,
    access: kindOf(row.op, row.reg),
    value: bytes[0]!,
    offset: 0,
    bytes: new Uint8Array(0),
    ...behind,
  };
}

function kindOf(op: TraceRow["op"], register: string): BusAccess["kind"] {
  if (register === "STR") return op === "kcs_read" ? "readStatus" : "writeStatus";
  return op === "kcs_read" ? "readData" : "writeData";
}
