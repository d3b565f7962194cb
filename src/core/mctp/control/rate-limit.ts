/**
 * Query Rate Limit, Request TX Rate Limit and Update Rate Limit, commands 0x11 to 0x13: how fast an endpoint may be
 * sent to, and how fast it is asked to send. Rates are packets of the baseline unit a second, bursts such packets.
 */
import { readU32be, writeU32be } from "../../wire/bytes.ts";
import { ok } from "../../wire/result.ts";
import { Control } from "./codec.ts";
import { NOTHING, NOTHING_KNOWN, atLeast, exactly, readU24be, writeU24be, type ControlCommand } from "./data.ts";

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

export interface RateLimit {
  /** 24 bits. */
  readonly burst: number;
  readonly rate: number;
}

/** What is in force after a Request TX Rate Limit, in which a burst has 32 bits. */
export interface RequestRateLimitResponse {
  readonly burst: number;
  readonly rate: number;
}

const QUERY_BYTES = 27;
const LIMIT_BYTES = 7;

export const QueryRateLimit: ControlCommand<undefined, QueryRateLimitResponse> = {
  code: Control.QUERY_RATE_LIMIT,
  request: NOTHING,
  response: {
    encode: (response) => {
      const data = new Uint8Array(QUERY_BYTES);
      writeU32be(data, 0, response.receiveBufferBytes);
      writeU32be(data, 4, response.receiveRate);
      writeU32be(data, 8, response.largestTransmitRate);
      writeU32be(data, 12, response.smallestTransmitRate);
      writeU24be(data, 16, response.largestTransmitBurst);
      writeU24be(data, 19, response.transmitBurst);
      writeU32be(data, 22, response.transmitRate);
      data[26] = response.capabilities;
      return data;
    },
    decode: atLeast(QUERY_BYTES, (data) =>
      ok({
        receiveBufferBytes: readU32be(data, 0),
        receiveRate: readU32be(data, 4),
        largestTransmitRate: readU32be(data, 8),
        smallestTransmitRate: readU32be(data, 12),
        largestTransmitBurst: readU24be(data, 16),
        transmitBurst: readU24be(data, 19),
        transmitRate: readU32be(data, 22),
        capabilities: data[26]!,
      }),
    ),
  },
};

function encodeLimit({ burst, rate }: RateLimit): Uint8Array {
  const data = new Uint8Array(LIMIT_BYTES);
  writeU24be(data, 0, burst);
  writeU32be(data, 3, rate);
  return data;
}

const limit: ControlCommand<RateLimit, undefined>["request"] = {
  encode: encodeLimit,
  decode: exactly(LIMIT_BYTES, (data) => ok({ burst: readU24be(data, 0), rate: readU32be(data, 3) })),
};

/** Asks an endpoint to send no faster than this. */
export const RequestRateLimit: ControlCommand<RateLimit, RequestRateLimitResponse> = {
  code: Control.REQUEST_RATE_LIMIT,
  request: limit,
  response: {
    encode: ({ burst, rate }) => {
      const data = new Uint8Array(8);
      writeU32be(data, 0, burst);
      writeU32be(data, 4, rate);
      return data;
    },
    decode: atLeast(8, (data) => ok({ burst: readU32be(data, 0), rate: readU32be(data, 4) })),
  },
};

/** Tells an endpoint that what it was told before has changed. */
export const UpdateRateLimit: ControlCommand<RateLimit, undefined> = {
  code: Control.UPDATE_RATE_LIMIT,
  request: limit,
  response: NOTHING_KNOWN,
};
