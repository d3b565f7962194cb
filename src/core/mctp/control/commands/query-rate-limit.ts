/** Query Rate Limit, command 0x11: how fast an endpoint may be sent to, and how fast it sends. */
import { bits, reserved, u24, u32, u8 } from "../../../wire/field-table.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { rateField } from "../fields.ts";

/** Rates are packets of the baseline unit a second, bursts such packets. */
export interface QueryRateLimitResponse {
  readonly receiveBufferBytes: number;
  readonly receiveRate: number;
  readonly largestTransmitRate: number;
  readonly smallestTransmitRate: number;
  /** Bursts are 24 bits wide. */
  readonly largestTransmitBurst: number;
  readonly transmitBurst: number;
  readonly transmitRate: number;
  /** Bits of the endpoint's capabilities: bit 0, it can limit its rate. */
  readonly capabilities: number;
}

export const QueryRateLimit: DescribedCommand<undefined, QueryRateLimitResponse> = describeCommand({
  code: Control.QUERY_RATE_LIMIT,
  name: "Query Rate Limit",
  reference: "DSP0236, Query Rate Limit",
  response: [
    u32("receive buffer", { key: "receiveBufferBytes", meaning: () => "bytes" }),
    rateField("receive rate", "receiveRate"),
    rateField("largest transmit rate", "largestTransmitRate"),
    rateField("smallest transmit rate", "smallestTransmitRate"),
    u24("largest transmit burst", { key: "largestTransmitBurst" }),
    u24("transmit burst", { key: "transmitBurst" }),
    rateField("transmit rate", "transmitRate"),
    u8("capabilities", {
      key: "capabilities",
      bitFields: [reserved(1, 7), bits("limits its rate", 0, 1, ["no", "yes"])],
    }),
  ],
  line: { name: "rate-limit", summary: "how fast it may be sent to", by: "others" },
});
