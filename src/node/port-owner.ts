/**
 * A bus owner's life on one port: it looks for the endpoint at the other end, gives it an EID, asks again for what the
 * endpoint could not say or take at once, tells a bridge there what is elsewhere, and checks that the endpoint is still
 * there. docs/failures.md says what comes of each failure.
 */
import type { Bridge } from "../core/mctp/bridge/bridge.ts";
import type { RouterPort } from "../core/mctp/bridge/router-port.ts";
import { MISSES_TO_GONE, type EndpointRecord } from "../core/mctp/bus-owner/endpoint-record.ts";
import { changeEid, joining, settling, type ChangeReject, type Joined } from "../core/mctp/bus-owner/joining.ts";
import { checkingPresence, type PresenceFinding } from "../core/mctp/bus-owner/presence.ts";
import { includesEid } from "../core/mctp/bus-owner/memory.ts";
import { single } from "../core/mctp/bus-owner/reservations.ts";
import type { ControlMessage } from "../core/mctp/control/codec.ts";
import { unreachable, type Result } from "../core/wire/result.ts";
import { millis, type Eid, type Millis } from "../core/wire/units.ts";
import { BridgeSurvey } from "./bridge-survey.ts";
import type { Clock } from "./clock.ts";
import { TELL_WAITING, acceptedEid, isDiscoveryNotify, type DiscoverMode } from "./discover-mode.ts";
import { PortPause } from "./port-pause.ts";
import { PortTalk } from "./port-talk.ts";
import {
  noEndpointText,
  offerText,
  secondsText,
  troubleTexts,
  waitingText,
  wantingTexts,
  type Wanting,
} from "./port-text.ts";
import { RouteTeller } from "./route-teller.ts";
import type { Tell } from "../platform/log-events.ts";

/** Pauses between attempts (LPC-MCTP-27) double from the first to the last. */
const FIRST_PAUSE = millis(500);
const LAST_PAUSE = millis(8000);

export interface PortOwnerOptions {
  readonly bridge: Bridge;
  readonly port: RouterPort;
  /** How a line for people begins that tells of an endpoint: "EID 10 is on serial:/dev/ttyUSB0". */
  readonly welcome: (eid: Eid) => string;
  readonly discover: DiscoverMode;
  /** What a user can do who does not want to wait for a control message; empty where there is nothing. */
  readonly remedy: string;
  /** How often the endpoint is asked whether it is still there; 0: never. */
  readonly checkInterval: Millis;
  /** How often the endpoints behind a bridge are asked who they are; 0: never. */
  readonly surveyInterval: Millis;
  readonly clock: Clock;
  /** One line for people. */
  readonly tell: Tell;
  /** Told after an endpoint has joined, left, or got another EID: routes have changed. */
  readonly changed: () => void;
}

/** From one look that an endpoint's Discovery Notify brings about to the next. */
export const NOTIFY_PAUSE: Millis = millis(1000);

/** `idle`: no link, or nothing may be asked or given. */
type Phase = { readonly name: "idle" } | { readonly name: "known" } | Wanting;

export class PortOwner {
  readonly #options: PortOwnerOptions;
  readonly #talk: PortTalk;
  readonly #routes: RouteTeller;
  readonly #survey: BridgeSurvey;
  readonly #notify: PortPause;
  #phase: Phase = { name: "idle" };
  /** Tells the one who waits for a change of EID that the link was lost before its end. */
  #abandon: (() => void) | undefined;
  /** What is to be done when the conversation is over. */
  #next: "look" | "check" | undefined;
  #pause = FIRST_PAUSE;
  #joined: Joined | undefined;
  /** An EID that a tool gave the endpoint: it is believed, if it is that. */
  #given: Eid | undefined;
  /** The endpoint has sent a control message since the link came up (LPC-MCTP-19). */
  #isHeard = false;
  /** Packets that had come in when the link came up. */
  #packetsBefore = 0;
  /** Reasons told since an endpoint was last known: each is told once. */
  readonly #told = new Set<string>();

  constructor(options: PortOwnerOptions) {
    const { bridge, clock, port } = options;
    this.#options = options;
    this.#talk = new PortTalk(port, clock);
    this.#routes = new RouteTeller(bridge, port, clock, () => {
      this.#rest();
    });
    const { surveyInterval, tell } = options;
    this.#survey = new BridgeSurvey({ bridge, port, interval: surveyInterval, clock, tell });
    this.#notify = new PortPause(port, clock, () => {
      this.#doNext("look");
    });
  }

  /* ---- What happens to the port ---- */

  linkChanged(up: boolean): void {
    const { discover, port, remedy, tell } = this.#options;
    this.#end();
    this.#isHeard = false;
    this.#given = undefined;
    this.#told.clear();
    this.#leave();
    if (!up) return;
    this.#packetsBefore = port.local.packetsReceived;
    if (discover === "always") this.#look();
    if (discover !== "announced") return;
    this.#phase = { name: "waiting" };
    // An endpoint that announces itself does so at once.
    this.#talk.later(TELL_WAITING, () => {
      tell(waitingText(port.name, remedy), "endpoint-trouble");
    });
  }

  /** A control message came from the endpoint, or from one behind it. */
  heard(control: ControlMessage, source: Eid): void {
    this.#isHeard = true;
    const given = acceptedEid(control);
    const { topic } = this.#talk;
    if (given !== undefined && topic !== "join" && topic !== "change") {
      this.#given = given;
      if (this.#record !== undefined) this.#doNext("check");
    }
    const { name } = this.#phase;
    if (name === "waiting") this.#doNext("look");
    else if (isDiscoveryNotify(control) && name !== "asking" && name !== "idle") this.#notified(source);
  }

  /** An endpoint asks to be discovered: it is at once, and not more often than the rate allows. */
  #notified(source: Eid): void {
    if (includesEid(this.#record?.pool, source)) this.#survey.notified();
    else this.#notify.ask(NOTIFY_PAUSE);
  }

  /** EIDs are to be given anew. */
  restart(): void {
    this.#end();
    this.#survey.follow(undefined, undefined);
    this.#told.clear();
    this.#look();
  }

  /** What is elsewhere has changed: a bridge here should know. */
  inform(): void {
    this.#routes.tell(this.#record);
  }

  stop(): void {
    this.#end();
    this.#survey.stop();
    this.#talk.stop();
  }

  /* ---- What is known ---- */

  /** The EID at the other end, as far as it is known. */
  get peerEid(): Eid | undefined {
    return this.#record?.eid ?? this.#given;
  }

  /** What is waited for, and why no endpoint or not all of it is known, a sentence for people each. */
  get notes(): readonly string[] {
    const { discover, port, remedy } = this.#options;
    const phase = this.#phase;
    if (discover === "never") {
      return [`Discovery is off (--discover never): the endpoint on ${port.name} keeps its EID (LPC-MCTP-3).`];
    }
    if (phase.name === "idle") return [];
    if (phase.name === "known") return this.#troubles.map((trouble) => `${trouble}.`);
    const { packetsReceived, lastSource } = port.local;
    const source = packetsReceived > this.#packetsBefore ? lastSource : undefined;
    return wantingTexts(phase, port.name, remedy, source);
  }

  get #record(): EndpointRecord | undefined {
    const { bridge, port } = this.#options;
    return bridge.owner.at(port.number);
  }

  /** What the endpoint has not said or taken. */
  get #troubles(): readonly string[] {
    const { trouble } = this.#routes;
    const own = this.#joined === undefined ? [] : troubleTexts(this.#joined);
    return trouble === undefined ? own : [...own, trouble];
  }

  /** Whether the endpoint may yet say or take what it has not. */
  get #isIncomplete(): boolean {
    const { found, mayGetPool } = this.#joined ?? {};
    return found?.uuidTrouble !== undefined || mayGetPool === true || this.#routes.trouble !== undefined;
  }

  /* ---- An operator's word ---- */

  /** Whether the endpoint is being asked something. */
  get isBusy(): boolean {
    return this.#talk.topic !== undefined;
  }

  /** Gives the endpoint another EID; undefined where the link is lost before that ends. It must not be busy. */
  change(
    from: Eid,
    to: Eid,
  ): Promise<Result<{ readonly eid: Eid; readonly accepted: boolean }, ChangeReject> | undefined> {
    return new Promise((resolve) => {
      this.#abandon = () => {
        resolve(undefined);
      };
      this.#talk.converse("change", changeEid(from, to), (outcome) => {
        this.#abandon = undefined;
        if (outcome.ok) this.#hasEid(outcome.value.eid);
        resolve(outcome);
        this.#rest();
      });
    });
  }

  /** An operator wants the endpoint with this EID forgotten; one that is here is discovered anew. */
  forget(eid: Eid): void {
    const { bridge } = this.#options;
    if (this.#record?.eid !== eid) {
      bridge.owner.forget(eid);
      return;
    }
    this.#end();
    this.#leave();
    bridge.owner.forget(eid);
    this.#look();
  }

  /** The same of an endpoint behind the bridge here. */
  forgetFar(eid: Eid): void {
    this.#survey.forget(eid);
  }

  /** It is not known which of these EIDs the endpoint has. */
  lookAnew(possible: readonly Eid[]): void {
    const { bridge, port } = this.#options;
    this.#end();
    this.#leave();
    for (const eid of possible) bridge.owner.reserve(port.number, single(eid));
    this.#look();
  }

  /* ---- Looking and welcoming ---- */

  #look(): void {
    const { bridge, discover, port } = this.#options;
    const mayAsk = discover === "always" || (discover === "announced" && this.#isHeard);
    // Without a pool there is nothing to give; the bus owner's allocation begins it anew.
    if (!mayAsk || !port.isUp || bridge.pool.count === 0) return;
    this.#phase = { name: "asking" };
    this.#talk.converse("join", joining(bridge.owner, port.number), (outcome) => {
      this.#hasJoined(outcome);
    });
  }

  #hasJoined(outcome: Result<Joined, string>): void {
    if (outcome.ok) {
      this.#welcome(outcome.value);
      return;
    }
    const why = outcome.reject;
    const pause = this.#nextPause();
    this.#tellOnce(`${noEndpointText(this.#options.port.name, why)}; next try in ${secondsText(pause)}`, why);
    this.#phase = this.#record === undefined ? { name: "pausing", why, pause } : { name: "known" };
    this.#talk.later(pause, () => {
      this.#check();
    });
  }

  #welcome(joined: Joined): void {
    const { bridge, changed, tell, welcome } = this.#options;
    const { found, record, poolTrouble, poolShort, mayGetPool } = joined;
    const before = this.#joined?.record;
    this.#joined = joined;
    this.#phase = { name: "known" };
    bridge.updateRoutes();
    changed();
    const isNew = before?.eid !== record.eid || before.uuid !== record.uuid;
    if (isNew) {
      this.#told.clear();
      tell(`${welcome(record.eid)}: ${offerText(joined)}`, "endpoint");
    }
    if (record.pool === undefined || before?.pool === undefined) this.#routes.forget();
    if (record.pool !== undefined && (isNew || before.pool === undefined)) {
      const { first, count } = record.pool;
      const eids = `EIDs ${String(first)} to ${String(first + count - 1)}`;
      const short = poolShort === undefined ? "" : `, of the ${String(found.poolSize)} that it wants: ${poolShort}`;
      tell(`EID ${String(record.eid)} is a bridge and has ${eids} to give on${short}`, "endpoint");
    }
    this.#survey.follow(record.eid, record.pool);
    this.#survey.notified();
    if (poolTrouble !== undefined && !mayGetPool) this.#tellOnce(poolTrouble);
    if (found.uuidTrouble === undefined && !mayGetPool) this.#pause = FIRST_PAUSE;
    this.inform();
    this.#rest();
  }

  /* ---- Checking ---- */

  /** Until the next look at the endpoint: soon where something of it is missing, else as often as is asked for. */
  #rest(): void {
    const next = this.#next;
    if (this.isBusy || this.#phase.name !== "known") return;
    this.#next = undefined;
    if (next !== undefined) {
      this.#doNext(next);
      return;
    }
    const { checkInterval } = this.#options;
    let wait = checkInterval;
    if (this.#isIncomplete) {
      const pause = this.#nextPause();
      for (const trouble of this.#troubles) this.#tellOnce(`${trouble}; next try in ${secondsText(pause)}`, trouble);
      if (checkInterval === 0 || pause < checkInterval) wait = pause;
    }
    if (wait === 0) return;
    this.#talk.later(wait, () => {
      this.#check();
    });
  }

  #check(): void {
    const record = this.#record;
    if (record === undefined) {
      this.#look();
      return;
    }
    this.#talk.converse("check", checkingPresence(record), (finding) => {
      this.#judge(record, finding);
    });
  }

  #judge(record: EndpointRecord, finding: PresenceFinding): void {
    const { bridge, tell, port } = this.#options;
    const who = `EID ${String(record.eid)} on ${port.name}`;
    switch (finding.what) {
      case "same":
        if (record.presence === "silent") tell(`${who} answers again`, "endpoint");
        bridge.owner.answered(record.eid);
        this.#complete();
        return;
      case "notAsked":
        this.#rest();
        return;
      case "silent":
        if (bridge.owner.missed(record.eid) === "silent") {
          if (record.presence === "present") tell(`${who} does not answer`, "endpoint-silent");
          this.#rest();
          return;
        }
        tell(`${who} is gone: no answer to ${String(MISSES_TO_GONE)} checks; looking for it again`, "endpoint-silent");
        break;
      case "renumbered":
        if (this.#believes(record, finding.eid)) return;
        break;
      case "exchanged":
        // One whose UUID was not known before is no other.
        if (record.provisional) {
          this.#look();
          return;
        }
        tell(`${who} is another device now: UUID ${finding.uuid ?? "none"}; discovering it`, "endpoint-silent");
        break;
      default:
        unreachable(finding);
    }
    this.#leave();
    this.#look();
  }

  /** Whether the endpoint is known by another EID from now on, because a tool gave it that. */
  #believes(record: EndpointRecord, eid: Eid): boolean {
    const { bridge, changed, port, tell } = this.#options;
    const who = `EID ${String(record.eid)} on ${port.name}`;
    const against = eid === this.#given ? bridge.owner.moved(port.number, eid) : undefined;
    if (eid !== this.#given || against !== undefined) {
      const why = against === undefined ? "" : ` (${against})`;
      const what = eid === 0 ? "was started anew" : `has EID ${String(eid)} now${why}`;
      tell(`${who} ${what}; discovering it again`, "endpoint-silent");
      return false;
    }
    this.#given = undefined;
    this.#hasEid(eid);
    bridge.updateRoutes();
    changed();
    tell(`${who} has EID ${String(eid)} now, by a tool`, "endpoint");
    this.#rest();
    return true;
  }

  /** The endpoint is there: it is asked for what is missing of it. */
  #complete(): void {
    const { bridge, port } = this.#options;
    if (this.#joined?.mayGetPool === true) {
      this.#talk.converse("join", settling(bridge.owner, port.number, this.#joined.found), (outcome) => {
        this.#hasJoined(outcome);
      });
      return;
    }
    this.inform();
    this.#rest();
  }

  /* ---- Inside ---- */

  #end(): void {
    this.#talk.end();
    this.#notify.end();
    this.#routes.forget();
    this.#next = undefined;
    this.#abandon?.();
    this.#abandon = undefined;
    this.#joined = undefined;
    this.#pause = FIRST_PAUSE;
  }

  #leave(): void {
    const { bridge, changed, port } = this.#options;
    this.#survey.follow(undefined, undefined);
    this.#joined = undefined;
    this.#phase = { name: "idle" };
    bridge.owner.left(port.number);
    bridge.updateRoutes();
    changed();
  }

  #hasEid(eid: Eid): void {
    if (this.#joined === undefined) return;
    const { found, record } = this.#joined;
    this.#joined = { ...this.#joined, found: { ...found, eid }, record: { ...record, eid } };
    this.#survey.follow(eid, record.pool);
  }

  /** Does it now, or when the conversation under way is over. */
  #doNext(what: "look" | "check"): void {
    if (this.isBusy) this.#next = this.#next === "look" ? "look" : what;
    else if (what === "look") this.#look();
    else this.#check();
  }

  #nextPause(): Millis {
    const pause = this.#pause;
    this.#pause = millis(Math.min(2 * pause, LAST_PAUSE));
    return pause;
  }

  #tellOnce(line: string, reason: string = line): void {
    if (this.#told.has(reason)) return;
    this.#told.add(reason);
    this.#options.tell(line, "endpoint-trouble");
  }
}
