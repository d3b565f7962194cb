/** Answers to PLDM requests of the base type, each made at once (DSP0240). */
import { versionNumber } from "../mctp/control/version-support.ts";
import {
  COMMANDS_BITMAP_BYTES,
  PldmCommand,
  PldmCompletion,
  PldmType,
  TYPES_BITMAP_BYTES,
  decodePldm,
  encodePldmResponse,
  readU32le,
  writeBitmap,
  type PldmMessage,
} from "./codec.ts";
import { TransferOperation, encodePart, encodeVersions, partFrom } from "./version-transfer.ts";

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

const UNASSIGNED_TID = 0x00;
const RESERVED_TID = 0xff;
const HEADER_VERSION = 0;

type Answer = { readonly completion: number; readonly data?: Uint8Array };

const INVALID_LENGTH: Answer = { completion: PldmCompletion.INVALID_LENGTH };

/** The response to a message; undefined, and counted, when it gets none. May change the terminus id. */
export function respondPldm(bytes: Uint8Array, terminus: PldmTerminus, counters: PldmCounters): Uint8Array | undefined {
  const request = decodePldm(bytes);
  if (request?.kind !== "request" || request.headerVersion !== HEADER_VERSION) {
    counters.pldmDiscarded++;
    return undefined;
  }
  counters.pldmAnswered++;
  const { completion, data } = answer(request, terminus);
  return encodePldmResponse(request, completion, data);
}

function answer(request: PldmMessage, terminus: PldmTerminus): Answer {
  if (!terminus.types.has(request.type)) return { completion: PldmCompletion.INVALID_TYPE };
  if (request.type !== PldmType.BASE) return { completion: PldmCompletion.UNSUPPORTED_COMMAND };
  const { data } = request;
  switch (request.command) {
    case PldmCommand.SET_TID:
      return data.length === 1 ? setTid(data[0]!, terminus) : INVALID_LENGTH;
    case PldmCommand.GET_TID:
      return data.length === 0 ? success(Uint8Array.of(terminus.tid)) : INVALID_LENGTH;
    case PldmCommand.GET_PLDM_VERSION:
      return data.length === 6 ? getVersion(data, terminus) : INVALID_LENGTH;
    case PldmCommand.GET_PLDM_TYPES:
      return data.length === 0 ? success(writeBitmap(TYPES_BITMAP_BYTES, terminus.types.keys())) : INVALID_LENGTH;
    case PldmCommand.GET_PLDM_COMMANDS:
      return data.length === 5 ? getCommands(data, terminus) : INVALID_LENGTH;
    default:
      return { completion: PldmCompletion.UNSUPPORTED_COMMAND };
  }
}

function success(data: Uint8Array): Answer {
  return { completion: PldmCompletion.SUCCESS, data };
}

function setTid(tid: number, terminus: PldmTerminus): Answer {
  if (tid === UNASSIGNED_TID || tid === RESERVED_TID) return { completion: PldmCompletion.INVALID_DATA };
  terminus.tid = tid;
  return { completion: PldmCompletion.SUCCESS };
}

function getVersion(data: Uint8Array, terminus: PldmTerminus): Answer {
  const handle = readU32le(data, 0);
  const operation = data[4]!;
  const support = terminus.types.get(data[5]!);
  if (operation !== TransferOperation.GET_FIRST_PART && operation !== TransferOperation.GET_NEXT_PART) {
    return { completion: PldmCompletion.INVALID_OPERATION_FLAG };
  }
  if (support === undefined) return { completion: PldmCompletion.INVALID_TYPE_IN_REQUEST };
  const whole = encodeVersions(support.versions);
  // The handle of a first part means nothing.
  const at = operation === TransferOperation.GET_FIRST_PART ? 0 : handle;
  const isNext = at > 0 && at < whole.length && at % terminus.partBytes === 0;
  if (operation === TransferOperation.GET_NEXT_PART && !isNext) {
    return { completion: PldmCompletion.INVALID_TRANSFER_HANDLE };
  }
  return success(encodePart(partFrom(whole, at, terminus.partBytes)));
}

function getCommands(data: Uint8Array, terminus: PldmTerminus): Answer {
  const support = terminus.types.get(data[0]!);
  if (support === undefined) return { completion: PldmCompletion.INVALID_TYPE_IN_REQUEST };
  if (!support.versions.includes(readU32le(data, 1))) return { completion: PldmCompletion.INVALID_VERSION_IN_REQUEST };
  return success(writeBitmap(COMMANDS_BITMAP_BYTES, support.commands));
}
