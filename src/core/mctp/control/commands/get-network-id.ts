/** Get Network ID, command 0x0E: which network an endpoint is on. */
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { uuidField } from "../fields.ts";

export interface GetNetworkIdResponse {
  /** 16 bytes. */
  readonly networkId: Uint8Array;
}

export const GetNetworkId: DescribedCommand<undefined, GetNetworkIdResponse> = describeCommand({
  code: Control.GET_NETWORK_ID,
  name: "Get Network ID",
  reference: "DSP0236, Get Network ID",
  response: [uuidField("network id", "networkId")],
  exactResponse: true,
  line: { name: "network-id", summary: "", by: "others" },
});
