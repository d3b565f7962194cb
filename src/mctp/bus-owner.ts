/**
 * What a bus owner asks of an endpoint that has appeared: which versions it speaks, to take an EID, and what it
 * offers (DSP0236 clause 10; specification "MCTP over this binding", LPC-MCTP-3). The sequence is a coroutine that
 * yields one control request at a time and is handed back the response's data.
 */
import { readU32be } from "../wire/bytes.ts";
import { ok, reject, type Result } from "../wire/result.ts";
import { eid, type Eid, type Millis } from "../wire/units.ts";
import { Completion, Control, completionName, controlCommandName, decodeControl } from "./control/codec.ts";
import { SetEid } from "./control/responder.ts";
import type { Endpoint } from "./endpoint.ts";
import { MessageType, NULL_EID, isAssignable } from "./message.ts";
import type { RequestTicket } from "./requests.ts";

/** An endpoint as the bus owner knows it. */
export interface DiscoveredEndpoint {
  readonly eid: Eid;
  /** Versions of the control protocol, coded as the wire has them. */
  readonly controlVersions: readonly number[];
  /** Message types beside control. */
  readonly messageTypes: readonly number[];
  /** 16 bytes, undefined where the endpoint has none. */
  readonly uuid: Uint8Array | undefined;
}

/** Why discovery ended early, in words for people. */
export type DiscoveryReject = string;

interface Question {
  readonly destination: Eid;
  readonly command: number;
  readonly data: Uint8Array;
}

/** The response to a question: its completion code and data, undefined when none came. */
type Reply = { readonly completion: number; readonly data: Uint8Array } | undefined;

type Sequence = Generator<Question, Result<DiscoveredEndpoint, DiscoveryReject>, Reply>;

const NO_DATA = new Uint8Array(0);
const UUID_BYTES = 16;

function* discovery(assign: Eid): Sequence {
  const versions = yield ask(NULL_EID, Control.GET_VERSION_SUPPORT, MessageType.CONTROL);
  const versionList = succeeded(versions) ? u32List(versions.data) : undefined;
  if (versionList === undefined) return failed(Control.GET_VERSION_SUPPORT, versions);

  const setting = yield ask(NULL_EID, Control.SET_ENDPOINT_ID, SetEid.SET, assign);
  if (!succeeded(setting) || setting.data.length < 3) return failed(Control.SET_ENDPOINT_ID, setting);
  // An endpoint may insist on an EID of its own; what it says counts.
  const own = eid(setting.data[1]!);
  if (!isAssignable(own))
    return reject(
      `${controlCommandName(Control.SET_ENDPOINT_ID)}: the endpoint insists on EID ${String(own)}, which no endpoint may have`,
    );

  const identity = yield ask(own, Control.GET_ENDPOINT_ID);
  if (!succeeded(identity) || identity.data[0] !== own) return failed(Control.GET_ENDPOINT_ID, identity);

  const types = yield ask(own, Control.GET_MESSAGE_TYPE_SUPPORT);
  if (!succeeded(types) || types.data.length < 1 + (types.data[0] ?? 0)) {
    return failed(Control.GET_MESSAGE_TYPE_SUPPORT, types);
  }

  // Conditional for an endpoint: its absence is no failure.
  const uuid = yield ask(own, Control.GET_ENDPOINT_UUID);
  return ok({
    eid: own,
    controlVersions: versionList,
    messageTypes: [...types.data.subarray(1, 1 + types.data[0]!)],
    uuid: succeeded(uuid) && uuid.data.length === UUID_BYTES ? uuid.data : undefined,
  });
}

function ask(destination: Eid, command: number, ...data: number[]): Question {
  return { destination, command, data: data.length === 0 ? NO_DATA : Uint8Array.from(data) };
}

function succeeded(reply: Reply): reply is NonNullable<Reply> {
  return reply?.completion === Completion.SUCCESS;
}

function failed(command: number, reply: Reply): Result<DiscoveredEndpoint, DiscoveryReject> {
  const name = controlCommandName(command);
  if (reply === undefined) return reject(`${name}: no response`);
  if (reply.completion !== Completion.SUCCESS) return reject(`${name}: ${completionName(reply.completion)}`);
  return reject(`${name}: malformed response`);
}

function u32List(data: Uint8Array): readonly number[] | undefined {
  const count = data[0] ?? 0;
  if (count === 0 || data.length < 1 + 4 * count) return undefined;
  return Array.from({ length: count }, (_, index) => readU32be(data, 1 + 4 * index));
}

export interface DiscoveryTicket {
  /** Ends the discovery: it asks nothing more, and `done` is not called. */
  cancel(now: Millis): void;
}

/** Runs the discovery of the endpoint at the other end of `owner`'s link; `done` is called once. */
export function discover(
  owner: Endpoint,
  assign: Eid,
  now: Millis,
  done: (outcome: Result<DiscoveredEndpoint, DiscoveryReject>, now: Millis) => void,
): DiscoveryTicket {
  let question: RequestTicket | undefined;
  let cancelled = false;
  const sequence = discovery(assign);
  const advance = (step: IteratorResult<Question, Result<DiscoveredEndpoint, DiscoveryReject>>, at: Millis): void => {
    if (cancelled) return;
    if (step.done === true) {
      done(step.value, at);
      return;
    }
    const { destination, command, data } = step.value;
    question = owner.requestControl(destination, command, data, at, (outcome, then) => {
      const control = outcome.ok ? decodeControl(outcome.response.bytes, outcome.response.tagOwner) : undefined;
      advance(sequence.next(control), then);
    });
  };
  advance(sequence.next(undefined), now);
  return {
    cancel: (moment) => {
      cancelled = true;
      question?.cancel(moment);
    },
  };
}
