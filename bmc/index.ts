/**
 * The public surface of `mctp-lpc/bmc`: the BMC role of the binding, the boards it runs on, and the BMC's agent.
 *
 * `createBmcSide` makes the role alone, to be driven by hand or by a SideDriver; `createBmcAgent` makes what
 * `mctp-lpc bmc run` runs: the role on a platform, an MCTP bus owner over it, and a control socket for the tools.
 *
 * @module mctp-lpc/bmc
 */
export { BMC_ROLE, createBmcSide, type BmcSide } from "./role/side.ts";
export { BMC_STEPS, type BmcStep } from "./role/steps.ts";
export { BMC_DEFAULTS, type BmcConfig, type BmcPhase, type BmcState } from "./role/state.ts";
export { bmcLink, type BmcLinkOptions } from "./link.ts";
export type { Link, RunningLink } from "../src/api/link.ts";
export { createBmcAgent, type BmcAgent, type BmcRunOptions, type BusOwnerOptions } from "./agent.ts";
export { DISCOVER_MODES, type DiscoverMode } from "../src/node/discover-mode.ts";
export { StateFile } from "../src/node/state-file.ts";

export type { OpenOptions } from "../src/platform/kind.ts";
export { openBmcPlatform, parsePlatform, type LinkSpec, type PlatformSpec } from "../src/platform/kinds.ts";
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
