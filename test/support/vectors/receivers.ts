/** Either side in a session, before a peer played by hand: what it makes of bytes that the peer has put into its buffer. */
import { BmcBench, HostBench, type SideCode } from "../../../spec/generator/vectors/bench.ts";
import { encodeControlRegion, MAGIC } from "../../../src/core/binding/control-region.ts";
import { bufferBytes, offeredLayout } from "../../../src/core/binding/layout.ts";
import { Command, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import { isRegisterRow, type TraceRow } from "../../../src/core/trace/format.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { BmcPortBus, HostPortBus } from "../../../src/node/port-bus.ts";
import { TraceRecorder } from "../../../src/platform/tracing.ts";
import { bmcEndpoint, hostEndpoint } from "../endpoints.ts";

const WINDOW_BYTES = 16 * 1024;
const NOW = millis(0);
const ROUNDS = 3;

export interface Reception {
  /** Header and payload in hexadecimal, undefined if the binding dropped it. */
  readonly packet: string | undefined;
  /** Reads of the buffer: offset from its start. */
  readonly reads: readonly { readonly offset: number; readonly bytes: number }[];
  /** The byte in the side's outbound register, hexadecimal, if there is one. */
  readonly answer: string | undefined;
  /** Counters of the binding that grew. */
  readonly counted: readonly string[];
  /** Packets that MCTP above the binding has dropped for their header version. */
  readonly headerVersion: number;
}

/** The BMC behind the answer to an Initialise that proposes this version and MTU. */
export function bmcInSession(version: Version, mtu: number, code?: SideCode): BmcBench {
  const versions = { min: version, cur: version };
  const bench = new BmcBench({ versions, mtu, windowBytes: WINDOW_BYTES }, code);
  bench.initialise(versions, version === 1 ? undefined : bufferBytes(version, mtu));
  return bench;
}

/** The host behind its judgement of an answer with these terms. */
export function hostInSession(version: Version, mtu: number, code?: SideCode): HostBench {
  const versions = { min: version, cur: version };
  const layout = offeredLayout(version, mtu);
  const terms = { magic: MAGIC, bmcVersions: versions, hostVersions: versions, negotiatedVersion: version, layout };
  const phase = { name: "judging", askedBytes: Number.POSITIVE_INFINITY } as const;
  const config = { versions, mtu, windowBytes: WINDOW_BYTES };
  const bench = new HostBench(config, phase, encodeControlRegion(terms), SESSION_BITS, code);
  bench.run();
  return bench;
}

/** Gives what the side makes of a frame, each in turn. */
export function receiver(
  role: RoleName,
  version: Version,
  mtu: number,
  code?: SideCode,
): (frame: Uint8Array) => Reception {
  const rows: TraceRow[] = [];
  const recorder = new TraceRecorder((row) => rows.push(row));
  const bench = role === "bmc" ? bmcInSession(version, mtu, code) : hostInSession(version, mtu, code);
  const { board, side } = bench;
  const endpoint = role === "bmc" ? bmcEndpoint() : hostEndpoint();
  endpoint.linkUp(NOW);
  const { hostToBmc, bmcToHost } = side.session!.layout;
  const buffer = role === "bmc" ? hostToBmc : bmcToHost;
  const peer = role === "bmc" ? board.host.port : board.bmc.port;
  const peerFull = role === "bmc" ? Status.OBF : Status.IBF;
  const serve = (): void => {
    if (bench instanceof BmcBench) bench.side.service(new BmcPortBus(recorder.traceBmc(board.bmc)), NOW);
    else bench.side.service(new HostPortBus(recorder.traceHost(board.host)), NOW);
  };
  return (frame) => {
    rows.length = 0;
    const before: Readonly<Record<string, number>> = { ...side.state.counters };
    board.window.fill(0, buffer.offset, buffer.offset + buffer.size).set(frame, buffer.offset);
    peer.writeData(Command.TX_BEGIN);
    let packet: string | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      serve();
      const received = side.takeReceived();
      if (received === undefined) continue;
      packet = toHex(received.bytes.subarray(received.start, received.end));
      endpoint.receivePacket(received.bytes, received.start, received.end, NOW);
    }
    const reads = rows.flatMap((row) =>
      isRegisterRow(row) || row.op !== "lpc_read" ? [] : [{ offset: row.offset - buffer.offset, bytes: row.len }],
    );
    const answer = (peer.readStatus() & peerFull) === 0 ? undefined : toHex(Uint8Array.of(peer.readData()));
    const grown = Object.entries(side.state.counters).filter(([name, count]) => count > before[name]!);
    const { headerVersion } = endpoint.counters;
    return { packet, reads, answer, counted: grown.map(([name]) => name), headerVersion };
  };
}
