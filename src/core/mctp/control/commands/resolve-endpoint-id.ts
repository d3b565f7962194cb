/** Resolve Endpoint ID, command 0x07 (DSP0236 12.9): which bridge leads to an endpoint. */
import { bytesOf } from "../../../wire/field-table.ts";
import type { Eid } from "../../../wire/units.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { eidField } from "../fields.ts";

export interface ResolveEndpointIdRequest {
  readonly target: Eid;
}

export interface ResolveEndpointIdResponse {
  /** The bridge to send packets to, or the target itself where it is on the same bus. */
  readonly bridge: Eid;
  /** Of no bytes on a link whose two ends need no address. */
  readonly address: Uint8Array;
}

export const ResolveEndpointId: DescribedCommand<ResolveEndpointIdRequest, ResolveEndpointIdResponse> = describeCommand(
  {
    code: Control.RESOLVE_ENDPOINT_ID,
    name: "Resolve Endpoint ID",
    reference: "DSP0236 12.9",
    request: [eidField("target EID", { key: "target" })],
    response: [eidField("bridge EID", { key: "bridge" }), bytesOf("physical address", "rest", { key: "address" })],
    line: { name: "resolve-eid", summary: "the bridge that leads to an EID", example: "9", by: "busOwner" },
  },
);
