/** An endpoint on a serial line alone. It takes the EID that a bus owner gives it and has the services of a board's agent. */
import { NULL_EID } from "../core/mctp/message.ts";
import type { Eid } from "../core/wire/units.ts";
import { serialLink } from "../node/serial-link.ts";
import type { SerialLinkSpec } from "../platform/serial/kind.ts";
import { Agent } from "./agent.ts";
import { agentEndpoint } from "./identity.ts";
import type { AgentOptions } from "./start-options.ts";

export interface LineAgentOptions extends AgentOptions {
  readonly link: SerialLinkSpec;
  /** Its own EID until a bus owner gives another; undefined: none. */
  readonly eid: Eid | undefined;
  readonly uuid: Uint8Array;
  /** Share of one processor that the line may cost, above 0 to 1. Default: DEFAULT_FLOOD_SHARE. */
  readonly floodShare?: number | undefined;
}

export function createLineAgent({ link, eid, uuid, floodShare, ...options }: LineAgentOptions): Agent<undefined> {
  const endpoint = agentEndpoint("endpoint", eid, uuid);
  const node = { endpoint, links: [serialLink(link)], peerEid: NULL_EID, floodShare };
  return new Agent(options, { role: "endpoint", place: link.name, node }, undefined);
}
