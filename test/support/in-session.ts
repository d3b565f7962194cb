/**
 * Sides in a session, to be played by hand on a bench. The session comes about as it does in the program; only then are
 * the sides taken off their board.
 */
import type { BmcSide } from "../../bmc/role/side.ts";
import type { HostSide } from "../../host/role/side.ts";
import type { Layout } from "../../src/core/binding/control-region.ts";
import type { BindingCounter } from "../../src/core/binding/counters.ts";
import type { Version } from "../../src/core/binding/versions.ts";
import { Bench, bmcRows, hostRows, packetRead, packetWrite, str, type Row } from "./bench.ts";
import { Pair } from "./pair.ts";

export interface SessionOptions {
  readonly version?: Version;
  readonly mtu?: number;
}

export interface Session<Side extends HostSide | BmcSide> {
  readonly side: Side;
  readonly bench: Bench;
  readonly layout: Layout;
  /** Where this side writes its packets, and where it reads the peer's. */
  readonly sendsAt: number;
  readonly receivesAt: number;
}

const WINDOW_BYTES = 16 * 1024;

function sides({ version = 3, mtu = 64 }: SessionOptions): Pair {
  const versions = { min: version, cur: version };
  return new Pair({ windowBytes: WINDOW_BYTES, host: { versions, mtu }, bmc: { mtu } }).bringUp();
}

export function hostInSession(options: SessionOptions = {}): Session<HostSide> {
  const { side } = sides(options).host;
  const { layout } = side.session!;
  const bench = new Bench(WINDOW_BYTES);
  return { side, bench, layout, sendsAt: layout.hostToBmc.offset, receivesAt: layout.bmcToHost.offset };
}

export function bmcInSession(options: SessionOptions = {}): Session<BmcSide> {
  const { side } = sides(options).bmc;
  const { layout } = side.session!;
  const bench = new Bench(WINDOW_BYTES);
  return { side, bench, layout, sendsAt: layout.bmcToHost.offset, receivesAt: layout.hostToBmc.offset };
}

/** STR of an open channel, and with a byte for the one or the other side. */
export const OPEN = 0xc0;
export const OPEN_OBF = 0xc1;
export const OPEN_IBF = 0xc2;

/** The table rows by which either side, in session, takes a packet and completes it. */
export function receiveRows(role: "host" | "bmc", receivesAt: number): Row[] {
  return role === "host"
    ? [str(OPEN_OBF), hostRows.odr(0x01), packetRead(receivesAt), str(OPEN), hostRows.idr(0x02)]
    : [str(OPEN_IBF), bmcRows.idr(0x01), packetRead(receivesAt), str(OPEN), bmcRows.odr(0x02)];
}

/** The rows by which either side, in session and idle, sends the packet it was offered. */
export function sendRows(role: "host" | "bmc", sendsAt: number): Row[] {
  const begin = role === "host" ? hostRows.idr(0x01) : bmcRows.odr(0x01);
  return [packetWrite(sendsAt), str(OPEN), begin];
}

/** The counters that changed while `act` ran, by how much. */
export function countedBy(side: HostSide | BmcSide, act: () => void): Partial<Record<BindingCounter, number>> {
  const before = new Map(Object.entries(side.state.counters));
  act();
  const changes = Object.entries(side.state.counters).map(
    ([name, count]) => [name, count - before.get(name)!] as const,
  );
  return Object.fromEntries(changes.filter(([, change]) => change !== 0));
}
