/**
 * What an agent knows of its own bus accesses: the last of them, always, and what a judge says of them. It judges every
 * access, or looks at the last ones after something went wrong.
 */
import type { Depth } from "../../core/binding/kcs-word.ts";
import type { OpenChannel, Session } from "../../core/binding/channel.ts";
import type { RoleName, RoleState } from "../../core/binding/side.ts";
import { NEWEST_VERSION, OLDEST_VERSION, type VersionRange } from "../../core/binding/versions.ts";
import { FINDINGS_KEPT, type Finding, type OlderPeer, type Verdict } from "../../core/judge/finding.ts";
import type { JudgeOptions } from "../../core/judge/judge.ts";
import type { BusListener, SideListener } from "../../core/judge/listener.ts";
import { Recorder, type RecorderOptions } from "../../core/judge/recorder.ts";
import { RowsOfAccesses } from "../../core/judge/rows-of-accesses.ts";
import { SessionMemory } from "../../core/judge/session-memory.ts";
import { holdsBehindCut } from "../../core/judge/judged-parts.ts";
import { encodeTrace } from "../../core/trace/format.ts";
import { traceHead, type TraceTimes } from "../../core/trace/head.ts";
import { millis, type Millis } from "../../core/wire/units.ts";
import type { Window } from "../../platform/port.ts";
import type { Pumped } from "../../node/runner.ts";
import type { MctpCounters } from "../../core/mctp/counters.ts";
import { describeFinding } from "./bus-watch-text.ts";
import { HeldAccesses } from "./held-accesses.ts";
import { HostLooks } from "./host-looks.ts";
import { IncidentCauses } from "./incident-causes.ts";
import { Incidents } from "./incidents.ts";
import type { Tell } from "../../platform/log-events.ts";

/**
 * - `off`: nothing is judged.
 * - `ring`: the last accesses are judged when a packet was dropped, a byte ignored, a session refused or lost, or when
 *   the peer takes no packet.
 * - `live`: every access is judged: while the side waits, or when enough has come together.
 */
export type JudgeMode = "off" | "ring" | "live";
export const JUDGE_MODES: readonly JudgeMode[] = ["off", "ring", "live"];
export const DEFAULT_JUDGE_MODE: JudgeMode = "ring";

/** What this needs of a judge. */
export interface BusJudge extends BusListener {
  readonly accesses: number;
  /** What has become of each requirement so far. */
  interim(): Verdict;
}

export type MakeJudge = (options: JudgeOptions) => BusJudge;

export interface BusWatchOptions {
  readonly side: RoleName;
  readonly mode: JudgeMode;
  readonly windowBytes: number;
  readonly depth: Depth;
  /** As the sides are configured. */
  readonly times: TraceTimes;
  /** The versions that the side was told to speak. */
  readonly versions: VersionRange;
  readonly makeJudge: MakeJudge;
  /** The side breaks rules on purpose: what is found of it is no fault of the program. */
  readonly misbehaves?: boolean;
  /** The window beside the recorded accesses, for a look at what the judge of a BMC cannot see in them. */
  readonly window?: Pick<Window, "read">;
}

/** The section `bus` of an agent's status. */
export interface BusStatus {
  readonly judge: JudgeMode;
  /** Accesses made so far, how many of the last are held, equal polls as one, and how many were judged, some twice. */
  readonly accesses: number;
  readonly held: number;
  readonly judged: number;
  /** The first of each requirement, side and cause; `times`: how often it was found. */
  readonly findings: readonly BusFinding[];
  /** All of them. */
  readonly breaks: number;
  /** A sentence each about a peer of an earlier version of the document. */
  readonly olderPeers: readonly string[];
}

export interface BusFinding {
  readonly side: RoleName;
  readonly requirement: string;
  readonly times: number;
  readonly text: string;
}

/** The ring is judged this often at most, however often a peer gives reason to. */
const JUDGE_INTERVAL_MILLISECONDS = 1000;
/** Behind the opening of a session: its fences and first packets belong to what is judged. */
const OPENING_MILLISECONDS = 300;
/** Rounds in a row that found nothing new, or the time since one did: the side waits for longer than an answer takes. */
const IDLE_ROUNDS = 100;
const IDLE_MILLISECONDS = 5;
const LIVE_SLAB_BYTES = 4 * 1024 * 1024;
/** Where every access is judged, whole packets are kept for it until it is; a round accesses two at most. */
export const LIVE_RECORDER: RecorderOptions = { shownBytes: 512 * 1024, slabBytes: LIVE_SLAB_BYTES };
/** Of a fewer-versions finding of the own side, which its user asked for. */
const NARROW_VERSIONS = "LPC-VER-4";

/** What is looked at of a side behind each round. */
type WatchedState = Pick<RoleState, "counters" | "channel"> & Partial<Pick<RoleState, "closeReason">>;

interface Told {
  readonly finding: Finding;
  times: number;
}

export class BusWatch {
  /** To be told of every access of the side. */
  readonly listener: SideListener;
  readonly recorder: Recorder;
  /** Gets a line for people each time something is found. */
  onLine: Tell | undefined;
  /** Told behind each round that accessed something new, while somebody follows. */
  onAccesses: ((now: Millis) => void) | undefined;
  /** Told of an incident, by the requirement that was broken or a word: the accesses that led to it are still held. */
  onIncident: ((why: string, now: Millis) => void) | undefined;
  /** Gets each finding that is told for the first time, and the access that it is about, as the recorder counts them. */
  onFinding: ((finding: Finding, access: number) => void) | undefined;
  readonly #options: BusWatchOptions;
  /** Accesses of the judge that is told, by the recorder's numbers. */
  #accesses = new RowsOfAccesses();
  readonly #live: BusJudge | undefined;
  readonly #told = new Map<string, Told>();
  readonly #olderPeers: string[] = [];
  /** Keys of #told, of the session that is open or comes next. */
  readonly #toldInSession = new Set<string>();
  readonly #memory: SessionMemory;
  /** Entries of the recorder that the judge of every access has been told, and the bytes that they hold. */
  #followed = 0;
  #bytesFollowed = 0;
  #madeBefore = 0;
  #idleRounds = 0;
  #newAt = 0;
  /** The session in which a quiet moment was seen last. */
  #quietSession: Session | undefined;
  #session: Session | undefined;
  #sessions = 0;
  #incidents = new Incidents(undefined);
  readonly #causes = new IncidentCauses();
  /** Incidents of this round: what the judge found says more than what was counted. */
  #counted: string | undefined;
  #broken: string | undefined;
  /** Breaks that were found when the judge was asked last. */
  #breaksBefore = 0;
  /** When the judge is to be asked, in milliseconds. */
  #judgeDue: number = Number.POSITIVE_INFINITY;
  #judgedAt = Number.NEGATIVE_INFINITY;
  /** Accesses of the ring before this one were judged before. */
  #judgedTo = 0;
  #judged = 0;
  #breaks = 0;
  readonly #looks: HostLooks;

  constructor(options: BusWatchOptions) {
    this.#options = options;
    // What stands in the window tells of the host only where this side keeps to its own fields.
    const isTelling = options.depth === 0 && options.misbehaves !== true;
    this.#looks = new HostLooks(isTelling ? options.window : undefined);
    const isLive = options.mode === "live";
    this.#live = isLive ? this.#newJudge(() => true) : undefined;
    this.recorder = new Recorder(isLive ? LIVE_RECORDER : {});
    this.#memory = new SessionMemory(this.recorder);
    this.listener = this.recorder;
  }

  /**
   * The same rounds, with the time of their accesses told and what went wrong in them looked at. `mctp`: counters of the
   * endpoint above the side.
   */
  watch(pumped: Pumped, state: WatchedState, mctp?: Readonly<MctpCounters>): Pumped {
    if (mctp !== undefined) this.#incidents = new Incidents(mctp);
    return new WatchedRounds(pumped, state, this);
  }

  /** The time of the accesses that follow. */
  setTime(now: Millis): void {
    this.recorder.time = now;
  }

  /** To be called after a round: something may have gone wrong in it. */
  look(state: WatchedState, now: Millis): void {
    const { made } = this.recorder;
    const isNew = made !== this.#madeBefore;
    this.#madeBefore = made;
    if (this.#live !== undefined) this.#keepUp(isNew, now);
    // A round that found what the one before it did has changed nothing.
    if (isNew) this.#lookAt(state, now);
    if (now >= this.#judgeDue) this.#judgeNow(now);
    const why = this.#broken ?? this.#counted;
    if (why !== undefined) {
      this.#broken = this.#counted = undefined;
      this.onIncident?.(why, now);
    }
    if (isNew) this.onAccesses?.(now);
  }

  /** When a round is wanted for the judge, though nothing happens on the bus. */
  get judgeDue(): Millis | undefined {
    return this.#judgeDue === Number.POSITIVE_INFINITY ? undefined : millis(this.#judgeDue);
  }

  /** To be called after a deadline has passed: it changes counters without an access. */
  lookBehindDeadline(state: WatchedState, now: Millis): void {
    this.#lookAt(state, now);
    this.look(state, now);
  }

  #lookAt({ counters, channel, closeReason = "notStarted" }: WatchedState, now: Millis): void {
    const session = channel?.session;
    const isOther = session !== this.#session;
    if (isOther) this.#sessionChanged(session, now);
    if (channel !== undefined && isQuiet(channel)) {
      this.#memory.quiet(session !== this.#quietSession);
      this.#quietSession = session;
    }
    const hasCounted = this.#incidents.look(counters, session !== undefined);
    if (hasCounted) this.#judgeSoon(now);
    if (hasCounted || isOther) this.#counted = this.#causes.look(counters, session, closeReason, now) ?? this.#counted;
    const early = this.#looks.behindClose(counters);
    if (early !== undefined && this.#options.mode !== "off") this.#found(early);
  }

  /** To be called twice a second or so with the host bytes that were lost in IDR, by the board's counts. */
  lookAtCounts(lost: number): void {
    const finding = this.#looks.atCounts(lost);
    if (finding !== undefined && this.#options.mode !== "off") this.#found(finding);
  }

  /** A session is judged once behind its opening, for the start-up; what was counted in it is told when it ends. */
  #sessionChanged(session: Session | undefined, now: Millis): void {
    if (this.#session !== undefined) {
      if (this.#judgeDue <= now) this.#judgeNow(now);
      const counted = this.#incidents.endSession();
      if (counted !== undefined) this.onLine?.(`in session ${String(this.#sessions)}: ${counted}`, "finding");
      this.#toldInSession.clear();
    }
    this.#session = session;
    if (session === undefined) return;
    this.#sessions++;
    this.#judgeSoon(now + OPENING_MILLISECONDS);
  }

  #judgeSoon(at: number): void {
    this.#judgeDue = Math.min(this.#judgeDue, Math.max(at, this.#judgedAt + JUDGE_INTERVAL_MILLISECONDS));
  }

  /** What the judge does not name is told as it was counted. */
  #judgeNow(now: Millis): void {
    this.#judgedAt = now;
    this.#judgeDue = Number.POSITIVE_INFINITY;
    if (this.#options.mode === "ring") this.#judgeRing();
    else this.catchUp();
    const first = this.#incidents.takeFirst();
    const isNamed = this.#breaks > this.#breaksBefore;
    this.#breaksBefore = this.#breaks;
    if (!isNamed) for (const line of first) this.onLine?.(line, "finding");
  }

  /**
   * The judge is told when the side has waited for some time, or the recorder fills up: not between a packet and its
   * answer.
   */
  #keepUp(isNew: boolean, now: Millis): void {
    const { made, bytesKept, entries } = this.recorder;
    if (made === this.#followed) return;
    const isFull = made - this.#followed > entries / 4 || bytesKept - this.#bytesFollowed > LIVE_SLAB_BYTES / 4;
    if (isNew) {
      this.#idleRounds = 0;
      this.#newAt = now;
    } else this.#idleRounds++;
    const isIdle = this.#idleRounds >= IDLE_ROUNDS || (!isNew && now >= this.#newAt + IDLE_MILLISECONDS);
    if (isIdle || isFull) this.catchUp();
  }

  /** Tells the judge of every access what it has not been told yet. */
  catchUp(): void {
    const live = this.#live;
    if (live === undefined) return;
    this.recorder.follow(live[this.#options.side], this.#beforeFollowed, this.#followed);
    this.#followed = this.recorder.made;
    this.#bytesFollowed = this.recorder.bytesKept;
  }

  readonly #beforeFollowed = (access: number, time: number): void => {
    if (this.#live === undefined) return;
    this.#live.time = time;
    if (this.onFinding !== undefined) this.#accesses.push({ n: access }, this.#live.accesses);
  };

  status(): BusStatus {
    this.catchUp();
    const live = this.#live?.interim();
    return {
      judge: this.#options.mode,
      accesses: this.recorder.told,
      held: this.recorder.held,
      judged: live === undefined ? this.#judged : this.recorder.told,
      findings: [...this.#told.values()].map(({ finding, times }) => ({
        side: finding.side,
        requirement: finding.requirement,
        times: Math.max(times, breaksOf(live, finding)),
        text: describeFinding(finding),
      })),
      breaks: live === undefined ? this.#breaks : this.#breaksIn(live),
      olderPeers: this.#olderPeers,
    };
  }

  /** The last accesses, for who follows them or keeps them. */
  get held(): HeldAccesses {
    const { side, depth, windowBytes, times } = this.#options;
    return new HeldAccesses({
      head: traceHead({ sides: [side], depth, windowBytes, lives: true, times }),
      excused: this.#isNarrow ? [NARROW_VERSIONS] : [],
      recorder: this.recorder,
      memory: this.#memory,
    });
  }

  /** The last accesses as a trace, its times in nanoseconds of the clock that all processes of the machine share. */
  trace(): string {
    const { held } = this;
    return encodeTrace(held.rows(), held.head);
  }

  #judgeRing(): void {
    let access = 0;
    let isCut = true;
    this.#accesses = new RowsOfAccesses();
    const judge = this.#newJudge(
      (finding) => access >= this.#judgedTo && (!isCut || holdsBehindCut(finding, [this.#options.side])),
    );
    const listener = judge[this.#options.side];
    const before = (number: number, time: number): void => {
      access = number;
      judge.time = time;
      this.#accesses.push({ n: number }, judge.accesses);
    };
    isCut = this.#memory.replay(listener, before);
    if (!isCut) this.recorder.replay(listener, before);
    this.#judgedTo = this.recorder.told;
    this.#judged += judge.accesses;
  }

  #newJudge(isTold: (finding: Finding) => boolean): BusJudge {
    const { side, windowBytes, depth, times, makeJudge } = this.#options;
    return makeJudge({
      recorded: [side],
      windowBytes,
      depth,
      times,
      livesTold: true,
      timed: false,
      onFinding: (finding) => {
        if (isTold(finding)) this.#found(finding);
      },
      onOlderPeer: (note) => {
        this.#foundOlderPeer(note);
      },
    });
  }

  /** The first of each kind in a session is told, all are counted (LPC-SEC-4). */
  #found(finding: Finding): void {
    const { requirement, side, cause } = finding;
    if (this.#isAskedFor(finding)) return;
    this.#breaks++;
    this.#broken ??= requirement;
    const key = `${requirement} ${side} ${cause?.name ?? ""}`;
    const told = this.#told.get(key);
    if (told !== undefined) told.times++;
    else if (this.#told.size < FINDINGS_KEPT) this.#told.set(key, { finding, times: 1 });
    else return;
    if (this.#toldInSession.has(key)) return;
    this.#toldInSession.add(key);
    this.onFinding?.(finding, this.#accesses.of(finding.access)?.n ?? this.recorder.told);
    const text = describeFinding(finding);
    this.onLine?.(side === this.#options.side ? `${text}. ${this.#ownFault}` : text, "finding");
  }

  get #ownFault(): string {
    return this.#options.misbehaves === true
      ? "This side misbehaves on purpose (--misbehave)."
      : "This is a fault of this program: please report it.";
  }

  #breaksIn({ breaks, standings }: Verdict): number {
    const askedFor = standings.filter((standing) => this.#isAskedFor(standing));
    return askedFor.reduce((left, standing) => left - standing.breaks, breaks);
  }

  /** Fewer versions than there are (LPC-VER-4): of this side its user asked for them. */
  #isAskedFor({ requirement, side }: Pick<Finding, "requirement" | "side">): boolean {
    return requirement === NARROW_VERSIONS && side === this.#options.side && this.#isNarrow;
  }

  get #isNarrow(): boolean {
    const { min, cur } = this.#options.versions;
    return min > OLDEST_VERSION || cur < NEWEST_VERSION;
  }

  #foundOlderPeer({ text }: OlderPeer): void {
    if (this.#olderPeers.length > 0) return;
    this.#olderPeers.push(text);
    this.onLine?.(text, "peer-older");
  }
}

class WatchedRounds implements Pumped {
  readonly #pumped: Pumped;
  readonly #state: WatchedState;
  readonly #watch: BusWatch;

  constructor(pumped: Pumped, state: WatchedState, watch: BusWatch) {
    this.#pumped = pumped;
    this.#state = state;
    this.#watch = watch;
  }

  get owesByte(): boolean {
    return this.#pumped.owesByte !== false;
  }

  get rounds(): number {
    return this.#pumped.rounds;
  }

  get packets(): number {
    return this.#pumped.packets;
  }

  get payloadPackets(): number {
    return this.#pumped.payloadPackets ?? this.#pumped.packets;
  }

  nextDeadline(): Millis | undefined {
    const deadline = this.#pumped.nextDeadline();
    const { judgeDue } = this.#watch;
    if (deadline === undefined || judgeDue === undefined) return deadline ?? judgeDue;
    return judgeDue < deadline ? judgeDue : deadline;
  }

  pump(now: Millis): boolean {
    this.#watch.setTime(now);
    const more = this.#pumped.pump(now);
    this.#watch.look(this.#state, now);
    return more;
  }

  expire(now: Millis): boolean {
    this.#watch.setTime(now);
    const more = this.#pumped.expire(now);
    this.#watch.lookBehindDeadline(this.#state, now);
    return more;
  }
}

/** No packet is under way, neither in the registers nor in a buffer. */
function isQuiet({ transmit, outgoing, rxCompleteOwed }: OpenChannel): boolean {
  return transmit === "idle" && outgoing === undefined && !rxCompleteOwed;
}

/** A judge tells of the first break of each kind, and counts the others. */
function breaksOf(verdict: Verdict | undefined, { requirement, side }: Finding): number {
  return (
    verdict?.standings.find((standing) => standing.requirement === requirement && standing.side === side)?.breaks ?? 0
  );
}
