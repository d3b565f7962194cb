/** From the further links that an agent was told of to links of its node, and what is recorded of them. */
import type { LinkPlan } from "../node/link.ts";
import { serialLink } from "../node/serial-link.ts";
import { tappedLink } from "../node/tapped-port.ts";
import { tunLink } from "../node/tun-link.ts";
import { Failure } from "../platform/failure.ts";
import type { LinkSpec } from "../platform/kinds.ts";
import type { SharedFileSpec } from "../platform/shared-file/spec.ts";
import type { TunLinkSpec } from "../platform/tun/kind.ts";
import type { CaptureOutput } from "./outputs/capture-output.ts";
import type { RunOptions } from "./start-options.ts";
import type { RecordingTargets } from "./traced-platform.ts";

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

/** What an agent records of its board, with the names of its further links. */
export function recordingsOf({ trace, capture, links = [] }: RunOptions): RecordingTargets {
  return { trace, capture, links: links.map(({ name }) => name) };
}

/** The further links with their packets in the capture, where there is one. */
export function capturedLinks(
  plans: readonly LinkPlan[],
  capture: Pick<CaptureOutput, "linkPacket"> | undefined,
): readonly LinkPlan[] {
  if (capture === undefined) return plans;
  return plans.map((plan, link) =>
    tappedLink(plan, (way, bytes) => {
      capture.linkPacket(link, way, bytes);
    }),
  );
}
