/**
 * Runs of both sides for the walk-throughs: every access but the reads of STR, with its step and what it leaves behind.
 * Each side goes on until it waits, then the other does, so that every run is the same.
 */
import { createBmcSide, type BmcSide } from "../../../bmc/side.ts";
import { createHostSide, type HostSide } from "../../../host/side.ts";
import type { HostPhase } from "../../../host/state.ts";
import { ENDPOINT_DEFAULTS } from "../../../src/agent/agent.ts";
import { DEFAULT_BMC_EID, DEFAULT_HOST_EID, VENDOR_MESSAGE_TYPES } from "../../../src/agent/identity.ts";
import type { BmcAccess, BusAccess, Procedure } from "../../../src/binding/bus.ts";
import { CONTROL_FIELDS_BYTES, Field } from "../../../src/binding/control-region.ts";
import type { RoleName } from "../../../src/binding/side.ts";
import type { VersionRange } from "../../../src/binding/versions.ts";
import { performForBmc, performForHost, type Executor } from "../../../src/drive/executor.ts";
import { createPacketMemory } from "../../../src/drive/packet-memory.ts";
import type { Pumped } from "../../../src/drive/runner.ts";
import { SideDriver } from "../../../src/drive/side-driver.ts";
import { Control } from "../../../src/mctp/control/codec.ts";
import { Endpoint } from "../../../src/mctp/endpoint.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import { millis, type Eid } from "../../../src/wire/units.ts";

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
    new SideDriver(bmcSide, recording(deeds, board, bmcSide, bmcStep, perform.bmc), owner),
    new SideDriver(hostSide, recording(deeds, board, hostSide, hostStep, perform.host), guest),
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
function recording<Access extends BusAccess, AnySide extends HostSide | BmcSide>(
  deeds: Deed[],
  board: LoopbackBoard,
  side: AnySide,
  stepOf: (access: BusAccess, side: AnySide, before: string) => string,
  perform: (access: Access) => number,
): Executor<Access> {
  let step = "";
  return <Result>(procedure: Procedure<Result, Access>): Result => {
    let next = procedure.next(0);
    while (next.done !== true) {
      const access = next.value;
      const isShown = access.kind !== "readStatus";
      if (isShown) step = stepOf(access, side, step);
      const read = perform(access);
      if (isShown) deeds.push(deedOf(access, side.role.name, step, read, board));
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

/* ---- Which step an access is: as far as these runs go ---- */

const HOST_STEPS: Readonly<Record<HostPhase["name"], string>> = {
  awaitingBmc: "H1.2",
  closing: "H1.3",
  fencingClose: "H1.4",
  opening: "H1.5",
  fencingOpen: "H1.6",
  judging: "H1.7",
  resting: "H1.9",
  active: "H2.8",
  stopped: "H4.3",
};

function hostStep(access: BusAccess, side: HostSide): string {
  const { name } = side.state.phase;
  if (name !== "active") return access.kind === "readData" ? "H0.2" : HOST_STEPS[name];
  if (access.kind === "readData") return "H2.3";
  if (access.kind === "readWindow") return "H2.4";
  return access.kind === "writeWindow" ? "H3.1" : HOST_STEPS.active;
}

/** A BMC's start writes these parts of the control region, an Initialise those. */
const START_STEPS: ReadonlyMap<number, string> = new Map([
  [Field.magic, "B1.4"],
  [Field.negotiatedVersion, "B1.5"],
  [Field.hostVersionMin, "B1.6"],
]);
const INITIALISE_STEPS: ReadonlyMap<number, string> = new Map([
  [Field.rxOffset, "B3.3"],
  [Field.negotiatedVersion, "B3.4"],
]);

function bmcStep(access: BusAccess, side: BmcSide, before: string): string {
  const { name } = side.state.phase;
  const isStart = name === "starting" || name === "announcing";
  switch (access.kind) {
    case "writeStatus":
      return name === "starting" ? "B1.1" : isStart ? "B1.7" : "B3.5";
    case "writeData":
      if (isStart) return "B1.3";
      return before === "B2.5" ? "B5.2" : "B2.3";
    case "readData":
      return "B2.4";
    case "readWindow":
      return access.offset === 0 ? "B3.2" : "B2.5";
    case "writeWindow":
      return (isStart ? START_STEPS : INITIALISE_STEPS).get(access.offset) ?? "B2.1";
    default:
      return "B2.2";
  }
}
