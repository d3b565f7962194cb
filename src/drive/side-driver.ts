/**
 * Joins a side of the binding to what sends and receives packets over it: runs the side's procedures until they wait,
 * hands packets across, and tells of sessions that come and go.
 */
import type { BusAccess, Progress } from "../binding/bus.ts";
import type { Session } from "../binding/channel.ts";
import type { RoleState, Side } from "../binding/side.ts";
import type { PacketExchange } from "../mctp/link.ts";
import { earliest, type Millis } from "../wire/units.ts";
import type { Executor } from "./executor.ts";

/** Rounds that one `pump` makes at most: a peer that always has one more byte cannot keep the process busy. */
const ROUNDS_PER_PUMP = 256;

export class SideDriver<State extends RoleState, Config, Access extends BusAccess> {
  readonly side: Side<State, Config, Access>;
  readonly #execute: Executor<Access>;
  readonly #exchange: PacketExchange;
  #session: Session | undefined;
  #unit = 0;
  #transmitting = false;

  constructor(side: Side<State, Config, Access>, execute: Executor<Access>, exchange: PacketExchange) {
    this.side = side;
    this.#execute = execute;
    this.#exchange = exchange;
  }

  /** Does all that can be done now. True when the round limit cut it short: call again soon. */
  pump(now: Millis): boolean {
    for (let round = 0; round < ROUNDS_PER_PUMP; round++) {
      let progress: Progress = this.#execute(this.side.service(now));
      if (this.side.session !== this.#session) this.#changeSession(now);
      const received = this.side.takeReceived();
      if (received !== undefined) {
        this.#exchange.receivePacket(received.bytes, received.start, received.end, now);
      }
      if (this.side.canTransmit && this.#transmitNext(now)) progress = "again";
      if (progress === "waiting") return false;
    }
    return true;
  }

  /** When `pump` wants to be called even without an event. */
  nextDeadline(): Millis | undefined {
    return earliest(this.side.nextDeadline(), this.#exchange.nextDeadline());
  }

  /** Carries out what is due, then pumps. */
  expire(now: Millis): boolean {
    this.#exchange.expire(now);
    return this.pump(now);
  }

  #transmitNext(now: Millis): boolean {
    if (this.#transmitting) {
      this.#transmitting = false;
      this.#exchange.packetDone(now);
    }
    const packet = this.#exchange.nextPacket(this.#unit, now);
    if (packet === undefined) return false;
    this.#execute(this.side.transmit(packet, now));
    this.#transmitting = true;
    return true;
  }

  #changeSession(now: Millis): void {
    const before = this.#session;
    const session = this.side.session;
    this.#session = session;
    this.#transmitting = false;
    if (before !== undefined) this.#exchange.linkDown(now);
    if (session === undefined) return;
    this.#unit = session.mtu[this.side.role.sends];
    this.#exchange.linkUp(now);
  }
}
