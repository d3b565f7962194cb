/** From the further links that an agent was told of to links of its node. */
import type { LinkPlan } from "../node/link.ts";
import { serialLink } from "../node/serial-link.ts";
import { tunLink } from "../node/tun-link.ts";
import { Failure } from "../platform/failure.ts";
import type { LinkSpec } from "../platform/kinds.ts";
import type { SharedFileSpec } from "../platform/shared-file/spec.ts";
import type { TunLinkSpec } from "../platform/tun/kind.ts";

/** Makes the link of a second board: which side the agent has there is for the wings to know. */
export type MakeBoardLink = (spec: SharedFileSpec) => LinkPlan;

/** Throws a Failure for a board that the agent cannot be a side of. */
export function linkPlans(specs: readonly LinkSpec[] = [], boardLink?: MakeBoardLink): readonly LinkPlan[] {
  return specs.map((spec) => {
    if (spec.kind === "serial") return serialLink(spec);
    if (spec.kind === "tun") return tunLink(spec);
    if (boardLink !== undefined) return boardLink(spec);
    throw new Failure("link-spec", `${spec.name}: this agent takes serial lines only as further links`);
  });
}

/** Whether a link is to a kernel that owns the bus: the agent is then the way between that and the channel. */
export function ownsBus(link: LinkSpec): link is TunLinkSpec {
  return link.kind === "tun" && link.owner === "kernel";
}
