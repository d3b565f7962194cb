/**
 * Keeps a side running in an event loop: calls it when an interrupt comes, a deadline passes or there is something to
 * send, and otherwise sleeps as the polling mode has it.
 */
import type { Interrupts } from "../platform/port.ts";
import { earliest, later, millis, type Millis } from "../core/wire/units.ts";
import type { Clock } from "./clock.ts";
import { Pacer } from "./pacer.ts";

/**
 * Whatever the mode, a peer that keeps a side busy without a packet makes it rest, see pacer.ts.
 *
 * - `busy`: never sleeps; the shortest round trip for a whole core.
 * - `adaptive`: polls for a while after each event, then sleeps for longer and longer; woken by the doorbell where the
 *   peer rings it, found by polling where it does not.
 * - `doorbell`: sleeps until the doorbell rings; a slow poll notices a peer that died without a sound.
 */
export type PollMode = "busy" | "adaptive" | "doorbell";
export const POLL_MODES: readonly PollMode[] = ["busy", "adaptive", "doorbell"];

/** What a runner runs. */
export interface Pumped {
  pump(now: Millis): boolean;
  expire(now: Millis): boolean;
  nextDeadline(): Millis | undefined;
  /** Rounds run so far, and the packets that they moved: what tells traffic from a flood. */
  readonly rounds: number;
  readonly packets: number;
}

interface Pace {
  /** How long a turn watches the registers after the last event before the event loop has its turn. */
  readonly spin: Millis;
  /** How long after the last event turns follow each other without sleep. */
  readonly awake: Millis;
  /** The same where the peer rings: on a loaded machine a spinning process keeps its peer from running. */
  readonly awakeWithBell: Millis;
  /** Sleeps between polls double from the first to the last. */
  readonly firstSleep: Millis;
  readonly lastSleep: Millis;
  /** The longest sleep where the peer rings. */
  readonly lastSleepWithBell: Millis;
}

/** T_poll: however long nothing wakes it, a side runs a round this often (LPC-KCS-11). */
export const LONGEST_SLEEP: Millis = millis(1000);

/** Where nothing rings no sleep is as long as T_ann (LPC-TIME-4). */
export const PACES: Readonly<Record<PollMode, Pace>> = {
  busy: pace(0.25, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1, 1, 1),
  adaptive: pace(0.05, 2, 0.1, 1, 16, 250),
  doorbell: pace(0.05, 0, 0, 250, 250, LONGEST_SLEEP),
};

function pace(
  spin: number,
  awake: number,
  awakeWithBell: number,
  firstSleep: number,
  lastSleep: number,
  lastSleepWithBell: number,
): Pace {
  return {
    spin: millis(spin),
    awake: millis(awake),
    awakeWithBell: millis(awakeWithBell),
    firstSleep: millis(firstSleep),
    lastSleep: millis(lastSleep),
    lastSleepWithBell: millis(lastSleepWithBell),
  };
}

/** Looks at the clock cost more than looks at the registers: so many of these for one of those. */
const LOOKS_PER_CLOCK_READ = 16;
/** However busy the bus is, the event loop has its turn this often. */
const LONGEST_TURN = millis(1);

export class Runner {
  readonly #pumped: Pumped;
  readonly #interrupts: Interrupts;
  readonly #clock: Clock;
  readonly #pace: Pace;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #stopped = true;
  #breaking = false;
  #lastEvent: Millis = millis(0);
  #sleep: Millis;
  #deadline: Millis | undefined;
  readonly #pacer = new Pacer();
  /** The turn under way: when it began, and whether the peer has brought something about in it, or brought it about. */
  #turnBegan: Millis = millis(0);
  #roundsBefore = 0;
  #packetsBefore = 0;
  #peerEvents = false;
  #resting = false;

  constructor(pumped: Pumped, interrupts: Interrupts, clock: Clock, mode: PollMode) {
    this.#pumped = pumped;
    this.#interrupts = interrupts;
    this.#clock = clock;
    this.#pace = PACES[mode];
    this.#sleep = this.#pace.firstSleep;
  }

  start(): void {
    this.#stopped = false;
    this.#interrupts.onWake = () => {
      this.#peerEvents = true;
      this.kick();
    };
    this.#deadline = this.#pumped.nextDeadline();
    this.kick();
  }

  /** Nothing of the side is called afterwards. */
  stop(): void {
    this.#stopped = true;
    this.#interrupts.onWake = undefined;
    this.#interrupts.disarm();
    this.#cancelWaits();
  }

  /** Rests that a peer was given which keeps this side busy without a packet. */
  get paced(): number {
    return this.#pacer.paced;
  }

  /** There may be something to do: a ring, a message to send, a new deadline. Safe to call from within the side. */
  kick(): void {
    if (this.#stopped || this.#running || this.#resting) return;
    this.#lastEvent = this.#clock.now();
    this.#turn();
  }

  /** Ends the turn under way soon: somebody outside the side waits for the event loop, as promises do. */
  breakTurn(): void {
    this.#breaking = true;
  }

  #turn(): void {
    this.#breaking = false;
    this.#cancelWaits();
    this.#running = true;
    let more = true;
    try {
      more = this.#spin();
    } finally {
      // Whatever is thrown below ends this turn, and no other.
      this.#running = false;
      if (!this.#stopped) this.#settle(more);
    }
  }

  /** Runs rounds until the registers have shown nothing for a while. True: there is more to do. */
  #spin(): boolean {
    let now = this.#clock.now();
    this.#turnBegan = now;
    this.#roundsBefore = this.#pumped.rounds;
    this.#packetsBefore = this.#pumped.packets;
    let more = this.#run(now);
    const turnEnd = later(now, LONGEST_TURN);
    let spinUntil = later(now, this.#pace.spin);
    while (!this.#isEnding() && now < spinUntil && now < turnEnd) {
      let event = more;
      for (let look = 0; !event && look < LOOKS_PER_CLOCK_READ; look++) event = this.#interrupts.pending();
      now = this.#clock.now();
      if (!event) continue;
      this.#peerEvents = true;
      this.#lastEvent = now;
      spinUntil = later(now, this.#pace.spin);
      more = this.#run(now);
    }
    return more;
  }

  /** What the side does in a turn may end it: a stop, or somebody who waits for the event loop. */
  #isEnding(): boolean {
    return this.#stopped || this.#breaking;
  }

  #run(now: Millis): boolean {
    if (this.#deadline === undefined || now < this.#deadline) return this.#pumped.pump(now);
    const more = this.#pumped.expire(now);
    this.#deadline = this.#pumped.nextDeadline();
    return more;
  }

  #settle(more: boolean): void {
    const now = this.#clock.now();
    this.#deadline = this.#pumped.nextDeadline();
    this.#peerEvents ||= more;
    const rest = this.#restAfter(now);
    if (rest > 0) {
      this.#restFor(rest);
      return;
    }
    const busy = more || this.#breaking || now < later(this.#lastEvent, this.#pace.spin);
    if (busy || (now < later(this.#lastEvent, this.#pace.awake) && !this.#mayTrustBell(now))) {
      this.#sleep = this.#pace.firstSleep;
      this.#immediate = setImmediate(() => {
        this.#turn();
      });
      return;
    }
    const rings = this.#interrupts.arm();
    // What came before the bell was wanted did not ring it.
    if (this.#interrupts.pending()) {
      this.#interrupts.disarm();
      this.#immediate = setImmediate(() => {
        this.kick();
      });
      return;
    }
    // LPC-KCS-10: woken or not, this side looks at its registers again after a while.
    const wake = earliest(later(now, this.#sleep), this.#deadline) ?? now;
    const longest = rings ? this.#pace.lastSleepWithBell : this.#pace.lastSleep;
    this.#sleep = millis(Math.min(2 * this.#sleep, longest));
    this.#timer = setTimeout(
      () => {
        this.#turn();
      },
      Math.max(1, wake - now),
    );
  }

  #restAfter(now: Millis): Millis {
    if (!this.#peerEvents) return millis(0);
    this.#peerEvents = false;
    const { rounds, packets } = this.#pumped;
    return this.#pacer.afterTurn(this.#turnBegan, now, rounds - this.#roundsBefore, packets - this.#packetsBefore);
  }

  /** Nothing cuts it short, neither a ring nor a message to send: it is short by itself. */
  #restFor(time: Millis): void {
    this.#resting = true;
    this.#timer = setTimeout(
      () => {
        this.#resting = false;
        this.#peerEvents = true;
        this.#turn();
      },
      Math.max(1, time),
    );
  }

  /** Past the short wait that ends in most answers, a bell wakes as soon as polling would. */
  #mayTrustBell(now: Millis): boolean {
    return now >= later(this.#lastEvent, this.#pace.awakeWithBell) && this.#interrupts.peerRings();
  }

  #cancelWaits(): void {
    this.#resting = false;
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#immediate = undefined;
    this.#timer = undefined;
    this.#interrupts.disarm();
  }
}
