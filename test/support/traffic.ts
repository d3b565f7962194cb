/**
 * Two-way traffic whose messages say what they are: from their bytes alone a receiver can tell a message that is
 * damaged, comes twice, comes out of order or belongs to another session.
 */
import type { Direction, RoleName } from "../../src/core/binding/side.ts";
import type { SeededRandom } from "../../src/platform/faulty.ts";
import { readU32be, toHex, writeU32be } from "../../src/core/wire/bytes.ts";
import { TEST_TYPE } from "./endpoints.ts";

const HEADER_BYTES = 10;

/** Type, direction, number, session, and a body that follows from the number. */
function numberedMessage(direction: Direction, number: number, session: number, length: number): Uint8Array {
  const bytes = Uint8Array.from(
    { length: HEADER_BYTES + length },
    (_, index) => number * 29 + index * 3 + (index >>> 6),
  );
  bytes[0] = TEST_TYPE;
  bytes[1] = direction === "hostToBmc" ? 1 : 2;
  writeU32be(bytes, 2, number);
  writeU32be(bytes, 6, session);
  return bytes;
}

/** What traffic needs to know of a running side. */
export interface TrafficMember {
  /** No two sides, and no two lives of one side, share it. */
  readonly id: number;
  readonly role: RoleName;
  /** Sessions it has opened. */
  readonly sessions: number;
  readonly endpoint: { readonly isUp: boolean; readonly queued: number };
}

export interface TrafficBoard {
  member(role: RoleName): TrafficMember | undefined;
  send(direction: Direction, bytes: Uint8Array): { outcome: string | undefined };
}

interface Lane {
  readonly sentLengths: number[];
  lastReceived: number;
  received: number;
  /** Which of the sender's sessions each of the receiver's has met. */
  readonly partners: Map<string, number>;
  readonly taken: Set<number>;
}

function lane(): Lane {
  return { sentLengths: [], lastReceived: -1, received: 0, partners: new Map(), taken: new Set() };
}

export class Traffic {
  readonly lanes: Readonly<Record<Direction, Lane>> = { hostToBmc: lane(), bmcToHost: lane() };
  readonly #random: SeededRandom;
  readonly #longest: number;

  constructor(random: SeededRandom, longest: number) {
    this.#random = random;
    this.#longest = longest;
  }

  /** Queues the next message of this direction if its sender is in session. */
  send(board: TrafficBoard, direction: Direction): { outcome: string | undefined } | undefined {
    const role: RoleName = direction === "hostToBmc" ? "host" : "bmc";
    const sender = board.member(role);
    if (sender === undefined || !sender.endpoint.isUp) return undefined;
    const { sentLengths } = this.lanes[direction];
    const length = this.#random.below(this.#longest);
    const bytes = numberedMessage(direction, sentLengths.length, sender.id * 1000 + sender.sessions, length);
    sentLengths.push(bytes.length);
    return board.send(direction, bytes);
  }

  /** The same, unless the sender still has messages to send. */
  sendIfIdle(board: TrafficBoard, direction: Direction): void {
    const sender = board.member(direction === "hostToBmc" ? "host" : "bmc");
    if (sender?.endpoint.queued === 0) this.send(board, direction);
  }

  /** Judges a message that arrived; throws for one that should not have. */
  arrived(receiver: TrafficMember, bytes: Uint8Array): void {
    const direction: Direction = receiver.role === "bmc" ? "hostToBmc" : "bmcToHost";
    const lane = this.lanes[direction];
    const number = readU32be(bytes, 2);
    const session = readU32be(bytes, 6);
    const length = lane.sentLengths[number];
    if (length === undefined) throw new Error(`${direction}: message ${String(number)} was never sent`);
    const sent = numberedMessage(direction, number, session, length - HEADER_BYTES);
    if (toHex(sent) !== toHex(bytes)) throw new Error(`${direction}: message ${String(number)} is damaged`);
    if (number === lane.lastReceived) throw new Error(`${direction}: message ${String(number)} came twice`);
    if (number < lane.lastReceived) throw new Error(`${direction}: message ${String(number)} came late`);
    const own = `${String(receiver.id)} ${String(receiver.sessions)}`;
    const partner = lane.partners.get(own);
    if (partner === undefined ? lane.taken.has(session) : partner !== session) {
      throw new Error(`${direction}: message ${String(number)} belongs to another session`);
    }
    lane.partners.set(own, session);
    lane.taken.add(session);
    lane.lastReceived = number;
    lane.received++;
  }
  /** Whether the last message of each direction has arrived. */
  get complete(): boolean {
    return Object.values(this.lanes).every(({ lastReceived, sentLengths }) => lastReceived === sentLengths.length - 1);
  }

  get received(): number {
    return this.lanes.hostToBmc.received + this.lanes.bmcToHost.received;
  }
}
