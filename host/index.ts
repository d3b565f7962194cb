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
export { createHostAgent, type HostAgent } from "./agent.ts";

export { openHostPlatform, parsePlatform, type LinkSpec, type PlatformSpec } from "../src/platform/kinds.ts";
export type { Link, RunningLink } from "../src/api/link.ts";
export * from "../src/agent/public.ts";
