/**
 * A node: an endpoint and a router with ports, one for each link. On each port it has an owner's duties or a member's: a
 * bus owner owns all of its ports, any other node is a member on port 0 and owns the others. An agent with one link is a
 * node with one port.
 */
import { randomInt } from "node:crypto";
import { Bridge } from "../core/mctp/bridge/bridge.ts";
import { BRIDGE_COUNTERS, type BridgeCounters } from "../core/mctp/bridge/counters.ts";
import type { RouterPort } from "../core/mctp/bridge/router-port.ts";
import { Router } from "../core/mctp/bridge/router.ts";
import type { Route } from "../core/mctp/bridge/routes.ts";
import type { RoutePort } from "../core/mctp/bridge/routing-information.ts";
import type { BusOwner } from "../core/mctp/bus-owner/bus-owner.ts";
import type { EndpointRecord } from "../core/mctp/bus-owner/endpoint-record.ts";
import type { FarEndpoint } from "../core/mctp/bus-owner/far-endpoints.ts";
import { EndpointCore, type EndpointConfig } from "../core/mctp/endpoint.ts";
import { MCTP_COUNTERS } from "../core/mctp/counters.ts";
import { NULL_EID } from "../core/mctp/message.ts";
import { BASELINE_UNIT, TAGS } from "../core/mctp/packet.ts";
import { SERIAL_COUNTERS, type SerialCounter, type SerialCounters } from "../core/serial/counters.ts";
import { zeroCounters } from "../core/wire/counters.ts";
import { millis, type Eid, type Millis } from "../core/wire/units.ts";
import { takeAll } from "../platform/scope.ts";
import { DEFAULT_SURVEY_INTERVAL } from "./bridge-survey.ts";
import { monotonicClock, type Clock } from "./clock.ts";
import type { DiscoverMode } from "./discover-mode.ts";
import type { LinkPlan, PortLink } from "./link.ts";
import { Messenger } from "./messenger.ts";
import { PathMtus, type FirstStep } from "./path-mtu.ts";
import { PortKernel } from "./port-kernel.ts";
import { PortMember } from "./port-member.ts";
import { PortOwner } from "./port-owner.ts";
import { refusalText } from "./port-text.ts";
import { linkShares } from "./processor-share.ts";
import { TUN_COUNTERS, type TunCounter, type TunCounters } from "./tun-counters.ts";

export interface NodeOptions {
  readonly endpoint: EndpointConfig;
  /** At least one; the first, port 0, leads to the bus owner, or is the main one of a bus owner. */
  readonly links: readonly LinkPlan[];
  /** Of a bus owner: who has which EID. Undefined for a member. */
  readonly owner?: BusOwner | undefined;
  /** EIDs that a member with further links asks the bus owner for. */
  readonly poolSize?: number | undefined;
  /** The EID at the other end of port 0 before it is known. */
  readonly peerEid: Eid;
  /** When endpoints on owned links are asked who they are; a line without sessions is asked at once unless `never`. */
  readonly discover?: DiscoverMode | undefined;
  /** Behind a line that says that an endpoint is waited for: what a user can do. */
  readonly remedy?: string | undefined;
  /** How often a bus owner asks the endpoint on port 0 whether it is still there; 0: never. */
  readonly checkInterval?: Millis | undefined;
  /** How often the endpoints behind bridges are asked who they are; 0: never. Default: DEFAULT_SURVEY_INTERVAL. */
  readonly surveyInterval?: Millis | undefined;
  readonly clock?: Clock | undefined;
  /** Share of one processor that each link may cost, see processor-share.ts. Default: DEFAULT_FLOOD_SHARE. */
  readonly floodShare?: number | undefined;
  /** One line for people about the link of a port, or the endpoint at its other end. */
  readonly tell: (line: string, port: RouterPort, about: "link" | "endpoint") => void;
  /** A link came up or was lost; told before the duties act on it. */
  readonly linkChanged: (port: RouterPort, up: boolean) => void;
  /** More or less is known of the endpoints on owned ports. */
  readonly endpointsChanged?: () => void;
}

export interface LinkStatus {
  readonly port: number;
  readonly name: string;
  readonly up: boolean;
  /** Payload bytes of a packet. */
  readonly unit: number;
  readonly counters: Readonly<SerialCounters> | undefined;
  /** Of an interface of the kernel. */
  readonly tun?: Readonly<TunCounters>;
}

/** Of a node with further links. */
export interface BridgeStatus {
  readonly pool: { readonly first: number; readonly count: number };
  readonly links: readonly LinkStatus[];
  readonly routes: readonly Route[];
  readonly counters: Readonly<BridgeCounters>;
  readonly inTransit: { readonly packets: number; readonly bytes: number };
}

interface NodePort {
  readonly port: RouterPort;
  readonly plan: LinkPlan;
  readonly link: PortLink;
  /** Undefined on a passage. */
  readonly duty: PortOwner | PortMember | PortKernel | undefined;
}

/** How often the endpoints on further links are asked whether they are still there. */
const CHECK_INTERVAL = millis(2000);
const randomTag = (): number => randomInt(TAGS);
const NO_ADDRESS = new Uint8Array(0);

export class Node {
  readonly endpoint: EndpointCore;
  readonly router: Router;
  readonly bridge: Bridge;
  readonly messenger: Messenger;
  /** How large packets to endpoints behind other bridges may be. */
  readonly paths: PathMtus;
  readonly #options: NodeOptions;
  readonly #clock: Clock;
  readonly #ports: readonly NodePort[];
  /** The kernel behind port 1 owns the bus of port 0: packets pass between the two. */
  readonly #isPassage: boolean;
  #isStarted = false;

  /** Makes the links, which `start` opens. Throws a Failure when one cannot be made. */
  constructor(options: NodeOptions) {
    this.#options = options;
    this.#clock = options.clock ?? monotonicClock;
    const { links, owner, poolSize = 0, tell } = options;
    this.#isPassage = links.some(({ kernel }) => kernel?.owner === "kernel");
    this.endpoint = new EndpointCore({ pickTag: randomTag, ...options.endpoint });
    this.messenger = new Messenger(this.endpoint, this.#clock);
    this.router = new Router(this.endpoint);
    const routerPorts = links.map(({ name }) => {
      const port: RouterPort = this.router.addPort(name, (up) => {
        this.#linkChanged(port, up);
      });
      return port;
    });
    const portOf = (port: number): RoutePort => this.#routePort(port);
    const listener = {
      renewed: () => {
        this.#renewed();
      },
      learnt: () => {
        this.#ownedChanged(this.router.ports[0]!);
      },
    };
    if (this.#isPassage) this.router.makePassage();
    this.bridge = new Bridge(
      this.router,
      this.#isPassage ? { poolSize: 0, portOf, isPassage: true } : { poolSize, portOf, owner },
      listener,
    );
    const shares = linkShares(links.length, options.floodShare);
    this.#ports = routerPorts.map((port) => {
      const plan = links[port.number]!;
      const tellOfLink = (line: string): void => {
        tell(line, port, "link");
      };
      const link = plan.open(port, tellOfLink, shares[port.number]!);
      return { port, plan, link, duty: this.#dutyOf(port, plan, link) };
    });
    this.paths = new PathMtus({
      endpoint: this.endpoint,
      firstStep: (destination) => this.#firstStep(destination),
      linkUnit: (destination) => this.#linkTo(destination).unit || BASELINE_UNIT,
      clock: this.#clock,
    });
    this.bridge.owner.refusals.onFirst = (line, port) => {
      tell(line, routerPorts[port]!, "endpoint");
    };
    this.#listen();
  }

  /**
   * Opens the devices of the links, which carry nothing yet: for a process that gives root up between this and `start`.
   * Throws a Failure when one cannot be opened; `stop` closes the others.
   */
  async open(): Promise<void> {
    for (const { link } of [...this.#ports].reverse()) await link.open?.();
  }

  /** Opens the links. Throws a Failure when one cannot be opened; `stop` closes the others. */
  async start(): Promise<void> {
    // Port 0 last: what cannot start has not been on the bus.
    for (const { link } of [...this.#ports].reverse()) await link.start();
    this.#isStarted = true;
  }

  /** Asks no endpoint anything more, then closes all links side by side: one that hangs holds up none of the others. */
  async stop(): Promise<void> {
    for (const { duty, port } of this.#ports) {
      if (duty instanceof PortOwner || duty instanceof PortMember) duty.stop();
      if (duty instanceof PortOwner) this.bridge.owner.left(port.number);
    }
    const ends = [...this.#ports].reverse().map(({ link }) => link.stop(!this.#isStarted));
    // Two may fail, and only the first is thrown.
    void Promise.allSettled(ends);
    await takeAll(...ends.map((end) => () => end));
  }

  /** The EID at the other end of port 0, as far as it is known. */
  get peerEid(): Eid {
    const { duty } = this.#ports[0]!;
    return (duty instanceof PortOwner ? duty.peerEid : this.bridge.upstream) ?? this.#options.peerEid;
  }

  /**
   * Payload bytes of a packet to an endpoint, as far as the way is known: until it was asked for, as few as every link
   * takes. 0 while the link that leads there is down.
   */
  packetBytesTo(destination: Eid): number {
    return Math.min(this.#linkTo(destination).unit, this.endpoint.unitTo?.(destination) ?? Number.POSITIVE_INFINITY);
  }

  /** What is waited for, a sentence for people each. */
  get notes(): readonly string[] {
    return this.#ports.flatMap(({ duty }) => (duty === undefined || duty instanceof PortMember ? [] : duty.notes));
  }

  /** The bus owner's duties on a port; undefined where it is a member or has no such port. */
  ownerOf(port: number): PortOwner | undefined {
    const duty = this.#ports[port]?.duty;
    return duty instanceof PortOwner ? duty : undefined;
  }

  /** Has what is known of an endpoint forgotten: its EID is free. One that is here is discovered anew. */
  forget({ eid, port }: Pick<EndpointRecord, "eid" | "port">): void {
    const duty = port === undefined ? undefined : this.#ports[port]?.duty;
    const isHere = port !== undefined && this.bridge.owner.at(port)?.eid === eid;
    if (duty instanceof PortOwner) duty.forget(eid);
    else this.bridge.owner.forget(eid);
    if (isHere && duty instanceof PortKernel) duty.restart();
    this.endpointsMoved(port ?? 0);
  }

  /** The same of one behind a bridge: it is known again once it has answered. */
  forgetFar({ eid, port }: Pick<FarEndpoint, "eid" | "port">): void {
    this.ownerOf(port)?.forgetFar(eid);
  }

  /** Endpoints on owned ports have other EIDs than they had. */
  endpointsMoved(port: number): void {
    this.bridge.updateRoutes();
    this.#ownedChanged(this.router.ports[port]!);
  }

  /** A link's counters, and its state. */
  get links(): readonly LinkStatus[] {
    return this.#ports.map(({ port, plan, link }) => ({
      port: port.number,
      name: plan.name,
      up: port.isUp,
      unit: link.unit,
      counters: link.counters && { ...link.counters },
      ...(link.tunCounters === undefined ? {} : { tun: { ...link.tunCounters } }),
    }));
  }

  /** Whether the link of a port goes down with port 0's. */
  followsMain(port: number): boolean {
    return this.#ports[port]?.plan.kernel !== undefined;
  }

  /** Rests of all links together, see pacer.ts. */
  get paced(): number {
    return this.#ports.reduce((sum, { link }) => sum + (link.paced ?? 0), 0);
  }

  /** Of all serial lines together; undefined without one. */
  get serialCounters(): Readonly<SerialCounters> | undefined {
    const lines = this.#ports.flatMap(({ link }) => link.counters ?? []);
    if (lines.length === 0) return undefined;
    const sum = zeroCounters(SERIAL_COUNTERS);
    for (const counters of lines) {
      for (const [name, count] of Object.entries(counters)) sum[name as SerialCounter] += count;
    }
    return sum;
  }

  /** Of all interfaces of the kernel together; undefined without one. */
  get tunCounters(): Readonly<TunCounters> | undefined {
    const interfaces = this.#ports.flatMap(({ link }) => link.tunCounters ?? []);
    if (interfaces.length === 0) return undefined;
    const sum = zeroCounters(TUN_COUNTERS);
    for (const counters of interfaces) {
      for (const [name, count] of Object.entries(counters)) sum[name as TunCounter] += count;
    }
    return sum;
  }

  /** Undefined for a node with one link. */
  bridgeStatus(): BridgeStatus | undefined {
    if (this.#ports.length === 1) return undefined;
    const { first, count } = this.bridge.pool;
    return {
      pool: { first, count },
      links: this.links,
      routes: this.router.routes.routes,
      counters: { ...this.router.counters },
      inTransit: this.router.inTransit,
    };
  }

  /* ---- Making ---- */

  #dutyOf(port: RouterPort, plan: LinkPlan, link: PortLink): NodePort["duty"] {
    if (this.#isPassage) return undefined;
    const { discover = "announced", checkInterval = millis(0), remedy = "" } = this.#options;
    const tell = (line: string): void => {
      this.#options.tell(line, port, "endpoint");
    };
    if (this.bridge.isUpstream(port.number)) {
      return new PortMember({ port, announces: plan.showsPresence, clock: this.#clock, tell });
    }
    if (plan.kernel !== undefined) {
      return new PortKernel({
        bridge: this.bridge,
        port,
        eid: plan.kernel.eid,
        setEid: (eid) => link.setKernelEid?.(eid),
        tell,
        changed: () => {
          this.#ownedChanged(port);
        },
      });
    }
    return new PortOwner({
      bridge: this.bridge,
      port,
      welcome: (eid) => (port.number === 0 ? `discovered EID ${String(eid)}` : `EID ${String(eid)} is on ${plan.name}`),
      discover: plan.showsPresence || discover === "never" ? discover : "always",
      remedy,
      checkInterval: port.number === 0 ? checkInterval : CHECK_INTERVAL,
      surveyInterval: this.#options.surveyInterval ?? DEFAULT_SURVEY_INTERVAL,
      clock: this.#clock,
      tell,
      changed: () => {
        this.#ownedChanged(port);
      },
    });
  }

  #listen(): void {
    const { endpoint, messenger } = this;
    const first = this.#ports[0]!.link;
    endpoint.onWork = () => {
      first.kick();
    };
    for (const { port } of this.#ports) this.#tellOfRefusals(port);
    for (const { port, link } of this.#ports.slice(1)) {
      port.onWork = () => {
        link.kick();
      };
    }
    messenger.onSettled = () => {
      for (const { link } of this.#ports) link.endTurn?.();
    };
    endpoint.onControl = (control, source, local) => {
      const duty = this.#ports.find(({ port }) => port.local === local)?.duty;
      if (duty instanceof PortOwner) duty.heard(control, source);
    };
    endpoint.onEidAssigned = (eid, by) => {
      this.bridge.eidAssigned(by);
      this.paths.forget();
      const port = this.router.ports[0]!;
      this.#options.tell(`EID ${String(eid)} assigned by the bus owner, EID ${String(by)}`, port, "endpoint");
    };
  }

  /** What peers are refused because they have had their port's share is told once a port; further ones are counted. */
  #tellOfRefusals(port: RouterPort): void {
    const tell = ({ text, clause }: { readonly text: string; readonly clause: string }): void => {
      this.#options.tell(refusalText(port.name, text, clause), port, "link");
    };
    port.local.onFirstRefusal = (what) => {
      tell(MCTP_COUNTERS[what]);
    };
    port.onFirstTransitFull = () => {
      tell(BRIDGE_COUNTERS.transitFull);
    };
  }

  /* ---- What happens ---- */

  #linkChanged(port: RouterPort, up: boolean): void {
    this.#options.linkChanged(port, up);
    this.paths.forget();
    this.messenger.linkChanged();
    this.#ports[port.number]!.duty?.linkChanged(up);
    if (port.number !== 0) return;
    const unit = up ? this.#ports[0]!.link.unit : 0;
    for (const { link } of this.#ports) link.mainChanged?.(unit);
  }

  /** More or less is known of who is behind a port: bridges at the others should know. */
  #ownedChanged(changed: RouterPort): void {
    this.paths.forget();
    this.#options.endpointsChanged?.();
    for (const { port, duty } of this.#ports) if (port !== changed && duty instanceof PortOwner) duty.inform();
  }

  #renewed(): void {
    const { first, count } = this.bridge.pool;
    if (count > 0) {
      const last = first + count - 1;
      const port = this.router.ports[0]!;
      this.#options.tell(`EIDs ${String(first)} to ${String(last)} to give on the other links`, port, "endpoint");
    }
    for (const { port, duty } of this.#ports) {
      if (port.isUp && (duty instanceof PortOwner || duty instanceof PortKernel)) duty.restart();
    }
  }

  /* ---- The ways ---- */

  #linkTo(destination: Eid): PortLink {
    return (this.#ports[this.router.routes.portOf(destination)] ?? this.#ports[0]!).link;
  }

  /** Who knows the way to an EID behind other bridges; undefined for one on a link of this node. */
  #firstStep(destination: Eid): FirstStep {
    if (this.#isPassage) return undefined;
    const route = this.router.routes.routeOf(destination);
    if (route?.bridge !== undefined) return { firstHop: route.bridge };
    const isMember = this.bridge.isUpstream(0);
    const busOwner = this.peerEid;
    if (route !== undefined || !isMember || busOwner === NULL_EID) return undefined;
    return destination === busOwner || destination === NULL_EID ? undefined : { busOwner };
  }

  #routePort(number: number): RoutePort {
    const { link, plan } = this.#ports[number]!;
    const outgoingUnit = link.unit || BASELINE_UNIT;
    return {
      ...plan.kind,
      address: NO_ADDRESS,
      incomingUnit: (link.incomingUnit ?? link.unit) || BASELINE_UNIT,
      outgoingUnit,
    };
  }
}
