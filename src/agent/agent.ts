/** An agent: a node with a control socket for the tools, a log, and services: echo, files and the base of PLDM. */
import debugFactory from "debug";
import { withinTime } from "../node/within-time.ts";
import type { FarIdentity } from "../core/mctp/bus-owner/far-endpoints.ts";
import { uuidText } from "../core/mctp/control/identifiers.ts";
import type { EidRange } from "../core/mctp/control/routing.ts";
import { versionText } from "../core/mctp/control/version-number.ts";
import type { RoleState } from "../core/binding/side.ts";
import { NULL_EID, messageTypeName, typeOf, type Message } from "../core/mctp/message.ts";
import { toHex } from "../core/wire/bytes.ts";
import { zeroCounters } from "../core/wire/counters.ts";
import type { Eid } from "../core/wire/units.ts";
import { assignEid, type AssignTarget } from "../node/assigning.ts";
import { forgetEndpoints, type ForgetTarget, type ForgottenEndpoint } from "../node/forgetting.ts";
import { monotonicClock } from "../node/clock.ts";
import { KeptAssignments } from "../node/kept-assignments.ts";
import { lastSave } from "../node/last-save.ts";
import { Node, type NodeOptions } from "../node/node.ts";
import type { StateFile } from "../node/state-file.ts";
import { Failure } from "../platform/failure.ts";
import type { HostPort, Platform } from "../platform/port.ts";
import { dropPrivileges } from "../platform/privileges.ts";
import { takeAll } from "../platform/scope.ts";
import type { Board } from "./board.ts";
import { busOwnerMethods, type BusOwnerMethods } from "./control/bus-owner-methods.ts";
import { busMethods, commonMethods } from "./control/control-methods.ts";
import { refusing } from "./control/methods.ts";
import { CONTROL_COUNTERS } from "./control/control-counters.ts";
import type { ControlMethod } from "./control/call.ts";
import { serveMethods } from "./control/serve-methods.ts";
import { ControlServer, type AgentRole } from "./control/control-socket.ts";
import type { FileTell } from "./files/receiver-log.ts";
import { FileReceiver } from "./files/file-receiver.ts";
import { VendorResponder } from "./files/vendor-responder.ts";
import { handlerFailureText } from "./handler-failure.ts";
import { LogLimiter } from "./log-limiter.ts";
import { OUTPUT_COUNTERS } from "./outputs/output-counters.ts";
import { DEBUG_SHOWN_BYTES } from "./outputs/standard-outputs.ts";
import { PldmResponder } from "./pldm-responder.ts";
import { DemuxServer } from "./services/demux-server.ts";
import { ServiceTable } from "./services/service-table.ts";
import type { AgentEndpointConfig } from "./identity.ts";
import type { AgentOptions } from "./start-options.ts";
import type { AgentStatus, EndpointAgentStatus, EndpointStatus } from "./status.ts";
import type { LogEvent } from "../platform/log-events.ts";

/** What an agent is, beside what it was started with. */
export interface AgentPlan {
  readonly role: AgentRole;
  /** For people: "shm:/dev/shm/board". */
  readonly place: string;
  readonly node: Omit<NodeOptions, "endpoint" | "tell" | "linkChanged" | "endpointsChanged"> & {
    readonly endpoint: AgentEndpointConfig;
  };
  /** Where a bus owner's assignments are kept across restarts; undefined: nowhere. */
  readonly store?: StateFile | undefined;
}

/** Milliseconds of a stop that tools which follow the bus are told of its end in. */
const MONITOR_STOP_LIMIT = 500;

const NO_BUS = new Failure(
  "no-board",
  "this agent is on a serial line, and has no bus accesses: ask one on a board, with --agent host or --agent bmc",
);

/** What the log's budget of lines about programs that serve message types goes by. */
const PROGRAMS = "programs";

/** How often an agent without a board says that its loop serves. */
const BEAT_MILLISECONDS = 500;

/** A board of either side. */
export type AnyBoard = Board<Platform<HostPort>, RoleState, unknown, unknown>;

export class Agent<
  OnBoard extends Omit<AnyBoard, "side"> | undefined = AnyBoard | undefined,
> implements BusOwnerMethods {
  readonly node: Node;
  /** Undefined for an endpoint on a line. */
  readonly board: OnBoard;
  /** Resolves when the agent cannot go on, with the reason; `stop` is still to be called. */
  readonly failed: Promise<Failure>;
  /** Told when `stateText` may have changed. */
  onState: (() => void) | undefined;
  /** Told when the agent has served its first link: each second at least. */
  onServed: (() => void) | undefined;
  readonly #options: AgentOptions;
  readonly #plan: AgentPlan;
  readonly #receiver: FileReceiver;
  readonly #responder: VendorResponder;
  readonly #pldm: PldmResponder;
  readonly #services: ServiceTable;
  readonly #limiter: LogLimiter;
  readonly #kept: KeptAssignments;
  readonly #started = performance.now();
  #control: ControlServer | undefined;
  #demux: DemuxServer | undefined;
  #beat: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;
  #isStopping = false;

  constructor(options: AgentOptions, plan: AgentPlan, board: OnBoard) {
    this.#options = options;
    this.#plan = plan;
    this.board = board;
    this.#limiter = new LogLimiter(options.log, monotonicClock, options.log.wants);
    this.node = new Node({
      ...plan.node,
      tell: (line, port, about, event) => {
        this.#limiter.write(port.name, about, line, event);
      },
      linkChanged: ({ number, name, local }, up) => {
        if (!up) this.#services.portLost(local);
        if (number === 0) this.#responder.linkChanged();
        if (number === 0 && board !== undefined) board.linkChanged(up, this.#isStopping);
        else {
          if (up) this.#limiter.write(name, "link", `${name} is open`, "link-up");
          this.onState?.();
        }
      },
      endpointsChanged: () => {
        if (!this.#isStopping) this.#kept.changed();
      },
    });
    const { endpoint, bridge } = this.node;
    const { inbox, largestFileBytes, inboxQuotaBytes } = options;
    const tellOfFiles: FileTell = (line, port, event) => {
      this.#limiter.write(this.node.router.ports[port]!.name, "files", line, event);
    };
    this.#receiver = new FileReceiver({ inbox, largestFileBytes, quotaBytes: inboxQuotaBytes, log: tellOfFiles });
    const { identity, services } = plan.node.endpoint;
    this.#services = new ServiceTable({
      endpoint,
      announced: { messageTypes: identity.messageTypes, vendors: services.vendors },
      tell: (line, event) => {
        this.#limiter.write(PROGRAMS, "link", line, event);
      },
    });
    const portOf = ({ arrival }: Message): number =>
      Math.max(
        0,
        this.node.router.ports.findIndex(({ local }) => local === arrival),
      );
    this.#responder = new VendorResponder(endpoint, this.#receiver, plan.role, portOf, this.#services);
    this.#pldm = new PldmResponder(endpoint, plan.role, this.#services);
    this.#kept = new KeptAssignments(bridge.owner, plan.store, options.log);
    // A line that is lost is opened again: an agent without a board has nothing to fail by.
    this.failed = board?.failed ?? new Promise(() => undefined);
    if (board !== undefined) {
      board.onState = () => this.onState?.();
      board.onTurn = () => this.onServed?.();
    }
    const debug = debugFactory(`mctp-lpc:${plan.role}:mctp`);
    endpoint.onHandlerFailure = (failure) => {
      options.log(handlerFailureText(failure), "handler-failed");
    };
    endpoint.onUnsupported = ({ source, tag, bytes }) => {
      if (!debug.enabled) return;
      const shown = toHex(bytes.subarray(0, DEBUG_SHOWN_BYTES));
      debug("no handler takes %s from EID %d, tag %d: %s", messageTypeName(typeOf(bytes)), source, tag, shown);
    };
    for (const line of bridge.owner.forgotten) options.log(line, "endpoint-trouble");
  }

  /**
   * Opens the links, gives root up where another user was asked for, listens on the control socket and goes on the bus:
   * nothing that a stranger sends is read before root is given up. Throws a Failure when the socket or a link cannot
   * be used; the agent has stopped then, and the board is as it was before it was opened.
   */
  async start(): Promise<void> {
    try {
      await this.node.open();
      const runsAs = dropPrivileges();
      if (runsAs !== undefined) this.log(runsAs, "user");
      this.#control = await ControlServer.listen(this.#options.controlPath, this.#methods(), {
        tell: (line, event) => {
          this.log(line, event);
        },
        group: this.#options.controlGroup,
      });
      const { demux } = this.#options;
      if (demux !== undefined) {
        this.#demux = await DemuxServer.listen({
          ...demux,
          endpoint: this.node.endpoint,
          services: this.#services,
          tell: (line, event) => {
            this.#limiter.write(PROGRAMS, "link", line, event);
          },
        });
        this.log(`demux socket ${demux.address}`);
      }
      await this.node.start();
      // A line has no rounds: what is served there, the event loop serves.
      if (this.board === undefined) this.#beat = setInterval(() => this.onServed?.(), BEAT_MILLISECONDS).unref();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Closes the links in order, as far as the peers let it, and releases everything. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopNow();
    return this.#stopping;
  }

  log(line: string, event?: LogEvent): void {
    this.#options.log(line, event);
  }

  /* ---- What the tools ask ---- */

  get messenger(): Node["messenger"] {
    return this.node.messenger;
  }

  /** The EID at the other end of the link, as far as it is known. */
  get peerEid(): Eid {
    return this.node.peerEid;
  }

  /** Payload bytes of a packet that this agent may send to an endpoint now; 0 while no way there is up. */
  packetBytesTo(destination: Eid): number {
    return this.node.packetBytesTo(destination);
  }

  /** The first link in a sentence: up and how, or down and what the agent waits for. */
  get stateText(): string {
    if (this.board !== undefined) return this.board.stateText;
    const { eid } = this.node.endpoint.identity;
    const { name, up } = this.node.links[0]!;
    return up
      ? `${name} is open, ${eid === NULL_EID ? "no EID yet" : `EID ${String(eid)}`}`
      : `${name} is down; opening it again`;
  }

  /** Why nothing reaches `destination` now, and what the agent waits for; undefined where the way is open. */
  whyDown(destination: Eid): string | undefined {
    const { endpoint, router, links } = this.node;
    if (endpoint.isUpTo(destination)) return undefined;
    const port = Math.max(0, router.routes.portOf(destination));
    const isOfChannel = port === 0 || (this.node.followsMain(port) && links[0]?.up === false);
    if (isOfChannel && this.board !== undefined) return `the channel is down: ${this.board.downText}`;
    return `${links[port]!.name} is down; opening it again`;
  }

  get endpoints(): BusOwnerMethods["endpoints"] {
    return this.node.bridge.owner.endpoints;
  }

  get farEndpoints(): BusOwnerMethods["farEndpoints"] {
    return this.node.bridge.far.endpoints;
  }

  isStaticPool(pool: EidRange): boolean {
    return this.node.bridge.owner.isStaticPool(pool);
  }

  get routes(): BusOwnerMethods["routes"] {
    return this.node.bridge.routes;
  }

  get notes(): readonly string[] {
    return [...(this.board?.notes ?? []), ...this.node.notes];
  }

  async assign(eid: Eid, target: AssignTarget): Promise<{ readonly here: boolean }> {
    if (this.#plan.node.owner === undefined) {
      throw new Failure("no-bus-owner", "this agent is no bus owner: ask the BMC's, with --agent bmc");
    }
    if (this.#plan.node.discover === "never") {
      throw new Failure(
        "no-discovery",
        "this BMC discovers no endpoints (--discover never): start it with --discover announced",
      );
    }
    const { here, before } = await assignEid(this.node, eid, target);
    if (before !== undefined) this.log(`EID ${String(before)} has EID ${String(eid)} now, by the operator`, "endpoint");
    await this.#kept.save();
    return { here };
  }

  async forget(target: ForgetTarget): Promise<readonly ForgottenEndpoint[]> {
    const forgotten = forgetEndpoints(this.node, target);
    for (const { eid, here } of forgotten) {
      const then = here ? "; its endpoint is discovered anew" : "";
      this.log(`EID ${String(eid)} is forgotten, by the operator${then}`, "endpoint");
    }
    await this.#kept.save();
    return forgotten;
  }

  status(): AgentStatus | EndpointAgentStatus {
    const { node } = this;
    const { endpoint, paths } = node;
    const bridge = node.bridgeStatus();
    const serial = node.serialCounters;
    const tun = node.tunCounters;
    const shared = {
      processId: process.pid,
      platform: this.#plan.place,
      uptimeSeconds: (performance.now() - this.#started) / 1000,
      eid: endpoint.identity.eid,
      peerEid: this.peerEid,
      uuid: uuidText(endpoint.identity.uuid),
      notes: this.notes,
      filesReceived: this.#receiver.filesReceived,
      endpoints: [
        ...this.endpoints.filter(({ presence }) => presence !== "gone").map((one) => endpointStatus(one)),
        ...this.farEndpoints.map((one) => endpointStatus(one, one.bridge)),
      ],
      paths: paths.known,
      programs: this.#services.programs,
      ...(bridge === undefined ? {} : { bridge }),
    };
    const mctp = { ...endpoint.counters };
    const owner = { ...node.bridge.owner.refusals.counters };
    const pldm = { ...this.#pldm.counters };
    const onBoard = this.board?.status();
    const { bellsRefused = 0, busUnanswered = 0 } = onBoard ?? {};
    const drive = { floodPaced: node.paced, linesLeftOut: this.#limiter.linesLeftOut, bellsRefused, busUnanswered };
    const control = { ...(this.#control?.counters ?? zeroCounters(CONTROL_COUNTERS)) };
    const files = { ...this.#receiver.counters };
    const services = { ...this.#services.counters };
    const outputs = {
      ...zeroCounters(OUTPUT_COUNTERS),
      ...this.board?.recordingCounts,
      ...this.#options.log.losses,
      stateWritesFailed: this.#kept.writesFailed,
    };
    if (onBoard === undefined) {
      const { up, unit } = node.links[0]!;
      return {
        role: "endpoint",
        ...shared,
        link: { up, unit },
        counters: { mctp, owner, pldm, services, files, drive, control, outputs, serial: serial! },
      };
    }
    const { counters, bellsRefused: _bells, busUnanswered: _accesses, ...board } = onBoard;
    return {
      ...board,
      ...shared,
      counters: {
        ...counters,
        mctp,
        owner,
        pldm,
        services,
        control,
        drive,
        outputs,
        files,
        ...(bridge === undefined ? {} : { bridge: bridge.counters }),
        ...(serial === undefined ? {} : { serial }),
        ...(tun === undefined ? {} : { tun }),
      },
    };
  }

  /* ---- Inside ---- */

  #methods(): Readonly<Record<string, ControlMethod>> {
    return {
      ...commonMethods(this),
      ...busOwnerMethods(this.node.bridge.isBridge ? this : undefined),
      ...serveMethods(this.#services),
      ...(this.board === undefined
        ? refusing(["recorder", "monitor", "startTrace", "stopTrace"], NO_BUS)
        : busMethods(this.board, this.#options.ownFiles ?? [], this.#options.inbox)),
    };
  }

  /**
   * The peers first: boards and lines are left whatever the rest does. The state is saved beside that. Clients, files and
   * log come after.
   */
  async #stopNow(): Promise<void> {
    this.#isStopping = true;
    this.#services.stop();
    clearInterval(this.#beat);
    this.board?.stop();
    const left = this.node.stop();
    const hungUp = this.#hangUp(left);
    const saved = lastSave(
      () => this.#kept.save(),
      (line, event) => {
        this.log(line, event);
      },
    );
    await takeAll(
      () => left,
      () => this.board?.recordingsWritten(),
      () => hungUp,
      () => saved,
      () => {
        this.#receiver.close();
      },
      () => {
        this.#limiter.flush();
      },
    );
  }

  /** Tools that follow the bus are told of its end first. */
  async #hangUp(left: Promise<unknown>): Promise<void> {
    const { monitors } = this.board ?? {};
    if (monitors !== undefined && monitors.count > 0) {
      await withinTime(
        left.catch(() => undefined),
        MONITOR_STOP_LIMIT,
      );
      monitors.end();
      // The answers to their calls are written in this turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all([this.#control?.close(), this.#demux?.close()]);
  }
}

function endpointStatus(
  {
    eid,
    uuid,
    controlVersions,
    messageTypes,
  }: Omit<EndpointStatus, "controlVersions"> & Pick<FarIdentity, "controlVersions">,
  bridge?: Eid,
): EndpointStatus {
  const told = { eid, uuid, controlVersions: controlVersions.map(versionText), messageTypes };
  return bridge === undefined ? told : { ...told, bridge };
}
