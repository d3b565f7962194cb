/**
 * A side that breaks named rules on purpose, so that its peer can be tried. It stands between the procedures and the bus that
 * recorders listen on: what they see is what went over the bus. The procedures know nothing of it.
 */
import type { BmcBus, HostBus } from "../../core/binding/bus.ts";
import type { Depth } from "../../core/binding/kcs-word.ts";
import type { Session } from "../../core/binding/channel.ts";
import type { RoleName, RoleState } from "../../core/binding/side.ts";
import { earliest, later, millis, type Millis } from "../../core/wire/units.ts";
import type { Pumped } from "../../node/runner.ts";
import type { Interrupts } from "../../platform/port.ts";
import { Armed } from "./armed.ts";
import { ForgetfulInterrupts } from "./forgetful-interrupts.ts";
import type { Entry } from "./list.ts";
import type { Act } from "./misdeed.ts";
import { bmcBusOver, hostBusOver, sideBusOfBmc, sideBusOfHost, type SideBus } from "./side-bus.ts";
import { LOSE_INTERRUPT } from "./silence-deeds.ts";
import type { Tell } from "../../platform/log-events.ts";

export interface MisbehaviourOptions {
  readonly role: RoleName;
  readonly entries: readonly Entry[];
  /** For what is done with a probability. */
  readonly seed: number;
  /** Of the path into the BMC. */
  readonly depth: Depth;
  /** Gets a line for people: what the side does on purpose, and again as often as it is ten times as much. */
  readonly tell: Tell;
  /** Told when the side starts anew behind a restart, before its first access. */
  readonly restarted?: (() => void) | undefined;
}

/** The section `misbehaviour` of an agent's status. */
export interface MisbehaviourStatus {
  readonly seed: number;
  readonly done: readonly {
    /** As it was given: "wrong-crc@1". */
    readonly entry: string;
    readonly breaks: string;
    readonly times: number;
  }[];
}

/** What this needs to know of a side, and forgets when it restarts. */
export interface MisledSide {
  readonly state: RoleState;
  readonly session: Session | undefined;
  readonly role: { newState(): RoleState };
}

/** Thrown in the middle of the side's accesses: the side is gone. */
class Vanished extends Error {
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    super("the side is gone, on purpose");
    this.milliseconds = milliseconds;
  }
}

interface Later {
  readonly due: Millis;
  readonly what: () => void;
}

export class Misbehaviour {
  readonly #options: MisbehaviourOptions;
  readonly #armed: readonly Armed[];
  #inner: SideBus | undefined;
  /** As the procedures see it; undefined until their first access. */
  #bus: SideBus | undefined;
  #side: MisledSide | undefined;
  #now: Millis = millis(0);
  #later: readonly Later[] = [];
  /** No access is made before this moment. */
  #silentUntil: Millis | undefined;
  #isGone = false;

  constructor(options: MisbehaviourOptions) {
    this.#options = options;
    const { entries, role, seed, tell } = options;
    this.#armed = entries.map((entry, index) => new Armed(entry, role, seed + index, tell));
  }

  status(): MisbehaviourStatus {
    return {
      seed: this.#options.seed,
      done: this.#armed.map(({ entry, breaks, times }) => ({ entry: entry.text, breaks, times })),
    };
  }

  hostBus(bus: HostBus): HostBus {
    this.#inner = sideBusOfHost(bus);
    this.#bus = undefined;
    return hostBusOver(() => this.#current());
  }

  bmcBus(bus: BmcBus): BmcBus {
    this.#inner = sideBusOfBmc(bus);
    this.#bus = undefined;
    return bmcBusOver(() => this.#current());
  }

  /** The side's interrupts, of which some may be lost. */
  interrupts(interrupts: Interrupts): Interrupts {
    return this.#armed
      .filter(({ entry }) => entry.misdeed.name === LOSE_INTERRUPT)
      .reduce<Interrupts>((inner, armed) => new ForgetfulInterrupts(inner, armed), interrupts);
  }

  /** The side's rounds, which are left out while it hangs or is gone. */
  rounds(pumped: Pumped, side: MisledSide): Pumped {
    this.#side = side;
    const run = (now: Millis, round: (now: Millis) => boolean): boolean => this.#run(now, () => round(now));
    const nextDeadline = (): Millis | undefined =>
      this.#silentUntil ?? this.#later.reduce((next, { due }) => earliest(next, due), pumped.nextDeadline());
    const isSilent = (): boolean => this.#silentUntil !== undefined;
    return {
      pump: (now) => run(now, (at) => pumped.pump(at)),
      expire: (now) => run(now, (at) => pumped.expire(at)),
      nextDeadline,
      get owesByte() {
        return !isSilent() && pumped.owesByte === true;
      },
      get rounds() {
        return pumped.rounds;
      },
      get packets() {
        return pumped.packets;
      },
      get payloadPackets() {
        return pumped.payloadPackets ?? pumped.packets;
      },
      get answeredPackets() {
        return pumped.answeredPackets ?? 0;
      },
    };
  }

  #run(now: Millis, round: () => boolean): boolean {
    this.#now = now;
    if (this.#isSilent(now)) return false;
    try {
      this.#carryOut(now);
      return round();
    } catch (thrown) {
      if (!(thrown instanceof Vanished)) throw thrown;
      this.#silentUntil = later(this.#now, millis(thrown.milliseconds));
      this.#isGone = true;
      return false;
    }
  }

  /** A side that is to stop does so at once. */
  #isSilent(now: Millis): boolean {
    if (this.#silentUntil === undefined) return false;
    if (now < this.#silentUntil && this.#side?.state.stopping !== true) return true;
    this.#silentUntil = undefined;
    if (this.#isGone) this.#startAnew();
    return false;
  }

  /** As a process that was killed and started: nothing is known of before, but the counters go on. */
  #startAnew(): void {
    this.#isGone = false;
    this.#later = [];
    this.#bus = undefined;
    if (this.#side === undefined) return;
    const { state, role } = this.#side;
    const { counters, stopping } = state;
    Object.assign(state, role.newState(), { counters, stopping });
    this.#options.restarted?.();
  }

  #carryOut(now: Millis): void {
    const due = this.#later.filter((one) => one.due <= now);
    if (due.length === 0) return;
    this.#later = this.#later.filter((one) => one.due > now);
    for (const { what } of due) what();
  }

  #current(): SideBus {
    this.#bus ??= this.#armed.reduce<SideBus | undefined>((bus, armed) => {
      const deed = armed.entry.misdeed.deed;
      return bus === undefined || deed === undefined ? bus : { ...bus, ...deed(bus, this.#act(armed)) };
    }, this.#inner);
    if (this.#bus === undefined) throw new Error("a misbehaviour needs the bus of its side first");
    return this.#bus;
  }

  #act(armed: Armed): Act {
    const { role, depth } = this.#options;
    return {
      role,
      depth,
      value: armed.entry.value,
      chosen: () => armed.chosen(),
      done: () => {
        armed.done();
      },
      strikes: () => {
        const isChosen = armed.chosen();
        if (isChosen) armed.done();
        return isChosen;
      },
      later: (milliseconds, what) => {
        this.#later = [...this.#later, { due: later(this.#now, millis(milliseconds)), what }];
      },
      session: () => this.#side?.session,
      isStopping: () => this.#side?.state.stopping === true,
      hang: (milliseconds) => {
        this.#silentUntil = later(this.#now, millis(milliseconds));
      },
      vanish: (milliseconds) => {
        throw new Vanished(milliseconds);
      },
    };
  }
}
