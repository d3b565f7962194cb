/**
 * A command of the control protocol, made from one description (DSP0236 clause 12): its name, the field tables of its
 * request and of its response, and how the command line names it. The codecs, what `decode` explains and the arguments
 * of `mctp-lpc control` come from there. A further command is one file in commands/ and a row in commands.ts.
 */
import { tableCodec, type DataCodec } from "../../wire/field-codec.ts";
import { bytesOf, choose, unusual, type Field } from "../../wire/field-table.ts";

/** A command as both ends need it. Its responses are those with completion code 0: an error carries no data. */
export interface ControlCommand<Request, Response> {
  /** The command code, one of `Control`. */
  readonly code: number;
  readonly request: DataCodec<Request>;
  readonly response: DataCodec<Response>;
}

/** How the command line names a command. Its arguments and options are made from the fields of the request. */
export interface CommandLine {
  /** "get-eid" */
  readonly name: string;
  /** What it is for, after the command's name; may be empty. */
  readonly summary: string;
  /** Arguments of an example, after the name. */
  readonly example?: string;
  /** Who answers it with more than "unsupported command". */
  readonly by: "all" | "busOwner" | "bridge" | "others";
  /** Values of fields that may be left out, by key. */
  readonly defaults?: Readonly<Record<string, number>>;
  /** Values of the operation that go without the other fields. */
  readonly bare?: readonly string[];
  /** Keys of an entry's fields in the order in which they are written, separated by colons. */
  readonly entry?: readonly string[];
}

/** A command that is described as a whole. */
export interface DescribedCommand<Request, Response> extends ControlCommand<Request, Response>, Description {}

/** Any command at all, as where all of them are listed. */
export interface AnyControlCommand extends Description {
  readonly code: number;
  readonly request: AnyCodec;
  readonly response: AnyCodec;
}

interface Description {
  /** In the words of DSP0236: "Get Endpoint ID". */
  readonly name: string;
  readonly requestFields: readonly Field[];
  /** The request's fields for an explanation, which may know less than the two ends. */
  readonly explainedRequest: readonly Field[];
  readonly responseFields: readonly Field[];
  /** Completion codes from 0x80 on that the command defines. */
  readonly completions: Readonly<Record<number, string>>;
  readonly line: CommandLine;
}

/** A codec of records that its user does not look into. */
interface AnyCodec {
  readonly encode: (value: never) => Uint8Array;
  readonly decode: DataCodec<unknown>["decode"];
}

/** Most data bytes of a response, so that its message fits one packet of the baseline transmission unit. */
export const LARGEST_RESPONSE_DATA = 60;

export interface CommandDescription {
  readonly code: number;
  readonly name: string;
  /** Where the command is described: "DSP0236 12.3". */
  readonly reference: string;
  readonly request?: readonly Field[];
  /** Where an explanation knows less than the codec. */
  readonly explainedRequest?: readonly Field[];
  readonly response?: readonly Field[];
  /** A response with more bytes than the table is none. Otherwise they are ignored: a later version may add some. */
  readonly exactResponse?: true;
  readonly completions?: Readonly<Record<number, string>>;
  readonly line: CommandLine;
}

/** Makes a command from its description. Requests are judged to the byte. */
export function describeCommand<Request, Response>(
  description: CommandDescription,
): DescribedCommand<Request, Response> {
  const { code, name, reference, request = [], response = [], exactResponse = false, completions = {} } = description;
  return {
    code,
    name,
    request: tableCodec(request, true),
    response: tableCodec(response, exactResponse),
    requestFields: request,
    explainedRequest: referring(description.explainedRequest ?? request, reference),
    responseFields: [...referring(response, reference), ...(exactResponse ? [] : [ADDED_LATER])],
    completions,
    line: description.line,
  };
}

/** The first field says where the command is described, unless it refers to something else. */
function referring([first, ...others]: readonly Field[], reference: string): readonly Field[] {
  if (first === undefined) return [];
  return [first.kind === "choice" ? first : { reference, ...first }, ...others];
}

const ADDED_LATER: Field = choose(({ left }) =>
  left === 0
    ? []
    : [
        bytesOf("added", "rest", {
          judge: () => unusual("more than the command defines; a requester ignores it"),
        }),
      ],
);
