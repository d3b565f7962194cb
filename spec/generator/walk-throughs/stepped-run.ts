/**
 * Runs of both sides for the walk-throughs: every access but the reads of STR, with its step and what it leaves behind.
 * Each side goes on until it waits, then the other does, so that every run is the same.
 */
import { createBmcSide, type BmcSide } from "../../../bmc/role/side.ts";
import { createHostSide, type HostSide } from "../../../host/role/side.ts";
import { ENDPOINT_DEFAULTS } from "../../../src/agent/agent.ts";
import { DEFAULT_BMC_EID, DEFAULT_HOST_EID, VENDOR_MESSAGE_TYPES } from "../../../src/agent/identity.ts";
import type { BmcAccess, BusAccess, Procedure } from "../../../src/core/binding/bus.ts";
import { CONTROL_FIELDS_BYTES } from "../../../src/core/binding/control-region.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { VersionRange } from "../../../src/core/binding/versions.ts";
import { performForBmc, performForHost, type Executor } from "../../../src/drive/executor.ts";
import { createPacketMemory } from "../../../src/drive/packet-memory.ts";
import type { Pumped } from "../../../src/drive/runner.ts";
import { SideDriver } from "../../../src/drive/side-driver.ts";
import { Control } from "../../../src/core/mctp/control/codec.ts";
import { Endpoint } from "../../../src/core/mctp/endpoint.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import { millis, type Eid } from "../../../src/core/wire/units.ts";
import { ProcedureSteps } from "../procedure-steps.ts";

/** One access. */
export interface Deed {
  readonly side: RoleName;
  /** Of clause 10 or 11: "H1.5". */
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
  const bmcSide = createBmcSide({ versions: bmc, windowBytes: WINDOW_BYTES }, createPacketMemory());
  const hostSide = createHostSide({ versions: host, windowBytes: WINDOW_BYTES }, createPacketMemory());
  const perform = {
    bmc: (access: BmcAccess) => performForBmc(board.bmc.port, board.bmc.window, access),
    host: (access: Exclude<BmcAccess, { kind: "writeStatus" }>) =>
      performForHost(board.host.port, board.host.window, access),
  };
  const drivers: readonly Pumped[] = [
    new SideDriver(bmcSide, recording(deeds, board, bmcSide, perform.bmc), owner),
    new SideDriver(hostSide, recording(deeds, board, hostSide, perform.host), guest),
  ];
  for (let turn = 0; turn < TURNS; turn++) for (const driver of drivers) driver.pump(NOW);
  return deeds;
}

function plainEndpoint(eid: Eid, kind: "endpoint" | "busOwner"): Endpoint {
  const identity = {
    eid,
    uuid: new Uint8Array(16),
    kind,
    staticEid: eid,
    assigned: false,
    messageTypes: VENDOR_MESSAGE_TYPES,
  };
  return new Endpoint({ ...ENDPOINT_DEFAULTS, identity });
}

/** Runs procedures access by access; all but the reads of STR go into `deeds`. */
function recording<Access extends BusAccess>(
  deeds: Deed[],
  board: LoopbackBoard,
  side: HostSide | BmcSide,
  perform: (access: Access) => number,
): Executor<Access> {
  const role = side.role.name;
  const steps = new ProcedureSteps(role);
  return <Result>(procedure: Procedure<Result, Access>): Result => {
    steps.beginRound();
    let next = procedure.next(0);
    while (next.done !== true) {
      const access = next.value;
      const step = steps.next(access, { phase: side.state.phase, stopping: false });
      const read = perform(access);
      if (access.kind !== "readStatus") deeds.push(deedOf(access, role, step, read, board));
      next = procedure.next(read);
    }
    return next.value;
  };
}

function deedOf(access: BusAccess, side: RoleName, step: string, read: number, board: LoopbackBoard): Deed {
  const after = { word: board.word, region: board.window.slice(0, CONTROL_FIELDS_BYTES) };
  const deed = { side, step, access: access.kind, value: 0, offset: 0, bytes: new Uint8Array(0), ...after };
  switch (access.kind) {
    case "readWindow":
      return { ...deed, offset: access.offset, bytes: access.into.slice(access.at, access.at + access.length) };
    case "writeWindow":
      return { ...deed, offset: access.offset, bytes: access.bytes.slice(access.start, access.end) };
    case "writeData":
    case "writeStatus":
      return { ...deed, value: access.value };
    default:
      return { ...deed, value: read };
  }
}
