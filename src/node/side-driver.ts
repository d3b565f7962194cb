/**
 * Joins a side of the binding to what sends and receives packets over it: runs the side's procedures until they wait,
 * hands packets across, and tells of sessions that come and go.
 */
import type { ReceivedPacket, Session } from "../core/binding/channel.ts";
import type { RoleState, Side } from "../core/binding/side.ts";
import type { PacketExchange } from "../core/mctp/link.ts";
import { earliest, type Millis } from "../core/wire/units.ts";

/** Rounds that one `pump` makes at most: a peer that always has one more byte cannot keep the process busy. */
const ROUNDS_PER_PUMP = 256;
/** What is done with so many bytes takes longer than a peer that sleeps takes to wake up and empty its register. */
const LARGE_PACKET_BYTES = 64 * 1024;
/** As long as that waking up, some 0.1 ms. */
const LOOKS_FOR_EMPTY_REGISTER = 100;
/** So many packets with payload a session has to carry before those in it count: one each does not pay for its start. */
const PACKETS_FOR_SESSION = 64;

export class SideDriver<State extends RoleState, Config, Bus> {
  readonly side: Side<State, Config, Bus>;
  /** Rounds run so far. */
  rounds = 0;
  readonly #bus: Bus;
  readonly #exchange: PacketExchange;
  #session: Session | undefined;
  #sessions = 0;
  #unit = 0;
  #packetsSent = 0;
  #packetsLost = 0;
  /** A packet that waits for its Rx Complete to go out, and how often the register was found full for it. */
  #held: ReceivedPacket | undefined;
  #looks = 0;

  constructor(side: Side<State, Config, Bus>, bus: Bus, exchange: PacketExchange) {
    this.side = side;
    this.#bus = bus;
    this.#exchange = exchange;
  }

  /**
   * Does all that can be done now. Rx Complete waits for nothing that the exchange does (LPC-BUF-8): it goes out before the
   * packet is delivered wherever the register becomes empty in time, so that the peer fills the buffer meanwhile. True
   * when the round limit cut it short, or a large packet waits for that register: call again soon.
   */
  pump(now: Millis): boolean {
    const { side } = this;
    const { state } = side;
    const { counters } = state;
    let waiting = false;
    for (let round = 0; round < ROUNDS_PER_PUMP; round++) {
      const { channel } = state;
      let offered = false;
      if (channel !== undefined && channel.outgoing === undefined && !state.stopping) {
        const packet = this.#exchange.nextPacket(this.#unit, now);
        if (packet !== undefined) {
          side.offer(packet);
          // Behind a packet that is under way it waits: nothing to do for it yet.
          offered = channel.transmit === "idle";
        }
      }
      if (waiting && !offered) return this.#held !== undefined;
      if (this.#held === undefined) this.rounds++;
      waiting = side.service(this.#bus, now) === "waiting";
      if (side.session !== this.#session) {
        // LPC-BMC-6: nothing is delivered behind the end of its session; the peer has no Rx Complete for it.
        this.#held = undefined;
        this.#looks = 0;
        this.#changeSession(now);
      }
      if (counters.packetsSent !== this.#packetsSent) this.#tellSent(now);
      const received = this.#held ?? side.takeReceived();
      if (received !== undefined) {
        if (state.channel?.rxCompleteOwed === true && this.#mayWait(received, waiting)) this.#held = received;
        else this.#deliver(received, now);
      } else if (counters.lengthOutOfBounds + counters.crcMismatch !== this.#packetsLost) {
        this.#tellLost(now);
      }
    }
    return true;
  }

  /** Packets sent and received so far, without those that led to nothing. */
  get packets(): number {
    const { packetsSent, packetsReceived } = this.side.state.counters;
    return packetsSent + packetsReceived - (this.#exchange.wasted ?? 0);
  }

  /** Of these, those with payload, without as many as the start of each session takes. */
  get payloadPackets(): number {
    const { payloadPackets } = this.#exchange;
    return payloadPackets === undefined ? this.packets : payloadPackets - PACKETS_FOR_SESSION * this.#sessions;
  }

  /** Of these, those of requests that were answered and of which nothing is kept, and of the answers. */
  get answeredPackets(): number {
    return this.#exchange.answeredPackets ?? 0;
  }

  get owesByte(): boolean {
    return this.side.owesByte;
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

  /** Whether a packet is kept until Rx Complete is out. There is no other one meanwhile. */
  #mayWait({ start, end }: ReceivedPacket, waiting: boolean): boolean {
    return !waiting || (end - start >= LARGE_PACKET_BYTES && this.#looks++ < LOOKS_FOR_EMPTY_REGISTER);
  }

  #deliver({ bytes, start, end }: ReceivedPacket, now: Millis): void {
    this.#held = undefined;
    this.#looks = 0;
    if (!this.#exchange.receivePacket(bytes, start, end, now)) this.side.giveBack();
  }

  #tellSent(now: Millis): void {
    const { packetsSent } = this.side.state.counters;
    while (this.#packetsSent < packetsSent) {
      this.#packetsSent++;
      this.#exchange.packetDone(now);
    }
  }

  /** LPC-ERR-5: the binding dropped a packet. A round that hands one on has dropped none: it reads one at most. */
  #tellLost(now: Millis): void {
    const { lengthOutOfBounds, crcMismatch } = this.side.state.counters;
    this.#packetsLost = lengthOutOfBounds + crcMismatch;
    this.#exchange.packetLost(now);
  }

  #changeSession(now: Millis): void {
    const before = this.#session;
    const session = this.side.session;
    this.#session = session;
    if (before !== undefined) this.#exchange.linkDown(now);
    if (session === undefined) return;
    this.#sessions++;
    this.#unit = session.mtu[this.side.role.sends];
    this.#exchange.linkUp(now);
  }
}
