/** Request TX Rate Limit, command 0x12: asks an endpoint to send no faster. */
import { u24, u32, type Field } from "../../../wire/field-table.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { rateField } from "../fields.ts";

export interface RateLimit {
  /** Packets, 24 bits. */
  readonly burst: number;
  /** Packets of the baseline unit a second. */
  readonly rate: number;
}

/** What is in force after the request; in it a burst has 32 bits. */
export interface RequestRateLimitResponse {
  readonly burst: number;
  readonly rate: number;
}

export const LIMIT_FIELDS: readonly Field[] = [u24("burst", { key: "burst" }), rateField("rate", "rate")];

export const RequestRateLimit: DescribedCommand<RateLimit, RequestRateLimitResponse> = describeCommand({
  code: Control.REQUEST_RATE_LIMIT,
  name: "Request TX Rate Limit",
  reference: "DSP0236, Request TX Rate Limit",
  request: LIMIT_FIELDS,
  response: [u32("burst", { key: "burst" }), rateField("rate", "rate")],
  line: { name: "request-rate", summary: "ask it to send no faster", example: "4 1000", by: "others" },
});
