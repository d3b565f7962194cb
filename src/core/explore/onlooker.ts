/**
 * The onlooker, who sees everything: follows what happens on the board and to the sides, keeps what matters of it in a
 * ghost, and says what a move has broken. The ghost's number is one field of the world's state.
 */
import { Command } from "../binding/registers.ts";
import { peerOf, sentBy, type Direction, type RoleName } from "../binding/side.ts";
import {
  brokenText,
  judgeBeforeMagic,
  judgeOpening,
  judgePatience,
  judgeTaken,
  judgeTerms,
  passedBehind,
  readsOwned,
  takesUnsent,
  writesOwned,
  type Broken,
} from "../judge/rules.ts";
import type { PacketParts } from "../wire/packet-parts.ts";
import { FIRST_GHOST, ghostKey, sessionOf, withSession, type Ghost } from "./ghost.ts";
import { Interner } from "./intern.ts";
import { identityOf, packetOf, type Scenario } from "./scenario.ts";
import type { Leeway, SideView, StepEvents } from "./side-machine.ts";

/** Both sides as they stand, undefined for one that is gone. */
export type Views = Readonly<Record<RoleName, SideView | undefined>>;

export class Onlooker {
  /** What the move being looked at broke, undefined for nothing. */
  violation: string | undefined;
  readonly #scenario: Scenario;
  /** Contents of packets, by the numbers that events carry. */
  readonly #bytes: Interner<Uint8Array>;
  readonly #state: Int32Array;
  readonly #field: number;
  readonly #ghosts = new Interner<Ghost>();
  readonly #leeway: Readonly<Record<RoleName, Leeway>>;
  readonly #opensEarly: boolean;
  readonly #readsBlind: boolean;

  /** The ghost of the move being looked at is `state[field]`; 0 is that of the beginning. */
  constructor(scenario: Scenario, bytes: Interner<Uint8Array>, state: Int32Array, field: number) {
    this.#scenario = scenario;
    this.#bytes = bytes;
    this.#state = state;
    this.#field = field;
    this.#leeway = { host: scenario.host.leeway ?? {}, bmc: scenario.bmc.leeway ?? {} };
    this.#opensEarly = this.#leeway.host.opensEarly === true;
    this.#readsBlind = this.#leeway.host.readsBlind === true;
    this.#ghosts.number(ghostKey(FIRST_GHOST), FIRST_GHOST);
  }

  ghost(number: number): Ghost {
    return this.#ghosts.value(number);
  }

  get #ghost(): Ghost {
    return this.#ghosts.value(this.#state[this.#field]!);
  }

  #set(ghost: Ghost): void {
    this.#state[this.#field] = this.#ghosts.number(ghostKey(ghost), ghost);
  }

  break(what: string | Broken | undefined): void {
    if (what !== undefined) this.violation ??= typeof what === "string" ? what : brokenText(what);
  }

  /* ---- Sides that come and go ---- */

  onStarted(role: RoleName): void {
    const ghost = this.#ghost;
    const direction = sentBy(role);
    this.#set({ ...ghost, [direction]: { ...ghost[direction], acknowledged: 0 } });
  }

  onGone(role: RoleName): void {
    if (role === "host") this.#setMagicSeen(false);
    this.#leave(role);
  }

  /** The host has read the end of the magic, and whether it stands in the window. */
  onMagicRead(isThere: boolean): void {
    if (isThere) this.#setMagicSeen(true);
  }

  /**
   * A round of the host is over. One that still waits for a BMC looks for the magic anew in its next: what stood in the
   * window before a BMC was there says nothing.
   */
  onHostRound(host: SideView): void {
    if (host.phase === "awaitingBmc") this.#setMagicSeen(false);
  }

  #setMagicSeen(magicSeen: boolean): void {
    const ghost = this.#ghost;
    if (!this.#readsBlind && ghost.magicSeen !== magicSeen) this.#set({ ...ghost, magicSeen });
  }

  /** The host reads ODR, or writes IDR. */
  judgeHostData(what: string): void {
    if (!this.#readsBlind) this.break(judgeBeforeMagic(this.#ghost.magicSeen, what));
  }

  #leave(role: RoleName): void {
    this.#set(withSession(this.#ghost, role, 0));
    this.#countPassed(role, 0);
  }

  /** The packet that a side is handed next. */
  nextPacket(role: RoleName): PacketParts {
    const direction = sentBy(role);
    const ghost = this.#ghost;
    const offered = ghost[direction].offered + 1;
    this.#set({ ...ghost, [direction]: { ...ghost[direction], offered } });
    return packetOf(this.#scenario, direction, offered, this.#markOf(role, role));
  }

  /* ---- Accesses ---- */

  onChannelCleared(): void {
    this.#set({ ...this.#ghost, channelSession: 0 });
  }

  /** A register that holds an unread byte is written, or emptied. */
  judgeOverwriting(role: RoleName, what: Broken): void {
    if (this.#leeway[role].overwrites !== true) this.break(what);
  }

  /** `view`: the side just before it writes the command. */
  onCommandWritten(role: RoleName, command: number, view: SideView | undefined): void {
    if (role === "host" && command === Command.INITIALISE) this.#onInitialiseWritten();
    const patience = this.#scenario.patience[role];
    if (patience === undefined || view?.channel === undefined) return;
    const waits = view.channel.transmit === "beginPending";
    if (command !== Command.TX_BEGIN && !(command === Command.RX_COMPLETE && waits)) return;
    const passed = passedBehind(this.#ghost[sentBy(role)].passed, command, waits);
    this.break(judgePatience(role, passed, patience));
    this.#countPassed(role, passed);
  }

  #countPassed(role: RoleName, passed: number): void {
    const ghost = this.#ghost;
    const direction = sentBy(role);
    this.#set({ ...ghost, [direction]: { ...ghost[direction], passed } });
  }

  #onInitialiseWritten(): void {
    if (this.#opensEarly) this.#countInitialise((before) => ({ written: before.written + 1 }));
  }

  onInitialiseRead(): void {
    if (this.#opensEarly) this.#countInitialise((before) => ({ taken: before.written }));
  }

  #countInitialise(next: (before: Ghost["initialise"]) => Partial<Ghost["initialise"]>): void {
    const ghost = this.#ghost;
    this.#set({ ...ghost, initialise: { ...ghost.initialise, ...next(ghost.initialise) } });
  }

  /** A buffer is written by its sender alone while it is the sender's, and read while it is the receiver's. */
  judgeOwnership(role: RoleName, isWrite: boolean, offset: number, views: Views): void {
    const buffer = views[role]?.channel?.session.layout[sentBy(isWrite ? role : peerOf(role))];
    if (buffer === undefined || offset < buffer.offset || offset >= buffer.offset + buffer.size) return;
    const peer = views[peerOf(role)];
    if (peer === undefined) return;
    if (isWrite) {
      if (!peer.ownsInbound || this.#leeway[role].intrudes === true) return;
      this.break(writesOwned(role));
      return;
    }
    const ghost = this.#ghost;
    if (ghost.hostSession !== ghost.bmcSession || peer.channel === undefined) return;
    if (peer.channel.transmit === "outstanding" || this.#leeway[peerOf(role)].intrudes === true) return;
    this.break(readsOwned(role));
  }

  /* ---- Events ---- */

  /** `before` and `own` are the side before and after its step, `peer` the other one. */
  onEvents(role: RoleName, events: StepEvents, before: SideView, own: SideView, peer: SideView | undefined): void {
    if (events.closed && before.channel?.transmit === "outstanding") this.judgeGivenUp(role);
    if (events.closed) this.#leave(role);
    if (events.opened && role === "host") this.#onHostOpened(own, peer);
    if (events.opened && role === "bmc") this.#onBmcOpened(own, peer);
    if (events.delivered !== undefined) this.#onDelivered(role, events.delivered);
    if (events.acknowledged) this.#onAcknowledged(role, own);
  }

  /** A side's session ends while its packet is outstanding. */
  judgeGivenUp(role: RoleName): void {
    const { demand } = this.#scenario;
    if (demand === undefined) return;
    const { offered, delivered } = this.#ghost[sentBy(role)];
    const wasReceived = delivered === offered;
    if (wasReceived !== (demand === "receivedIsNotGivenUp")) return;
    this.break(`packet ${String(offered)} of the ${role} is given up, and was ${wasReceived ? "" : "not "}received`);
  }

  #onHostOpened(host: SideView, bmc: SideView | undefined): void {
    const ghost = this.#ghost;
    const { written, answered, session } = ghost.initialise;
    const opened = !this.#opensEarly ? ghost.channelSession : written === answered ? session : 0;
    if (!this.#opensEarly) this.break(judgeOpening(opened));
    this.#set({ ...ghost, hostSession: opened });
    if (opened !== 0 && ghost.bmcSession === opened) this.#compareTerms(host, bmc);
  }

  #onBmcOpened(bmc: SideView, host: SideView | undefined): void {
    const ghost = this.#ghost;
    const session = ghost.lastSession + 1;
    this.#set({ ...ghost, bmcSession: session, channelSession: session, lastSession: session });
    if (!this.#opensEarly) return;
    this.#countInitialise(({ taken }) => ({ answered: taken, session }));
    // A host that has opened its channel already is in the session from here on.
    if (host?.channel === undefined || ghost.initialise.taken !== ghost.initialise.written) return;
    this.#set({ ...this.#ghost, hostSession: session });
    this.#compareTerms(host, bmc);
  }

  #compareTerms(host: SideView, bmc: SideView | undefined): void {
    if (host.channel === undefined || bmc?.channel === undefined) return;
    this.break(judgeTerms(host.channel.session, bmc.channel.session));
  }

  /** What marks the packets of `sender` at `side`, who sends or takes them: a session, or the Initialise it answers. */
  #markOf(sender: RoleName, side: RoleName): number {
    const ghost = this.#ghost;
    if (sender === "bmc" || !this.#opensEarly) return sessionOf(ghost, side);
    if (side === "host") return ghost.initialise.written;
    return ghost.bmcSession === ghost.initialise.session ? ghost.initialise.answered : 0;
  }

  #onDelivered(role: RoleName, bytes: number): void {
    const direction: Direction = sentBy(peerOf(role));
    const identity = identityOf(this.#scenario, direction, this.#bytes.value(bytes));
    if (identity === undefined) {
      this.break(takesUnsent(role));
      return;
    }
    const ghost = this.#ghost;
    const { delivered } = ghost[direction];
    if (identity.number === delivered) this.break(`${role} receives packet ${String(delivered)} twice`);
    if (identity.number < delivered) this.break(`${role} receives packets out of order`);
    this.break(judgeTaken(role, identity.session, this.#markOf(peerOf(role), role)));
    this.#set({ ...ghost, [direction]: { ...ghost[direction], delivered: identity.number } });
  }

  #onAcknowledged(role: RoleName, own: SideView): void {
    const direction = sentBy(role);
    const ghost = this.#ghost;
    const traffic = ghost[direction];
    const sent = traffic.offered - (own.channel?.outgoing === undefined ? 0 : 1);
    if (traffic.delivered !== sent) {
      this.break(`packet ${String(sent)} of the ${role} is acknowledged, but was not received`);
    }
    this.#set({ ...ghost, [direction]: { ...traffic, acknowledged: traffic.acknowledged + 1 } });
  }

  /* ---- Questions ---- */

  /** Whether a side has more to send than it has sent. */
  hasMore(role: RoleName, view: SideView, ghost: Ghost): boolean {
    const direction = sentBy(role);
    const underWay = view.channel?.transmit === "idle" ? 0 : 1;
    return ghost[direction].acknowledged + underWay < this.#scenario.packets[direction];
  }

  /** Whether both sides are in one session with every packet across. */
  isDelivered({ hostSession, bmcSession, hostToBmc, bmcToHost }: Ghost): boolean {
    const { packets } = this.#scenario;
    return (
      hostSession !== 0 &&
      hostSession === bmcSession &&
      hostToBmc.acknowledged === packets.hostToBmc &&
      bmcToHost.acknowledged === packets.bmcToHost
    );
  }
}
