/**
 * What must hold of two sides of version 4, and what an onlooker who sees everything keeps in mind to judge it. Sessions
 * are numbered in the order in which BMCs answer.
 */
import { peerOf, sentBy, type RoleName } from "../../binding/side.ts";
import { Interner } from "../intern.ts";
import type { Events4, View4 } from "./machine.ts";
import { outstanding, type Ring } from "./sides.ts";

interface Ghost4 {
  /** The session each side believes in, 0 for none. */
  readonly host: number;
  readonly bmc: number;
  /** The session that was answered last, and its nonce. */
  readonly last: number;
  readonly nonce: number;
  readonly hostToBmc: Traffic4;
  readonly bmcToHost: Traffic4;
}

interface Traffic4 {
  /** The number of the packet handed over last, over all lives. */
  readonly offered: number;
  /** The number of the packet received last. */
  readonly delivered: number;
  /** Handed over in the sender's present session and not received yet. */
  readonly pending: number;
  /** Received from the sender's present life. */
  readonly across: number;
}

const NO_TRAFFIC: Traffic4 = { offered: 0, delivered: 0, pending: 0, across: 0 };
const FIRST: Ghost4 = { host: 0, bmc: 0, last: 0, nonce: 0, hostToBmc: NO_TRAFFIC, bmcToHost: NO_TRAFFIC };

const MARKS = { hostToBmc: 0xa0, bmcToHost: 0xb0 } as const;

export class Onlooker4 {
  /** What the move being looked at broke. */
  violation: string | undefined;
  readonly #ghosts = new Interner<Ghost4>();
  readonly #state: Int32Array;
  readonly #field: number;

  /** The ghost of the move being looked at is `state[field]`. */
  constructor(state: Int32Array, field: number) {
    this.#state = state;
    this.#field = field;
    this.#set(FIRST);
    state[field] = 0;
  }

  break(what: string): void {
    this.violation ??= what;
  }

  get #ghost(): Ghost4 {
    return this.#ghosts.value(this.#state[this.#field]!);
  }

  #set(ghost: Ghost4): void {
    this.#state[this.#field] = this.#ghosts.number(JSON.stringify(ghost), ghost);
  }

  #amend(role: RoleName, traffic: Partial<Traffic4>): void {
    const ghost = this.#ghost;
    const direction = sentBy(role);
    this.#set({ ...ghost, [direction]: { ...ghost[direction], ...traffic } });
  }

  onStarted(role: RoleName): void {
    this.#amend(role, { across: 0 });
  }

  /** The side's session is over, or the side is gone. */
  onLeft(role: RoleName): void {
    this.#set({ ...this.#ghost, [role]: 0 });
    this.#amend(role, { pending: 0 });
  }

  /** The packet that a side is handed next: its direction, its number, and the session. */
  nextPacket(role: RoleName): Uint8Array {
    const ghost = this.#ghost;
    const { offered, pending } = ghost[sentBy(role)];
    this.#amend(role, { offered: offered + 1, pending: pending + 1 });
    return Uint8Array.of(MARKS[sentBy(role)], offered + 1, ghost[role]);
  }

  onEvents(role: RoleName, events: Events4, own: View4, peer: View4 | undefined): void {
    if (events.impossible) this.break(`${role} sees a fill level that cannot be`);
    if (events.closed) this.onLeft(role);
    for (const packet of events.received) this.#onReceived(role, packet);
    if (events.opened) this.#onOpened(role, own, peer);
  }

  #onOpened(role: RoleName, own: View4, peer: View4 | undefined): void {
    const ghost = this.#ghost;
    if (role === "bmc") {
      const session = ghost.last + 1;
      this.#set({ ...ghost, bmc: session, last: session, nonce: own.ring!.nonce });
      return;
    }
    if (own.ring === undefined) return;
    if (ghost.nonce !== own.ring.nonce) this.break("host opens a session that no BMC has opened for it");
    this.#set({ ...ghost, host: ghost.last });
    if (ghost.bmc === ghost.last && peer?.ring !== undefined) {
      const wrong = differentTerms(own.ring, peer.ring);
      if (wrong !== undefined) this.break(`the sides open one session with different ${wrong}`);
    }
  }

  #onReceived(role: RoleName, packet: Uint8Array): void {
    const sender = peerOf(role);
    const direction = sentBy(sender);
    const ghost = this.#ghost;
    const [mark, number = 0, session = 0] = packet;
    const { offered, delivered, pending, across } = ghost[direction];
    if (packet.length !== 3 || mark !== MARKS[direction] || number === 0 || number > offered) {
      this.break(`${role} receives what was never sent`);
      return;
    }
    if (number === delivered) this.break(`${role} receives packet ${String(number)} twice`);
    if (number < delivered) this.break(`${role} receives packets out of order`);
    if (session !== ghost[role]) this.break(`${role} receives a packet of another session`);
    if (ghost[sender] !== session || pending === 0) {
      this.#amend(sender, { delivered: number });
      return;
    }
    if (number !== offered - pending + 1)
      this.break(`a packet is lost in front of packet ${String(number)} for the ${role}`);
    this.#amend(sender, { delivered: number, pending: pending - 1, across: across + 1 });
  }

  /** Judges what a side takes for acknowledged. */
  judgeAcknowledged(role: RoleName, { ring }: View4): void {
    const { pending } = this.#ghost[sentBy(role)];
    if (ring === undefined) return;
    if (outstanding(ring) + (ring.waiting === undefined ? 0 : 1) < pending) {
      this.break(`${role} takes a packet for acknowledged that was not received`);
    }
  }

  /* ---- Questions, of the ghost of any state ---- */

  hasMore(role: RoleName, number: number, packets: number): boolean {
    const { pending, across } = this.#ghosts.value(number)[sentBy(role)];
    return across + pending < packets;
  }

  isDelivered(number: number, packets: Readonly<Record<"hostToBmc" | "bmcToHost", number>>): boolean {
    const { host, bmc, hostToBmc, bmcToHost } = this.#ghosts.value(number);
    return (
      host !== 0 && host === bmc && hostToBmc.across === packets.hostToBmc && bmcToHost.across === packets.bmcToHost
    );
  }

  describe(number: number): string {
    return JSON.stringify(this.#ghosts.value(number));
  }
}

function differentTerms(host: Ring, bmc: Ring): string | undefined {
  if (host.nonce !== bmc.nonce) return "nonces";
  if (host.slots !== bmc.slots) return "numbers of slots";
  const same =
    host.slotBytes === bmc.slotBytes && host.ownOffset === bmc.peerOffset && host.peerOffset === bmc.ownOffset;
  return same ? undefined : "layouts";
}
