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
export { createBmcAgent, type BmcAgent, type BmcRunOptions, type BusOwnerOptions } from "./agent.ts";
export { DISCOVER_MODES, type DiscoverMode } from "../src/node/discover-mode.ts";
export { StateFile } from "../src/node/state-file.ts";

export { openBmcPlatform, parsePlatform, type LinkSpec, type PlatformSpec } from "../src/platform/kinds.ts";
export type { Link, RunningLink } from "../src/api/link.ts";
export * from "../src/agent/public.ts";
