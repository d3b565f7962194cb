/**
 * Two sides of version 4 on one board, for the search: states of the same six numbers as world.ts, and the moves that
 * lead from each to the next.
 */
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
  idrSeenByBmc,
  odrOf,
} from "../../binding/kcs-word.ts";
import { SESSION_BITS, Status } from "../../binding/registers.ts";
import type { RoleName } from "../../binding/side.ts";
import { Interner } from "../intern.ts";
import { Move } from "../moves.ts";
import type { Visit } from "../world.ts";
import { NO_FAULTS, type Faults } from "../scenario.ts";
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
} from "../state-fields.ts";
import { WIDTH } from "../state-table.ts";
import { WindowTable } from "../window-table.ts";
import { WINDOW_BYTES_4 } from "./bmc.ts";
import { Machine4, type Access4, type Node4 } from "./machine.ts";
import { Onlooker4 } from "./onlooker.ts";
import { Reason } from "./region.ts";
import type { Config4, Rules4 } from "./sides.ts";

export interface Faults4 extends Faults {
  /** A byte in IDR, in the driver or in ODR is gone unread. */
  readonly lostBytes: number;
}

export const NO_FAULTS_4: Faults4 = { ...NO_FAULTS, lostBytes: 0 };

export interface Scenario4 {
  readonly name: string;
  readonly text: string;
  /** The configuration of each life; the last one's for all that follow. */
  readonly host: readonly Config4[];
  readonly bmc: readonly Config4[];
  readonly rules: { readonly host: Rules4; readonly bmc: Rules4 };
  readonly depth: 0 | 1;
  /** A reset of registers takes the driver's byte, too. */
  readonly resetsTakeShadow: boolean;
  /** Packets that each life of a side has to bring across. */
  readonly packets: Readonly<Record<"hostToBmc" | "bmcToHost", number>>;
  readonly faults: Faults4;
  readonly spuriousRounds: boolean;
  readonly latchedInterrupts: boolean;
  /** `older`: with every packet across, or with a host that has found a BMC of versions 1 to 3. */
  readonly ends: "delivered" | "refused" | "older";
  readonly needsTime: boolean;
  readonly pieceBytes: number | undefined;
  /** A host repeats its Initialise only while neither side has anything to do, or one is gone. */
  readonly patient: boolean;
  /** The only side that kills befall; undefined: either. */
  readonly victim: RoleName | undefined;
}

const LOST_BYTES_SHIFT = 21;
const SHIFTS: Readonly<Record<keyof Faults4, number>> = { ...FAULT_SHIFT, lostBytes: LOST_BYTES_SHIFT };

const WISHES = SIDES.host.wish | SIDES.bmc.wish;
const WAKES = SIDES.host.interrupt | SIDES.bmc.interrupt | WISHES;
const UNREAD = Status.IBF | Status.OBF | SHADOW_FULL;

export class World4 {
  readonly scenario: Scenario4;
  readonly next: Int32Array = new Int32Array(WIDTH);
  readonly #state = new Int32Array(WIDTH);
  readonly #bytes = new Interner<Uint8Array>();
  readonly #windows = new WindowTable(this.#bytes, WINDOW_BYTES_4);
  readonly #machines: Readonly<Record<RoleName, Machine4>>;
  readonly #onlooker = new Onlooker4(this.next, GHOST);

  constructor(scenario: Scenario4) {
    this.scenario = scenario;
    const { rules, pieceBytes, host, bmc } = scenario;
    this.#machines = {
      host: new Machine4("host", { lives: host, rules: rules.host, pieceBytes }, this.#bytes),
      bmc: new Machine4("bmc", { lives: bmc, rules: rules.bmc, pieceBytes }, this.#bytes),
    };
  }

  get violation(): string | undefined {
    return this.#onlooker.violation;
  }

  first(): Int32Array {
    const state = new Int32Array(WIDTH);
    state[REST] = WISHES;
    state[HOST] = 1 + this.#machines.host.start(0);
    state[BMC] = 1 + this.#machines.bmc.start(0);
    for (const [name, shift] of Object.entries(SHIFTS)) {
      state[REST] |= this.scenario.faults[name as keyof Faults4] << shift;
    }
    return state;
  }

  expand(state: Int32Array, visit: Visit): void {
    this.#state.set(state);
    this.#expandSide(SIDES.host, visit);
    this.#expandSide(SIDES.bmc, visit);
    this.#expandBoard(visit);
  }

  #expandBoard(visit: Visit): void {
    const word = this.#state[WORD]!;
    if (this.scenario.depth === 1) {
      const takesOver = (this.#state[REST]! & UNMASKED) !== 0 && (word & Status.IBF) !== 0;
      if (takesOver || (this.#state[BMC] !== 0 && canTakeIdr(word))) {
        this.#begin();
        this.next[WORD] = afterIdrTaken(word);
        this.next[REST] = (this.#state[REST]! & ~UNMASKED) | SIDES.bmc.arrived;
        this.#wakeForRead(SIDES.host);
        visit(Move.driverTakes, "plain");
      }
      if (this.#state[BMC] !== 0 && this.#befalls("driverResets")) {
        this.#remove(SIDES.bmc);
        this.#emptyShadow();
        visit(Move.bmcDriverReset, "fault");
      }
    }
    if (this.#befalls("platformResets")) {
      this.#clearStatus();
      visit(Move.platformReset, "fault");
    }
    if (this.#befalls("registerResets")) {
      this.#clearStatus();
      this.next[WORD]! &= 0xff00_0000 | SHADOW_FULL;
      visit(Move.registersReset, "fault");
    }
    if ((word & SHADOW_FULL) !== 0 && this.#befalls("lostBytes")) {
      this.#emptyShadow();
      visit(Move.heldLost, "fault");
    }
    if ((word & Status.IBF) !== 0 && this.#befalls("lostBytes")) {
      this.next[WORD]! &= ~Status.IBF;
      visit(Move.idrLost, "fault");
    }
    if ((word & Status.OBF) !== 0 && this.#befalls("lostBytes")) {
      this.next[WORD]! &= ~Status.OBF;
      visit(Move.odrLost, "fault");
    }
  }

  #expandSide(side: SideFields, visit: Visit): void {
    const numbered = this.#state[side.node]!;
    if (numbered === 0) {
      this.#begin();
      this.#startSide(side);
      visit(side.start, "plain");
      return;
    }
    const machine = this.#machines[side.role];
    const node = machine.node(numbered - 1);
    if (node.ended === undefined) {
      this.#begin();
      this.#access(side, numbered - 1);
      visit(side.access, "plain");
    } else {
      this.#expandBetweenRounds(side, numbered - 1, node, visit);
    }
    const { victim } = this.scenario;
    if ((victim === undefined || victim === side.role) && this.#befalls("kills")) {
      this.#remove(side);
      visit(side.killed, "fault");
    }
    if (this.#befalls("resets")) {
      this.#remove(side);
      this.#clearStatus();
      visit(side.reset, "fault");
    }
    if ((this.#state[REST]! & side.interrupt) !== 0 && this.#befalls("lostInterrupts")) {
      this.next[REST]! &= ~side.interrupt;
      visit(side.interruptLost, "fault");
    }
  }

  #expandBetweenRounds(side: SideFields, number: number, node: Node4, visit: Visit): void {
    const machine = this.#machines[side.role];
    const wanted = node.ended === "again" || (this.#state[REST]! & (side.interrupt | side.wish)) !== 0;
    if (node.access !== undefined && (wanted || this.scenario.spuriousRounds)) {
      this.#beginRound(side);
      this.#access(side, number);
      visit(wanted ? side.access : side.poll, wanted ? "plain" : "time");
    }
    const isEarly = wanted || this.#isBusy(SIDES[side.other]);
    if (node.dueNode !== undefined && !(this.scenario.patient && node.view.phase === "proposed" && isEarly)) {
      this.#beginRound(side);
      this.#access(side, node.dueNode);
      visit(side.deadline, "time");
    }
    const packets = this.scenario.packets[side.role === "host" ? "hostToBmc" : "bmcToHost"];
    if (node.view.canOffer && this.#onlooker.hasMore(side.role, this.#state[GHOST]!, packets)) {
      this.#begin();
      this.next[side.node] = 1 + machine.offer(number, this.#onlooker.nextPacket(side.role));
      this.next[REST]! |= side.wish;
      visit(side.offer, "plain");
    }
    if (this.#befalls("stops")) {
      const stopping = machine.stop(number);
      if (machine.node(stopping).access === undefined) this.#remove(side);
      else {
        this.next[side.node] = 1 + stopping;
        this.next[REST]! |= side.wish;
      }
      visit(side.stop, "fault");
    }
  }

  /** Whether the side, without the clock, goes on by itself. */
  #isBusy(side: SideFields): boolean {
    const node = this.#nodeOf(side);
    if (node === undefined) return false;
    if (this.scenario.depth === 1 && canTakeIdr(this.#state[WORD]!)) return true;
    return node.ended !== "waiting" || (this.#state[REST]! & (side.interrupt | side.wish)) !== 0;
  }

  /* ---- Moves ---- */

  #begin(): void {
    this.next.set(this.#state);
    this.#onlooker.violation = undefined;
  }

  #beginRound(side: SideFields): void {
    this.#begin();
    this.next[REST]! &= ~(side.interrupt | side.wish);
  }

  #befalls(fault: keyof Faults4): boolean {
    const shift = SHIFTS[fault];
    if (((this.#state[REST]! >> shift) & 3) === 0) return false;
    this.#begin();
    this.next[REST]! -= 1 << shift;
    return true;
  }

  #startSide(side: SideFields): void {
    const shift = LIFE_SHIFT[side.role];
    const life = Math.min(LAST_LIFE, ((this.#state[REST]! >> shift) & LAST_LIFE) + 1);
    this.next[REST] = (this.#state[REST]! & ~(LAST_LIFE << shift)) | (life << shift) | side.wish;
    if (side.role === "bmc" && (this.#state[WORD]! & SHADOW_FULL) !== 0) this.next[REST] |= UNMASKED;
    this.next[side.node] = 1 + this.#machines[side.role].start(life);
    this.#onlooker.onStarted(side.role);
  }

  #remove(side: SideFields): void {
    this.next[side.node] = 0;
    this.next[REST]! &= ~(side.interrupt | side.wish);
    if (side.role === "bmc") this.next[REST]! &= ~UNMASKED;
    this.#onlooker.onLeft(side.role);
  }

  #clearStatus(): void {
    this.next[WORD]! &= ~0xff | SHADOW_FULL;
    if (this.scenario.resetsTakeShadow) this.#emptyShadow();
  }

  #emptyShadow(): void {
    this.next[WORD]! &= 0x00ff_ffff & ~SHADOW_FULL;
    this.next[REST]! &= ~UNMASKED;
  }

  #access(side: SideFields, number: number): void {
    const machine = this.#machines[side.role];
    const { access } = machine.node(number);
    if (access === undefined) throw new Error("a stopped side makes no access");
    const { node: nextNumber, events } = machine.step(number, this.#perform(side, access));
    const { view, ended } = machine.node(nextNumber);
    if (events !== undefined) this.#onlooker.onEvents(side.role, events, view, this.#nodeOf(SIDES[side.other])?.view);
    this.#onlooker.judgeAcknowledged(side.role, view);
    if (view.stopped && ended !== undefined) this.#remove(side);
    else this.next[side.node] = 1 + nextNumber;
  }

  #perform(side: SideFields, access: Access4): number {
    const word = this.next[WORD]!;
    const isHost = side.role === "host";
    switch (access.kind) {
      case "readStatus":
        return isHost ? hostStatusOf(word) : bmcStatusOf(word);
      case "readData":
        return isHost ? this.#readOdr(word) : this.#readIdr(word);
      case "writeData":
        if ((word & (isHost ? Status.IBF : Status.OBF)) !== 0) {
          this.#onlooker.break(`${side.role} overwrites an unread byte (LPC-KCS-2)`);
        }
        this.next[WORD] = isHost ? afterIdrWrite(word, access.value) : afterOdrWrite(word, access.value);
        if (!isHost || this.scenario.depth === 0) this.next[REST]! |= SIDES[side.other].arrived;
        return 0;
      case "writeStatus":
        this.next[WORD] = afterStatusWrite(word, access.value);
        return 0;
      case "readWindow":
        return this.#windows.read(this.next[WINDOW]!, access.offset, access.length);
      case "writeWindow":
        this.next[WINDOW] = this.#windows.write(this.next[WINDOW]!, access.offset, access.bytes);
        return 0;
    }
  }

  #readOdr(word: number): number {
    this.next[WORD] = afterOdrRead(word);
    this.#dropArrived(SIDES.host);
    this.#wakeForRead(SIDES.bmc);
    return odrOf(word);
  }

  #readIdr(word: number): number {
    this.next[WORD] = afterIdrReadByBmc(word);
    this.next[REST]! &= ~UNMASKED;
    this.#dropArrived(SIDES.bmc);
    if ((word & SHADOW_FULL) === 0) this.#wakeForRead(SIDES.host);
    return idrSeenByBmc(word);
  }

  /** That its outbound register was read wakes a side only where its tables wait for that. */
  #wakeForRead(side: SideFields): void {
    if (this.#nodeOf(side)?.view.wantsRead === true) this.next[REST]! |= side.read;
  }

  #dropArrived(side: SideFields): void {
    if (!this.scenario.latchedInterrupts) this.next[REST]! &= ~side.arrived;
  }

  #nodeOf(side: SideFields): Node4 | undefined {
    const numbered = this.#state[side.node]!;
    return numbered === 0 ? undefined : this.#machines[side.role].node(numbered - 1);
  }

  /* ---- Where runs may end ---- */

  isEnd(state: Int32Array): boolean {
    const word = state[WORD]!;
    if (state[HOST] === 0 || state[BMC] === 0) return false;
    if ((word & UNREAD) !== 0 || (state[REST]! & WAKES) !== 0) return false;
    const host = this.#machines.host.node(state[HOST]! - 1);
    const bmc = this.#machines.bmc.node(state[BMC]! - 1);
    if (host.ended !== "waiting" || bmc.ended !== "waiting") return false;
    if (this.scenario.ends === "refused") {
      return (
        host.view.phase === "resting" && bmc.view.phase === "inactive" && bmc.view.reason === Reason.noCommonVersion
      );
    }
    if (this.scenario.ends === "older" && host.view.phase === "older") return true;
    const [ours, theirs] = [host.view.ring, bmc.view.ring];
    const isEmpty = ours?.put === theirs?.got && theirs?.put === ours?.got;
    return (
      (word & SESSION_BITS) === SESSION_BITS &&
      isEmpty &&
      this.#onlooker.isDelivered(state[GHOST]!, this.scenario.packets)
    );
  }

  describe(state: Int32Array): string {
    const word = state[WORD]!;
    const side = (role: RoleName): string => {
      const numbered = state[SIDES[role].node]!;
      if (numbered === 0) return `${role} gone`;
      const { view, ended, access } = this.#machines[role].node(numbered - 1);
      return `${role} ${view.phase} ${ended ?? `at ${access?.step ?? "?"}`} ${JSON.stringify(view.ring)}`;
    };
    const status = hostStatusOf(word).toString(16);
    return `${side("host")}; ${side("bmc")}; STR ${status}; ${this.#onlooker.describe(state[GHOST]!)}`;
  }
}
