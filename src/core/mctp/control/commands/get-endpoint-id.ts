/** Get Endpoint ID, command 0x02 (DSP0236 12.4): which EID an endpoint has, and how it came by it. */
import { caseBits, reserved, u8 } from "../../../wire/field-table.ts";
import type { Eid } from "../../../wire/units.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { eidField } from "../fields.ts";

/** A bus owner is of type `bridge`, too. */
export type EndpointType = "simple" | "bridge";

/**
 * `dynamic`: no static EID is configured. The others have one: `static` leaves open whether the present EID is it, so
 * that an endpoint may answer with it after a successful Set Endpoint ID, too; `staticMatches` and `staticDiffers` tell.
 */
export type EidType = "dynamic" | "static" | "staticMatches" | "staticDiffers";

export interface GetEndpointIdResponse {
  /** The null EID when none was assigned yet. */
  readonly eid: Eid;
  readonly endpointType: EndpointType;
  readonly eidType: EidType;
  /** Defined by the transport binding. */
  readonly mediumSpecific: number;
}

export const GetEndpointId: DescribedCommand<undefined, GetEndpointIdResponse> = describeCommand({
  code: Control.GET_ENDPOINT_ID,
  name: "Get Endpoint ID",
  reference: "DSP0236 12.4",
  response: [
    eidField("EID", { key: "eid" }),
    u8("endpoint type byte", {
      bitFields: [
        reserved(6, 2),
        caseBits("endpointType", "endpoint type", 4, 2, [
          ["simple", "simple endpoint"],
          ["bridge", "bus owner or bridge"],
        ]),
        reserved(2, 2),
        caseBits("eidType", "EID type", 0, 2, [
          ["dynamic", "dynamic"],
          ["static", "static EID supported; the present EID may be it or an assigned one"],
          ["staticMatches", "static EID supported, and the present EID is it"],
          ["staticDiffers", "static EID supported, and the present EID is another"],
        ]),
      ],
    }),
    u8("medium-specific", { key: "mediumSpecific", show: "hex" }),
  ],
  line: { name: "get-eid", summary: "EID and kind of endpoint", by: "all" },
});
