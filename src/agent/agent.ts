/**
 * What both agents are: a side of the binding on a platform, an endpoint over it, echo and files, and a control socket
 * for the tools. The wings add what only a host or only a BMC does.
 */
import debugFactory from "debug";
import type { Closure } from "../core/binding/channel.ts";
import { tellLife } from "../core/judge/rows.ts";
import type { RoleState, Side } from "../core/binding/side.ts";
import { monotonicClock } from "../node/clock.ts";
import type { DriveCounters } from "../node/counters.ts";
import { Runner, type PollMode } from "../node/runner.ts";
import { SideDriver } from "../node/side-driver.ts";
import type { ControlMessage } from "../core/mctp/control/codec.ts";
import { uuidText } from "../core/mctp/control/identifiers.ts";
import { Endpoint, type EndpointConfig } from "../core/mctp/endpoint.ts";
import { messageTypeName, typeOf } from "../core/mctp/message.ts";
import type { Failure } from "../platform/failure.ts";
import { abandon, takeAll } from "../platform/scope.ts";
import type { Interrupts } from "../platform/port.ts";
import type { LifeEvent } from "../core/trace/format.ts";
import { toHex } from "../core/wire/bytes.ts";
import type { Eid } from "../core/wire/units.ts";
export { ENDPOINT_DEFAULTS } from "../core/mctp/endpoint-defaults.ts";
import type { BusStatus, BusWatch } from "./bus/bus-watch.ts";
import { downText, endedText } from "./channel-text.ts";
import { Bridging, type BridgeStatus, type BridgingOptions } from "../node/bridging.ts";
import { ControlServer, type ControlMethod } from "./control/control-socket.ts";
import { commonMethods, recorderMethods } from "./control/control-methods.ts";
import { FileReceiver } from "./files/file-receiver.ts";
import { LogLimiter } from "./log-limiter.ts";
import { Messenger } from "../node/messenger.ts";
import type { KnownPath, PathUnits } from "../node/path-mtu.ts";
import { PldmResponder } from "./pldm-responder.ts";
import { VendorResponder } from "./files/vendor-responder.ts";

/** A running platform as the agent needs it, whichever side it is. */
export interface AgentPlatform {
  readonly name: string;
  readonly interrupts: Interrupts;
  peerAttached?(): boolean;
  whenLost?(tell: (why: Failure) => void): void;
  /** Writes to the trace, where there is one, what is no access. */
  tellLife?(event: LifeEvent): void;
  lostInIdr?(): number;
  close(): void;
  abandon?(): void;
}

export interface AgentOptions {
  readonly poll: PollMode;
  /** Where the control socket is. */
  readonly controlPath: string;
  /** Folder for received files; undefined refuses them. */
  readonly inbox: string | undefined;
  readonly largestFileBytes: number;
  /** Further links, to which this agent is a bridge. */
  readonly bridging?: Omit<BridgingOptions, "tell"> | undefined;
  /** One line for people each time something happened. */
  readonly log: (line: string) => void;
}

export interface AgentStatus {
  readonly role: "host" | "bmc";
  readonly processId: number;
  readonly platform: string;
  readonly poll: PollMode;
  readonly uptimeSeconds: number;
  readonly eid: number;
  readonly peerEid: number;
  readonly peerAttached: boolean | undefined;
  readonly uuid: string;
  readonly channel:
    | {
        readonly up: true;
        readonly version: number;
        readonly mtu: { readonly hostToBmc: number; readonly bmcToHost: number };
      }
    | { readonly up: false; readonly reason: string };
  /** What is waited for or went otherwise than asked, a sentence for people each. */
  readonly notes: readonly string[];
  /** What was found in its bus accesses. */
  readonly bus: BusStatus;
  readonly filesReceived: number;
  readonly counters: {
    readonly binding: Readonly<Record<string, number>>;
    readonly mctp: Readonly<Record<string, number>>;
    readonly pldm: Readonly<Record<string, number>>;
    readonly drive: Readonly<DriveCounters>;
    /** Of an agent with further links. */
    readonly bridge?: Readonly<Record<string, number>>;
    /** Of all its serial lines together. */
    readonly serial?: Readonly<Record<string, number>>;
  };
  readonly endpoints: readonly EndpointStatus[];
  /** To endpoints behind bridges that messages were sent to. */
  readonly paths: readonly KnownPath[];
  /** Of an agent with further links. */
  readonly bridge?: BridgeStatus;
}

/** An endpoint that a bus owner has discovered. */
export interface EndpointStatus {
  readonly eid: number;
  readonly uuid: string | undefined;
  readonly controlVersions: readonly string[];
  readonly messageTypes: readonly number[];
}

const REFUSALS: ReadonlySet<Closure> = new Set<Closure>([
  "versionRefused",
  "mtuRefused",
  "magicMismatch",
  "layoutInvalid",
  "declined",
]);

const STOP_LIMIT_MILLISECONDS = 500;
const WATCH_INTERVAL_MILLISECONDS = 500;
/** Looks at the peer before an agent without a session says what it waits for. */
const LOOKS_BEFORE_WAITING = 2;

export class Agent<State extends RoleState, Config, Bus> {
  readonly side: Side<State, Config, Bus>;
  readonly endpoint: Endpoint;
  readonly messenger: Messenger;
  /** Where the agent has further links. */
  readonly bridging: Bridging | undefined;
  /** How large packets to endpoints behind bridges may be, where somebody can be asked for it. */
  paths: PathUnits | undefined;
  /** The EID at the other end of the link, as far as it is known. */
  peerEid: Eid;
  /** Told after the agent itself when the channel has come up or gone. */
  onLinkChange: ((up: boolean) => void) | undefined;
  /** Told of each control message that came in over the channel, after the response to it is queued. */
  onControl: ((control: ControlMessage) => void) | undefined;
  endpoints: readonly EndpointStatus[] = [];
  /** What is waited for or went otherwise than asked, a sentence for people each. */
  notes: () => readonly string[] = () => this.bridging?.notes ?? [];
  /** What the tools may ask of this agent beside what all agents answer; to be set before it starts. */
  methods: Readonly<Record<string, ControlMethod>> = {};
  /** Awaited when the agent stops, after its control socket is closed. */
  onStop: (() => Promise<void>) | undefined;
  /** Resolves when the agent cannot go on, with the reason; `stop` is still to be called. */
  readonly failed: Promise<Failure>;
  readonly #options: AgentOptions;
  readonly #platform: AgentPlatform;
  readonly #watch: BusWatch;
  readonly #runner: Runner;
  readonly #receiver: FileReceiver;
  readonly #responder: VendorResponder;
  readonly #pldm: PldmResponder;
  readonly #limiter: LogLimiter;
  readonly #started = performance.now();
  readonly #debugBinding: debugFactory.Debugger;
  readonly #debugMctp: debugFactory.Debugger;
  #control: ControlServer | undefined;
  #peerTimer: NodeJS.Timeout | undefined;
  #session = 0;
  #looks = 0;
  #stallsTold = 0;
  #refusalTold: Closure | undefined;
  #peerWasAttached: boolean | undefined;
  #stopping: Promise<void> | undefined;
  #lost = false;
  #onBus = false;

  constructor(
    side: Side<State, Config, Bus>,
    bus: Bus,
    watch: BusWatch,
    platform: AgentPlatform,
    endpointConfig: EndpointConfig,
    peerEid: Eid,
    options: AgentOptions,
  ) {
    this.side = side;
    this.peerEid = peerEid;
    this.#options = options;
    this.#limiter = new LogLimiter(options.log, monotonicClock);
    this.#platform = platform;
    this.#watch = watch;
    watch.onLine = (line) => {
      this.tell(line);
    };
    this.#debugBinding = debugFactory(`mctp-lpc:${side.role.name}:binding`);
    this.#debugMctp = debugFactory(`mctp-lpc:${side.role.name}:mctp`);
    this.endpoint = new Endpoint(endpointConfig);
    this.messenger = new Messenger(this.endpoint, monotonicClock);
    this.#receiver = new FileReceiver({
      inbox: options.inbox,
      largestFileBytes: options.largestFileBytes,
      log: (line) => {
        this.tell(line);
      },
    });
    this.#responder = new VendorResponder(this.endpoint, this.#receiver, side.role.name);
    this.#pldm = new PldmResponder(this.endpoint, side.role.name);
    this.bridging = options.bridging === undefined ? undefined : this.#bridge(options.bridging);
    this.paths = this.bridging?.paths;
    const driver = new SideDriver(side, bus, this.bridging?.channel ?? this.endpoint);
    const rounds = watch.watch(driver, side.state, this.endpoint.counters);
    this.#runner = new Runner(rounds, platform.interrupts, monotonicClock, options.poll);
    this.failed = new Promise((resolve) => {
      platform.whenLost?.((why) => {
        this.#lost = true;
        this.#runner.stop();
        resolve(why);
      });
    });
    this.endpoint.onFurtherPort = () => {
      this.messenger.linkChanged();
    };
    this.messenger.onSettled = () => {
      this.#runner.breakTurn();
    };
    this.endpoint.onWork = () => {
      this.#runner.kick();
    };
    this.endpoint.onLinkChange = (up) => {
      this.#linkChanged(up);
    };
    this.endpoint.onControl = (control, _, port) => {
      if (port === this.endpoint.ownPort) this.onControl?.(control);
      else this.bridging?.controlReceived(control, port);
    };
    this.endpoint.onUnsupported = ({ source, tag, bytes }) => {
      this.#debugMctp(
        "nobody takes %s from EID %d, tag %d: %s",
        messageTypeName(typeOf(bytes)),
        source,
        tag,
        toHex(bytes),
      );
    };
  }

  /**
   * Listens on the control socket, opens the further links and goes on the bus. Throws a Failure when the socket or a link
   * cannot be used; the agent has stopped then, and the board is as it was before it was opened.
   */
  async start(): Promise<void> {
    const all = { ...commonMethods(this), ...recorderMethods(this.#watch), ...this.methods };
    try {
      this.#control = await ControlServer.listen(this.#options.controlPath, all);
      await this.bridging?.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#peerWasAttached = this.#platform.peerAttached?.();
    this.#peerTimer = setInterval(() => {
      this.#watchPeer();
    }, WATCH_INTERVAL_MILLISECONDS);
    this.#onBus = true;
    this.#tellLife("started");
    this.#runner.start();
  }

  #bridge(bridging: Omit<BridgingOptions, "tell">): Bridging {
    return new Bridging(this.endpoint, {
      ...bridging,
      tell: (line) => {
        this.tell(line);
      },
    });
  }

  /** Closes the channel in order, as far as the peer lets it, and releases everything. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopNow();
    return this.#stopping;
  }

  log(line: string): void {
    this.#options.log(line);
  }

  /** Logs what the peer brought about, which it may do as often as it likes: not all of it, if it is too much. */
  tell(line: string): void {
    this.#limiter.write(line);
  }

  status(): AgentStatus {
    const { session } = this.side;
    return {
      role: this.side.role.name,
      processId: process.pid,
      platform: this.#platform.name,
      poll: this.#options.poll,
      uptimeSeconds: (performance.now() - this.#started) / 1000,
      eid: this.endpoint.identity.eid,
      peerEid: this.peerEid,
      peerAttached: this.#platform.peerAttached?.(),
      uuid: uuidText(this.endpoint.identity.uuid),
      channel:
        session === undefined
          ? { up: false, reason: this.#downText() }
          : { up: true, version: session.version, mtu: session.mtu },
      notes: this.notes(),
      bus: this.#watch.status(),
      filesReceived: this.#receiver.filesReceived,
      counters: {
        binding: { ...this.side.state.counters },
        mctp: { ...this.endpoint.counters },
        pldm: { ...this.#pldm.counters },
        drive: { floodPaced: this.#runner.paced, linesLeftOut: this.#limiter.linesLeftOut },
        ...this.bridging?.counters,
      },
      endpoints: this.endpoints,
      paths: this.paths?.known ?? [],
      ...(this.bridging === undefined ? {} : { bridge: this.bridging.status() }),
    };
  }

  /** Payload bytes of a packet that this side may send in the open session; 0 without one. */
  packetBytes(): number {
    return this.side.session?.mtu[this.side.role.sends] ?? 0;
  }

  async #stopNow(): Promise<void> {
    clearInterval(this.#peerTimer);
    await takeAll(
      () => this.#control?.close(),
      () => this.onStop?.(),
      () => this.bridging?.stop(!this.#onBus),
      () => (this.#onBus && !this.#lost ? this.#closeChannel() : undefined),
      () => {
        this.#runner.stop();
        this.#tellLife("ended");
        this.#watch.catchUp();
        this.#receiver.close();
      },
      () => {
        if (this.#onBus) this.#platform.close();
        else abandon(this.#platform);
      },
      () => {
        this.#limiter.flush();
      },
    );
  }

  async #closeChannel(): Promise<void> {
    this.#tellLife("stopAsked");
    this.side.stop();
    this.#runner.kick();
    const limit = performance.now() + STOP_LIMIT_MILLISECONDS;
    while (!this.side.stopped && performance.now() < limit) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      this.#runner.kick();
    }
  }

  /** To the trace and to the recorder. An agent that was never on the bus has no life there. */
  #tellLife(event: LifeEvent): void {
    if (!this.#onBus) return;
    this.#platform.tellLife?.(event);
    this.#watch.setTime(monotonicClock.now());
    tellLife(this.#watch.listener, event);
  }

  #linkChanged(up: boolean): void {
    this.#responder.linkChanged();
    const { session } = this.side;
    if (up && session !== undefined) {
      this.#session++;
      const { hostToBmc, bmcToHost } = session.mtu;
      const mtu =
        hostToBmc === bmcToHost
          ? `MTU ${String(hostToBmc)}`
          : `MTU ${String(hostToBmc)} host to BMC, ${String(bmcToHost)} BMC to host`;
      this.tell(`channel up: version ${String(session.version)}, ${mtu} (session ${String(this.#session)})`);
    } else if (!up && this.#stopping === undefined) {
      this.tell(endedText(this.side.state.closure));
    }
    this.#debugBinding("session %o", session);
    this.paths?.forget();
    this.messenger.linkChanged();
    this.onLinkChange?.(up);
  }

  #downText(): string {
    const { role, state } = this.side;
    const peerAttached = this.#platform.peerAttached?.();
    return downText({ role: role.name, platform: this.#platform.name, closure: state.closure, peerAttached });
  }

  /** Why nothing reaches `destination` now, and what the agent waits for; undefined where the way is open. */
  whyDown(destination: Eid): string | undefined {
    return this.endpoint.isUpTo(destination) ? undefined : `the channel is down: ${this.#downText()}`;
  }

  /** Says when the peer's process goes or comes, where the platform can tell, and when it stops taking packets. */
  #watchPeer(): void {
    const peer = this.side.role.name === "host" ? "BMC" : "host";
    const attached = this.#platform.peerAttached?.();
    if (attached !== this.#peerWasAttached) {
      this.#peerWasAttached = attached;
      this.tell(attached === true ? `the ${peer} agent is on the board` : `the ${peer} agent has left the board`);
    }
    if (++this.#looks === LOOKS_BEFORE_WAITING && this.#session === 0) this.tell(`no channel yet: ${this.#downText()}`);
    this.#tellRefusal();
    const lost = this.side.role.name === "bmc" ? this.#platform.lostInIdr?.() : undefined;
    if (lost !== undefined) this.#watch.lookAtCounts(lost);
    const { transmitStalled } = this.side.state.counters;
    if (transmitStalled > this.#stallsTold) {
      this.#stallsTold = transmitStalled;
      // A stall that has ended by now, with its session or with an answer, is no news.
      if (this.side.state.channel?.stallReported !== true) return;
      this.tell(`the ${peer} has not taken a packet in time (LPC-TIME-3); waiting for it`);
    }
  }

  /** A refusal is told once, however often it is asked for again, until a session comes up. */
  #tellRefusal(): void {
    const { closure } = this.side.state;
    if (this.side.session !== undefined) this.#refusalTold = undefined;
    else if (REFUSALS.has(closure) && closure !== this.#refusalTold) {
      this.#refusalTold = closure;
      this.tell(`no channel: ${this.#downText()}`);
    }
  }
}
