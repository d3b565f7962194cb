/** What a start-up costs: the accesses of both sides until the host is in session, and the bus time of the host's. */
import { createBmcSide } from "../../../bmc/role/side.ts";
import { createHostSide } from "../../../host/role/side.ts";
import { Status } from "../../../src/core/binding/registers.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { isRegisterRow, type TraceRow } from "../../../src/core/trace/format.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { CLOCK_HERTZ, IO_CLOCKS, windowClocks } from "../../../src/cli/bench/bus-model.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import { BmcPortBus, HostPortBus } from "../../../src/node/port-bus.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import { TraceRecorder } from "../../../src/platform/tracing.ts";

export interface StartUpCost {
  readonly registers: Readonly<Record<RoleName, number>>;
  readonly window: Readonly<Record<RoleName, number>>;
  /** Times that the host waits for the BMC: bytes that it writes to IDR. */
  readonly waits: number;
  readonly microseconds: number;
  readonly clocks: number;
}

const NOW = millis(0);
/** More turns than a start takes. */
const TURNS = 40;

/** Of a host beside a BMC that is up with nothing to say, or that starts with it; each side goes on until it waits. */
export function startUpCost(bmcIsUp: boolean): StartUpCost {
  const board = new LoopbackBoard();
  const rows: TraceRow[] = [];
  const recorder = new TraceRecorder((row) => rows.push(row));
  const bmc = createBmcSide({}, createPacketMemory());
  const host = createHostSide({}, createPacketMemory());
  const bmcBus = new BmcPortBus(recorder.traceBmc(board.bmc));
  const hostBus = new HostPortBus(recorder.traceHost(board.host));
  const inSession = (): boolean => host.session !== undefined;
  const runBmc = (): void => {
    while (bmc.service(bmcBus, NOW) === "again");
  };
  for (let turn = 0; bmcIsUp && turn < TURNS; turn++) {
    runBmc();
    if ((board.word & Status.OBF) !== 0) board.host.port.readData();
  }
  rows.length = 0;
  for (let turn = 0; turn < TURNS && !inSession(); turn++) {
    while (host.service(hostBus, NOW) === "again" && !inSession());
    if (!inSession()) runBmc();
  }
  const count = (side: RoleName, ofRegisters: boolean): number =>
    rows.filter((row) => row.side === side && isRegisterRow(row) === ofRegisters).length;
  const clocks = rows.filter(({ side }) => side === "host").reduce((sum, row) => sum + clocksOf(row), 0);
  return {
    registers: { host: count("host", true), bmc: count("bmc", true) },
    window: { host: count("host", false), bmc: count("bmc", false) },
    waits: rows.filter((row) => row.side === "host" && isRegisterRow(row) && row.reg === "IDR").length,
    microseconds: (clocks * 1e6) / CLOCK_HERTZ,
    clocks,
  };
}

function clocksOf(row: TraceRow): number {
  if (isRegisterRow(row)) return IO_CLOCKS;
  return windowClocks({ kind: row.op === "lpc_read" ? "read" : "write", offset: row.offset, bytes: row.len });
}
