/**
 * Requests of the control protocol as records: what is sent, and what of the response is left once it was judged.
 * `requestCommand` sends one; a `ControlSequence` is a coroutine that sends one after the other.
 */
import { ok, reject, type Result } from "../../wire/result.ts";
import type { Eid, Millis } from "../../wire/units.ts";
import type { EndpointPort } from "../endpoint-port.ts";
import type { EndpointCore } from "../endpoint.ts";
import {
  NOT_ASKED_TEXT,
  type NotAskedReason,
  type RequestOutcome,
  type RequestTicket,
  type RequestTiming,
} from "../request-terms.ts";
import type { DataCodec } from "../../wire/field-codec.ts";
import { Completion, completionName, decodeControl } from "./codec.ts";
import { controlCommandName } from "./commands.ts";
import type { ControlCommand } from "./data.ts";

/** A response with completion code 0 and its data as a record. */
export interface Answered<Response> {
  readonly response: Response;
  /** The EID that it came from, which a request to the null EID does not know beforehand. */
  readonly source: Eid;
  readonly attempts: number;
}

/**
 * Why a request led to no record. `completion`: answered with this error code; `malformed`: data that is none;
 * `timeout`: not answered, the only one that speaks of the endpoint's presence; `notAsked`: never sent.
 */
export type CommandReject =
  | { readonly why: "timeout" | "cancelled" | "malformed" }
  | { readonly why: "notAsked"; readonly reason: NotAskedReason }
  | { readonly why: "completion"; readonly completion: number };

export type CommandOutcome<Response> = Result<Answered<Response>, CommandReject>;

/** For people: "no response", "unsupported command", … */
export function commandRejectText(rejected: CommandReject): string {
  switch (rejected.why) {
    case "completion":
      return completionName(rejected.completion);
    case "timeout":
      return "no response";
    case "malformed":
      return "malformed response";
    case "cancelled":
      return "cancelled";
    case "notAsked":
      return `not asked: ${NOT_ASKED_TEXT[rejected.reason]}`;
  }
}

/** What the outcome of a request means to its command. */
export function judgeOutcome<Response>(
  command: { readonly response: DataCodec<Response> },
  outcome: RequestOutcome,
): CommandOutcome<Response> {
  if (!outcome.ok) {
    return reject(
      outcome.reject === "notAsked" ? { why: "notAsked", reason: outcome.reason } : { why: outcome.reject },
    );
  }
  const { bytes, tagOwner, source } = outcome.response;
  const control = decodeControl(bytes, tagOwner);
  if (control?.kind !== "response") return reject({ why: "malformed" });
  if (control.completion !== Completion.SUCCESS) return reject({ why: "completion", completion: control.completion });
  const read = command.response.decode(control.data);
  if (!read.ok) return reject({ why: "malformed" });
  return ok({ response: read.value, source, attempts: outcome.attempts });
}

/** Sends a request to `destination`, 0 for the peer on the link, and calls `done` once. */
export function requestCommand<Request, Response>(
  endpoint: EndpointCore,
  command: ControlCommand<Request, Response>,
  destination: Eid,
  request: NoInfer<Request>,
  now: Millis,
  done: (outcome: CommandOutcome<Response>, now: Millis) => void,
  timing?: RequestTiming,
): RequestTicket {
  return endpoint.requestControl(
    destination,
    command.code,
    command.request.encode(request),
    now,
    (outcome, then) => {
      done(judgeOutcome(command, outcome), then);
    },
    timing,
  );
}

/* ---- Sequences ---- */

/** One request of a sequence, ready to be sent. */
export interface Question {
  readonly destination: Eid;
  readonly command: number;
  readonly data: Uint8Array;
}

/** Yields questions one at a time and is handed back what became of each. */
export type ControlSequence<Value> = Generator<Question, Value, RequestOutcome>;

/** In a sequence: `const outcome = yield* ask(GetEndpointId, eid, undefined)`. */
export function* ask<Request, Response>(
  command: ControlCommand<Request, Response>,
  destination: Eid,
  request: NoInfer<Request>,
): ControlSequence<CommandOutcome<Response>> {
  return judgeOutcome(command, yield { destination, command: command.code, data: command.request.encode(request) });
}

/** "Get Endpoint ID: no response" */
export function failureText(command: { readonly code: number }, rejected: CommandReject): string {
  return `${controlCommandName(command.code)}: ${commandRejectText(rejected)}`;
}

export interface SequenceTicket {
  /** Ends the sequence: it asks nothing more, and `done` is not called. */
  cancel(now: Millis): void;
}

/**
 * Runs a sequence over an endpoint; `done` is called once, perhaps before this returns. `via`: the port that all of it
 * goes through, for endpoints that no route leads to yet. `terms`: its requests are the agent's duties, with the
 * endpoint's retries, unless they say otherwise.
 */
export function runSequence<Value>(
  endpoint: EndpointCore,
  sequence: ControlSequence<Value>,
  now: Millis,
  done: (value: Value, now: Millis) => void,
  via?: EndpointPort,
  terms: Partial<Pick<RequestTiming, "isDuty" | "isProbe" | "retries">> = {},
): SequenceTicket {
  const timing = { ...endpoint.timing, isDuty: true, ...terms };
  let question: RequestTicket | undefined;
  let cancelled = false;
  const advance = (step: IteratorResult<Question, Value>, at: Millis): void => {
    if (cancelled) return;
    if (step.done === true) {
      done(step.value, at);
      return;
    }
    const { destination, command, data } = step.value;
    const answered = (outcome: RequestOutcome, then: Millis): void => {
      if (!cancelled) advance(sequence.next(outcome), then);
    };
    question = endpoint.requestControl(destination, command, data, at, answered, timing, via);
  };
  advance(sequence.next(), now);
  return {
    cancel: (moment) => {
      cancelled = true;
      question?.cancel(moment);
    },
  };
}
