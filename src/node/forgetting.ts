/** An operator's word that an endpoint is to be forgotten: its EID, its pool and its routes. */
import type { FarEndpoint } from "../core/mctp/bus-owner/far-endpoints.ts";
import type { EndpointRecord } from "../core/mctp/bus-owner/endpoint-record.ts";
import type { Eid } from "../core/wire/units.ts";
import { Failure } from "../platform/failure.ts";
import type { Node } from "./node.ts";

/** Who is to be forgotten: the endpoint with an EID, or all that are known by a UUID, each at its port. */
export type ForgetTarget = { readonly eid: Eid } | { readonly uuid: string };

export interface ForgottenEndpoint {
  readonly eid: Eid;
  readonly uuid: string | undefined;
  /** It is there, and is discovered anew. */
  readonly here: boolean;
  /** The bridge that it is behind, which gave it its EID. */
  readonly bridge: Eid | undefined;
}

/** Throws a Failure where no endpoint is known by that. */
export function forgetEndpoints(node: Node, target: ForgetTarget): readonly ForgottenEndpoint[] {
  const { owner, far } = node.bridge;
  const isMeant = ({ eid, uuid }: Pick<EndpointRecord | FarEndpoint, "eid" | "uuid">): boolean =>
    "eid" in target ? eid === target.eid : uuid === target.uuid;
  const behind = far.endpoints.filter(isMeant);
  const known = owner.endpoints.filter(isMeant);
  if (known.length + behind.length === 0) {
    const what = "eid" in target ? `EID ${String(target.eid)}` : `UUID ${target.uuid}`;
    throw new Failure("no-endpoint", `no endpoint with ${what} is known: see "mctp-lpc endpoints"`);
  }
  const forgotten = [
    ...known.map(({ eid, uuid, presence }) => ({ eid, uuid, here: presence !== "gone", bridge: undefined })),
    ...behind.map(({ eid, uuid, bridge }) => ({ eid, uuid, here: true, bridge })),
  ];
  for (const one of behind) node.forgetFar(one);
  for (const record of known) node.forget(record);
  return forgotten;
}
