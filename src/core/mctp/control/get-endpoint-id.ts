/** Get Endpoint ID, command 0x02 (DSP0236 12.4): which EID an endpoint has, and how it came by it. */
import { ok, reject } from "../../wire/result.ts";
import { eid, type Eid } from "../../wire/units.ts";
import { Control } from "./codec.ts";
import { NOTHING, atLeast, nameOf, type ControlCommand } from "./data.ts";

/** In the order of their codes. A bus owner is of type `bridge`, too. */
const ENDPOINT_TYPES = ["simple", "bridge"] as const;
export type EndpointType = (typeof ENDPOINT_TYPES)[number];

/** In the order of their codes: no static EID; one, and nothing assigned; one, the present EID is it; is another. */
const EID_TYPES = ["dynamic", "static", "staticMatches", "staticDiffers"] as const;
export type EidType = (typeof EID_TYPES)[number];

export interface GetEndpointIdResponse {
  /** The null EID when none was assigned yet. */
  readonly eid: Eid;
  readonly endpointType: EndpointType;
  readonly eidType: EidType;
  /** Defined by the transport binding. */
  readonly mediumSpecific: number;
}

export const GetEndpointId: ControlCommand<undefined, GetEndpointIdResponse> = {
  code: Control.GET_ENDPOINT_ID,
  request: NOTHING,
  response: {
    encode: (response) =>
      Uint8Array.of(
        response.eid,
        (ENDPOINT_TYPES.indexOf(response.endpointType) << 4) | EID_TYPES.indexOf(response.eidType),
        response.mediumSpecific,
      ),
    decode: atLeast(3, (data) => {
      const endpointType = nameOf(ENDPOINT_TYPES, (data[1]! >>> 4) & 0x03);
      if (endpointType === undefined) return reject("invalidData");
      return ok({
        eid: eid(data[0]!),
        endpointType,
        eidType: EID_TYPES[data[1]! & 0x03]!,
        mediumSpecific: data[2]!,
      });
    }),
  },
};
