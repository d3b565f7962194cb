/**
 * Both sides on one board, as states that can be compared, and the moves that lead from each to the next. A state is six
 * numbers: registers and wishes to run, window, host, BMC, what the onlooker keeps in mind, and what may still befall
 * them.
 */
import { CLEARS_UNREAD, overwrites } from "../judge/rules.ts";
import type { CloseReason } from "../binding/channel.ts";
import { Field, MAGIC } from "../binding/control-region.ts";
import {
  SHADOW_FULL,
  afterIdrReadByBmc,
  afterIdrTaken,
  afterIdrWrite,
  afterOdrRead,
  afterOdrWrite,
  afterStatusWrite,
  bmcStatusOf,
  canTakeIdr,
  hostStatusOf,
  idrOf,
  idrSeenByBmc,
  odrOf,
} from "../binding/kcs-word.ts";
import { readU32be } from "../wire/bytes.ts";
import { Command, SESSION_BITS, Status } from "../binding/registers.ts";
import type { RoleName } from "../binding/side.ts";
import { Interner } from "./intern.ts";
import { Move, type MoveKind } from "./moves.ts";
import { Onlooker, type Views } from "./onlooker.ts";
import type { Faults, Scenario } from "./scenario.ts";
import { SideMachine, type NodeAccess, type SideNode } from "./side-machine.ts";
import {
  BMC,
  FAULT_SHIFT,
  GHOST,
  HOST,
  LAST_LIFE,
  LIFE_SHIFT,
  REST,
  SIDES,
  UNMASKED,
  WINDOW,
  WORD,
  type SideFields,
} from "./state-fields.ts";
import { WIDTH } from "./state-table.ts";
import { WindowTable } from "./window-table.ts";

/** Behind the last byte of the magic. */
const MAGIC_END = Field.magic + 4;

const WISHES = SIDES.host.wish | SIDES.bmc.wish;
/** What can wake a side. */
const WAKES = SIDES.host.interrupt | SIDES.bmc.interrupt | WISHES;
/** A byte on its way. */
const UNREAD = Status.IBF | Status.OBF | SHADOW_FULL;

/** Of a BMC that knows of the refusal: one that restarted since has not been asked yet. */
const REFUSALS: readonly string[] = ["versionRefused", "mtuRefused"] satisfies readonly CloseReason[];

/** An access as it was made, for traces. */
export interface MadeAccess {
  readonly role: RoleName;
  readonly access: NodeAccess;
  /** What a register read gave, or the bytes that a window access moved. */
  readonly value: number;
  readonly bytes: Uint8Array | undefined;
}

/** Takes each successor: the state is in `world.next`, `world.violation` says what was broken on the way. */
export type Visit = (move: Move, kind: MoveKind) => void;

export class World {
  readonly scenario: Scenario;
  /** The successor being visited. */
  readonly next: Int32Array = new Int32Array(WIDTH);
  /** The access of the move being visited, undefined where it made none. */
  made: MadeAccess | undefined;
  readonly #state = new Int32Array(WIDTH);
  readonly #bytes = new Interner<Uint8Array>();
  readonly #windows: WindowTable;
  readonly #machines: Readonly<Record<RoleName, SideMachine>>;
  readonly #onlooker: Onlooker;

  constructor(scenario: Scenario, windowBytes: number) {
    this.scenario = scenario;
    const options = { pieceBytes: scenario.pieceBytes };
    this.#onlooker = new Onlooker(scenario, this.#bytes, this.next, GHOST);
    this.#machines = {
      host: new SideMachine(scenario.host, this.#bytes, options),
      bmc: new SideMachine(scenario.bmc, this.#bytes, options),
    };
    this.#windows = new WindowTable(this.#bytes, windowBytes);
  }

  /** What the move being visited broke, undefined for nothing. */
  get violation(): string | undefined {
    return this.#onlooker.violation;
  }

  /** Suspended places of both sides met so far. */
  get nodes(): { readonly host: number; readonly bmc: number; readonly windows: number } {
    return { host: this.#machines.host.size, bmc: this.#machines.bmc.size, windows: this.#windows.size };
  }

  /** The state before anything: both sides started, the board as after power-on. */
  first(): Int32Array {
    const { faults } = this.scenario;
    const state = new Int32Array(WIDTH);
    state[REST] = WISHES;
    state[HOST] = 1 + this.#machines.host.start(0);
    state[BMC] = 1 + this.#machines.bmc.start(0);
    for (const [name, shift] of Object.entries(FAULT_SHIFT)) state[REST] |= faults[name as keyof Faults] << shift;
    return state;
  }

  /** Visits every move that is possible in `state`. */
  expand(state: Int32Array, visit: Visit): void {
    this.#state.set(state);
    this.#expandSide(SIDES.host, visit);
    this.#expandSide(SIDES.bmc, visit);
    this.#expandDriver(visit);
    if (this.#befalls("platformResets")) {
      this.#clearStatus();
      visit(Move.platformReset, "fault");
    }
    if (this.#befalls("registerResets")) {
      this.#clearStatus();
      // What the driver holds is in no register.
      this.next[WORD]! &= 0xff00_0000 | SHADOW_FULL;
      visit(Move.registersReset, "fault");
    }
  }

  /** The driver of a path of depth 1; without a BMC it is closed, and IDR keeps what it holds. */
  #expandDriver(visit: Visit): void {
    if (this.scenario.depth === 0) return;
    if (this.#driverMayTake() || this.#driverMayTakeOver()) {
      this.#begin();
      this.next[WORD] = afterIdrTaken(this.#state[WORD]!);
      this.next[REST] = (this.#state[REST]! & ~UNMASKED) | SIDES.host.read | SIDES.bmc.arrived;
      visit(Move.driverTakes, "plain");
    }
    if (this.#state[BMC] !== 0 && this.#befalls("driverResets")) {
      this.#remove(SIDES.bmc);
      this.#emptyShadow();
      visit(Move.bmcDriverReset, "fault");
    }
  }

  #expandSide(side: SideFields, visit: Visit): void {
    const numbered = this.#state[side.node]!;
    if (numbered === 0) {
      if (this.scenario.staysGone === true) return;
      this.#begin();
      this.#startSide(side);
      visit(side.start, "plain");
      return;
    }
    const machine = this.#machines[side.role];
    const node = machine.node(numbered - 1);
    const rest = this.#state[REST]!;
    if (node.ended === undefined) {
      this.#begin();
      this.#access(side, numbered - 1);
      visit(side.access, "plain");
    } else {
      const wanted = node.ended === "again" || (rest & (side.interrupt | side.wish)) !== 0;
      if (node.access !== undefined && (wanted || this.scenario.spuriousRounds)) {
        this.#beginRound(side);
        this.#access(side, numbered - 1);
        visit(wanted ? side.access : side.poll, wanted ? "plain" : "time");
      }
      if (
        node.dueNode !== undefined &&
        !(this.scenario.patient && (wanted || this.#isBusy(side.other) || this.#driverMayTake())) &&
        !(this.scenario.shorter === side.other && this.#wouldAct(side.other))
      ) {
        this.#beginRound(side);
        this.#access(side, node.dueNode);
        visit(side.deadline, "time");
      }
      if (
        node.view.canOffer &&
        this.#onlooker.hasMore(side.role, node.view, this.#onlooker.ghost(this.#state[GHOST]!))
      ) {
        this.#begin();
        this.#offer(side, numbered - 1);
        visit(side.offer, "plain");
      }
      if (!node.view.stopped && this.scenario.victim !== side.other && this.#befalls("stops")) {
        const stopping = machine.stop(numbered - 1);
        if (node.view.channel?.transmit === "outstanding") this.#onlooker.judgeGivenUp(side.role);
        if (machine.node(stopping).view.stopped) this.#remove(side);
        else {
          this.next[side.node] = 1 + stopping;
          this.next[REST]! |= side.wish;
        }
        visit(side.stop, "fault");
      }
    }
    if (this.scenario.victim !== undefined && this.scenario.victim !== side.role) return;
    if (this.#befalls("kills")) {
      this.#remove(side);
      visit(side.killed, "fault");
    }
    if (this.#befalls("resets")) {
      this.#remove(side);
      this.#clearStatus();
      visit(side.reset, "fault");
    }
    if ((rest & side.interrupt) !== 0 && this.#befalls("lostInterrupts")) {
      this.next[REST]! &= ~side.interrupt;
      visit(side.interruptLost, "fault");
    }
  }

  #driverMayTake(): boolean {
    return this.scenario.depth === 1 && this.#state[BMC] !== 0 && canTakeIdr(this.#state[WORD]!);
  }

  /** A driver that was opened with a byte that it holds may take the next one over it, but need not. */
  #driverMayTakeOver(): boolean {
    return (this.#state[REST]! & UNMASKED) !== 0 && (this.#state[WORD]! & Status.IBF) !== 0;
  }

  /** Whether the side, without the clock, goes on by itself. */
  #isBusy(role: RoleName): boolean {
    const side = SIDES[role];
    const node = this.#nodeOf(side);
    if (node === undefined) return false;
    return node.ended !== "waiting" || (this.#state[REST]! & (side.interrupt | side.wish)) !== 0;
  }

  /** Whether a deadline of the side would be more than one look at STR. */
  #wouldAct(role: RoleName): boolean {
    const side = SIDES[role];
    const dueNode = this.#nodeOf(side)?.dueNode;
    if (dueNode === undefined) return false;
    const machine = this.#machines[role];
    if (machine.node(dueNode).access?.kind !== "readStatus") return true;
    return machine.step(dueNode, this.#statusFor(role, this.#state[WORD]!)).node !== this.#state[side.node]! - 1;
  }

  #statusFor(role: RoleName, word: number): number {
    return role === "host" ? hostStatusOf(word) : bmcStatusOf(word);
  }

  /* ---- Moves ---- */

  #begin(): void {
    this.next.set(this.#state);
    this.#onlooker.violation = undefined;
    this.made = undefined;
  }

  #beginRound(side: SideFields): void {
    this.#begin();
    this.next[REST]! &= ~(side.interrupt | side.wish);
  }

  #startSide(side: SideFields): void {
    const shift = LIFE_SHIFT[side.role];
    const life = Math.min(LAST_LIFE, ((this.#state[REST]! >> shift) & LAST_LIFE) + 1);
    this.next[REST] = (this.#state[REST]! & ~(LAST_LIFE << shift)) | (life << shift) | side.wish;
    if (side.role === "bmc" && (this.#state[WORD]! & SHADOW_FULL) !== 0) this.next[REST] |= UNMASKED;
    this.next[side.node] = 1 + this.#machines[side.role].start(life);
    this.#onlooker.onStarted(side.role);
  }

  /** The side is gone, and with it what it knew of its session. */
  #remove(side: SideFields): void {
    this.next[side.node] = 0;
    this.next[REST]! &= ~(side.interrupt | side.wish);
    if (side.role === "bmc") this.next[REST]! &= ~UNMASKED;
    this.#onlooker.onGone(side.role);
  }

  #clearStatus(): void {
    this.next[WORD]! &= ~0xff | SHADOW_FULL;
    if (this.scenario.resetsTakeShadow) this.#emptyShadow();
    this.#onlooker.onChannelCleared();
  }

  #emptyShadow(): void {
    this.next[WORD]! &= 0x00ff_ffff & ~SHADOW_FULL;
    this.next[REST]! &= ~UNMASKED;
  }

  #offer(side: SideFields, node: number): void {
    const packet = this.#onlooker.nextPacket(side.role);
    this.next[side.node] = 1 + this.#machines[side.role].offer(node, packet);
    this.next[REST]! |= side.wish;
  }

  #access(side: SideFields, number: number): void {
    const machine = this.#machines[side.role];
    const node = machine.node(number);
    const { access } = node;
    if (access === undefined) throw new Error("a stopped side makes no access");
    if (node.wrong !== undefined) this.#onlooker.break(node.wrong);
    const result = this.#perform(side, access);
    const { node: nextNumber, events } = machine.step(number, result);
    const nextNode = machine.node(nextNumber);
    if (nextNode.view.stopped && nextNode.ended !== undefined) {
      this.#remove(side);
    } else {
      this.next[side.node] = 1 + nextNumber;
    }
    if (side.role === "host" && nextNode.ended !== undefined) this.#onlooker.onHostRound(nextNode.view);
    if (events !== undefined) {
      this.#onlooker.onEvents(side.role, events, node.view, nextNode.view, this.#nodeOf(SIDES[side.other])?.view);
    }
  }

  /** Carries out an access on the board; gives the number that the machine is to be handed. */
  #perform(side: SideFields, access: NodeAccess): number {
    const word = this.next[WORD]!;
    const isHost = side.role === "host";
    switch (access.kind) {
      case "readStatus":
        return this.#made(side, access, this.#statusFor(side.role, word));
      case "readData":
        if (isHost) this.#onlooker.judgeHostData("reads ODR");
        return this.#made(side, access, isHost ? this.#readOdr(word) : this.#readIdr(word));
      case "writeData": {
        if (isHost) this.#onlooker.judgeHostData("writes IDR");
        const full = isHost ? Status.IBF : Status.OBF;
        if ((word & full) !== 0) {
          this.#onlooker.judgeOverwriting(side.role, overwrites(side.role));
        }
        this.#onlooker.onCommandWritten(side.role, access.value, this.#nodeOf(side)?.view);
        this.next[WORD] = isHost ? afterIdrWrite(word, access.value) : afterOdrWrite(word, access.value);
        // At depth 1 the BMC is woken when its driver has the byte.
        if (!isHost || this.scenario.depth === 0) this.next[REST]! |= SIDES[side.other].arrived;
        return this.#made(side, access, access.value);
      }
      case "writeStatus": {
        const after = afterStatusWrite(word, access.value);
        if ((word & Status.OBF) !== 0 && (after & Status.OBF) === 0) {
          this.#onlooker.judgeOverwriting("bmc", CLEARS_UNREAD);
        }
        this.next[WORD] = after;
        if ((access.value & Status.CHANNEL_ACTIVE) === 0) this.#onlooker.onChannelCleared();
        return this.#made(side, access, access.value);
      }
      case "readWindow": {
        this.#onlooker.judgeOwnership(side.role, false, access.offset, this.#views());
        const number = this.#windows.read(this.next[WINDOW]!, access.offset, access.length);
        if (isHost && access.offset < MAGIC_END && access.offset + access.length >= MAGIC_END) {
          this.#onlooker.onMagicRead(this.#holdsMagic(this.next[WINDOW]!));
        }
        this.#made(side, access, 0, this.#bytes.value(number));
        return number;
      }
      case "writeWindow": {
        this.#onlooker.judgeOwnership(side.role, true, access.offset, this.#views());
        this.next[WINDOW] = this.#windows.write(this.next[WINDOW]!, access.offset, access.bytes);
        this.#made(side, access, 0, this.#bytes.value(access.bytes));
        return 0;
      }
    }
  }

  #holdsMagic(window: number): boolean {
    return readU32be(this.#bytes.value(this.#windows.read(window, Field.magic, MAGIC_END)), 0) === MAGIC;
  }

  /** The byte was there when the register was read: an interrupt by level ends here, one that is latched stays. */
  #readOdr(word: number): number {
    this.next[WORD] = afterOdrRead(word);
    this.#dropArrived(SIDES.host);
    this.next[REST]! |= SIDES.bmc.read;
    return odrOf(word);
  }

  /** The host notices when IDR is emptied, not when the driver's byte is taken. */
  #readIdr(word: number): number {
    const isHeld = (word & SHADOW_FULL) !== 0;
    const value = idrSeenByBmc(word);
    this.next[WORD] = afterIdrReadByBmc(word);
    this.next[REST]! &= ~UNMASKED;
    this.#dropArrived(SIDES.bmc);
    if (!isHeld) this.next[REST]! |= SIDES.host.read;
    if ((isHeld || (word & Status.IBF) !== 0) && value === Command.INITIALISE) this.#onlooker.onInitialiseRead();
    return value;
  }

  #dropArrived(side: SideFields): void {
    if (!this.scenario.latchedInterrupts) this.next[REST]! &= ~side.arrived;
  }

  #made(side: SideFields, access: NodeAccess, value: number, bytes?: Uint8Array): number {
    this.made = { role: side.role, access, value, bytes };
    return value;
  }

  /* ---- The sides ---- */

  #nodeOf(side: SideFields): SideNode | undefined {
    const numbered = this.#state[side.node]!;
    return numbered === 0 ? undefined : this.#machines[side.role].node(numbered - 1);
  }

  /** Both sides before the move. */
  #views(): Views {
    return { host: this.#nodeOf(SIDES.host)?.view, bmc: this.#nodeOf(SIDES.bmc)?.view };
  }

  /* ---- Where runs may end ---- */

  /** Whether a run may end here: nothing is left to do, and nothing is missing. */
  isEnd(state: Int32Array): boolean {
    const word = state[WORD]!;
    const { ends } = this.scenario;
    if (ends === "stopped") return state[HOST] === 0 || !this.#machines.host.node(state[HOST]! - 1).view.stopping;
    if (state[HOST] === 0 || state[BMC] === 0) return false;
    if ((word & UNREAD) !== 0 || (state[REST]! & WAKES) !== 0) return false;
    const host = this.#machines.host.node(state[HOST]! - 1);
    const bmc = this.#machines.bmc.node(state[BMC]! - 1);
    if (host.ended !== "waiting" || bmc.ended !== "waiting") return false;
    const isRefused =
      host.view.phase === "resting" &&
      bmc.view.channel === undefined &&
      REFUSALS.includes(bmc.view.closeReason) &&
      (word & SESSION_BITS) === Status.BMC_ACTIVE;
    const isDelivered =
      (word & SESSION_BITS) === SESSION_BITS && this.#onlooker.isDelivered(this.#onlooker.ghost(state[GHOST]!));
    return (ends !== "delivered" && isRefused) || (ends !== "refused" && isDelivered);
  }

  /** The byte that the driver holds in a state, undefined for none. */
  heldIn(state: Int32Array): number | undefined {
    const word = state[WORD]!;
    return (word & SHADOW_FULL) === 0 ? undefined : idrSeenByBmc(word);
  }

  /** What STR holds in a state. */
  statusIn(state: Int32Array): number {
    return hostStatusOf(state[WORD]!);
  }

  /** A state in words, for people who look at a run that went wrong. */
  describe(state: Int32Array): string {
    const word = state[WORD]!;
    const side = (role: RoleName): string => {
      const numbered = state[SIDES[role].node]!;
      if (numbered === 0) return `${role} gone`;
      const { view, ended } = this.#machines[role].node(numbered - 1);
      const transmit = view.channel === undefined ? "" : `, transmit ${view.channel.transmit}`;
      return `${role} ${view.phase}${transmit}${ended === undefined ? ", in a round" : `, ${ended}`}`;
    };
    const held = this.heldIn(state);
    const heldText = held === undefined ? "" : `, held ${hex(held)}`;
    const registers = `STR ${hex(hostStatusOf(word))}, IDR ${hex(idrOf(word))}${heldText}, ODR ${hex(odrOf(word))}`;
    return `${side("host")}; ${side("bmc")}; ${registers}; ${JSON.stringify(this.#onlooker.ghost(state[GHOST]!))}`;
  }

  /** Begins a move that is this fault; false where none is left. */
  #befalls(fault: keyof Faults): boolean {
    const { hostSession, bmcSession } = this.#onlooker.ghost(this.#state[GHOST]!);
    if (this.scenario.faultsInSession === true && (hostSession === 0 || hostSession !== bmcSession)) return false;
    const shift = FAULT_SHIFT[fault];
    if (((this.#state[REST]! >> shift) & 3) === 0) return false;
    this.#begin();
    this.next[REST]! -= 1 << shift;
    return true;
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(2, "0");
}
