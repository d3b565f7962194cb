/** Endpoint Discovery, command 0x0C (DSP0236 12.14). It carries no data. This binding does not use it (LPC-MCTP-9). */
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";

/** Answered by endpoints that were not discovered yet; the others are silent. */
export const EndpointDiscovery: DescribedCommand<undefined, undefined> = describeCommand({
  code: Control.ENDPOINT_DISCOVERY,
  name: "Endpoint Discovery",
  reference: "DSP0236 12.14",
  line: { name: "endpoint-discovery", summary: "those answer that were not discovered yet", by: "others" },
});
