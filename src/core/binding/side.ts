/**
 * One side of the binding as its driver sees it: the role's procedures over the role's state. Both roles are made of
 * this class; what differs is in host/ and bmc/.
 */
import type { PacketParts } from "../wire/packet-parts.ts";
import type { Millis } from "../wire/units.ts";
import type { Progress } from "./bus.ts";
import type { CloseReason, OpenChannel, ReceivedPacket, Session } from "./channel.ts";
import type { BindingCounters } from "./counters.ts";
import { PacketBufferTools, type PacketMemory } from "./packet-buffer.ts";

export type RoleName = "host" | "bmc";
export type Direction = "hostToBmc" | "bmcToHost";

/** What every role's state holds beside its own phases. */
export interface RoleState {
  readonly phase: { readonly name: string };
  readonly channel: OpenChannel | undefined;
  /** Why there is no session. Meaningful while there is none. */
  closeReason: CloseReason;
  /** An orderly stop was asked for. */
  stopping: boolean;
  /** The BMC's: a dummy waits for ODR to become empty. */
  readonly dummyPending?: boolean;
  readonly counters: BindingCounters;
}

/** A role: its name, the direction it sends in and its procedures over a bus of its kind. */
export interface Role<State extends RoleState, Config, Bus> {
  readonly name: RoleName;
  readonly sends: Direction;
  newState(): State;
  service(bus: Bus, state: State, config: Config, tools: PacketBufferTools, now: Millis): Progress;
  nextDeadline(state: State, config: Config): Millis | undefined;
}

export class Side<State extends RoleState, Config, Bus> {
  readonly role: Role<State, Config, Bus>;
  readonly config: Config;
  readonly state: State;
  readonly #tools: PacketBufferTools;

  /** Without a state the side begins at its role's first step. */
  constructor(role: Role<State, Config, Bus>, config: Config, memory: PacketMemory, state: State = role.newState()) {
    this.role = role;
    this.config = config;
    this.state = state;
    this.#tools = new PacketBufferTools(memory);
  }

  /** The open session, undefined while there is none. A new object for every session. */
  get session(): Session | undefined {
    return this.state.channel?.session;
  }

  /** True when `offer` may be called: a session is open and no packet waits. */
  get canOffer(): boolean {
    const { channel, stopping } = this.state;
    return channel !== undefined && channel.outgoing === undefined && !stopping;
  }

  /** Whether a byte may wait for the peer to empty the outbound register; without a session that is taken for granted. */
  get owesByte(): boolean {
    const { channel, stopping, dummyPending } = this.state;
    if (channel === undefined || stopping || dummyPending === true) return true;
    return channel.rxCompleteOwed || channel.transmit === "beginPending";
  }

  /** True once `stop` has been carried out. */
  get stopped(): boolean {
    return this.state.phase.name === "stopped";
  }

  /** The packet that the last `service` received; the object is reused, its bytes are the taker's to keep. */
  takeReceived(): ReceivedPacket | undefined {
    return this.#tools.takeReceived();
  }

  /**
   * Says that nobody keeps anything of the packet that `takeReceived` gave last, so that its memory is used again. Not
   * allowed once `service` has run again, where that may have received another.
   */
  giveBack(): void {
    this.#tools.giveBack();
  }

  /** One round of service: run it after every event and deadline until it returns `waiting`. */
  service(bus: Bus, now: Millis): Progress {
    return this.role.service(bus, this.state, this.config, this.#tools, now);
  }

  /**
   * Hands over the packet to send next; `service` writes it once the buffer is this side's, and until then the parts
   * must not change. Throws while `canOffer` is false and for a packet above the session's MTU (LPC-BUF-9).
   */
  offer(packet: PacketParts): void {
    const { channel } = this.state;
    if (channel === undefined || channel.outgoing !== undefined) {
      throw new Error("offer needs an open channel with no packet waiting: ask canOffer first");
    }
    const payload = packet.end - packet.start;
    // Named, not indexed by the direction: with both roles in one process an index is slow.
    const { hostToBmc, bmcToHost } = channel.session.mtu;
    const mtu = this.role.sends === "hostToBmc" ? hostToBmc : bmcToHost;
    if (payload > mtu) {
      throw new RangeError(`a payload of ${String(payload)} bytes exceeds the session's MTU of ${String(mtu)}`);
    }
    channel.outgoing = packet;
  }

  /** Begins an orderly end; run `service` until `stopped`. */
  stop(): void {
    this.state.stopping = true;
  }

  /** When `service` wants to be run even without an event. */
  nextDeadline(): Millis | undefined {
    return this.role.nextDeadline(this.state, this.config);
  }
}

/** The direction that a role sends in. */
export function sentBy(role: RoleName): Direction {
  return role === "host" ? "hostToBmc" : "bmcToHost";
}

export function peerOf(role: RoleName): RoleName {
  return role === "host" ? "bmc" : "host";
}
