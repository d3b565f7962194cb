/** Variables of the environment that stand for options; commander names them in help and errors. */

/** Names the platform where --platform does not. */
export const PLATFORM_VARIABLE = "MCTP_LPC_PLATFORM";
/** Names the side whose agent a tool asks, where --agent does not. */
export const AGENT_VARIABLE = "MCTP_LPC_AGENT";
