/** Update Rate Limit, command 0x13: tells an endpoint that the limit it was told before has changed. */
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { LIMIT_FIELDS, type RateLimit } from "./request-rate-limit.ts";

export const UpdateRateLimit: DescribedCommand<RateLimit, undefined> = describeCommand({
  code: Control.UPDATE_RATE_LIMIT,
  name: "Update Rate Limit",
  reference: "DSP0236, Update Rate Limit",
  request: LIMIT_FIELDS,
  line: { name: "update-rate", summary: "tell it of a changed limit", example: "4 1000", by: "others" },
});
