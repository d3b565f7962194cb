/** Set Endpoint ID, command 0x01 (DSP0236 12.3): a bus owner gives an endpoint its EID. */
import { caseBits, reserved, u8 } from "../../../wire/field-table.ts";
import type { Eid } from "../../../wire/units.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { eidField, judgeNewEid } from "../fields.ts";

/** `reset` goes back to the static EID; `setDiscovered` leaves the EID as it is. */
export type SetEidOperation = "set" | "force" | "reset" | "setDiscovered";

export type PoolState = "none" | "wanted" | "held";

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

export const SetEndpointId: DescribedCommand<SetEndpointIdRequest, SetEndpointIdResponse> = describeCommand({
  code: Control.SET_ENDPOINT_ID,
  name: "Set Endpoint ID",
  reference: "DSP0236 12.3",
  request: [
    u8("operation", {
      bitFields: [
        reserved(2, 6),
        caseBits("operation", "operation code", 0, 2, [
          ["set", "set the EID"],
          ["force", "force the EID, even over that of another bus owner"],
          ["reset", "reset to the static EID"],
          ["setDiscovered", "set discovered"],
        ]),
      ],
    }),
    eidField("EID", { key: "eid", judge: judgeNewEid }),
  ],
  response: [
    u8("status", {
      bitFields: [
        reserved(6, 2),
        caseBits("accepted", "assignment status", 4, 2, [
          [true, "EID accepted"],
          [false, "EID rejected: the endpoint keeps its own"],
        ]),
        reserved(2, 2),
        caseBits("pool", "allocation status", 0, 2, [
          ["none", "needs no pool of EIDs"],
          ["wanted", "wants a pool"],
          ["held", "has its pool already"],
        ]),
      ],
    }),
    eidField("EID", { key: "eid" }),
    u8("pool size", { key: "poolSize" }),
  ],
  line: {
    name: "set-eid",
    summary: "give the endpoint an EID",
    example: "20 --eid 0",
    by: "all",
    bare: ["reset", "setDiscovered"],
  },
});
