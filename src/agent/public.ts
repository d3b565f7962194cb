/** What the entries of both roles export beside the role: an agent, its options, what it says of itself, its links. */
export type { Agent } from "./agent.ts";
export type { AgentLog, AgentOptions, RunOptions } from "./start-options.ts";
export type { AgentStatus, EndpointStatus, NodeStatus } from "./status.ts";
export type { Board } from "./board.ts";
export type { BridgeStatus, LinkStatus, Node } from "../node/node.ts";
export type { BusFinding, BusStatus, JudgeMode } from "./bus/bus-watch.ts";
export type { ControlMethod, Notify } from "./control/call.ts";
export type { Group } from "../platform/accounts.ts";
export type { KnownPath } from "../node/path-mtu.ts";
export type { Link, RunningLink } from "../api/link.ts";
export type { LinkKind, LinkPlan, PortLink } from "../node/link.ts";
export type { OpenOptions } from "../platform/kind.ts";
export type { SerialLinkSpec } from "../platform/serial/kind.ts";
export type { SharedFileSpec } from "../platform/shared-file/spec.ts";
export { ENDPOINT_DEFAULTS } from "../core/mctp/endpoint-defaults.ts";
export { PATIENT, type Answer, type Messenger } from "../node/messenger.ts";
