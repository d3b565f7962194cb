/** Either side in a session, before a peer played by hand: what it makes of bytes that the peer has put into its buffer. */
import { BmcBench, HostBench } from "../../spec/generator/vectors/bench.ts";
import { encodeControlRegion, MAGIC, type BufferRange } from "../../src/core/binding/control-region.ts";
import { bufferBytes, offeredLayout } from "../../src/core/binding/layout.ts";
import { Command, SESSION_BITS, Status } from "../../src/core/binding/registers.ts";
import type { RoleState } from "../../src/core/binding/side.ts";
import type { Version } from "../../src/core/binding/versions.ts";
import { BmcPortBus, HostPortBus } from "../../src/node/port-bus.ts";
import type { Endpoint } from "../../src/core/mctp/endpoint.ts";
import type { ReceivedPacket } from "../../src/core/binding/channel.ts";
import { idrOf, odrOf, statusOf } from "../../src/core/binding/kcs-word.ts";
import type { LoopbackBoard } from "../../src/platform/loopback.ts";
import { TraceRecorder } from "../../src/platform/tracing.ts";
import { isRegisterRow, type TraceRow } from "../../src/core/trace/format.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { millis } from "../../src/core/wire/units.ts";
import { bmcEndpoint, hostEndpoint } from "../support/endpoints.ts";

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
}

abstract class Receiver {
  protected abstract readonly board: LoopbackBoard;
  protected abstract readonly buffer: BufferRange;
  protected abstract readonly endpoint: Endpoint;
  protected readonly rows: TraceRow[] = [];
  protected readonly recorder: TraceRecorder = new TraceRecorder((row) => this.rows.push(row));

  protected abstract get state(): RoleState;
  /** The peer writes Tx Begin. */
  protected abstract begin(): void;
  protected abstract round(): ReceivedPacket | undefined;
  /** The side's outbound register, taken by the peer. */
  protected abstract take(): number | undefined;

  /** What MCTP above the binding has dropped. */
  get droppedByMctp(): readonly string[] {
    const { headerVersion } = this.endpoint.counters;
    return headerVersion > 0 ? ["headerVersion"] : [];
  }

  receive(frame: Uint8Array): Reception {
    this.rows.length = 0;
    const before = { ...this.state.counters };
    this.board.window.fill(0, this.buffer.offset, this.buffer.offset + this.buffer.size);
    this.board.window.set(frame, this.buffer.offset);
    this.begin();
    let packet: string | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      const received = this.round();
      if (received === undefined) continue;
      packet = toHex(received.bytes.subarray(received.start, received.end));
      this.endpoint.receivePacket(received.bytes, received.start, received.end, NOW);
    }
    const reads = this.rows.flatMap((row) =>
      isRegisterRow(row) || row.op !== "lpc_read" ? [] : [{ offset: row.offset - this.buffer.offset, bytes: row.len }],
    );
    const byte = this.take();
    const { counters } = this.state;
    const counted = Object.keys(counters).filter(
      (name) => counters[name as keyof typeof counters] > before[name as keyof typeof counters],
    );
    return { packet, reads, answer: byte === undefined ? undefined : toHex(Uint8Array.of(byte)), counted };
  }
}

export class BmcReceiver extends Receiver {
  protected readonly board: LoopbackBoard;
  protected readonly buffer: BufferRange;
  protected readonly endpoint: Endpoint = bmcEndpoint();
  readonly #bench: BmcBench;

  constructor(version: Version, mtu: number) {
    super();
    const versions = { min: version, cur: version };
    this.#bench = new BmcBench({ versions, mtu, windowBytes: WINDOW_BYTES });
    this.#bench.initialise(versions, version === 1 ? undefined : bufferBytes(version, mtu));
    this.board = this.#bench.board;
    this.buffer = this.#bench.side.session!.layout.hostToBmc;
    this.endpoint.linkUp(NOW);
  }

  protected get state(): RoleState {
    return this.#bench.side.state;
  }

  protected begin(): void {
    this.board.host.port.writeData(Command.TX_BEGIN);
  }

  protected round(): ReceivedPacket | undefined {
    this.#bench.side.service(new BmcPortBus(this.recorder.traceBmc(this.board.bmc)), NOW);
    return this.#bench.side.takeReceived();
  }

  protected take(): number | undefined {
    if ((statusOf(this.board.word) & Status.OBF) === 0) return undefined;
    this.board.host.port.readData();
    return odrOf(this.board.word);
  }
}

export class HostReceiver extends Receiver {
  protected readonly board: LoopbackBoard;
  protected readonly buffer: BufferRange;
  protected readonly endpoint: Endpoint = hostEndpoint();
  readonly #bench: HostBench;

  constructor(version: Version, mtu: number) {
    super();
    const versions = { min: version, cur: version };
    const layout = offeredLayout(version, mtu);
    const region = encodeControlRegion({
      magic: MAGIC,
      bmcVersions: versions,
      hostVersions: versions,
      negotiatedVersion: version,
      layout,
    });
    const phase = { name: "judging", askedBytes: Number.POSITIVE_INFINITY } as const;
    this.#bench = new HostBench({ versions, mtu, windowBytes: WINDOW_BYTES }, phase, region, SESSION_BITS);
    this.#bench.run();
    this.board = this.#bench.board;
    this.buffer = layout.bmcToHost;
    this.endpoint.linkUp(NOW);
  }

  protected get state(): RoleState {
    return this.#bench.side.state;
  }

  protected begin(): void {
    this.board.bmc.port.writeData(Command.TX_BEGIN);
  }

  protected round(): ReceivedPacket | undefined {
    this.#bench.side.service(new HostPortBus(this.recorder.traceHost(this.board.host)), NOW);
    return this.#bench.side.takeReceived();
  }

  protected take(): number | undefined {
    if ((statusOf(this.board.word) & Status.IBF) === 0) return undefined;
    this.board.bmc.port.readData();
    return idrOf(this.board.word);
  }
}
