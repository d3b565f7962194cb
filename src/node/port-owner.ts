/**
 * A bus owner's life on one port: it looks for the endpoint at the other end, gives it an EID, asks again for what the
 * endpoint could not say or take at once, tells a bridge there what is elsewhere, and checks that the endpoint is still
 * there. It keeps time by deadlines, which the drivers of the links carry out.
 */
import type { Bridge } from "../core/mctp/bridge/bridge.ts";
import { informing } from "../core/mctp/bridge/informing.ts";
import type { RouterPort } from "../core/mctp/bridge/router-port.ts";
import type { Timed } from "../core/mctp/bridge/router.ts";
import { MISSES_TO_GONE, type EndpointRecord } from "../core/mctp/bus-owner/bus-owner.ts";
import { changeEid, joining, settling, type ChangeReject, type Joined } from "../core/mctp/bus-owner/joining.ts";
import { checkingPresence, type PresenceFinding } from "../core/mctp/bus-owner/presence.ts";
import type { ControlMessage } from "../core/mctp/control/codec.ts";
import { runSequence, type ControlSequence, type SequenceTicket } from "../core/mctp/control/request.ts";
import { versionText } from "../core/mctp/control/version-support.ts";
import { messageTypeName } from "../core/mctp/message.ts";
import { unreachable, type Result } from "../core/wire/result.ts";
import { later, millis, type Eid, type Millis } from "../core/wire/units.ts";
import type { Clock } from "./clock.ts";
import { TELL_WAITING, acceptedEid, isDiscoveryNotify, type DiscoverMode } from "./discover-mode.ts";

/** Pauses between attempts double from the first to the last. */
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
  readonly clock: Clock;
  /** One line for people. */
  readonly tell: (line: string) => void;
  /** Told after an endpoint has joined, left, or got another EID: routes have changed. */
  readonly changed: () => void;
}

type Phase =
  /** No link, or nothing may be asked or given. */
  | { readonly name: "idle" }
  | { readonly name: "waiting" }
  | { readonly name: "asking" }
  | { readonly name: "pausing"; readonly why: string; readonly pause: Millis }
  | { readonly name: "known" };

interface Conversation {
  readonly what: "join" | "check" | "change";
  ticket?: SequenceTicket;
}

export class PortOwner implements Timed {
  readonly #options: PortOwnerOptions;
  #phase: Phase = { name: "idle" };
  /** One conversation with the endpoint at a time; `abandon` tells the one who waits for it that it will not end. */
  #underWay: Conversation | undefined;
  #abandon: (() => void) | undefined;
  /** What is to be done when the conversation is over. */
  #next: "look" | "check" | undefined;
  #informing: SequenceTicket | undefined;
  #due: { readonly at: Millis; readonly action: () => void } | undefined;
  #pause = FIRST_PAUSE;
  #joined: Joined | undefined;
  /** What a bridge was told of, in writing, or is being told; why it does not know. */
  #informed: string | undefined;
  #informTrouble: string | undefined;
  /** An EID that a tool gave the endpoint: it is believed, if it is that. */
  #given: Eid | undefined;
  /** The endpoint has sent a control message since the link came up (LPC-MCTP-19). */
  #isHeard = false;
  /** Packets that had come in when the link came up. */
  #packetsBefore = 0;
  /** Reasons told since an endpoint was last known: each is told once. */
  readonly #told = new Set<string>();
  #stopped = false;

  constructor(options: PortOwnerOptions) {
    this.#options = options;
    options.bridge.router.keepTime(this);
  }

  /* ---- What happens to the port ---- */

  linkChanged(up: boolean): void {
    const { discover, port } = this.#options;
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
    this.#later(TELL_WAITING, () => {
      this.#options.tell(this.#waiting);
    });
  }

  /** A control message came from the endpoint. */
  heard(control: ControlMessage): void {
    this.#isHeard = true;
    const given = acceptedEid(control);
    if (given !== undefined && this.#underWay?.what !== "join" && this.#underWay?.what !== "change") {
      this.#given = given;
      if (this.#record !== undefined) this.#doNext("check");
    }
    const { name } = this.#phase;
    const isAsked = isDiscoveryNotify(control) && name !== "asking" && name !== "idle";
    if (name === "waiting" || isAsked) this.#doNext("look");
  }

  /** EIDs are to be given anew. */
  restart(): void {
    this.#end();
    this.#told.clear();
    this.#look();
  }

  /** What is elsewhere has changed: a bridge here should know. */
  inform(): void {
    const { bridge, clock, port } = this.#options;
    const record = this.#record;
    const ranges = bridge.elsewhere(port.number);
    const text = JSON.stringify(ranges);
    if (record?.pool === undefined || text === this.#informed) return;
    this.#informing?.cancel(clock.now());
    this.#informTrouble = undefined;
    this.#informed = text;
    let isOver = false as boolean;
    const sequence = informing(record.eid, ranges);
    const done = (outcome: Result<undefined, string>): void => {
      isOver = true;
      this.#informing = undefined;
      if (outcome.ok) return;
      this.#informed = undefined;
      this.#informTrouble = `EID ${String(record.eid)} does not take the routes through this bridge: ${outcome.reject}`;
      this.#rest();
    };
    const ticket = runSequence(bridge.router.endpoint, sequence, clock.now(), done, port.local);
    if (!isOver) this.#informing = ticket;
  }

  stop(): void {
    this.#stopped = true;
    this.#end();
  }

  nextDeadline(): Millis | undefined {
    return this.#due?.at;
  }

  expire(): void {
    const due = this.#due;
    this.#due = undefined;
    due?.action();
  }

  /* ---- What is known ---- */

  /** The EID at the other end, as far as it is known. */
  get peerEid(): Eid | undefined {
    return this.#record?.eid ?? this.#given;
  }

  /** What is waited for, and why no endpoint or not all of it is known, a sentence for people each. */
  get notes(): readonly string[] {
    const { discover, port } = this.#options;
    if (discover === "never") {
      return [`Discovery is off (--discover never): the endpoint on ${port.name} keeps its EID (LPC-MCTP-3).`];
    }
    const { packetsReceived, lastSource } = port.local;
    const isHeardFrom = packetsReceived > this.#packetsBefore && lastSource !== undefined;
    const from = isHeardFrom ? `Packets arrive from EID ${String(lastSource)}, which` : undefined;
    switch (this.#phase.name) {
      case "idle":
        return [];
      case "waiting":
        return [...(from === undefined ? [] : [`${from} was not asked who it is.`]), this.#waiting];
      case "asking":
        return [
          from === undefined ? `Discovery on ${port.name} is under way.` : `${from} has not answered discovery yet.`,
        ];
      case "pausing": {
        const next = `next try within ${secondsText(this.#phase.pause)}`;
        if (from === undefined) return [`${this.#noEndpoint(this.#phase.why)}; ${next}.`];
        return [`${from} has not joined on ${port.name} (${this.#phase.why}); ${next}.`];
      }
      case "known":
        return this.#troubles.map((trouble) => `${trouble}.`);
      default:
        return unreachable(this.#phase);
    }
  }

  get #waiting(): string {
    const { port, remedy } = this.#options;
    return `Waiting for a control message on ${port.name} before discovery (LPC-MCTP-19)${remedy}.`;
  }

  #noEndpoint(why: string): string {
    const { name } = this.#options.port;
    return why.endsWith("no response") ? `No endpoint answers on ${name} (${why})` : `No endpoint on ${name}: ${why}`;
  }

  get #record(): EndpointRecord | undefined {
    const { bridge, port } = this.#options;
    return bridge.owner.at(port.number);
  }

  /** What the endpoint has not said or taken, in words for people. */
  get #troubles(): readonly string[] {
    const eid = String(this.#record?.eid ?? 0);
    const { found, poolTrouble } = this.#joined ?? {};
    const uuid = found?.uuidTrouble && `EID ${eid} has not told its UUID (${found.uuidTrouble})`;
    const pool = poolTrouble && `EID ${eid}, a bridge, has no EIDs to give: ${poolTrouble}`;
    return [uuid, pool, this.#informTrouble].filter((trouble) => trouble !== undefined);
  }

  /* ---- An operator's word ---- */

  /** Whether the endpoint is being asked something. */
  get isBusy(): boolean {
    return this.#underWay !== undefined;
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
      this.#converse("change", changeEid(from, to), (outcome) => {
        this.#abandon = undefined;
        if (outcome.ok && this.#joined !== undefined) {
          const { found } = this.#joined;
          this.#joined = { ...this.#joined, found: { ...found, eid: outcome.value.eid } };
        }
        resolve(outcome);
        this.#rest();
      });
    });
  }

  /** It is not known which of these EIDs the endpoint has. */
  lookAnew(possible: readonly Eid[]): void {
    const { bridge, port } = this.#options;
    this.#end();
    this.#leave();
    for (const eid of possible) bridge.owner.reserve(port.number, { first: eid, count: 1 });
    this.#look();
  }

  /* ---- Looking and welcoming ---- */

  #look(): void {
    const { bridge, discover, port } = this.#options;
    this.#due = undefined;
    const mayAsk = discover === "always" || (discover === "announced" && this.#isHeard);
    // Without a pool there is nothing to give; the bus owner's allocation begins it anew.
    if (!mayAsk || !port.isUp || this.#stopped || bridge.pool.count === 0) return;
    this.#phase = { name: "asking" };
    this.#converse("join", joining(bridge.owner, port.number), (outcome) => {
      if (outcome.ok) this.#welcome(outcome.value);
      else this.#failed(outcome.reject);
    });
  }

  #failed(why: string): void {
    const pause = this.#nextPause();
    this.#tellOnce(`${this.#noEndpoint(why)}; next try in ${secondsText(pause)}`, why);
    this.#phase = this.#record === undefined ? { name: "pausing", why, pause } : { name: "known" };
    this.#later(pause, () => {
      if (this.#record === undefined) this.#look();
      else this.#check();
    });
  }

  #welcome(joined: Joined): void {
    const { found, record, poolTrouble, mayGetPool } = joined;
    const before = this.#joined;
    this.#joined = joined;
    this.#phase = { name: "known" };
    this.#options.bridge.updateRoutes();
    this.#options.changed();
    if (record.pool === undefined || before?.record.pool === undefined) this.#informed = undefined;
    const isNew = before?.record.eid !== record.eid || before.record.uuid !== record.uuid;
    if (isNew) {
      this.#told.clear();
      this.#options.tell(this.#welcomeText(joined));
    }
    if (record.pool !== undefined && (isNew || before.record.pool === undefined)) {
      const last = record.pool.first + record.pool.count - 1;
      this.#options.tell(
        `EID ${String(record.eid)} is a bridge and has EIDs ${String(record.pool.first)} to ${String(last)} to give on`,
      );
    }
    if (found.uuidTrouble === undefined && !mayGetPool) this.#pause = FIRST_PAUSE;
    if (poolTrouble !== undefined && !mayGetPool) this.#tellOnce(poolTrouble);
    this.inform();
    this.#rest();
  }

  #welcomeText({ found, record }: Joined): string {
    const types = record.messageTypes.map(messageTypeName).join(", ") || "control only";
    const newest = found.controlVersions.at(-1);
    const version = newest === undefined ? "?" : versionText(newest);
    const unknown = found.uuidTrouble === undefined ? "no UUID" : "UUID not known yet";
    const uuid = record.uuid === undefined ? unknown : `UUID ${record.uuid}`;
    return `${this.#options.welcome(record.eid)}: MCTP ${version}, message types: ${types}, ${uuid}`;
  }

  /* ---- Checking ---- */

  /** Until the next look at the endpoint: soon where something of it is missing, else as often as is asked for. */
  #rest(): void {
    const next = this.#next;
    if (this.#underWay !== undefined || this.#phase.name !== "known") return;
    this.#next = undefined;
    if (next === "look") this.#look();
    else if (next === "check") this.#check();
    else {
      const { checkInterval } = this.#options;
      const pause = this.#isIncomplete ? this.#nextPause() : undefined;
      if (pause !== undefined) {
        for (const trouble of this.#troubles) this.#tellOnce(`${trouble}; next try in ${secondsText(pause)}`, trouble);
      }
      const wait = pause !== undefined && (checkInterval === 0 || pause < checkInterval) ? pause : checkInterval;
      if (wait > 0) this.#later(wait, () => this.#check());
    }
  }

  /** Whether the endpoint may yet say or take what it has not. */
  get #isIncomplete(): boolean {
    const { found, mayGetPool } = this.#joined ?? {};
    return found?.uuidTrouble !== undefined || mayGetPool === true || this.#informTrouble !== undefined;
  }

  #check(): void {
    const record = this.#record;
    this.#due = undefined;
    if (record === undefined) {
      this.#look();
      return;
    }
    this.#converse("check", checkingPresence(record), (finding) => {
      this.#judge(record, finding);
    });
  }

  #judge(record: EndpointRecord, finding: PresenceFinding): void {
    const { bridge, tell, port } = this.#options;
    const who = `EID ${String(record.eid)} on ${port.name}`;
    switch (finding.what) {
      case "same":
        if (record.presence === "silent") tell(`${who} answers again`);
        bridge.owner.answered(record.eid);
        this.#complete();
        return;
      case "notAsked":
        this.#rest();
        return;
      case "silent":
        if (bridge.owner.missed(record.eid) === "silent") {
          if (record.presence === "present") tell(`${who} does not answer`);
          this.#rest();
          return;
        }
        tell(`${who} is gone: no answer to ${String(MISSES_TO_GONE)} checks; looking for it again`);
        break;
      case "renumbered": {
        const against = finding.eid === this.#given ? bridge.owner.moved(port.number, finding.eid) : "";
        if (against === undefined) {
          this.#renumbered(record, finding.eid);
          return;
        }
        const why = against === "" ? "" : ` (${against})`;
        tell(
          `${who} ${finding.eid === 0 ? "was started anew" : `has EID ${String(finding.eid)} now${why}`}; discovering it again`,
        );
        break;
      }
      case "exchanged":
        // One whose UUID was not known before is no other.
        if (record.provisional) {
          this.#look();
          return;
        }
        tell(`${who} is another device now: UUID ${finding.uuid ?? "none"}; discovering it`);
        break;
      default:
        unreachable(finding);
    }
    this.#leave();
    this.#look();
  }

  #renumbered(record: EndpointRecord, eid: Eid): void {
    this.#given = undefined;
    if (this.#joined !== undefined) {
      this.#joined = { ...this.#joined, record: { ...record, eid }, found: { ...this.#joined.found, eid } };
    }
    this.#options.bridge.updateRoutes();
    this.#options.changed();
    this.#options.tell(`EID ${String(record.eid)} on ${this.#options.port.name} has EID ${String(eid)} now, by a tool`);
    this.#rest();
  }

  /** The endpoint is there: it is asked for what is missing of it. */
  #complete(): void {
    const { bridge, port } = this.#options;
    if (this.#joined?.mayGetPool === true) {
      this.#converse("join", settling(bridge.owner, port.number, this.#joined.found), (outcome) => {
        if (outcome.ok) this.#welcome(outcome.value);
        else this.#failed(outcome.reject);
      });
      return;
    }
    if (this.#informTrouble !== undefined) this.inform();
    this.#rest();
  }

  /* ---- Inside ---- */

  #end(): void {
    const now = this.#options.clock.now();
    this.#due = undefined;
    this.#next = undefined;
    this.#informing?.cancel(now);
    this.#informing = undefined;
    this.#informTrouble = undefined;
    this.#informed = undefined;
    this.#underWay?.ticket?.cancel(now);
    this.#underWay = undefined;
    this.#abandon?.();
    this.#abandon = undefined;
    this.#joined = undefined;
    this.#pause = FIRST_PAUSE;
  }

  #leave(): void {
    const { bridge, port } = this.#options;
    this.#joined = undefined;
    this.#phase = { name: "idle" };
    bridge.owner.left(port.number);
    bridge.updateRoutes();
    this.#options.changed();
  }

  /** Does it now, or when the conversation under way is over. */
  #doNext(what: "look" | "check"): void {
    if (this.#underWay !== undefined) this.#next = this.#next === "look" ? "look" : what;
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
    this.#options.tell(line);
  }

  #later(pause: Millis, action: () => void): void {
    if (!this.#stopped) this.#due = { at: later(this.#options.clock.now(), pause), action };
  }

  #converse<Value>(what: Conversation["what"], sequence: ControlSequence<Value>, done: (value: Value) => void): void {
    const { bridge, clock, port } = this.#options;
    this.#due = undefined;
    // In place before the first request, which a peer in the same turn may answer at once.
    const conversation: Conversation = { what };
    this.#underWay = conversation;
    const finish = (value: Value): void => {
      if (this.#underWay === conversation) this.#underWay = undefined;
      if (!this.#stopped) done(value);
    };
    conversation.ticket = runSequence(bridge.router.endpoint, sequence, clock.now(), finish, port.local);
  }
}

function secondsText(time: Millis): string {
  return `${String(time / 1000)} s`;
}
