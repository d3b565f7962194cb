/** What agents tell of themselves, as `mctp-lpc status --json` prints it. */
import type { DriveCounters } from "../node/counters.ts";
import type { BridgeStatus } from "../node/node.ts";
import type { KnownPath } from "../node/path-mtu.ts";
import type { PollMode } from "../node/runner.ts";
import type { SerialCounters } from "../core/serial/counters.ts";
import type { BusStatus } from "./bus/bus-watch.ts";
import type { ProgramStatus } from "./services/service-table.ts";
import type { ServiceCounters } from "./services/service-counters.ts";
import type { MisbehaviourStatus } from "./misbehaviour/misbehaviour.ts";
import type { OutputCounters } from "./outputs/output-counters.ts";
import type { WrittenTrace } from "./outputs/trace-file.ts";

type Counts = Readonly<Record<string, number>>;

/** What every agent tells. */
export interface NodeStatus {
  readonly processId: number;
  readonly platform: string;
  readonly uptimeSeconds: number;
  /** 0 until a bus owner gives one. */
  readonly eid: number;
  readonly peerEid: number;
  readonly uuid: string;
  /** What is waited for or went otherwise than asked, a sentence for people each. */
  readonly notes: readonly string[];
  readonly filesReceived: number;
  readonly endpoints: readonly EndpointStatus[];
  /** To endpoints behind bridges that messages were sent to. */
  readonly paths: readonly KnownPath[];
  /** Other programs that serve message types, or wait to. */
  readonly programs: readonly ProgramStatus[];
  /** Of an agent with further links. */
  readonly bridge?: BridgeStatus;
}

/** Of an agent on a board. */
export interface AgentStatus extends NodeStatus {
  readonly role: "host" | "bmc";
  readonly poll: PollMode;
  readonly peerAttached: boolean | undefined;
  readonly channel:
    | {
        readonly up: true;
        readonly version: number;
        readonly mtu: { readonly hostToBmc: number; readonly bmcToHost: number };
      }
    | { readonly up: false; readonly reason: string };
  /** What was found in its bus accesses. */
  readonly bus: BusStatus & { readonly monitors: number };
  /** The trace that is being written. */
  readonly trace?: WrittenTrace;
  /** Of an agent that breaks rules on purpose. */
  readonly misbehaviour?: MisbehaviourStatus;
  readonly counters: {
    readonly binding: Counts;
    readonly mctp: Counts;
    /** Of the bus owner: what it refused endpoints. */
    readonly owner: Counts;
    readonly pldm: Counts;
    /** Of other programs that serve message types, and of the demux socket. */
    readonly services: Readonly<ServiceCounters>;
    /** Of the control socket. */
    readonly control: Counts;
    readonly files: Counts;
    readonly drive: Readonly<DriveCounters>;
    readonly outputs: Readonly<OutputCounters>;
    /** Of an agent with further links. */
    readonly bridge?: Counts;
    /** Of all its serial lines together. */
    readonly serial?: Counts;
    /** Of all its interfaces of the kernel together. */
    readonly tun?: Counts;
  };
}

/** Of an endpoint on a serial line. */
export interface EndpointAgentStatus extends NodeStatus {
  readonly role: "endpoint";
  readonly link: { readonly up: boolean; readonly unit: number };
  readonly counters: {
    readonly mctp: Counts;
    readonly owner: Counts;
    readonly pldm: Counts;
    /** Of other programs that serve message types, and of the demux socket. */
    readonly services: Readonly<ServiceCounters>;
    /** Of the control socket. */
    readonly control: Counts;
    readonly drive: Readonly<DriveCounters>;
    readonly outputs: Readonly<OutputCounters>;
    readonly files: Counts;
    readonly serial: Readonly<SerialCounters>;
  };
}

/** An endpoint that a bus owner has discovered, or found behind a bridge. */
export interface EndpointStatus {
  /** The EID of the bridge that it is behind. */
  readonly bridge?: number;
  readonly eid: number;
  readonly uuid: string | undefined;
  readonly controlVersions: readonly string[];
  readonly messageTypes: readonly number[];
}
