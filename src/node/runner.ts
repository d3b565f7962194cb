/**
 * Keeps a side running in an event loop: calls it when an interrupt comes, a deadline passes or there is something to
 * send, and otherwise sleeps as the polling mode has it.
 */
import type { Interrupts } from "../platform/port.ts";
import { earliest, later, millis, type Millis } from "../core/wire/units.ts";
import { usedSince, type Clock } from "./clock.ts";
import { Pacer } from "./pacer.ts";
import { Patience } from "./patience.ts";
import type { LinkShare } from "./processor-share.ts";

/**
 * Whatever the mode, a peer that keeps a side busy with what is neither kept nor forwarded makes it rest, see pacer.ts.
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
  /** Whether it waits to write a byte; false: that the peer read the last one is no reason to wake it. */
  readonly owesByte?: boolean;
  /** Rounds run so far, and the packets that they moved: what tells traffic from a flood. */
  readonly rounds: number;
  readonly packets: number;
  /** Packets that paid for their rounds, see pacer.ts; default: all of them. */
  readonly payloadPackets?: number;
  /** Of these, those of requests that were answered and of which nothing is kept, and of the answers; default: none. */
  readonly answeredPackets?: number;
}

interface Pace {
  /** How long a turn watches the registers after the last event, where no bell wakes. */
  readonly watch: Millis;
  /** How long after the last event turns follow each other without sleep, where no bell wakes. */
  readonly awake: Millis;
  /** Sleeps between polls grow from the first to the last, with the time since the last event. */
  readonly firstSleep: Millis;
  readonly lastSleep: Millis;
  /** The longest sleep where the peer rings. */
  readonly lastSleepWithBell: Millis;
}

/** T_poll: however long nothing wakes it, a side runs a round this often (LPC-KCS-11). */
export const LONGEST_SLEEP: Millis = millis(1000);

/** Where nothing rings no sleep is as long as T_ann (LPC-TIME-4). */
export const PACES: Readonly<Record<PollMode, Pace>> = {
  busy: pace(0.25, Number.POSITIVE_INFINITY, 1, 1, 1),
  adaptive: pace(0.05, 2, 1, 16, 250),
  doorbell: pace(0.05, 0, 250, 250, LONGEST_SLEEP),
};

function pace(watch: number, awake: number, firstSleep: number, lastSleep: number, lastSleepWithBell: number): Pace {
  return {
    watch: millis(watch),
    awake: millis(awake),
    firstSleep: millis(firstSleep),
    lastSleep: millis(lastSleep),
    lastSleepWithBell: millis(lastSleepWithBell),
  };
}

/** About as long as the peer takes to wake up and read the byte that keeps the next from being written. */
const WATCH_OF_OWN_BYTE = 0.3;
/** What an awake peer needs to write the byte that waited for its turn. */
const WATCH_FOR_NEXT_BYTE = 0.03;
/** Looks at the clock cost more than looks at registers in memory: so many of these for one of those. */
const LOOKS_PER_CLOCK_READ = 16;
/** However busy the bus is, the event loop has its turn this often. */
const LONGEST_TURN = millis(1);
/** A sleep between polls is this part of the time since the last event. */
const SLEEPS_OF_QUIET = 8;

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
  #deadline: Millis | undefined;
  readonly #pacer: Pacer;
  readonly #patience = new Patience();
  /** Since when the peer's next event is waited for. */
  #waitsSince: Millis = millis(0);
  /** The turn under way: when it began, and whether the peer has brought something about in it, or brought it about. */
  #turnBegan: Millis = millis(0);
  #roundsBefore = 0;
  #packetsBefore = 0;
  #payloadBefore = 0;
  #answersBefore = 0;
  #peerEvents = false;
  #resting = false;
  /** Milliseconds of turns that rings and kicks began since the event loop began one. */
  #begun = 0;
  /** Told when the peer has the first rest of this runner's life. */
  onFirstRest: (() => void) | undefined;
  /** Told after each turn of the side: once each LONGEST_SLEEP at least. */
  onTurn: (() => void) | undefined;

  /** `share`: what the peer may make this side cost. */
  constructor(pumped: Pumped, interrupts: Interrupts, clock: Clock, mode: PollMode, share?: LinkShare) {
    this.#pacer = new Pacer(share);
    this.#pumped = pumped;
    this.#interrupts = interrupts;
    this.#clock = clock;
    this.#pace = PACES[mode];
  }

  start(): void {
    this.#stopped = false;
    this.#interrupts.onWake = () => {
      this.#peerEvents = true;
      this.#patience.waited(this.#clock.now() - this.#waitsSince);
      this.#begin(true);
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

  /** Rests that the peer was given, see pacer.ts. */
  get paced(): number {
    return this.#pacer.paced;
  }

  /** There may be something to do: a ring, a message to send, a new deadline. Safe to call from within the side. */
  kick(): void {
    this.#begin(false);
  }

  /** Who kicks has more to do: what the peer makes of it is watched for when the event loop has its turn again. */
  #begin(isPeersEvent: boolean): void {
    if (this.#stopped || this.#running || this.#resting) return;
    this.#lastEvent = this.#clock.now();
    // What promises do is one task of the event loop, however long they go on: each answer of a service kicks, and the turn
    // that sends it may take the next request. Rings are read many times in a task, too, while the peer goes on to ring.
    if (this.#begun >= LONGEST_TURN) this.#turnSoon();
    else this.#turn(isPeersEvent, true);
  }

  #turnSoon(): void {
    this.#immediate ??= setImmediate(() => {
      this.#turn();
    });
  }

  /** Ends the turn under way soon: somebody outside the side waits for the event loop, as promises do. */
  breakTurn(): void {
    this.#breaking = true;
  }

  /** `isBegun`: by a ring or a kick, in a task of the event loop that may bring more of them. */
  #turn(watches = true, isBegun = false): void {
    this.#breaking = false;
    this.#cancelWaits();
    this.#running = true;
    let more = true;
    try {
      more = this.#spin(watches);
      this.#begun = isBegun ? this.#begun + this.#clock.now() - this.#turnBegan : 0;
      this.onTurn?.();
    } finally {
      // Whatever is thrown below ends this turn, and no other.
      this.#running = false;
      if (!this.#stopped) this.#settle(more);
    }
  }

  /** Runs rounds until the registers have shown nothing for a while. True: there is more to do. */
  #spin(watches: boolean): boolean {
    let now = this.#clock.now();
    this.#turnBegan = now;
    this.#roundsBefore = this.#pumped.rounds;
    this.#packetsBefore = this.#pumped.packets;
    // What came before this turn's first look at the registers is what the turn is about. Where no bell tells of it, a sleep
    // has ended by itself, and this is an event as those are that are found while the turn watches.
    if (this.#interrupts.pending() && !this.#hasBell()) {
      this.#lastEvent = now;
      this.#peerEvents = true;
    }
    let more = this.#run(now);
    let ran = true;
    const turnEnd = later(now, LONGEST_TURN);
    const looksPerClockRead = this.#interrupts.areLooksSlow === true ? 1 : LOOKS_PER_CLOCK_READ;
    let watchUntil = now;
    if (watches)
      watchUntil = this.#hasBell() ? later(this.#lastEvent, this.#watchTime()) : later(now, this.#pace.watch);
    while (!this.#isEnding() && now < turnEnd) {
      let event = more;
      for (let look = 0; !event && look < looksPerClockRead; look++) event = this.#interrupts.pending();
      now = this.#clock.now();
      if (ran) this.#waitsSince = now;
      ran = event;
      if (!event) {
        if (now >= watchUntil) break;
        this.#interrupts.giveWay?.();
        continue;
      }
      this.#peerEvents = true;
      this.#patience.waited(now - this.#waitsSince);
      this.#lastEvent = now;
      more = this.#run(now);
      watchUntil = later(now, this.#watchTime());
    }
    if (ran) this.#waitsSince = this.#clock.now();
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
      if (this.#pacer.paced === 1) this.onFirstRest?.();
      this.#restFor(rest);
      return;
    }
    if (more || now < this.#awakeUntil()) {
      this.#turnSoon();
      return;
    }
    const rings = this.#interrupts.arm(this.#pumped.owesByte);
    // What came before the bell was wanted did not ring it.
    if (this.#interrupts.pending()) {
      this.#interrupts.disarm();
      this.#peerEvents = true;
      this.#lastEvent = now;
      this.#turnSoon();
      return;
    }
    // LPC-KCS-10: woken or not, this side looks at its registers again after a while.
    const sleep = rings ? this.#pace.lastSleepWithBell : this.#sleepAfter(now - this.#lastEvent);
    const wake = earliest(later(now, sleep), this.#deadline) ?? now;
    this.#timer = setTimeout(
      () => {
        this.#turn();
      },
      Math.max(1, wake - now),
    );
  }

  /** What the peer does after so long without an event is found late by an eighth of that, 1 ms for the first 8 ms. */
  #sleepAfter(quiet: number): Millis {
    const { firstSleep, lastSleep } = this.#pace;
    return millis(Math.max(firstSleep, Math.min(lastSleep, quiet / SLEEPS_OF_QUIET)));
  }

  #restAfter(now: Millis): Millis {
    if (!this.#peerEvents) return millis(0);
    this.#peerEvents = false;
    const { rounds, packets, payloadPackets = packets, answeredPackets: answers = 0 } = this.#pumped;
    this.#patience.packetsMoved(packets - this.#packetsBefore, now);
    const used = usedSince(this.#clock, this.#turnBegan);
    // Since the last turn that was accounted for: packets may turn out useless between turns, too.
    const payload = payloadPackets - answers;
    const [free, answered] = [payload - this.#payloadBefore, answers - this.#answersBefore];
    this.#payloadBefore = payload;
    this.#answersBefore = answers;
    return this.#pacer.afterTurn(used, now, rounds - this.#roundsBefore, free, answered);
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

  /** A side that never sleeps asks for no bell. */
  #hasBell(): boolean {
    return this.#pace.awake !== Number.POSITIVE_INFINITY && this.#interrupts.peerRings();
  }

  #watchTime(): Millis {
    if (!this.#hasBell()) return this.#pace.watch;
    const { watch } = this.#patience;
    if (!this.#peerEvents) return watch;
    return millis(Math.max(watch, this.#pumped.owesByte === true ? WATCH_OF_OWN_BYTE : WATCH_FOR_NEXT_BYTE));
  }

  /** Until when turns follow each other, as nothing is slept for that is about to come. */
  #awakeUntil(): Millis {
    const { watch, awake } = this.#pace;
    return later(this.#lastEvent, this.#hasBell() ? this.#watchTime() : millis(Math.max(watch, awake)));
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
