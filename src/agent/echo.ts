/** Echo: the answer to Echo requests, and ping, which sends them. */
import { randomFillSync } from "node:crypto";
import type { RequestTiming } from "../core/mctp/request-terms.ts";
import { Failure, messageOf } from "../platform/failure.ts";
import { equalBytes } from "../core/wire/bytes.ts";
import { millis, type Eid } from "../core/wire/units.ts";
import { UNANSWERED, type Messenger } from "../node/messenger.ts";
import {
  Operation,
  VendorStatus,
  decodeVendorResponse,
  encodeVendorRequest,
  vendorStatusText,
} from "./files/vendor-messages.ts";

export interface PingOptions {
  readonly count: number;
  /** Data bytes in each message. */
  readonly bytes: number;
  readonly intervalMilliseconds: number;
  readonly timeoutMilliseconds: number;
  readonly signal?: AbortSignal;
  /** Whose requests these are, as RequestTiming has it. */
  readonly asker?: object;
  /** Told of each answer or loss as it happens. */
  readonly onReply?: (reply: PingReply) => void;
}

export interface PingReply {
  readonly sequence: number;
  /** Undefined: no answer in time, or not asked. */
  readonly microseconds: number | undefined;
  readonly attempts: number;
  /** Why the echo was not sent, for people. */
  readonly notAsked?: string;
}

export interface PingSummary {
  readonly sent: number;
  /** Echoes that this side could not send; undefined: none. */
  readonly notAsked?: number;
  readonly answered: number;
  readonly minimumMicroseconds: number | undefined;
  readonly medianMicroseconds: number | undefined;
  readonly maximumMicroseconds: number | undefined;
}

/** Sends Echo requests one after the other and compares what comes back. Fails when the answer is wrong. */
export async function ping(messenger: Messenger, destination: Eid, options: PingOptions): Promise<PingSummary> {
  const { asker } = options;
  const attemptTimeout = millis(options.timeoutMilliseconds);
  const timing: RequestTiming = { attemptTimeout, retries: 0, ...(asker === undefined ? {} : { asker }) };
  const times: number[] = [];
  let [sent, notAsked] = [0, 0];
  for (let sequence = 1; sequence <= options.count && options.signal?.aborted !== true; sequence++) {
    if (sequence > 1) await pause(options.intervalMilliseconds, options.signal);
    const reply = await pingOnce(messenger, destination, options.bytes, timing);
    if (reply.notAsked === undefined) sent++;
    else notAsked++;
    if (reply.microseconds !== undefined) times.push(reply.microseconds);
    options.onReply?.({ sequence, ...reply });
  }
  times.sort((one, other) => one - other);
  return {
    sent,
    ...(notAsked === 0 ? {} : { notAsked }),
    answered: times.length,
    minimumMicroseconds: times[0],
    medianMicroseconds: medianOf(times),
    maximumMicroseconds: times.at(-1),
  };
}

/** Of times in their order: the middle one, or the mean of the two in the middle. */
function medianOf(times: readonly number[]): number | undefined {
  const [upper, lower] = [times[Math.floor(times.length / 2)], times[Math.floor((times.length - 1) / 2)]];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

async function pingOnce(
  messenger: Messenger,
  destination: Eid,
  length: number,
  timing: RequestTiming,
): Promise<Omit<PingReply, "sequence">> {
  const data = randomFillSync(new Uint8Array(length));
  const request = encodeVendorRequest({ operation: Operation.ECHO, data });
  try {
    const { response, roundTripMicroseconds } = await messenger.request(destination, request, timing);
    const answer = decodeVendorResponse(Operation.ECHO, response.bytes);
    if (answer === undefined) throw new Failure("bad-answer", `EID ${String(destination)} sent no echo response`);
    if (answer.status !== VendorStatus.OK) throw new Failure("refused", vendorStatusText(answer.status));
    if (!equalBytes(answer.fields, data)) throw new Failure("bad-answer", "the echo differs from what was sent");
    return { microseconds: roundTripMicroseconds, attempts: 1 };
  } catch (error) {
    if (!(error instanceof Failure) || !UNANSWERED.has(error.code)) throw error;
    const isAsked = error.code !== "not-asked";
    return { microseconds: undefined, attempts: 1, ...(isAsked ? {} : { attempts: 0, notAsked: messageOf(error) }) };
  }
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    // A timer would wait a millisecond; this also lets the event loop have its turn.
    if (milliseconds === 0) {
      setImmediate(resolve);
      return;
    }
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal?.addEventListener("abort", finish, { once: true });
  });
}
