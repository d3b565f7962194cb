/** Answers to PLDM requests of the base type, each made at once (DSP0240). */
import { versionNumber } from "../mctp/control/version-number.ts";
import {
  GetPldmCommands,
  GetPldmTypes,
  GetPldmVersion,
  GetTid,
  NO_VERSION,
  SetTid,
  UNASSIGNED_TID,
  type CommandsRequest,
  type PldmBaseCommand,
  type TransferPart,
  type VersionRequest,
} from "./base-commands.ts";
import { PldmCommand, PldmCompletion, PldmType, decodePldm, encodePldmResponse, type PldmMessage } from "./codec.ts";
import { encodeVersions, partFrom } from "./version-transfer.ts";

/** One PLDM type that a terminus speaks, in one or more versions. */
export interface PldmTypeSupport {
  /** Oldest first, in the coding of versionNumber. */
  readonly versions: readonly number[];
  /** Commands it takes, in each of the versions. */
  readonly commands: readonly number[];
}

export interface PldmTerminus {
  /** Terminus id: 0x00 as long as none was set. */
  tid: number;
  readonly types: ReadonlyMap<number, PldmTypeSupport>;
  /** Most bytes of a version list in one response. */
  readonly partBytes: number;
}

/** What PLDM messages came to. */
export const PLDM_COUNTERS = {
  pldmAnswered: { clause: "DSP0240", text: "PLDM requests answered" },
  pldmDiscarded: { clause: "DSP0240", text: "PLDM messages discarded: too short, or no request that wants an answer" },
} as const;

export type PldmCounter = keyof typeof PLDM_COUNTERS;
export type PldmCounters = Record<PldmCounter, number>;

/** DSP0240 1.0.0: the version that the commands below are of. */
export const PLDM_BASE_VERSION: number = versionNumber(1, 0, 0);

/** A version list of one type and its CRC fit into a baseline packet with room to spare. */
const PART_BYTES = 48;

/** A terminus that speaks the base type alone. */
export function baseTerminus(partBytes: number = PART_BYTES): PldmTerminus {
  const commands = Object.values(PldmCommand);
  return {
    tid: UNASSIGNED_TID,
    types: new Map([[PldmType.BASE, { versions: [PLDM_BASE_VERSION], commands }]]),
    partBytes,
  };
}

const HEADER_VERSION = 0;

/** What a handler finds: the response's record, or a completion code. */
type Finding<Response> = { readonly response: Response } | { readonly error: number };

/** The response to a message; undefined, and counted, when it gets none. May change the terminus id. */
export function respondPldm(bytes: Uint8Array, terminus: PldmTerminus, counters: PldmCounters): Uint8Array | undefined {
  const request = decodePldm(bytes);
  if (request?.kind !== "request" || request.headerVersion !== HEADER_VERSION) {
    counters.pldmDiscarded++;
    return undefined;
  }
  counters.pldmAnswered++;
  const known = terminus.types.has(request.type);
  const handler = request.type === PldmType.BASE ? HANDLERS.get(request.command) : undefined;
  if (known && handler !== undefined) return handler(request, terminus);
  return encodePldmResponse(request, known ? PldmCompletion.UNSUPPORTED_COMMAND : PldmCompletion.INVALID_TYPE);
}

type Handler = (request: PldmMessage, terminus: PldmTerminus) => Uint8Array;

const HANDLERS: ReadonlyMap<number, Handler> = new Map([
  handler(SetTid, ({ tid }, terminus) => {
    terminus.tid = tid;
    return { response: undefined };
  }),
  handler(GetTid, (_, { tid }) => ({ response: { tid } })),
  handler(GetPldmVersion, getVersion),
  handler(GetPldmTypes, (_, { types }) => ({ response: { types: [...types.keys()] } })),
  handler(GetPldmCommands, getCommands),
]);

/** Judges the data by the command's codec and answers by `find`. */
function handler<Request, Response>(
  command: PldmBaseCommand<Request, Response>,
  find: (request: Request, terminus: PldmTerminus) => Finding<Response>,
): readonly [number, Handler] {
  const answer: Handler = (message, terminus) => {
    const request = command.request.decode(message.data);
    if (!request.ok) {
      const isShort = request.reject === "invalidLength";
      return encodePldmResponse(message, isShort ? PldmCompletion.INVALID_LENGTH : command.invalidData);
    }
    const finding = find(request.value, terminus);
    if ("error" in finding) return encodePldmResponse(message, finding.error);
    return encodePldmResponse(message, PldmCompletion.SUCCESS, command.response.encode(finding.response));
  };
  return [command.code, answer];
}

function getVersion({ handle, operation, type }: VersionRequest, terminus: PldmTerminus): Finding<TransferPart> {
  const support = terminus.types.get(type);
  if (support === undefined) return { error: PldmCompletion.INVALID_TYPE_IN_REQUEST };
  const whole = encodeVersions(support.versions);
  if (operation === "firstPart") return { response: partFrom(whole, 0, terminus.partBytes) };
  const isNext = handle > 0 && handle < whole.length && handle % terminus.partBytes === 0;
  if (!isNext) return { error: PldmCompletion.INVALID_TRANSFER_HANDLE };
  return { response: partFrom(whole, handle, terminus.partBytes) };
}

/** A request that names no version gets the commands of the newest, as DSP0240 1.2.0 has 0xFFFFFFFF. */
function getCommands(
  { type, version }: CommandsRequest,
  terminus: PldmTerminus,
): Finding<{ readonly commands: readonly number[] }> {
  const support = terminus.types.get(type);
  if (support === undefined) return { error: PldmCompletion.INVALID_TYPE_IN_REQUEST };
  const isSpoken = version === NO_VERSION || support.versions.includes(version);
  return isSpoken ? { response: { commands: support.commands } } : { error: PldmCompletion.INVALID_VERSION_IN_REQUEST };
}
