/**
 * Finds out who is behind the bridge at a port: it reads the bridge's routes, and asks the EIDs of its pool one after the
 * other who they are, again and again. Whatever the bridge answers and notifies, its port costs a bounded rate of requests.
 */
import type { Bridge } from "../core/mctp/bridge/bridge.ts";
import type { RouterPort, Timed } from "../core/mctp/bridge/router-port.ts";
import { MISSES_TO_GONE } from "../core/mctp/bus-owner/endpoint-record.ts";
import { MOST_FAR_ENDPOINTS, type FarEndpoint, type FarIdentity } from "../core/mctp/bus-owner/far-endpoints.ts";
import { eidsOf } from "../core/mctp/bus-owner/memory.ts";
import { probing, readingRoutes, type FarFinding } from "../core/mctp/bus-owner/surveying.ts";
import { runSequence, type ControlSequence, type SequenceTicket } from "../core/mctp/control/request.ts";
import type { EidRange } from "../core/mctp/control/routing.ts";
import { unreachable } from "../core/wire/result.ts";
import { later, millis, type Eid, type Millis } from "../core/wire/units.ts";
import type { Clock } from "./clock.ts";
import { identityText } from "./port-text.ts";

/** From the beginning of one round to that of the next, unless the bridge notifies. */
export const DEFAULT_SURVEY_INTERVAL: Millis = millis(10_000);
/** From one endpoint to the next. */
export const PROBE_PAUSE: Millis = millis(200);
/** From one reading of the routes to the next, however often the bridge notifies. */
export const READ_PAUSE: Millis = millis(2000);

export interface BridgeSurveyOptions {
  readonly bridge: Bridge;
  readonly port: RouterPort;
  /** 0: nobody is asked. */
  readonly interval: Millis;
  readonly clock: Clock;
  /** One line for people. */
  readonly tell: (line: string) => void;
}

interface Followed {
  readonly bridge: Eid;
  readonly pool: EidRange;
}

export class BridgeSurvey implements Timed {
  readonly #options: BridgeSurveyOptions;
  #followed: Followed | undefined;
  #ticket: SequenceTicket | undefined;
  #due: Millis | undefined;
  #roundAt: Millis = millis(0);
  /** Undefined: the routes are still to be read. */
  #readAt: Millis | undefined;
  /** The bridge has notified since they were read. */
  #isNotified = false;
  /** Still to be asked in this round. */
  #queue: readonly Eid[] = [];
  /** Of these, who is asked everything again. */
  #anew: ReadonlySet<Eid> = new Set();
  /** Whose turn it is of the EIDs that the routes do not name. */
  #turn = 0;
  readonly #told = new Set<string>();

  constructor(options: BridgeSurveyOptions) {
    this.#options = options;
    options.port.router.keepTime(this);
  }

  /** The bridge at the port has this EID and this pool, or there is none. */
  follow(bridge: Eid | undefined, pool: EidRange | undefined): void {
    const { bridge: node, interval, port } = this.#options;
    const before = this.#followed;
    node.far.follow(port.number, bridge, pool);
    if (interval === 0 || bridge === undefined || pool === undefined) {
      this.#end();
      return;
    }
    if (before?.pool.first === pool.first && before.pool.count === pool.count) {
      // It is the same bridge, perhaps under another EID.
      this.#followed = { bridge, pool };
      return;
    }
    this.#end();
    this.#followed = { bridge, pool };
    this.#wait(millis(0));
  }

  /** What is behind the bridge may have changed: it is looked at soon, and not more often than the rate allows. */
  notified(): void {
    if (this.#followed === undefined || this.#isNotified) return;
    this.#isNotified = true;
    if (this.#ticket !== undefined) return;
    const { clock } = this.#options;
    const soonest = this.#readAt === undefined ? clock.now() : later(this.#readAt, READ_PAUSE);
    if (this.#due === undefined || soonest < this.#due) this.#due = millis(Math.max(soonest, clock.now()));
  }

  /** An endpoint is not to be known any more, until it answers again. */
  forget(eid: Eid): void {
    this.#options.bridge.far.forget(eid);
    this.notified();
  }

  stop(): void {
    this.#end();
  }

  nextDeadline(): Millis | undefined {
    return this.#due;
  }

  expire(now: Millis): void {
    if (this.#due === undefined || now < this.#due) return;
    this.#due = undefined;
    this.#step();
  }

  /* ---- A round ---- */

  #step(): void {
    const followed = this.#followed;
    if (followed === undefined) return;
    const now = this.#options.clock.now();
    const isReadable = this.#readAt === undefined || now >= later(this.#readAt, READ_PAUSE);
    const [next, ...others] = this.#queue;
    if (next === undefined || (this.#isNotified && isReadable)) {
      this.#read(followed, now);
      return;
    }
    this.#queue = others;
    const known = this.#knownHere(next);
    const asked = known !== undefined && this.#anew.has(next) ? { ...known, isComplete: false } : known;
    // One that has never answered is most often not there: it is asked once.
    this.#run(probing(next, asked), known === undefined, (finding) => {
      this.#judge(followed, next, known, finding);
      this.#rest();
    });
  }

  #read({ bridge, pool }: Followed, now: Millis): void {
    const isNotified = this.#isNotified;
    this.#isNotified = false;
    this.#readAt = now;
    if (!isNotified || this.#queue.length === 0) this.#roundAt = now;
    this.#run(readingRoutes(bridge, pool), false, (outcome) => {
      if (!outcome.ok) {
        this.#tellOnce(
          `EID ${String(bridge)}, a bridge, does not tell who is behind it (${outcome.reject}): each of its EIDs is asked`,
        );
      }
      this.#plan(pool, outcome.ok ? outcome.value : undefined, isNotified);
      this.#rest();
    });
  }

  /**
   * Whom to ask: first those that the routes name and that are not known, then the rest of the round, those that are known,
   * and one in turn of those that the routes do not name; without routes all of them.
   */
  #plan(pool: EidRange, named: readonly Eid[] | undefined, isNotified: boolean): void {
    const { bridge: node, port } = this.#options;
    const known = node.far.at(port.number);
    const eids = eidsOf(pool);
    const unnamed = named === undefined ? eids : eids.filter((one) => !named.includes(one) && !known.includes(one));
    const fresh = (named ?? []).filter((one) => !known.includes(one));
    const inTurn = named === undefined ? unnamed : unnamed.slice(this.#turn % Math.max(1, unnamed.length)).slice(0, 1);
    this.#turn++;
    const rest = isNotified ? this.#queue : [];
    const all = [...new Set([...fresh, ...rest, ...known, ...inTurn])];
    if (all.length > MOST_FAR_ENDPOINTS) {
      this.#tellOnce(
        `Of the EIDs behind the bridge on ${port.name} only ${String(MOST_FAR_ENDPOINTS)} are asked who they are (docs/limits.md)`,
      );
    }
    this.#queue = all.slice(0, MOST_FAR_ENDPOINTS);
    this.#anew = new Set(isNotified ? known : []);
  }

  #rest(): void {
    const { clock, interval } = this.#options;
    const now = clock.now();
    const read = later(this.#readAt ?? now, READ_PAUSE);
    const next = this.#isNotified ? read : millis(Math.max(read, later(this.#roundAt, interval)));
    this.#due = millis(Math.max(this.#queue.length > 0 ? now : next, later(now, PROBE_PAUSE)));
  }

  /* ---- What comes of a question ---- */

  #judge({ bridge }: Followed, eid: Eid, known: FarEndpoint | undefined, finding: FarFinding): void {
    const { bridge: node, port, tell } = this.#options;
    const { refusals } = node.owner;
    switch (finding.what) {
      case "found":
        this.#found(eid, bridge, known, finding.identity);
        return;
      case "same":
        if (known !== undefined) node.far.answered(eid, port.number, bridge, known);
        return;
      case "other": {
        const line = `Behind EID ${String(bridge)}, a bridge, EID ${String(eid)} says that it has EID ${String(finding.eid)}: it is not listed`;
        refusals.count("farEidsRefused", port.number, line);
        this.#missed(eid, known);
        return;
      }
      case "silent":
        this.#missed(eid, known);
        if (known !== undefined && node.far.find(eid) === undefined) {
          tell(
            `EID ${String(eid)} behind EID ${String(bridge)} is gone: no answer to ${String(MISSES_TO_GONE)} checks`,
          );
        }
        return;
      case "unknown":
        return;
      default:
        unreachable(finding);
    }
  }

  #missed(eid: Eid, known: FarEndpoint | undefined): void {
    if (known !== undefined) this.#options.bridge.far.missed(eid);
  }

  #found(eid: Eid, bridge: Eid, known: FarEndpoint | undefined, identity: FarIdentity): void {
    const { bridge: node, port, tell } = this.#options;
    const { owner, far } = node;
    if (!far.answered(eid, port.number, bridge, identity)) {
      owner.refusals.count("farLeftOut", port.number);
      return;
    }
    const { uuid } = identity;
    const who = `EID ${String(eid)} behind EID ${String(bridge)}`;
    if (uuid !== undefined && uuid !== known?.uuid && owner.isUuidElsewhere(uuid, port.number)) {
      const line = `${who} shows UUID ${uuid}, which belongs to another port (LPC-MCTP-23)`;
      owner.refusals.count("farUuidsElsewhere", port.number, line);
    }
    const isNew = known === undefined;
    if (!isNew && known.uuid === uuid) return;
    // One whose UUID was not known before is no other.
    const isOther = !isNew && (known.isComplete || known.uuid !== undefined);
    const text = identityText(identity);
    if (isOther) tell(`${who} is another device now: ${text}`);
    else tell(`EID ${String(eid)} is behind EID ${String(bridge)} on ${port.name}: ${text}`);
  }

  /* ---- Inside ---- */

  #knownHere(eid: Eid): FarEndpoint | undefined {
    const { bridge, port } = this.#options;
    const known = bridge.far.find(eid);
    return known?.port === port.number ? known : undefined;
  }

  /** `once`: without a second attempt. There may be as many as there are far endpoints: they take no tags of duties. */
  #run<Value>(sequence: ControlSequence<Value>, once: boolean, done: (value: Value) => void): void {
    const { clock, port } = this.#options;
    let isOver = false as boolean;
    const finish = (value: Value): void => {
      isOver = true;
      this.#ticket = undefined;
      done(value);
    };
    const terms = { isDuty: false, ...(once ? { isProbe: true, retries: 0 } : {}) };
    const ticket = runSequence(port.router.endpoint, sequence, clock.now(), finish, port.local, terms);
    if (!isOver) this.#ticket = ticket;
  }

  #wait(pause: Millis): void {
    this.#due = later(this.#options.clock.now(), pause);
  }

  #end(): void {
    this.#ticket?.cancel(this.#options.clock.now());
    this.#ticket = undefined;
    this.#followed = undefined;
    this.#due = undefined;
    this.#readAt = undefined;
    this.#isNotified = false;
    this.#queue = [];
    this.#anew = new Set();
    this.#told.clear();
  }

  #tellOnce(line: string): void {
    if (this.#told.has(line)) return;
    this.#told.add(line);
    this.#options.tell(line);
  }
}
