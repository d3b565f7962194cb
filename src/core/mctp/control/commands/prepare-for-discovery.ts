/** Prepare for Endpoint Discovery, command 0x0B (DSP0236 12.13). It carries no data. This binding does not use it (LPC-MCTP-9). */
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";

/** Has endpoints forget that they were discovered. */
export const PrepareForDiscovery: DescribedCommand<undefined, undefined> = describeCommand({
  code: Control.PREPARE_FOR_DISCOVERY,
  name: "Prepare for Endpoint Discovery",
  reference: "DSP0236 12.13",
  line: { name: "prepare-discovery", summary: "endpoints forget that they were discovered", by: "others" },
});
