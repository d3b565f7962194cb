/**
 * A side of version 4 as a machine whose nodes are all the places where its procedures can be suspended, as
 * side-machine.ts does it for the shipped ones: a step runs the round again from its start on a copy of the state.
 */
import type { BusAccess } from "../../binding/access.ts";
import { AccessBus, type AnyBus } from "../../binding/access-bus.ts";
import type { Progress } from "../../binding/bus.ts";
import { ScriptedBus } from "../../binding/scripted-bus.ts";
import type { RoleName } from "../../binding/side.ts";
import { toHex } from "../../wire/bytes.ts";
import { Interner } from "../intern.ts";
import { newBmc, serviceBmc } from "./bmc.ts";
import { newHost, serviceHost } from "./host.ts";
import {
  newTally,
  type BmcState4,
  type Config4,
  type HostState4,
  type Ring,
  type Rules4,
  type Tally,
} from "./sides.ts";

export type State4 = HostState4 | BmcState4;

/** What is known of a suspended side without running it. */
export interface View4 {
  readonly phase: string;
  readonly ring: Ring | undefined;
  readonly canOffer: boolean;
  readonly stopped: boolean;
  /** Goes on when its outbound register becomes empty. */
  readonly wantsRead: boolean;
  readonly reason: number;
}

export type Access4 = { readonly step: string } & (
  | { readonly kind: "readStatus" | "readData" }
  | { readonly kind: "writeData" | "writeStatus"; readonly value: number }
  | { readonly kind: "readWindow"; readonly offset: number; readonly length: number }
  | { readonly kind: "writeWindow"; readonly offset: number; readonly bytes: number }
);

export interface Node4 {
  readonly view: View4;
  /** How the last round ended, undefined in the middle of one. */
  readonly ended: Progress | undefined;
  readonly access: Access4 | undefined;
  /** The node whose round begins with the deadline over. */
  readonly dueNode: number | undefined;
}

export interface Events4 {
  readonly opened: boolean;
  readonly closed: boolean;
  readonly impossible: boolean;
  readonly received: readonly Uint8Array[];
}

export interface Step4 {
  readonly node: number;
  readonly events: Events4 | undefined;
}

interface Place {
  readonly life: number;
  readonly snapshot: number;
  readonly due: boolean;
  /** Register values, numbers of bytes read from the window, 0 for writes. */
  readonly reads: readonly number[];
  readonly ended: Progress | undefined;
}

/** Every window access in pieces, by ascending offset. */
class PiecesBus extends AccessBus {
  constructor(bus: AnyBus, pieceBytes: number) {
    super((access) => {
      switch (access.kind) {
        case "readStatus":
          return bus.readStatus(access.step);
        case "readData":
          return bus.readOdr(access.step);
        case "writeData":
          bus.writeOdr(access.step, access.value);
          return 0;
        case "writeStatus":
          bus.writeStatus(access.step, access.value);
          return 0;
        case "readWindow": {
          const { step, offset, into, at, length } = access;
          for (let done = 0; done < length; done += pieceBytes) {
            bus.readWindow(step, offset + done, into, at + done, Math.min(pieceBytes, length - done));
          }
          return 0;
        }
        case "writeWindow": {
          const { step, offset, bytes, start, end } = access;
          for (let from = start; from < end; from += pieceBytes) {
            bus.writeWindow(step, offset + from - start, bytes, from, Math.min(from + pieceBytes, end));
          }
          return 0;
        }
      }
    });
  }
}

export interface Machine4Options {
  /** The configuration of each life; the last one's for all that follow. */
  readonly lives: readonly Config4[];
  readonly rules: Rules4;
  readonly pieceBytes: number | undefined;
}

export class Machine4 {
  readonly role: RoleName;
  readonly #options: Machine4Options;
  readonly #bytes: Interner<Uint8Array>;
  readonly #snapshots = new Interner<State4>();
  readonly #places = new Interner<Place>();
  readonly #nodes: Node4[] = [];
  readonly #steps: (Map<number, Step4> | undefined)[] = [];
  readonly #bus = new ScriptedBus();

  constructor(role: RoleName, options: Machine4Options, bytes: Interner<Uint8Array>) {
    this.role = role;
    this.#options = options;
    this.#bytes = bytes;
  }

  node(number: number): Node4 {
    return this.#nodes[number]!;
  }

  start(life: number): number {
    return this.#boundary(life, this.role === "host" ? newHost() : newBmc(), "again");
  }

  /** What the next access leads to when it gives `result`. */
  step(number: number, result: number): Step4 {
    const steps = (this.#steps[number] ??= new Map<number, Step4>());
    let step = steps.get(result);
    if (step === undefined) {
      step = this.#advance(number, result);
      steps.set(result, step);
    }
    return step;
  }

  /** The node after a packet was handed over. */
  offer(number: number, packet: Uint8Array): number {
    return this.#amended(number, (state) => {
      state.ring!.waiting = packet;
    });
  }

  stop(number: number): number {
    return this.#amended(number, (state) => {
      state.stopping = true;
    });
  }

  #amended(number: number, amend: (state: State4) => void): number {
    const { life, snapshot, ended } = this.#places.value(number);
    const state = copyOf(this.#snapshots.value(snapshot));
    amend(state);
    return this.#boundary(life, state, ended ?? "waiting");
  }

  #run({ life, snapshot, due }: Place, reads: readonly number[]): Run4 {
    const { lives, rules, pieceBytes } = this.#options;
    const state = copyOf(this.#snapshots.value(snapshot));
    const config = lives[Math.min(life, lives.length - 1)]!;
    const tally = newTally();
    let before: Tally = tally;
    const script = {
      length: reads.length,
      answer: (index: number, access: BusAccess): number => {
        if (index === reads.length - 1) before = { ...tally, received: [...tally.received] };
        if (access.kind !== "readWindow") return reads[index]!;
        access.into.set(this.#bytes.value(reads[index]!), access.at);
        return 0;
      },
    };
    const { suspended, result } = this.#bus.run(script, (scripted) => {
      const bus = pieceBytes === undefined ? scripted : new PiecesBus(scripted, pieceBytes);
      return this.role === "host"
        ? serviceHost(bus, state as HostState4, config, rules, tally, due)
        : serviceBmc(bus, state as BmcState4, config, rules, tally, due);
    });
    return { state, access: suspended, ended: result, events: eventsBetween(before, tally) };
  }

  #advance(number: number, result: number): Step4 {
    const place = this.#places.value(number);
    const reads = [...place.reads, result];
    const { state, ended, events } = this.#run(place, reads);
    if (ended !== undefined) return { node: this.#boundary(place.life, state, ended), events };
    return { node: this.#nodeAt({ ...place, reads, ended: undefined }), events };
  }

  #boundary(life: number, state: State4, ended: Progress): number {
    const snapshot = this.#snapshots.number(`${String(life)} ${stateKey(state)}`, copyOf(state));
    return this.#nodeAt({ life, snapshot, due: false, reads: [], ended });
  }

  #nodeAt(place: Place): number {
    const { life, snapshot, due, reads, ended } = place;
    const key = `${String(life)} ${String(snapshot)} ${String(due)} ${reads.join()} ${ended ?? ""}`;
    const number = this.#places.number(key, place);
    this.#nodes[number] ??= this.#describe(place);
    return number;
  }

  #describe(place: Place): Node4 {
    const { state, access } = this.#run(place, place.reads);
    const { ended, due, snapshot } = place;
    // What a round does before its first access has not happened yet.
    const standing = ended === undefined ? state : this.#snapshots.value(snapshot);
    const hasDeadline = ended !== undefined && !due && DEADLINES.includes(standing.phase);
    return {
      view: viewOf(standing, ended !== undefined),
      ended,
      access: access === undefined ? undefined : this.#accessOf(access),
      dueNode: hasDeadline ? this.#nodeAt({ ...place, due: true }) : undefined,
    };
  }

  #accessOf(access: BusAccess): Access4 {
    const { step } = access;
    switch (access.kind) {
      case "readWindow":
        return { kind: access.kind, step, offset: access.offset, length: access.length };
      case "writeWindow": {
        const bytes = access.bytes.slice(access.start, access.end);
        return { kind: access.kind, step, offset: access.offset, bytes: this.#bytes.number(toHex(bytes), bytes) };
      }
      case "writeData":
      case "writeStatus":
        return { kind: access.kind, step, value: access.value };
      case "readStatus":
      case "readData":
        return { kind: access.kind, step };
    }
  }
}

interface Run4 {
  readonly state: State4;
  readonly access: BusAccess | undefined;
  readonly ended: Progress | undefined;
  readonly events: Events4 | undefined;
}

/** Phases that a timer ends or begins anew: T_ann, T_open, T_refused, T_stop. */
const DEADLINES: readonly string[] = ["announcing", "proposed", "resting", "stopping"];
/** Phases in which a side waits for its outbound register. */
const WANT_READ: readonly string[] = ["announcing", "awaitingBmc", "stopping"];

function viewOf(state: State4, atBoundary: boolean): View4 {
  const { phase, ring, stopping } = state;
  return {
    phase,
    ring,
    canOffer: atBoundary && ring !== undefined && ring.waiting === undefined && !stopping,
    stopped: phase === "stopped",
    wantsRead: WANT_READ.includes(phase) || ("dummyPending" in state && state.dummyPending),
    reason: "reason" in state ? state.reason : 0,
  };
}

function eventsBetween(before: Tally, after: Tally): Events4 | undefined {
  const received = after.received.slice(before.received.length);
  const opened = after.opened !== before.opened;
  const closed = after.closed !== before.closed;
  const impossible = after.impossible !== before.impossible;
  return opened || closed || impossible || received.length > 0 ? { opened, closed, impossible, received } : undefined;
}

function stateKey(state: State4): string {
  return JSON.stringify(state, (_name, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value));
}

function copyOf<State extends State4>(state: State): State {
  return { ...state, ring: state.ring === undefined ? undefined : { ...state.ring } };
}
