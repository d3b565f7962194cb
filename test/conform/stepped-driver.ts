/**
 * Drives a side one access at a time, so that a tester sees what stands on the board between any two of them. A round is
 * run again from its start, on a copy of the state, with one answer more: the procedures are the shipped ones.
 */
import type { BusAccess } from "../../src/core/binding/access.ts";
import type { AnyBus, MakeAccess } from "../../src/core/binding/access-bus.ts";
import type { Progress } from "../../src/core/binding/bus.ts";
import { ScriptedBus } from "../../src/core/binding/scripted-bus.ts";
import type { RoleState, Side } from "../../src/core/binding/side.ts";
import type { PacketExchange } from "../../src/core/mctp/link.ts";
import { earliest, type Millis } from "../../src/core/wire/units.ts";
import type { Pumped } from "../../src/node/runner.ts";

export type AnySide = Side<RoleState, never, never>;

/** Makes a side that goes on from a state; without one it begins. */
export type MakeSide = (state?: RoleState) => AnySide;

interface Round {
  readonly before: RoleState;
  readonly answers: (number | Uint8Array)[];
  readonly now: Millis;
}

export class SteppedDriver implements Pumped {
  readonly rounds = 0;
  readonly packets = 0;
  side: AnySide;
  readonly #make: MakeSide;
  readonly #perform: MakeAccess;
  readonly #exchange: PacketExchange;
  readonly #bus = new ScriptedBus();
  #round: Round | undefined;
  #pending: BusAccess | undefined;
  #session: object | undefined;
  #sent = 0;
  #lost = 0;

  constructor(make: MakeSide, perform: MakeAccess, exchange: PacketExchange) {
    this.#make = make;
    this.#perform = perform;
    this.#exchange = exchange;
    this.side = make();
  }

  /** One access. True: more can be done at once. */
  pump(now: Millis): boolean {
    if (this.#round === undefined) return this.#begin(now);
    const access = this.#pending!;
    const value = this.#perform(access);
    const isRead = access.kind === "readWindow";
    this.#round.answers.push(isRead ? access.into.slice(access.at, access.at + access.length) : value);
    return this.#advance(this.#round);
  }

  expire(now: Millis): boolean {
    this.#exchange.expire(now);
    return this.pump(now);
  }

  nextDeadline(): Millis | undefined {
    return earliest(this.side.nextDeadline(), this.#exchange.nextDeadline());
  }

  #begin(now: Millis): boolean {
    const { channel } = this.side.state;
    if (this.side.canOffer) {
      const { hostToBmc, bmcToHost } = channel!.session.mtu;
      const packet = this.#exchange.nextPacket(this.side.role.sends === "hostToBmc" ? hostToBmc : bmcToHost, now);
      // The object is valid until the next call.
      if (packet !== undefined) this.side.offer({ ...packet });
    }
    this.#round = { before: copyOf(this.side.state), answers: [], now };
    return this.#advance(this.#round);
  }

  #advance(round: Round): boolean {
    const side = this.#make(copyOf(round.before));
    const script = {
      length: round.answers.length,
      answer: (index: number, access: BusAccess): number => {
        const given = round.answers[index]!;
        if (typeof given === "number") return given;
        if (access.kind === "readWindow") access.into.set(given, access.at);
        return 0;
      },
    };
    const run = this.#bus.run(script, (bus: AnyBus) => side.service(bus as never, round.now));
    this.#pending = run.suspended;
    if (run.suspended !== undefined) return true;
    this.#round = undefined;
    // A stop that was asked for meanwhile.
    if (this.side.state.stopping) side.stop();
    this.side = side;
    return this.#end(run.result, round.now);
  }

  /** What a driver does behind a round. True: another round follows. */
  #end(progress: Progress, now: Millis): boolean {
    const { session } = this.side;
    if (session !== this.#session) {
      if (this.#session !== undefined) this.#exchange.linkDown(now);
      this.#session = session;
      if (session !== undefined) this.#exchange.linkUp(now);
    }
    const { packetsSent, lengthOutOfBounds, crcMismatch } = this.side.state.counters;
    const hasSent = this.#sent < packetsSent;
    for (; this.#sent < packetsSent; this.#sent++) this.#exchange.packetDone(now);
    const received = this.side.takeReceived();
    if (received !== undefined) {
      this.#exchange.receivePacket(received.bytes, received.start, received.end, now);
    } else if (lengthOutOfBounds + crcMismatch !== this.#lost) this.#exchange.packetLost(now);
    this.#lost = lengthOutOfBounds + crcMismatch;
    return progress === "again" || received !== undefined || hasSent;
  }
}

/** A copy whose plain parts are its own; byte arrays and the terms of a session are shared, for they never change. */
function copyOf<Value>(value: Value, name = ""): Value {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || name === "session") return value;
  if (Array.isArray(value)) return value.map((item: unknown) => copyOf(item)) as Value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item, key)])) as Value;
}
