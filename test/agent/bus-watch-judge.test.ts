/** What a BMC's agent says of hosts that break a rule: the judge reads the recorder behind what the BMC drops. */
import { describe, expect, test } from "@jest/globals";
import { createBmcSide } from "../../bmc/role/side.ts";
import { createHostSide } from "../../host/role/side.ts";
import { BusWatch } from "../../src/agent/bus/bus-watch.ts";
import { Command } from "../../src/core/binding/registers.ts";
import { Judge } from "../../src/core/judge/judge.ts";
import { crc32 } from "../../src/core/wire/crc.ts";
import { readU32be, writeU32be } from "../../src/core/wire/bytes.ts";
import { millis } from "../../src/core/wire/units.ts";
import { ListeningBmcBus } from "../../src/node/listening-bus.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { HostPortBus } from "../../src/node/port-bus.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";

const WINDOW_BYTES = 65_536;
/** A whole message of a type that has no rules of its own, EID 9 to 8. */
const HEADER = 0x0108_09c8;
const LENGTH_BYTES = 4;
/** Packets, of more accesses than the recorder holds. */
const LONG = 700;

interface Mistake {
  /** Changes what the host writes into the window. Frames of packets begin behind the control region. */
  readonly write?: ((offset: number, bytes: Uint8Array) => Uint8Array) | undefined;
  /** What the host writes to IDR in place of a byte. */
  readonly idr?: (command: number) => readonly number[];
}

class MistakenHostBus extends HostPortBus {
  readonly #mistake: Mistake;

  constructor(board: LoopbackBoard, mistake: Mistake) {
    super(board.host);
    this.#mistake = mistake;
  }

  override writeIdr(step: string, command: number): void {
    for (const byte of this.#mistake.idr?.(command) ?? [command]) {
      super.writeIdr(step, byte);
      this.betweenBytes();
    }
  }

  /** The BMC has its turn, so that the next byte overwrites none. */
  betweenBytes: () => void = () => undefined;

  override writeWindow(step: string, offset: number, bytes: Uint8Array, start: number, end: number): void {
    const given = bytes.slice(start, end);
    const written = this.#mistake.write?.(offset, given) ?? given;
    super.writeWindow(step, offset, written, 0, written.length);
  }
}

interface Said {
  readonly lines: readonly string[];
  readonly received: number;
}

/** Packets of a host with a mistake, and what the BMC's agent would say; `cleanPackets` come first, without it. */
function said(mistake: Mistake, cleanPackets = 0): Said {
  const board = new LoopbackBoard(WINDOW_BYTES);
  let isMistaken = cleanPackets === 0;
  const hostBus = new MistakenHostBus(board, {
    write: (offset, bytes) => (isMistaken && mistake.write !== undefined ? mistake.write(offset, bytes) : bytes),
    idr: (command) => (isMistaken && mistake.idr !== undefined ? mistake.idr(command) : [command]),
  });
  const host = createHostSide({ windowBytes: WINDOW_BYTES }, createPacketMemory());
  const bmc = createBmcSide({ windowBytes: WINDOW_BYTES }, createPacketMemory());
  const watch = new BusWatch({
    side: "bmc",
    mode: "ring",
    windowBytes: WINDOW_BYTES,
    depth: 0,
    times: {},
    versions: { min: 1, cur: 3 },
    makeJudge: (options) => new Judge(options),
  });
  const lines: string[] = [];
  watch.onLine = (line) => lines.push(line);
  const bmcBus = new ListeningBmcBus(board.bmc, watch.listener);
  let now = 0;
  let received = 0;
  const round = (): boolean => {
    bmc.service(bmcBus, millis(now));
    if (bmc.takeReceived() !== undefined) received++;
    return false;
  };
  const pumped = { pump: round, expire: round, nextDeadline: () => undefined, rounds: 0, packets: 0 };
  const rounds = watch.watch(pumped, bmc.state);
  hostBus.betweenBytes = () => rounds.pump(millis(now));
  watch.listener.started();
  const packets = cleanPackets + 3;
  const message = new Uint8Array(32).fill(0x7d);
  for (let count = 0, sent = 0; count < 30 * packets + 300; count++) {
    now += 2;
    if (sent < packets && host.canOffer) {
      isMistaken = sent >= cleanPackets;
      host.offer({ header: HEADER, message, start: 0, end: message.length });
      sent++;
    }
    host.service(hostBus, millis(now));
    rounds.pump(millis(now));
  }
  return { lines, received };
}

const isFrame = (offset: number, bytes: Uint8Array): boolean => offset >= 0x100 && bytes.length > LENGTH_BYTES;

/** The frame with its trailer made by `trailer` from its length and packet. */
function withTrailer(trailer: (frame: Uint8Array, end: number) => number): Mistake["write"] {
  return (offset, bytes) => {
    if (!isFrame(offset, bytes)) return bytes;
    const end = LENGTH_BYTES + readU32be(bytes, 0);
    writeU32be(bytes, end, trailer(bytes, end));
    return bytes;
  };
}

function swapped(value: number): number {
  const bytes = new Uint8Array(4);
  writeU32be(bytes, 0, value);
  return readU32be(bytes.reverse(), 0);
}

function withLength(change: (length: number) => number): Mistake["write"] {
  return (offset, bytes) => {
    if (isFrame(offset, bytes)) writeU32be(bytes, 0, change(readU32be(bytes, 0)));
    return bytes;
  };
}

const MISTAKES: readonly (readonly [name: string, mistake: Mistake, says: RegExp])[] = [
  [
    "CRC little-endian",
    { write: withTrailer((frame, end) => swapped(crc32(frame, LENGTH_BYTES, end))) },
    /^the host broke LPC-BUF-3: .*[0-9a-f]{8}.*[0-9a-f]{8}.*endian|^the host broke LPC-BUF-3: .*order/,
  ],
  [
    "CRC of the length, too",
    { write: withTrailer((frame, end) => crc32(frame, 0, end)) },
    /^the host broke LPC-BUF-3:/,
  ],
  ["length little-endian", { write: withLength(swapped) }, /^the host broke LPC-BUF-\d: .*\(.*endian/],
  ["length counts itself", { write: withLength((length) => length + 4) }, /^the host broke LPC-BUF-\d:/],
  [
    "Tx Begin twice",
    { idr: (command) => (command === Command.TX_BEGIN ? [command, command] : [command]) },
    /^the host broke LPC-/,
  ],
  [
    "an Rx Complete for nothing",
    { idr: (command) => (command === Command.TX_BEGIN ? [Command.RX_COMPLETE, command] : [command]) },
    /^the host broke LPC-HOST-16: Rx Complete is read with no packet outstanding/,
  ],
  [
    "a command that there is not",
    { idr: (command) => (command === Command.TX_BEGIN ? [0x55, command] : [command]) },
    /^the host broke LPC-HOST-16: .*0x55/,
  ],
];

// Hosts in C make these mistakes and more from the first packet on (interop/faulty-hosts).
describe("a BMC's agent names a host's mistake", () => {
  test.each(MISTAKES)("%s, long after the recorder has lost the session's beginning", (_name, mistake, says) => {
    const { lines } = said(mistake, LONG);
    // Nothing else is made of the accesses that are missing.
    expect(lines).toEqual([expect.stringMatching(says)]);
  });

  test("a host without a mistake: nothing is said, all is received", () => {
    expect(said({})).toEqual({ lines: [], received: 3 });
  });
});
