/** Set Endpoint ID, command 0x01 (DSP0236 12.3): a bus owner gives an endpoint its EID. */
import { ok, reject } from "../../wire/result.ts";
import { eid, type Eid } from "../../wire/units.ts";
import { Control } from "./codec.ts";
import { atLeast, exactly, nameOf, type ControlCommand } from "./data.ts";

/** In the order of their codes. `reset` goes back to the static EID; `setDiscovered` leaves the EID as it is. */
const OPERATIONS = ["set", "force", "reset", "setDiscovered"] as const;
export type SetEidOperation = (typeof OPERATIONS)[number];

/** In the order of their codes: no pool is used; one is wanted; one is held already. */
const POOL_STATES = ["none", "wanted", "held"] as const;
export type PoolState = (typeof POOL_STATES)[number];

export interface SetEndpointIdRequest {
  readonly operation: SetEidOperation;
  /** Of no meaning to `reset` and `setDiscovered`. */
  readonly eid: Eid;
}

export interface SetEndpointIdResponse {
  /** Whether the EID was taken; an endpoint that refuses keeps the EID that it names. */
  readonly accepted: boolean;
  readonly pool: PoolState;
  /** The EID that the endpoint has now. */
  readonly eid: Eid;
  /** EIDs that a bridge wants for what is behind it. */
  readonly poolSize: number;
}

export const SetEndpointId: ControlCommand<SetEndpointIdRequest, SetEndpointIdResponse> = {
  code: Control.SET_ENDPOINT_ID,
  request: {
    encode: ({ operation, eid: wanted }) => Uint8Array.of(OPERATIONS.indexOf(operation), wanted),
    decode: exactly(2, (data) => ok({ operation: OPERATIONS[data[0]! & 0x03]!, eid: eid(data[1]!) })),
  },
  response: {
    encode: ({ accepted, pool, eid: own, poolSize }) =>
      Uint8Array.of((accepted ? 0 : 0x10) | POOL_STATES.indexOf(pool), own, poolSize),
    decode: atLeast(3, (data) => {
      const assignment = (data[0]! >>> 4) & 0x03;
      const pool = nameOf(POOL_STATES, data[0]! & 0x03);
      if (assignment > 1 || pool === undefined) return reject("invalidData");
      return ok({ accepted: assignment === 0, pool, eid: eid(data[1]!), poolSize: data[2]! });
    }),
  },
};
