/** Either side of this program in the place of the recorded one, under the accesses of the recorded other. */
import { BmcPortBus, HostPortBus } from "../../src/node/port-bus.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import type { Pumped } from "../../src/node/runner.ts";
import { SideDriver } from "../../src/node/side-driver.ts";
import { EndpointCore } from "../../src/core/mctp/endpoint.ts";
import type { PacketExchange } from "../../src/core/mctp/link.ts";
import type { Message } from "../../src/core/mctp/message.ts";
import { Flag, HEADER_BYTES } from "../../src/core/mctp/packet.ts";
import type { BmcPlatform, HostPlatform } from "../../src/platform/port.ts";
import { replayBmc, replayHost, type Replay, type Turn } from "../../src/platform/replay.ts";
import { TraceRecorder } from "../../src/platform/tracing.ts";
import type { TraceRow } from "../../src/core/trace/format.ts";
import { readU32be, toHex } from "../../src/core/wire/bytes.ts";
import type { PacketParts } from "../../src/core/wire/packet-parts.ts";
import { eid, millis, type Eid, type Millis } from "../../src/core/wire/units.ts";
import { createBmcSide, type BmcSide } from "../../bmc/role/side.ts";
import { createHostSide, type HostSide } from "../../host/role/side.ts";
import { framesOf, recording, setupOf, type Frame, type Recording } from "./recorded-traces.ts";

export const BMC_EID: Eid = eid(8);
export const HOST_EID: Eid = eid(9);
/** The type of the recorded test messages. */
export const TEST_TYPE = 0x7d;

/* ---- What sends and receives over the channel ---- */

/** Sends recorded packets as they are, then what its endpoint has; keeps what arrives and hands it on. */
export class RecordedExchange implements PacketExchange {
  readonly endpoint: EndpointCore;
  /** Packets that arrived, in hexadecimal. */
  readonly received: string[] = [];
  /** Messages of the test type that the endpoint delivered, in hexadecimal. */
  readonly delivered: string[] = [];
  readonly #outgoing: PacketParts[] = [];
  readonly #underWay: ("recorded" | "own")[] = [];

  /** `answer` may respond to a message of the test type. */
  constructor(own: Eid, answer?: (endpoint: EndpointCore, message: Message) => void) {
    this.endpoint = createEndpoint(own);
    this.endpoint.handle(TEST_TYPE, (message) => {
      this.delivered.push(toHex(message.bytes));
      answer?.(this.endpoint, message);
    });
  }

  /** Queues a packet, header and payload. */
  send(packet: Uint8Array): void {
    this.#outgoing.push({ header: readU32be(packet, 0), message: packet, start: HEADER_BYTES, end: packet.length });
  }

  linkUp(now: Millis): void {
    this.endpoint.linkUp(now);
  }

  linkDown(now: Millis): void {
    this.#outgoing.length = 0;
    this.#underWay.length = 0;
    this.endpoint.linkDown(now);
  }

  nextPacket(unit: number): PacketParts | undefined {
    const recorded = this.#outgoing.shift();
    const packet = recorded ?? this.endpoint.nextPacket(unit);
    if (packet !== undefined) this.#underWay.push(packet === recorded ? "recorded" : "own");
    return packet;
  }

  packetDone(now: Millis): void {
    if (this.#underWay.shift() === "own") this.endpoint.packetDone(now);
  }

  receivePacket(bytes: Uint8Array, start: number, end: number, now: Millis): boolean {
    this.received.push(toHex(bytes.subarray(start, end)));
    return this.endpoint.receivePacket(bytes, start, end, now);
  }

  packetLost(): void {
    this.endpoint.packetLost();
  }

  nextDeadline(): undefined {
    return undefined;
  }

  expire(now: Millis): void {
    this.endpoint.expire(now);
  }
}

/** A plain endpoint with an EID of its own, as the recorded ones are. */
function createEndpoint(own: Eid): EndpointCore {
  return new EndpointCore({
    identity: {
      eid: own,
      uuid: new Uint8Array(16),
      kind: "endpoint",
      staticEid: own,
      assigned: false,
      messageTypes: new Map([[TEST_TYPE, []]]),
    },
    timing: { attemptTimeout: millis(1000), retries: 0, tagHoldOff: millis(6000) },
    assembly: { messageBytes: 65536, assemblies: 16, totalBytes: 1 << 20, timeout: millis(6000) },
    queue: { messages: 64, bytes: 1 << 20 },
  });
}

/* ---- Runs ---- */

export interface RunOptions {
  readonly exchange?: RecordedExchange;
  /** False: the packets that the recorded side sent are not sent; the endpoint has its own. */
  readonly sendsRecorded?: boolean;
  /** Called when the recording comes to a turn of the side under test, before that side runs. */
  readonly atTurn?: (turn: Turn) => void;
  /** The run ends before the peer's turn that holds this step. */
  readonly stopBefore?: string;
}

export interface Run<AnySide> {
  readonly recording: Recording;
  readonly replay: Replay<HostPlatform | BmcPlatform>;
  readonly exchange: RecordedExchange;
  /** The accesses of the side under test. */
  readonly rows: readonly TraceRow[];
  /** One for every start in the recording. */
  readonly sides: readonly AnySide[];
  /** The one that was started last. */
  readonly side: AnySide;
}

export function runBmc(name: string, options: RunOptions = {}): Run<BmcSide> {
  const recorded = recording(name);
  const replay = replayHost(recorded.rows, recorded.meta.window_size);
  const rows: TraceRow[] = [];
  const bus = new BmcPortBus(new TraceRecorder((row) => rows.push(row)).traceBmc(replay.platform));
  const exchange = options.exchange ?? new RecordedExchange(BMC_EID);
  const start = (): Started<BmcSide> => {
    const side = createBmcSide(setupOf(recorded, "bmc"), createPacketMemory());
    return { side, driver: new SideDriver(side, bus, exchange) };
  };
  const sides = play(recorded, replay, exchange, framesOf(recorded.rows, "bmc"), start, options);
  return { recording: recorded, replay, exchange, rows, sides, side: sides.at(-1)! };
}

export function runHost(name: string, options: RunOptions = {}): Run<HostSide> {
  const recorded = recording(name);
  const replay = replayBmc(recorded.rows, recorded.meta.window_size);
  const rows: TraceRow[] = [];
  const bus = new HostPortBus(new TraceRecorder((row) => rows.push(row)).traceHost(replay.platform));
  const exchange = options.exchange ?? new RecordedExchange(HOST_EID);
  const start = (): Started<HostSide> => {
    const side = createHostSide(setupOf(recorded, "host"), createPacketMemory());
    return { side, driver: new SideDriver(side, bus, exchange) };
  };
  const sides = play(recorded, replay, exchange, framesOf(recorded.rows, "host"), start, options);
  return { recording: recorded, replay, exchange, rows, sides, side: sides.at(-1)! };
}

interface Started<AnySide> {
  readonly side: AnySide;
  readonly driver: Pumped;
}

/** Calls at one row that may pass before it is given up; the side's deadlines pass meanwhile. */
const PATIENCE = 8;

function play<AnySide>(
  { name }: Recording,
  replay: Replay<HostPlatform | BmcPlatform>,
  exchange: RecordedExchange,
  frames: readonly Frame[],
  start: () => Started<AnySide>,
  options: RunOptions,
): readonly AnySide[] {
  const sides: AnySide[] = [];
  let driver: Pumped | undefined;
  let program: string | undefined;
  let now = millis(0);
  let blocked = 0;
  let wordWhenBlocked: number | undefined;
  const settle = (): void => {
    do driver?.pump(now);
    while (replay.serve());
  };

  while (options.stopBefore === undefined || !stepsOf(replay.upcoming).includes(options.stopBefore)) {
    const step = replay.advance();
    if (step.kind !== "blocked") {
      blocked = 0;
      wordWhenBlocked = undefined;
    }
    switch (step.kind) {
      case "ours":
        for (const word of stepsOf(step.turn)) {
          const starting = /^(\w+)\.start/.exec(word)?.[1];
          if (starting === undefined || starting === program) continue;
          program = starting;
          const started = start();
          sides.push(started.side);
          driver = started.driver;
        }
        if (options.sendsRecorded !== false) for (const packet of packetsFrom(step.turn, frames)) exchange.send(packet);
        options.atTurn?.(step.turn);
        settle();
        break;
      case "played":
        break;
      case "blocked":
        if (++blocked > PATIENCE) throw new Error(`${name}: nothing comes of row ${JSON.stringify(step.row)}`);
        // The peer has moved nothing either: what the side waits for is time.
        if (replay.board.word === wordWhenBlocked && driver !== undefined) {
          now = passTime(driver, now, () => replay.board.word !== wordWhenBlocked);
        }
        settle();
        wordWhenBlocked = replay.board.word;
        break;
      case "finished":
        settle();
        return sides;
    }
  }
  return sides;
}

/** Deadlines that may pass at one row: more than a start's looks during T_ann. */
const DEADLINES = 600;

/** Lets deadlines pass until the side has done something. */
function passTime(driver: Pumped, from: Millis, isDone: () => boolean): Millis {
  let now = from;
  for (let passed = 0; passed < DEADLINES && !isDone(); passed++) {
    const due = driver.nextDeadline();
    if (due === undefined) break;
    now = due;
    driver.expire(now);
  }
  return now;
}

function stepsOf(turn: Turn | undefined): readonly string[] {
  return [...new Set(turn?.rows.map((row) => row.step ?? ""))];
}

/** The packets of the messages whose first packet was recorded in `turn`. */
function packetsFrom(turn: Turn, frames: readonly Frame[]): readonly Uint8Array[] {
  let isWanted = false;
  return frames
    .filter(({ packet, row }) => {
      if ((packet[3]! & Flag.SOM) !== 0) isWanted = turn.rows.includes(row);
      return isWanted;
    })
    .map((frame) => frame.packet);
}
