/**
 * Bus owner of one further link: looks for the endpoint at its other end, gives it an EID, tells a bridge there what is
 * elsewhere, and checks whether it is still there. An open line does not say whether anybody listens on it, so the
 * looking goes on. On a board it begins when a control message has come from there (LPC-MCTP-19).
 */
import { TELL_WAITING_MILLISECONDS, type DiscoverMode } from "./discover-mode.ts";
import { monotonicClock } from "./clock.ts";
import type { Bridge } from "../core/mctp/bridge/bridge.ts";
import { informing } from "../core/mctp/bridge/informing.ts";
import type { RouterPort } from "../core/mctp/bridge/router-port.ts";
import { joining, type Joined } from "../core/mctp/bus-owner/joining.ts";
import { GetEndpointId } from "../core/mctp/control/commands/get-endpoint-id.ts";
import { ask, runSequence, type ControlSequence, type SequenceTicket } from "../core/mctp/control/request.ts";
import { versionText } from "../core/mctp/control/version-number.ts";
import { NULL_EID, messageTypeName } from "../core/mctp/message.ts";

/** Pauses between looking for somebody double from the first to the last. */
const FIRST_PAUSE_MILLISECONDS = 500;
const LAST_PAUSE_MILLISECONDS = 8000;

export interface PortOwnerOptions {
  readonly discover: DiscoverMode;
  /** How often whoever is there is asked whether it still is, in milliseconds. */
  readonly checkInterval: number;
  readonly tell: (line: string) => void;
  /** Told after somebody joined or left: routes have changed. */
  readonly onChange: () => void;
}

export class PortOwner {
  readonly #bridge: Bridge;
  readonly #port: RouterPort;
  readonly #options: PortOwnerOptions;
  #underWay: SequenceTicket | undefined;
  /** Tells whoever waits for a conversation that its end will not come. */
  #abandon: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pause = FIRST_PAUSE_MILLISECONDS;
  #toldNobody = false;
  /** The endpoint has sent a control message since the link came up. */
  #isHeard = false;
  #stopped = false;

  constructor(bridge: Bridge, port: RouterPort, options: PortOwnerOptions) {
    this.#bridge = bridge;
    this.#port = port;
    this.#options = options;
  }

  linkChanged(): void {
    this.#isHeard = false;
    this.restart();
    if (this.#mayAsk || !this.#port.isUp || this.#options.discover === "never") return;
    this.#later(TELL_WAITING_MILLISECONDS, () => {
      this.#options.tell(this.#waiting);
    });
  }

  /** What is waited for, a sentence for people each. */
  get notes(): readonly string[] {
    const isWaiting = this.#port.isUp && !this.#isHeard && this.#options.discover === "announced";
    return isWaiting ? [this.#waiting] : [];
  }

  get #waiting(): string {
    return `Waiting for a control message on ${this.#port.name} before discovery (LPC-MCTP-19).`;
  }

  /** A control message came from the endpoint; `isNotify`: Discovery Notify, which asks for a discovery. */
  heard(isNotify: boolean): void {
    const isFirst = !this.#isHeard;
    this.#isHeard = true;
    if (this.#underWay !== undefined || !this.#port.isUp) return;
    const isUnknown = this.#bridge.owner.at(this.#port.number) === undefined;
    if (isNotify || (isFirst && isUnknown)) this.#look();
  }

  /** EIDs are to be given anew. */
  restart(): void {
    this.#end();
    if (!this.#port.isUp) {
      this.#leave();
      return;
    }
    this.#toldNobody = false;
    this.#look();
  }

  /** What is elsewhere has changed: a bridge here should know. */
  inform(): void {
    const record = this.#bridge.owner.at(this.#port.number);
    if (record?.pool === undefined) return;
    const sequence = informing(record.eid, this.#bridge.elsewhere(this.#port.number));
    runSequence(
      this.#bridge.router.endpoint,
      sequence,
      monotonicClock.now(),
      (outcome) => {
        if (outcome.ok) return;
        this.#options.tell(`EID ${String(record.eid)} does not take the routes through this bridge: ${outcome.reject}`);
      },
      this.#port.local,
    );
  }

  /** Whether whoever is here is being asked something. */
  get isBusy(): boolean {
    return this.#underWay !== undefined;
  }

  /**
   * Has a conversation with whoever is here, which must not be busy; undefined where the link was lost before it ended.
   * Checks wait for it: an endpoint that is being given another EID was not started anew.
   */
  converse<Value>(sequence: ControlSequence<Value>): Promise<Value | undefined> {
    clearTimeout(this.#timer);
    return new Promise((resolve) => {
      this.#abandon = () => {
        resolve(undefined);
      };
      this.#converse(sequence, (value) => {
        this.#abandon = undefined;
        this.#checkLater();
        resolve(value);
      });
    });
  }

  /** Nobody knows what EID whoever is here has. */
  lookAnew(): void {
    this.#end();
    this.#leave();
    this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#end();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#underWay?.cancel(monotonicClock.now());
    this.#underWay = undefined;
    this.#abandon?.();
    this.#abandon = undefined;
    this.#pause = FIRST_PAUSE_MILLISECONDS;
  }

  #leave(): void {
    this.#bridge.owner.left(this.#port.number);
    this.#bridge.updateRoutes();
    this.#options.onChange();
  }

  get #mayAsk(): boolean {
    const { discover } = this.#options;
    return discover === "always" || (discover === "announced" && this.#isHeard);
  }

  #look(): void {
    clearTimeout(this.#timer);
    if (!this.#mayAsk) return;
    // Without a pool there is nothing to give; the bus owner's allocation begins it anew.
    if (this.#bridge.pool.count === 0) return;
    this.#converse(joining(this.#bridge.owner, this.#port.number), (outcome) => {
      if (outcome.ok) {
        this.#welcome(outcome.value);
        return;
      }
      if (!this.#toldNobody) {
        const next = `next try in ${String(this.#pause / 1000)} s`;
        this.#options.tell(`nobody to give an EID on ${this.#port.name} yet: ${outcome.reject}; ${next}`);
      }
      this.#toldNobody = true;
      this.#later(this.#pause, () => {
        this.#look();
      });
      this.#pause = Math.min(2 * this.#pause, LAST_PAUSE_MILLISECONDS);
    });
  }

  #welcome({ found, record, poolTrouble }: Joined): void {
    this.#pause = FIRST_PAUSE_MILLISECONDS;
    this.#toldNobody = false;
    this.#bridge.updateRoutes();
    this.#options.onChange();
    const types = record.messageTypes.map(messageTypeName).join(", ") || "control only";
    const newest = found.controlVersions.at(-1);
    const version = newest === undefined ? "?" : versionText(newest);
    const uuid = record.uuid === undefined ? "no UUID" : `UUID ${record.uuid}`;
    const { tell } = this.#options;
    tell(`EID ${String(record.eid)} is on ${this.#port.name}: MCTP ${version}, message types: ${types}, ${uuid}`);
    if (poolTrouble !== undefined) tell(poolTrouble);
    this.inform();
    this.#checkLater();
  }

  #checkLater(): void {
    this.#later(this.#options.checkInterval, () => {
      this.#check();
    });
  }

  /** Asks whoever is there, not whoever has the EID: one that was restarted has none. */
  #check(): void {
    const { owner } = this.#bridge;
    const record = owner.at(this.#port.number);
    if (record === undefined) {
      this.#look();
      return;
    }
    this.#converse(ask(GetEndpointId, NULL_EID, undefined), (answer) => {
      const isSame = answer.ok && answer.value.response.eid === record.eid;
      if (isSame || (!answer.ok && answer.reject.why === "completion")) {
        owner.answered(record.eid);
        this.#checkLater();
        return;
      }
      if (!answer.ok && owner.missed(record.eid) === "silent") {
        this.#checkLater();
        return;
      }
      this.#leave();
      const why = answer.ok ? "was started anew" : "does not answer any more";
      this.#options.tell(`EID ${String(record.eid)} on ${this.#port.name} ${why}; looking for it now and then`);
      this.#look();
    });
  }

  #later(pause: number, action: () => void): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(action, pause);
    // A link without anybody keeps no process alive.
    this.#timer.unref();
  }

  #converse<Value>(sequence: ControlSequence<Value>, done: (value: Value) => void): void {
    let isOver = false as boolean;
    const ticket = runSequence(
      this.#bridge.router.endpoint,
      sequence,
      monotonicClock.now(),
      (value) => {
        isOver = true;
        this.#underWay = undefined;
        if (!this.#stopped) done(value);
      },
      this.#port.local,
    );
    if (!isOver) this.#underWay = ticket;
  }
}
