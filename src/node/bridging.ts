/** An agent as a bridge: its endpoint on a router between the channel and further links, which it owns. */
import { monotonicClock } from "./clock.ts";
import { LineDriver } from "./line-driver.ts";
import { Bridge } from "../core/mctp/bridge/bridge.ts";
import { informing } from "../core/mctp/bridge/informing.ts";
import type { BridgeCounters } from "../core/mctp/bridge/counters.ts";
import { Router } from "../core/mctp/bridge/router.ts";
import type { RouterPort } from "../core/mctp/bridge/router-port.ts";
import type { Route } from "../core/mctp/bridge/routes.ts";
import type { LinkKind } from "../core/mctp/bridge/routing-information.ts";
import type { BusOwner } from "../core/mctp/bus-owner/bus-owner.ts";
import type { ControlMessage } from "../core/mctp/control/codec.ts";
import { runSequence } from "../core/mctp/control/request.ts";
import type { RoutePort } from "../core/mctp/bus-owner/routes.ts";
import type { Endpoint } from "../core/mctp/endpoint.ts";
import type { EndpointPort } from "../core/mctp/endpoint-port.ts";
import { BASELINE_UNIT } from "../core/mctp/packet.ts";
import { Failure } from "../platform/failure.ts";
import { takeAll } from "../platform/scope.ts";
import { SerialLine } from "../platform/serial/serial-line.ts";
import { SERIAL_COUNTERS, type SerialCounter, type SerialCounters } from "../core/serial/counters.ts";
import { zeroCounters } from "../core/wire/counters.ts";
import type { Eid } from "../core/wire/units.ts";
import { isDiscoveryNotify, type DiscoverMode } from "./discover-mode.ts";
import type { LinkSpec } from "../platform/kinds.ts";
import type { SharedFileSpec } from "../platform/shared-file/kind.ts";
import { PathUnits, type FirstStep } from "./path-mtu.ts";
import { PortOwner } from "./port-owner.ts";

/** What drives a further link for the port that it was made with. */
export interface FurtherLink {
  /** Payload bytes of a packet; 0 while that is not known. */
  readonly unit: number;
  /** Of a serial line. */
  readonly counters: Readonly<SerialCounters> | undefined;
  kick(): void;
  /** Throws a Failure when the link cannot be used. */
  start(): Promise<void>;
  /** `inVain`: the agent could not start; what was made for the link goes, too. */
  stop(inVain?: boolean): Promise<void>;
}

/** Makes the link of a second board. Which side the agent has there is none of this file's business. */
export type OpenBoardLink = (spec: SharedFileSpec, port: RouterPort, tell: (line: string) => void) => FurtherLink;

export interface BridgingOptions {
  readonly links: readonly LinkSpec[];
  readonly openBoardLink?: OpenBoardLink | undefined;
  /** EIDs to ask the bus owner for. */
  readonly poolSize: number;
  /** When the endpoints on further boards are discovered; those on serial lines are asked at once. Default: announced. */
  readonly discover?: DiscoverMode | undefined;
  /** Of the BMC's agent: who has all the EIDs, and is told of the links' endpoints through it. */
  readonly owner?: BusOwner | undefined;
  readonly tell: (line: string) => void;
}

export interface LinkStatus {
  readonly port: number;
  readonly name: string;
  readonly up: boolean;
  /** Payload bytes of a packet. */
  readonly unit: number;
  readonly counters: Readonly<SerialCounters> | undefined;
}

export interface BridgeStatus {
  readonly pool: { readonly first: number; readonly count: number };
  readonly links: readonly LinkStatus[];
  readonly routes: readonly Route[];
  readonly counters: Readonly<BridgeCounters>;
  readonly inTransit: { readonly packets: number; readonly bytes: number };
}

/** How control messages name the links (DSP0239): bindings of a vendor and serial, the medium unspecified. */
const CHANNEL: LinkKind = { binding: 0xff, medium: 0x00 };
const SERIAL: LinkKind = { binding: 0x05, medium: 0x00 };

const NO_ADDRESS = new Uint8Array(0);

const CHECK_MILLISECONDS = 2000;

export class Bridging {
  readonly router: Router;
  readonly bridge: Bridge;
  /** What the channel's driver sends and receives for. */
  readonly channel: RouterPort;
  /** Told when somebody has joined or left on a further link. */
  onOwnerChange: (() => void) | undefined;
  readonly #options: BridgingOptions;
  /** How large packets to endpoints behind other bridges may be. */
  readonly paths: PathUnits;
  readonly #links: { readonly port: RouterPort; readonly driver: FurtherLink; readonly owner: PortOwner }[];

  constructor(endpoint: Endpoint, options: BridgingOptions) {
    this.#options = options;
    this.router = new Router(endpoint);
    this.channel = this.router.addPort("channel");
    const drivers = options.links.map((spec) => {
      const port = this.router.addPort(spec.name);
      const driver = this.#open(spec, port);
      port.onWork = () => {
        driver.kick();
      };
      return { port, driver };
    });
    this.bridge = new Bridge(this.router, {
      poolSize: options.poolSize,
      owner: options.owner,
      kindOf: (port) => this.#kindOf(port),
    });
    this.paths = new PathUnits(
      endpoint,
      (destination) => this.#firstStep(destination),
      (destination) => this.router.ports[this.router.routes.portOf(destination)]?.unit || BASELINE_UNIT,
    );
    const changed = (): void => {
      this.paths.forget();
      this.onOwnerChange?.();
    };
    this.#links = drivers.map(({ port, driver }) => ({
      port,
      driver,
      owner: new PortOwner(this.bridge, port, {
        discover: this.#isSerial(port.number) ? "always" : (options.discover ?? "announced"),
        checkInterval: CHECK_MILLISECONDS,
        tell: options.tell,
        onChange: changed,
      }),
    }));
    for (const { port, owner } of this.#links) {
      port.onLinkChange = (up) => {
        if (up) options.tell(`${port.name} is open`);
        owner.linkChanged();
      };
    }
    this.bridge.onRenewal = () => {
      this.#renewed();
    };
    this.bridge.onLearnt = () => {
      changed();
      for (const { owner } of this.#links) owner.inform();
    };
  }

  /** How routing tables name a further link. */
  routePort(port: number): RoutePort {
    const unit = this.router.ports[port]?.unit || BASELINE_UNIT;
    return { ...this.#kindOf(port), address: NO_ADDRESS, incomingUnit: unit, outgoingUnit: unit };
  }

  /** Opens the links. Throws a Failure when one cannot be opened; the others are shut again by `stop`. */
  async start(): Promise<void> {
    for (const { driver } of this.#links) await driver.start();
  }

  async stop(inVain = false): Promise<void> {
    for (const { owner } of this.#links) owner.stop();
    await takeAll(
      ...this.#links.map(
        ({ driver }) =>
          () =>
            driver.stop(inVain),
      ),
    );
  }

  /** Somebody has joined or left on the channel of a bus owner. */
  channelChanged(): void {
    this.bridge.updateRoutes();
    this.paths.forget();
    const record = this.bridge.owner.at(this.channel.number);
    if (record?.pool === undefined) return;
    const sequence = informing(record.eid, this.bridge.elsewhere(this.channel.number));
    runSequence(this.router.endpoint, sequence, monotonicClock.now(), (outcome) => {
      if (outcome.ok) return;
      this.#options.tell(`EID ${String(record.eid)} does not take the routes through this bridge: ${outcome.reject}`);
    });
  }

  /** An endpoint on any of the links has another EID than it had: all that packets are sent by is to be known anew. */
  endpointMoved(): void {
    this.channelChanged();
    for (const { owner } of this.#links) owner.inform();
  }

  /** A control message came in at a port that is not the channel's, and was answered. */
  controlReceived(control: ControlMessage, at: EndpointPort): void {
    const link = this.#links.find(({ port }) => port.local === at);
    link?.owner.heard(isDiscoveryNotify(control));
  }

  /** What the bus owners of the further links wait for, a sentence for people each. */
  get notes(): readonly string[] {
    return this.#links.flatMap(({ owner }) => owner.notes);
  }

  /** The bus owner of a further link. */
  ownerOf(port: number): PortOwner | undefined {
    return this.#links.find((link) => link.port.number === port)?.owner;
  }

  /** The bus owner behind the channel has given the EID. */
  eidAssigned(by: Eid): void {
    this.bridge.eidAssigned(by);
  }

  /** Counters of the router, and of all lines together. */
  get counters(): { readonly bridge: Readonly<BridgeCounters>; readonly serial: Readonly<SerialCounters> } {
    const serial = zeroCounters(SERIAL_COUNTERS);
    for (const { driver } of this.#links) {
      for (const [name, count] of Object.entries(driver.counters ?? {})) serial[name as SerialCounter] += count;
    }
    return { bridge: { ...this.router.counters }, serial };
  }

  status(): BridgeStatus {
    const { pool } = this.bridge;
    return {
      pool: { first: pool.first, count: pool.count },
      links: [
        { port: 0, name: this.channel.name, up: this.channel.isUp, unit: this.channel.unit, counters: undefined },
        ...this.#links.map(({ port, driver }) => ({
          port: port.number,
          name: port.name,
          up: port.isUp,
          unit: driver.unit,
          counters: driver.counters && { ...driver.counters },
        })),
      ],
      routes: this.router.routes.routes,
      counters: { ...this.router.counters },
      inTransit: this.router.inTransit,
    };
  }

  #open(spec: LinkSpec, port: RouterPort): FurtherLink {
    const { openBoardLink, tell } = this.#options;
    if (spec.kind === "serial") {
      const { unit, escaping } = spec;
      const driver = new LineDriver(new SerialLine(spec), port, monotonicClock, { unit, escaping });
      driver.onLost = ({ message }) => {
        tell(message);
      };
      return driver;
    }
    if (openBoardLink !== undefined) return openBoardLink(spec, port, tell);
    throw new Failure("link-spec", `${spec.name}: this agent takes serial lines only as further links`);
  }

  #kindOf(port: number): LinkKind {
    return this.#isSerial(port) ? SERIAL : CHANNEL;
  }

  #isSerial(port: number): boolean {
    return this.#options.links[port - 1]?.kind === "serial";
  }

  #renewed(): void {
    const { first, count } = this.bridge.pool;
    if (count > 0) {
      const last = first + count - 1;
      this.#options.tell(`EIDs ${String(first)} to ${String(last)} to give on the other links`);
    }
    for (const { port, owner } of this.#links) if (port.isUp) owner.restart();
  }

  #firstStep(destination: Eid): FirstStep {
    const route = this.router.routes.routeOf(destination);
    return route?.bridge === undefined ? undefined : { firstHop: route.bridge };
  }
}
