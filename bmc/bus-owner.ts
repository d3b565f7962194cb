/**
 * The bus owner at work: discovers who is at the other end of the channel, checks whether it is still there, keeps what
 * it knows in a file, and answers the tools.
 */
import type { Agent, EndpointStatus } from "../src/agent/agent.ts";
import { type BusOwnerMethods, busOwnerMethods } from "../src/agent/control/bus-owner-methods.ts";
import { isDiscoveryNotify, type DiscoverMode } from "../src/node/discover-mode.ts";
import type { StateFile } from "../src/node/state-file.ts";
import type { BmcBus } from "../src/core/binding/bus.ts";
import { monotonicClock } from "../src/node/clock.ts";
import { MISSES_TO_GONE, type BusOwner, type EndpointRecord } from "../src/core/mctp/bus-owner/bus-owner.ts";
import { changeEid, joining, type Joined } from "../src/core/mctp/bus-owner/joining.ts";
import { single } from "../src/core/mctp/bus-owner/promises.ts";
import { routeTable, type RoutePort } from "../src/core/mctp/bus-owner/routes.ts";
import { GetEndpointId } from "../src/core/mctp/control/commands/get-endpoint-id.ts";
import { ask, runSequence, type ControlSequence, type SequenceTicket } from "../src/core/mctp/control/request.ts";
import { versionText } from "../src/core/mctp/control/version-number.ts";
import { messageTypeName } from "../src/core/mctp/message.ts";
import { Failure } from "../src/platform/failure.ts";
import type { Eid, Millis } from "../src/core/wire/units.ts";
import { DiscoverySchedule } from "./discovery-schedule.ts";
import { KeptAssignments } from "./kept-assignments.ts";
import type { BmcConfig, BmcState } from "./role/state.ts";

/** The bus owner's port to the host. */
export const HOST_PORT = 0;

export interface BusOwnerServiceOptions {
  /** When endpoints are discovered: some firmware stops at messages that it does not know. */
  readonly discover: DiscoverMode;
  /** How often an endpoint is asked whether it is there; 0: never. */
  readonly checkInterval: Millis;
  /** Where assignments are kept across restarts; undefined: nowhere. */
  readonly store: StateFile | undefined;
  readonly portOf: (port: number) => RoutePort;
}

export class BusOwnerService implements BusOwnerMethods {
  readonly owner: BusOwner;
  /** Told first when the channel has come up or gone. */
  onLinkChange: (() => void) | undefined;
  readonly #agent: Agent<BmcState, BmcConfig, BmcBus>;
  readonly #options: BusOwnerServiceOptions;
  #session = 0;
  readonly #schedule: DiscoverySchedule;
  #check: NodeJS.Timeout | undefined;
  /** One conversation with the endpoint at a time. */
  #underWay: { readonly ticket: SequenceTicket | undefined; readonly abandon: () => void } | undefined;
  readonly #kept: KeptAssignments;
  #stopping = false;

  /** Takes the agent's link changes, its tools' methods and its end. */
  constructor(agent: Agent<BmcState, BmcConfig, BmcBus>, owner: BusOwner, options: BusOwnerServiceOptions) {
    this.#agent = agent;
    this.owner = owner;
    this.#options = options;
    this.#kept = new KeptAssignments(owner, options.store, (line) => {
      agent.tell(line);
    });
    this.#schedule = new DiscoverySchedule({
      mode: options.discover,
      port: agent.endpoint.ownPort,
      begin: () => {
        this.#begin();
      },
      tell: (line) => {
        agent.tell(line);
      },
    });
    for (const line of owner.forgotten) agent.log(line);
    agent.methods = { ...agent.methods, ...busOwnerMethods(this) };
    agent.onLinkChange = (up) => {
      this.onLinkChange?.();
      this.#linkChanged(up);
    };
    agent.onControl = (control) => {
      this.#schedule.heard(isDiscoveryNotify(control));
    };
    if (agent.bridging !== undefined) {
      agent.bridging.onOwnerChange = () => {
        this.#keep();
      };
    }
    agent.onStop = async () => {
      this.#stopping = true;
      this.#endSession();
      this.owner.left(HOST_PORT);
      await this.#kept.save().catch(() => undefined);
    };
  }

  /* ---- What the tools ask ---- */

  get endpoints(): readonly EndpointRecord[] {
    return this.owner.endpoints;
  }

  /** What is waited for, and why nobody is known, a sentence for people each. */
  get notes(): readonly string[] {
    const isKnown = this.owner.at(HOST_PORT) !== undefined;
    return [...this.#schedule.notes(isKnown), ...(this.#agent.bridging?.notes ?? [])];
  }

  get routes(): ReturnType<typeof routeTable> {
    return routeTable(this.owner.endpoints, this.#options.portOf);
  }

  async assign(eid: Eid, target: { readonly uuid?: string; readonly current?: Eid }): Promise<{ here: boolean }> {
    if (this.#options.discover === "never") {
      throw new Failure(
        "no-discovery",
        "this BMC discovers no endpoints (--discover never): start it with --discover announced",
      );
    }
    const record = this.#chosen(target);
    const isHere = record !== undefined && record.presence !== "gone";
    const uuid = record?.uuid ?? target.uuid;
    const against = this.owner.judgeAssignment(eid, { uuid, ...(record === undefined ? {} : { current: record.eid }) });
    if (against !== undefined) throw new Failure("eid-taken", `${against}: choose another, see "mctp-lpc endpoints"`);
    if (isHere) await this.#move(record, eid);
    this.owner.pin(eid, record === undefined ? { uuid } : { current: record.eid });
    if (isHere) {
      if (record.port === HOST_PORT) this.#agent.peerEid = eid;
      // Packets find it by its new EID from now on, on every link.
      this.#agent.bridging?.endpointMoved();
      this.#agent.log(`EID ${String(record.eid)} has EID ${String(eid)} now, by the operator`);
    }
    this.#show();
    await this.#kept.save();
    return { here: isHere };
  }

  #chosen(target: { readonly uuid?: string; readonly current?: Eid }): EndpointRecord | undefined {
    if (target.uuid !== undefined) return this.owner.findUuid(target.uuid);
    const here = this.owner.endpoints.filter(({ presence }) => presence !== "gone");
    if (target.current !== undefined) {
      const found = here.find(({ eid }) => eid === target.current);
      if (found !== undefined) return found;
      throw new Failure(
        "no-endpoint",
        `no endpoint with EID ${String(target.current)} is here: see "mctp-lpc endpoints"`,
      );
    }
    const [only, ...others] = here;
    if (only !== undefined && others.length === 0) return only;
    throw new Failure(
      "which-endpoint",
      only === undefined
        ? "no endpoint is here: name one that is to come with --uuid"
        : "more than one endpoint is here: say which with --uuid, or name its present EID",
    );
  }

  async #move(record: EndpointRecord, eid: Eid): Promise<void> {
    const port = record.port ?? HOST_PORT;
    const further = port === HOST_PORT ? undefined : this.#agent.bridging?.ownerOf(port);
    if (further === undefined ? this.#underWay !== undefined : further.isBusy) {
      throw new Failure("busy", "the endpoint is being asked something else: try again in a moment");
    }
    this.owner.promise(port, single(eid));
    const changing = changeEid(record.eid, eid);
    const changed = await (further === undefined ? this.#converse(changing) : further.converse(changing));
    if (changed === undefined) throw new Failure("link-lost", "the channel was lost before the endpoint took the EID");
    if (changed.ok && changed.value.accepted) return;
    // Whatever it has now, it is to be found out.
    if (further === undefined) {
      this.owner.left(HOST_PORT);
      this.#changed();
      this.#schedule.ask();
    } else further.lookAnew();
    // Until then it may have the one or the other.
    for (const possible of [eid, record.eid]) this.owner.promise(port, single(possible));
    const why = changed.ok ? `the endpoint keeps EID ${String(changed.value.eid)}` : changed.reject;
    throw new Failure("not-assigned", `${why}: EID ${String(eid)} was not assigned`);
  }

  /* ---- Sessions ---- */

  /** Channel Active is presence: who is there is found out anew in every session (LPC-MCTP-3). */
  #linkChanged(up: boolean): void {
    this.#endSession();
    this.owner.left(HOST_PORT);
    this.#changed();
    if (!up || this.#stopping) return;
    this.#schedule.linkUp();
    if (this.#options.discover === "never" || this.#options.checkInterval === 0) return;
    this.#check = setInterval(() => {
      void this.#checkPresence();
    }, this.#options.checkInterval);
    this.#check.unref();
  }

  #endSession(): void {
    this.#session++;
    this.#schedule.linkDown();
    clearInterval(this.#check);
    // Its requests would hold tags and places in a queue that the next session needs.
    this.#underWay?.ticket?.cancel(monotonicClock.now());
    this.#underWay?.abandon();
    this.#underWay = undefined;
  }

  #begin(): void {
    if (this.#underWay !== undefined) {
      this.#schedule.failed("another request to the endpoint is under way");
      return;
    }
    const session = this.#session;
    void this.#converse(joining(this.owner, HOST_PORT)).then((outcome) => {
      if (outcome === undefined || session !== this.#session) return;
      if (outcome.ok) {
        this.#schedule.succeeded();
        this.#welcome(outcome.value);
      } else this.#schedule.failed(outcome.reject);
    });
  }

  #welcome({ found, record, poolTrouble }: Joined): void {
    this.#agent.peerEid = record.eid;
    this.#changed();
    const types = record.messageTypes.map(messageTypeName).join(", ");
    const newest = found.controlVersions.at(-1);
    const version = newest === undefined ? "?" : versionText(newest);
    const uuid = record.uuid === undefined ? "no UUID" : `UUID ${record.uuid}`;
    this.#agent.tell(
      `discovered EID ${String(record.eid)}: MCTP ${version}, message types: ${types || "control only"}, ${uuid}`,
    );
    if (record.pool !== undefined) {
      const { first, count } = record.pool;
      this.#agent.tell(
        `EID ${String(record.eid)} is a bridge and has EIDs ${String(first)} to ${String(first + count - 1)} to give on`,
      );
    }
    if (poolTrouble !== undefined) this.#agent.tell(poolTrouble);
  }

  /** Asks the endpoint for its EID; one that stays silent is gone in the end, and looked for again. */
  async #checkPresence(): Promise<void> {
    const record = this.owner.at(HOST_PORT);
    if (record === undefined || this.#underWay !== undefined) return;
    const answer = await this.#converse(ask(GetEndpointId, record.eid, undefined));
    if (answer === undefined || this.owner.find(record.eid) === undefined) return;
    if (answer.ok && answer.value.response.eid !== record.eid) {
      const now = answer.value.response.eid;
      this.#agent.tell(`EID ${String(record.eid)} has EID ${String(now)} now; discovering it anew`);
      this.owner.left(HOST_PORT);
    } else if (answer.ok || answer.reject.why === "completion") {
      if (record.presence === "silent") this.#agent.tell(`EID ${String(record.eid)} answers again`);
      this.owner.answered(record.eid);
      return;
    } else if (this.owner.missed(record.eid) === "silent") {
      if (record.presence === "present") this.#agent.tell(`EID ${String(record.eid)} does not answer`);
      return;
    } else {
      this.#agent.tell(
        `EID ${String(record.eid)} has stayed silent and is taken for gone after ${String(MISSES_TO_GONE)} checks; discovering it again`,
      );
    }
    this.#changed();
    this.#schedule.ask();
  }

  /** Has a conversation; undefined when the session ended before it did. */
  #converse<Value>(sequence: ControlSequence<Value>): Promise<Value | undefined> {
    const via = this.#agent.bridging?.channel.local;
    return new Promise((resolve) => {
      let isOver = false as boolean;
      const abandon = (): void => {
        isOver = true;
        resolve(undefined);
      };
      const finish = (value: Value): void => {
        if (isOver) return;
        isOver = true;
        this.#underWay = undefined;
        resolve(value);
      };
      const ticket = runSequence(this.#agent.endpoint, sequence, monotonicClock.now(), finish, via);
      if (!isOver) this.#underWay = { ticket, abandon };
    });
  }

  /* ---- What is shown and kept ---- */

  #changed(): void {
    this.#agent.bridging?.channelChanged();
    this.#keep();
  }

  #keep(): void {
    this.#show();
    if (!this.#stopping) this.#kept.changed();
  }

  #show(): void {
    this.#agent.endpoints = this.owner.endpoints
      .filter(({ presence }) => presence !== "gone")
      .map(({ eid, uuid, controlVersions, messageTypes }): EndpointStatus => ({
        eid,
        uuid,
        controlVersions: controlVersions.map(versionText),
        messageTypes,
      }));
  }
}
