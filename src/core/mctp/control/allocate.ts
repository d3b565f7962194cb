/** Allocate Endpoint IDs, command 0x08 (DSP0236 12.10): a bus owner gives a bridge EIDs for what is behind it. */
import { ok, reject } from "../../wire/result.ts";
import { eid, type Eid } from "../../wire/units.ts";
import { Control } from "./codec.ts";
import { atLeast, exactly, nameOf, type ControlCommand } from "./data.ts";

/** In the order of their codes. `force` takes the place of a pool that another bus owner gave. */
const OPERATIONS = ["allocate", "force", "get"] as const;
export type AllocateOperation = (typeof OPERATIONS)[number];

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

export const AllocateEndpointIds: ControlCommand<AllocateEndpointIdsRequest, AllocateEndpointIdsResponse> = {
  code: Control.ALLOCATE_ENDPOINT_IDS,
  request: {
    encode: ({ operation, count, first }) => Uint8Array.of(OPERATIONS.indexOf(operation), count, first),
    decode: exactly(3, (data) => {
      const operation = nameOf(OPERATIONS, data[0]! & 0x03);
      if (operation === undefined) return reject("invalidData");
      return ok({ operation, count: data[1]!, first: eid(data[2]!) });
    }),
  },
  response: {
    encode: ({ accepted, poolSize, first }) => Uint8Array.of(accepted ? 0 : 1, poolSize, first),
    decode: atLeast(3, (data) => {
      const allocation = data[0]! & 0x03;
      if (allocation > 1) return reject("invalidData");
      return ok({ accepted: allocation === 0, poolSize: data[1]!, first: eid(data[2]!) });
    }),
  },
};
