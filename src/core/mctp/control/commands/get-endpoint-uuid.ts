/** Get Endpoint UUID, command 0x03 (DSP0236 12.5): what tells a device apart while its EIDs change. */
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { uuidField } from "../fields.ts";

export interface GetEndpointUuidResponse {
  /** 16 bytes. */
  readonly uuid: Uint8Array;
}

export const GetEndpointUuid: DescribedCommand<undefined, GetEndpointUuidResponse> = describeCommand({
  code: Control.GET_ENDPOINT_UUID,
  name: "Get Endpoint UUID",
  reference: "DSP0236 12.5",
  response: [uuidField("UUID", "uuid")],
  exactResponse: true,
  line: { name: "get-uuid", summary: "", by: "all" },
});
