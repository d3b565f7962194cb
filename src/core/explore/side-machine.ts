/**
 * One side as a machine whose nodes are all the places where its procedures can be suspended. The procedures are the
 * shipped ones: a node holds the role state at the start of its round and what the round has read so far, and a step
 * runs the round again from its start on a copy of that state, handing it the same reads and one more. Each step is
 * computed once; afterwards it is looked up.
 */
import type { BusAccess } from "../binding/access.ts";
import type { Progress } from "../binding/bus.ts";
import { ScriptedBus, type Script } from "../binding/scripted-bus.ts";
import type { OpenChannel } from "../binding/channel.ts";
import type { Role, RoleName, RoleState, Side } from "../binding/side.ts";
import type { PacketParts } from "../wire/packet-parts.ts";
import { millis, type Millis } from "../wire/units.ts";
import { toHex } from "../wire/bytes.ts";
import type { AnyBus } from "../binding/access-bus.ts";
import { Interner } from "./intern.ts";

/** The clock stands still at NOW; a deadline fires by one round at DUE, when all deadlines are over. */
const NOW: Millis = millis(0);
export const DUE: Millis = millis(1);

/** A side of either role, run over a script. */
export interface AnySide extends Omit<Side<RoleState, unknown, never>, "service" | "role"> {
  readonly role: Pick<Role<RoleState, unknown, never>, "name" | "sends">;
  service(bus: AnyBus, now: Millis): Progress;
}

/** How sides of a role are made. All delays of their configuration are DUE, but T_stall, which has no effect on the bus. */
export interface SideModel {
  readonly role: RoleName;
  /** The side of the given life, counted from 0: new, or with a state taken from a side of the same life. */
  create(life: number, state: RoleState | undefined): AnySide;
  /** Moves the moments kept in a state back by `elapsed`, not before 0, so that equal situations are equal states. */
  rebase(state: RoleState, elapsed: Millis): void;
  /** What is wrong with an access that the side wants to make, undefined when it may. */
  judge(side: AnySide, access: BusAccess): string | undefined;
  /** What of this side is not judged; a model without it keeps every rule. */
  readonly leeway?: Leeway;
}

/** Faults that a peer is known for: what they lead to on the other side is judged, they themselves are not. */
export interface Leeway {
  /** Writes registers that hold an unread byte (LPC-KCS-2, LPC-KCS-3). */
  readonly overwrites?: true;
  /** Writes its buffer while the peer may still read a packet of a former life there (LPC-BUF-7). */
  readonly intrudes?: true;
  /** Opens a channel before its Initialise was answered, and so comes into its session without noticing (LPC-HOST-7). */
  readonly opensEarly?: true;
  /** Reads ODR and writes IDR without a look at the magic (LPC-HOST-14). */
  readonly readsBlind?: true;
}

/** What is known of a suspended side without running it. */
export interface SideView {
  readonly phase: string;
  readonly closeReason: string;
  /** The channel as it stands, undefined without one. */
  readonly channel: Readonly<OpenChannel> | undefined;
  /** `offer` may be called: only at the end of a round. */
  readonly canOffer: boolean;
  /** A stop was asked for. */
  readonly stopping: boolean;
  readonly stopped: boolean;
  /** Reads the inbound buffer next, or has read it and owes Rx Complete. */
  readonly ownsInbound: boolean;
}

/** What the side wants to do next, with its step and all that the board needs to do it. */
export type NodeAccess = { readonly step: string } & (
  | { readonly kind: "readStatus" | "readData" }
  | { readonly kind: "writeData" | "writeStatus"; readonly value: number }
  | { readonly kind: "readWindow"; readonly offset: number; readonly length: number }
  | { readonly kind: "writeWindow"; readonly offset: number; readonly bytes: number }
);

/** What a step brought about, as the side itself counts it. */
export interface StepEvents {
  readonly opened: boolean;
  readonly closed: boolean;
  /** The number of the bytes of the packet that was received. */
  readonly delivered: number | undefined;
  readonly acknowledged: boolean;
}

export interface Transition {
  readonly node: number;
  readonly events: StepEvents | undefined;
}

export interface SideNode {
  readonly life: number;
  readonly view: SideView;
  /** How the last round ended, undefined in the middle of one. */
  readonly ended: Progress | undefined;
  /** Undefined when a round would do nothing: the side has stopped. */
  readonly access: NodeAccess | undefined;
  /** What is wrong with that access. */
  readonly wrong: string | undefined;
  /** The node whose round begins with all deadlines over; undefined without a deadline, and in the middle of a round. */
  readonly dueNode: number | undefined;
}

interface Place {
  readonly life: number;
  readonly snapshot: number;
  readonly due: boolean;
  /** Numbers read from registers, numbers of the bytes read from the window, 0 for writes. */
  readonly reads: readonly number[];
  /** The first bytes of an access in pieces: the number of those read, or how many were written. */
  readonly piece: { readonly done: number; readonly read: number } | undefined;
  readonly ended: Progress | undefined;
}

/** A round carried as far as its reads go: the access that it waits for, or how it ended. */
interface Run {
  readonly side: AnySide;
  readonly access: BusAccess | undefined;
  readonly ended: Progress | undefined;
  /** The side just before its last read was answered. */
  readonly before: Observation | undefined;
}

export interface MachineOptions {
  /** Window accesses are made in pieces of at most so many bytes; undefined makes each in one. */
  readonly pieceBytes: number | undefined;
}

export class SideMachine {
  readonly model: SideModel;
  /** Contents of the window and of packets; shared by both machines of a board. */
  readonly bytes: Interner<Uint8Array>;
  readonly #snapshots = new Interner<RoleState>();
  readonly #places = new Interner<Place>();
  readonly #nodes: SideNode[] = [];
  readonly #steps: (Map<number, Transition> | undefined)[] = [];
  readonly #offers = new Map<string, number>();
  readonly #stops = new Map<number, number>();
  readonly #bus = new ScriptedBus();
  readonly #options: MachineOptions;

  constructor(model: SideModel, bytes: Interner<Uint8Array>, options: MachineOptions) {
    this.model = model;
    this.bytes = bytes;
    this.#options = options;
  }

  get size(): number {
    return this.#nodes.length;
  }

  node(number: number): SideNode {
    return this.#nodes[number]!;
  }

  /** The node of a side that has just been started. */
  start(life: number): number {
    const { state } = this.model.create(life, undefined);
    return this.#boundary(life, state, "again");
  }

  /** What the next access leads to when it reads `result`: the register's value, or the number of the window's bytes. */
  step(number: number, result: number): Transition {
    let steps = this.#steps[number];
    if (steps === undefined) {
      steps = new Map();
      this.#steps[number] = steps;
    }
    let transition = steps.get(result);
    if (transition === undefined) {
      transition = this.#advance(number, result);
      steps.set(result, transition);
    }
    return transition;
  }

  /** The node after a packet was handed over; the side must be able to take it. */
  offer(number: number, packet: PacketParts): number {
    const key = `${String(number)} ${String(packet.header)} ${toHex(packet.message)}`;
    let next = this.#offers.get(key);
    if (next === undefined) {
      const { life, snapshot, ended } = this.#places.value(number);
      const side = this.#restore(life, snapshot);
      side.offer(packet);
      next = this.#boundary(life, side.state, ended ?? "waiting");
      this.#offers.set(key, next);
    }
    return next;
  }

  /** The node after an orderly stop was asked for. */
  stop(number: number): number {
    let next = this.#stops.get(number);
    if (next === undefined) {
      const { life, snapshot } = this.#places.value(number);
      const side = this.#restore(life, snapshot);
      side.stop();
      next = this.#boundary(life, side.state, "again");
      this.#stops.set(number, next);
    }
    return next;
  }

  #restore(life: number, snapshot: number): AnySide {
    return this.model.create(life, copyOf(this.#snapshots.value(snapshot)));
  }

  /** Runs a round from its start until its reads are used up. */
  #replay({ life, snapshot, due }: Place, reads: readonly number[]): Run {
    const side = this.#restore(life, snapshot);
    let before: Observation | undefined;
    const script: Script = {
      length: reads.length,
      answer: (index, access) => {
        if (index === reads.length - 1) before = observe(side);
        return this.#answer(access, reads[index]!);
      },
    };
    const { suspended, result } = this.#bus.run(script, (bus) => side.service(bus, due ? DUE : NOW));
    return { side, access: suspended, ended: result, before };
  }

  /** Gives an access what it read. */
  #answer(access: BusAccess, read: number): number {
    if (access.kind !== "readWindow") return read;
    access.into.set(this.bytes.value(read), access.at);
    return 0;
  }

  #advance(number: number, result: number): Transition {
    const place = this.#places.value(number);
    const { access } = this.node(number);
    if (access === undefined) throw new Error("a stopped side makes no access");
    const piece = this.#nextPiece(place, access, result);
    if (piece !== undefined && "done" in piece) {
      return { node: this.#nodeAt({ ...place, ended: undefined, piece }), events: undefined };
    }
    const reads = [...place.reads, piece?.whole ?? result];
    const { side, ended, before } = this.#replay(place, reads);
    const events = before === undefined ? undefined : this.#eventsSince(before, side);
    if (ended !== undefined) {
      this.model.rebase(side.state, place.due ? DUE : NOW);
      return { node: this.#boundary(place.life, side.state, ended), events };
    }
    return { node: this.#nodeAt({ ...place, reads, piece: undefined, ended: undefined }), events };
  }

  /**
   * Of an access in pieces, what the piece just made leads to: the next piece, or the whole of what was read.
   * Undefined when the access was made at once.
   */
  #nextPiece(
    place: Place,
    access: NodeAccess,
    result: number,
  ): { readonly done: number; readonly read: number } | { readonly whole: number } | undefined {
    if (access.kind !== "readWindow" && access.kind !== "writeWindow") return undefined;
    const whole = this.#replay(place, place.reads).access;
    if (whole === undefined) return undefined;
    const total = windowBytes(whole);
    const earlier = place.piece?.done ?? 0;
    if (access.kind === "writeWindow") {
      const done = earlier + this.bytes.value(access.bytes).length;
      return done < total ? { done, read: 0 } : undefined;
    }
    const done = earlier + access.length;
    if (place.piece === undefined && done === total) return undefined;
    const before = place.piece === undefined ? new Uint8Array(0) : this.bytes.value(place.piece.read);
    const read = this.numberOfBytes(Uint8Array.from([...before, ...this.bytes.value(result)]));
    return done < total ? { done, read } : { whole: read };
  }

  numberOfBytes(bytes: Uint8Array): number {
    return this.bytes.number(toHex(bytes), bytes);
  }

  /** The node at the end of a round. Rounds that make no access are carried out at once. */
  #boundary(life: number, state: RoleState, ended: Progress): number {
    const key = stateKey(state);
    const snapshot = this.#snapshots.number(`${String(life)} ${key}`, copyOf(state));
    const place: Place = { life, snapshot, due: false, reads: [], piece: undefined, ended };
    const first = this.#replay(place, []);
    if (first.ended !== undefined && stateKey(first.side.state) !== key) {
      return this.#boundary(life, first.side.state, first.ended);
    }
    return this.#nodeAt(place);
  }

  #nodeAt(place: Place): number {
    const number = this.#places.number(keyOf(place), place);
    this.#nodes[number] ??= this.#describe(place);
    return number;
  }

  #describe(place: Place): SideNode {
    const { side, access } = this.#replay(place, place.reads);
    const { life, snapshot, due, ended } = place;
    const atBoundary = ended !== undefined;
    // What a round does before its first access has not happened yet.
    const standing = atBoundary ? this.#restore(life, snapshot) : side;
    const deadline = atBoundary && !due ? standing.nextDeadline() : undefined;
    const hasDeadline = deadline !== undefined && Number.isFinite(deadline);
    const view = this.#view(standing, atBoundary, access);
    return {
      life,
      view,
      ended,
      access: access === undefined ? undefined : this.#nodeAccess(access, place.piece?.done ?? 0),
      wrong: access === undefined ? undefined : this.model.judge(side, access),
      dueNode: hasDeadline ? this.#nodeAt({ ...place, due: true }) : undefined,
    };
  }

  #view(side: AnySide, atBoundary: boolean, access: BusAccess | undefined): SideView {
    const { phase, channel, closeReason } = side.state;
    const inbound = channel?.session.layout[side.role.sends === "hostToBmc" ? "bmcToHost" : "hostToBmc"];
    const reads =
      access?.kind === "readWindow" &&
      inbound !== undefined &&
      access.offset >= inbound.offset &&
      access.offset < inbound.offset + inbound.size;
    return {
      phase: phase.name,
      closeReason,
      channel: channel === undefined ? undefined : { ...channel },
      canOffer: atBoundary && side.canOffer,
      stopping: side.state.stopping,
      stopped: side.stopped,
      ownsInbound: reads || channel?.rxCompleteOwed === true,
    };
  }

  #nodeAccess(access: BusAccess, done: number): NodeAccess {
    const limit = this.#options.pieceBytes ?? Number.POSITIVE_INFINITY;
    const { step } = access;
    switch (access.kind) {
      case "readWindow": {
        const length = Math.min(access.length - done, limit);
        return { kind: access.kind, step, offset: access.offset + done, length };
      }
      case "writeWindow": {
        const start = access.start + done;
        const bytes = access.bytes.slice(start, Math.min(access.end, start + limit));
        return { kind: access.kind, step, offset: access.offset + done, bytes: this.numberOfBytes(bytes) };
      }
      case "writeData":
      case "writeStatus":
        return { kind: access.kind, step, value: access.value };
      case "readStatus":
      case "readData":
        return { kind: access.kind, step };
    }
  }

  #eventsSince(before: Observation, side: AnySide): StepEvents | undefined {
    const after = observe(side);
    const opened = after.channel !== undefined && after.channel !== before.channel;
    const closed = before.channel !== undefined && after.channel !== before.channel;
    const acknowledged = after.sent !== before.sent;
    const received = after.received !== before.received;
    if (!opened && !closed && !acknowledged && !received) return undefined;
    const packet = received ? side.takeReceived() : undefined;
    const delivered =
      packet === undefined ? undefined : this.numberOfBytes(packet.bytes.slice(packet.start, packet.end));
    return { opened, closed, acknowledged, delivered };
  }
}

interface Observation {
  readonly channel: OpenChannel | undefined;
  readonly sent: number;
  readonly received: number;
}

function observe(side: AnySide): Observation {
  const { channel, counters } = side.state;
  return { channel, sent: counters.packetsSent, received: counters.packetsReceived };
}

function windowBytes(access: BusAccess): number {
  if (access.kind === "readWindow") return access.length;
  return access.kind === "writeWindow" ? access.end - access.start : 0;
}

function keyOf({ life, snapshot, due, reads, piece, ended }: Place): string {
  const part = piece === undefined ? "" : `${String(piece.done)}:${String(piece.read)}`;
  return `${String(life)} ${String(snapshot)} ${due ? "due" : ""} ${reads.join()} ${part} ${ended ?? ""}`;
}

/** A text that two states share exactly when the side goes on alike from them: counters do not matter to it. */
function stateKey(state: RoleState): string {
  return JSON.stringify(state, (name, value: unknown) => {
    if (name === "counters") return undefined;
    if (value instanceof Uint8Array) return toHex(value);
    return value === Number.POSITIVE_INFINITY ? "infinite" : value;
  });
}

/** A copy whose plain parts are its own; byte arrays are shared, as those of a state never change. */
function copyOf<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => copyOf(item)) as Value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copyOf(item)])) as Value;
}
