/** How one command is answered: a handler for each, put together from the command's codecs and what answers it. */
import type { Eid } from "../../wire/units.ts";
import { Completion } from "./codec.ts";
import { LARGEST_RESPONSE_DATA, type ControlCommand } from "./data.ts";
import type { DataReject } from "../../wire/field-codec.ts";
import { NO_MORE_ENTRIES } from "./fields.ts";
import type { ControlServices, EndpointIdentity } from "./services.ts";

/** What a request is answered from. */
export interface Answering {
  readonly identity: EndpointIdentity;
  readonly services: ControlServices;
  /** Who asks. */
  readonly source: Eid;
}

/** Completion code and data of a response; an error has no data. Undefined: no response is to be sent. */
export type Answer = { readonly completion: number; readonly data?: Uint8Array } | undefined;

/** What a handler finds: the response's record, an error, or silence. */
export type Finding<Response> = { readonly response: Response } | { readonly error: number } | "silence";

export interface ControlHandler {
  readonly code: number;
  /** Whether the endpoint has the command. If not, it is unsupported: its data is not judged. */
  readonly has: (services: ControlServices) => boolean;
  readonly answer: (data: Uint8Array, answering: Answering) => Answer;
}

export const INVALID_DATA: { readonly error: number } = { error: Completion.INVALID_DATA };

const COMPLETION_OF: Readonly<Record<DataReject, number>> = {
  invalidLength: Completion.INVALID_LENGTH,
  invalidData: Completion.INVALID_DATA,
};

/** A handler that judges the data by the command's codec and answers by `find`. */
export function handler<Request, Response>(
  command: ControlCommand<Request, Response>,
  has: (services: ControlServices) => boolean,
  find: (request: NoInfer<Request>, answering: Answering) => Finding<NoInfer<Response>>,
): ControlHandler {
  return {
    code: command.code,
    has,
    answer: (data, answering) => {
      const request = command.request.decode(data);
      if (!request.ok) return { completion: COMPLETION_OF[request.reject] };
      const finding = find(request.value, answering);
      if (finding === "silence") return undefined;
      if ("error" in finding) return { completion: finding.error };
      const response = command.response.encode(finding.response);
      // More message types, say, than one packet of the baseline unit can list.
      if (response.length > LARGEST_RESPONSE_DATA) return { completion: Completion.ERROR };
      return { completion: Completion.SUCCESS, data: response };
    },
  };
}

/** A handler for a command that one service answers; it is unsupported where the service is not there. */
export function serviceHandler<Name extends keyof ControlServices, Request, Response>(
  name: Name,
  command: ControlCommand<Request, Response>,
  find: (
    service: NonNullable<ControlServices[Name]>,
    request: NoInfer<Request>,
    answering: Answering,
  ) => Finding<NoInfer<Response>>,
): ControlHandler {
  return handler(
    command,
    (services) => services[name] !== undefined,
    (request, answering) => {
      const service = answering.services[name];
      return service === undefined ? { error: Completion.UNSUPPORTED_COMMAND } : find(service, request, answering);
    },
  );
}

/** The entries from `handle` on that fit one response behind its two bytes of count and next handle. */
export function entryPage<Entry>(
  entries: readonly Entry[],
  handle: number,
  bytesOf: (entry: Entry) => number,
): Finding<{ readonly next: number; readonly entries: readonly Entry[] }> {
  if (handle > 0 && handle >= entries.length) return INVALID_DATA;
  const page: Entry[] = [];
  let bytes = 2;
  for (const entry of entries.slice(handle)) {
    bytes += bytesOf(entry);
    if (bytes > LARGEST_RESPONSE_DATA) break;
    page.push(entry);
  }
  const next = handle + page.length;
  return { response: { next: next < entries.length ? next : NO_MORE_ENTRIES, entries: page } };
}
