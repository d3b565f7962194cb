/** Allocate Endpoint IDs, command 0x08 (DSP0236 12.10): a bus owner gives a bridge EIDs for what is behind it. */
import { caseBits, reserved, u8 } from "../../../wire/field-table.ts";
import type { Eid } from "../../../wire/units.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { eidField } from "../fields.ts";

/** `force` takes the place of a pool that another bus owner gave. */
export type AllocateOperation = "allocate" | "force" | "get";

export interface AllocateEndpointIdsRequest {
  readonly operation: AllocateOperation;
  /** EIDs in the pool. Of no meaning to `get`, like the next. */
  readonly count: number;
  /** The lowest of them. */
  readonly first: Eid;
}

export interface AllocateEndpointIdsResponse {
  /** False when the bridge has its pool already, and keeps it. */
  readonly accepted: boolean;
  readonly poolSize: number;
  /** The lowest EID of the pool, the null EID of an empty one. */
  readonly first: Eid;
}

export const AllocateEndpointIds: DescribedCommand<AllocateEndpointIdsRequest, AllocateEndpointIdsResponse> =
  describeCommand({
    code: Control.ALLOCATE_ENDPOINT_IDS,
    name: "Allocate Endpoint IDs",
    reference: "DSP0236 12.10",
    request: [
      u8("operation", {
        bitFields: [
          reserved(2, 6),
          caseBits("operation", "operation code", 0, 2, [
            ["allocate", "allocate"],
            ["force", "force, in place of the pool of another bus owner"],
            ["get", "get what is allocated"],
          ]),
        ],
      }),
      u8("count", { key: "count" }),
      eidField("first EID", { key: "first" }),
    ],
    response: [
      u8("status", {
        bitFields: [
          reserved(2, 6),
          caseBits("accepted", "allocation", 0, 2, [
            [true, "accepted"],
            [false, "rejected: the pool was allocated already"],
          ]),
        ],
      }),
      u8("pool size", { key: "poolSize" }),
      eidField("first EID", { key: "first" }),
    ],
    line: { name: "allocate", summary: "give a bridge its pool", example: "8 40", by: "bridge", bare: ["get"] },
  });
