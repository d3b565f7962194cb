/**
 * The public surface of `mctp-lpc/host`: the host role of the binding, the boards it runs on, and the host's agent.
 *
 * `createHostSide` makes the role alone, to be driven by hand or by a SideDriver; `createHostAgent` makes what
 * `mctp-lpc host run` runs: the role on a platform, an MCTP endpoint over it, and a control socket for the tools.
 *
 * @module mctp-lpc/host
 */
export { HOST_ROLE, createHostSide, type HostSide } from "./role/side.ts";
export { HOST_STEPS, type HostStep } from "./role/steps.ts";
export { HOST_DEFAULTS, type HostConfig, type HostPhase, type HostState } from "./role/state.ts";
export { hostLink, type HostLinkOptions } from "./link.ts";
export type { Link, RunningLink } from "../src/api/link.ts";
export { createHostAgent, type HostAgent } from "./agent.ts";

export type { OpenOptions } from "../src/platform/kind.ts";
export { openHostPlatform, parsePlatform, type LinkSpec, type PlatformSpec } from "../src/platform/kinds.ts";
export type { AgentOptions, RunOptions } from "../src/agent/start-options.ts";
export type { Agent } from "../src/agent/agent.ts";
export type { Board } from "../src/agent/board.ts";
export type { AgentStatus, EndpointStatus, NodeStatus } from "../src/agent/status.ts";
export { ENDPOINT_DEFAULTS } from "../src/core/mctp/endpoint-defaults.ts";
export type { LinkKind, LinkPlan, PortLink } from "../src/node/link.ts";
export type { BridgeStatus, LinkStatus, Node } from "../src/node/node.ts";
export type { SerialLinkSpec } from "../src/platform/serial/kind.ts";
export type { SharedFileSpec } from "../src/platform/shared-file/spec.ts";
export type { BusFinding, BusStatus, JudgeMode } from "../src/agent/bus/bus-watch.ts";
export type { KnownPath } from "../src/node/path-mtu.ts";
export type { ControlMethod, Notify } from "../src/agent/control/control-socket.ts";
export { PATIENT, type Answer, type Messenger } from "../src/node/messenger.ts";
