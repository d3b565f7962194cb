/** Discovery Notify, command 0x0D (DSP0236 12.15). It carries no data. This binding uses it (LPC-MCTP-20). */
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";

/** From an endpoint to the bus owner, as a request or as a datagram: an endpoint has appeared. */
export const DiscoveryNotify: DescribedCommand<undefined, undefined> = describeCommand({
  code: Control.DISCOVERY_NOTIFY,
  name: "Discovery Notify",
  reference: "DSP0236 12.15",
  line: { name: "discovery-notify", summary: "ask a bus owner to discover", by: "others" },
});
