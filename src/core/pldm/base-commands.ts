/**
 * The commands of PLDM type 0 (DSP0240): field tables, from which codecs and explanations come. Integers of PLDM are
 * little-endian. A further command is a description and a row of BASE_COMMANDS.
 */
import { judgeVersion, versionText } from "../mctp/control/version-number.ts";
import { crc32 } from "../wire/crc.ts";
import { tableCodec, type DataCodec } from "../wire/field-codec.ts";
import {
  byCases,
  bytesOf,
  list,
  named,
  u32,
  u8,
  wrong,
  type BytesField,
  type Field,
  type NumberField,
} from "../wire/field-table.ts";
import { PldmCommand, PldmCompletion, PLDM_HEADER_BYTES, pldmTypeName, readBitmap, writeBitmap } from "./codec.ts";

/** A command as both ends need it. */
export interface PldmBaseCommand<Request, Response> extends AnyBaseCommand {
  readonly request: DataCodec<Request>;
  readonly response: DataCodec<Response>;
}

export interface AnyBaseCommand {
  readonly code: number;
  readonly requestFields: readonly Field[];
  readonly responseFields: readonly Field[];
  /** The completion code for a request whose length is right and whose data is not. */
  readonly invalidData: number;
}

function describe<Request, Response>(
  code: number,
  requestFields: readonly Field[],
  responseFields: readonly Field[],
  invalidData: number = PldmCompletion.INVALID_DATA,
): PldmBaseCommand<Request, Response> {
  const [request, response] = [tableCodec<Request>(requestFields, true), tableCodec<Response>(responseFields, true)];
  return { code, request, response, requestFields, responseFields, invalidData };
}

/* ---- SetTID, GetTID ---- */

/** The terminus id of a terminus that was given none. */
export const UNASSIGNED_TID = 0x00;
const RESERVED_TID = 0xff;

export const SetTid: PldmBaseCommand<{ readonly tid: number }, undefined> = describe(
  PldmCommand.SET_TID,
  [
    u8("TID", {
      key: "tid",
      reference: "DSP0240, SetTID",
      judge: (value) =>
        value === UNASSIGNED_TID || value === RESERVED_TID
          ? wrong("0x00 and 0xff cannot be set: invalid data")
          : undefined,
    }),
  ],
  [],
);

export const GetTid: PldmBaseCommand<undefined, { readonly tid: number }> = describe(
  PldmCommand.GET_TID,
  [],
  [u8("TID", { key: "tid", reference: "DSP0240, GetTID", meaning: named({ [UNASSIGNED_TID]: "none was assigned" }) })],
);

/* ---- GetPLDMVersion ---- */

export interface VersionRequest {
  /** What the response before named as next; of no meaning to a first part. */
  readonly handle: number;
  readonly operation: "nextPart" | "firstPart";
  readonly type: number;
}

/** A part of a version list: versions, oldest first, and the CRC-32 of what comes before it. */
export interface TransferPart {
  readonly next: number;
  /** One of TransferFlag. */
  readonly flag: number;
  readonly part: Uint8Array;
}

/** Which part a response carries. */
export const TransferFlag = { START: 0x01, MIDDLE: 0x02, END: 0x04, START_AND_END: 0x05 } as const;

const FLAG_NAMES: Readonly<Record<number, string>> = {
  [TransferFlag.START]: "start",
  [TransferFlag.MIDDLE]: "middle",
  [TransferFlag.END]: "end",
  [TransferFlag.START_AND_END]: "start and end",
};

/** In place of a version: no particular one. A requester sends it to ask for the commands of any version. */
export const NO_VERSION = 0xffffffff;
const VERSION_BYTES = 4;
const CRC_BYTES = 4;
/** Where the list begins in a response: behind header, completion code, handle and flag. */
const LIST_AT = PLDM_HEADER_BYTES + 1 + 4 + 1;

const typeAsked: NumberField = u8("PLDM type asked for", { key: "type", show: "hex", meaning: pldmTypeName });

const version: NumberField = u32("version", {
  endian: "little",
  show: "hex",
  reference: "DSP0240, version coding",
  meaning: (value) => (value === NO_VERSION ? "no version in particular" : versionText(value)),
  judge: (value) => (value === NO_VERSION ? undefined : judgeVersion(value)),
});

const listCrc: Field = u32("CRC-32", {
  endian: "little",
  show: "hex",
  reference: "DSP0240, GetPLDMVersion",
  judge: (value, { read, bytes }) => {
    const sum = crc32(bytes(LIST_AT, read - CRC_BYTES));
    return sum === value ? undefined : wrong(`the CRC-32 of the versions is 0x${sum.toString(16).padStart(8, "0")}`);
  },
});

/** Whether so many bytes are one or more versions and a CRC-32. */
function isList(byteCount: number): boolean {
  return byteCount >= VERSION_BYTES + CRC_BYTES && (byteCount - CRC_BYTES) % VERSION_BYTES === 0;
}

function handleField(name: string, key: string): NumberField {
  return u32(name, { key, endian: "little", show: "hex", reference: "DSP0240, GetPLDMVersion" });
}

export const GetPldmVersion: PldmBaseCommand<VersionRequest, TransferPart> = describe(
  PldmCommand.GET_PLDM_VERSION,
  [
    handleField("transfer handle", "handle"),
    u8("transfer operation", {
      key: "operation",
      ...byCases([
        ["nextPart", "next part"],
        ["firstPart", "first part"],
      ]),
    }),
    typeAsked,
  ],
  [
    handleField("next transfer handle", "next"),
    u8("transfer flag", {
      key: "flag",
      meaning: named(FLAG_NAMES),
      judge: (value) => (FLAG_NAMES[value] === undefined ? wrong("no such transfer flag") : undefined),
    }),
    bytesOf("part of the version list", "rest", {
      key: "part",
      // A part that is the whole list can be explained, and judged.
      inside: ({ value, left }) =>
        value("transfer flag") === TransferFlag.START_AND_END && isList(left)
          ? [list("version", () => left / VERSION_BYTES - 1, [version]), listCrc]
          : undefined,
      judge: ({ length }, { value }) =>
        value("transfer flag") === TransferFlag.START_AND_END && !isList(length)
          ? wrong("not a whole number of versions, at least one, with a CRC-32 behind them")
          : undefined,
    }),
  ],
  PldmCompletion.INVALID_OPERATION_FLAG,
);

/* ---- GetPLDMTypes, GetPLDMCommands ---- */

/** Numbers as the set bits of so many bytes. */
function bitmap(name: string, key: string, length: number, nameOf: (bit: number) => string): BytesField {
  return bytesOf(name, length, {
    key,
    reference: "DSP0240",
    convert: { read: readBitmap, write: (bits: readonly number[]) => writeBitmap(length, bits) },
    meaning: (bytes) => readBitmap(bytes).map(nameOf).join(", ") || "none",
  });
}

export const GetPldmTypes: PldmBaseCommand<undefined, { readonly types: readonly number[] }> = describe(
  PldmCommand.GET_PLDM_TYPES,
  [],
  [bitmap("types", "types", 8, pldmTypeName)],
);

export interface CommandsRequest {
  readonly type: number;
  /** In the coding of versionNumber, or NO_VERSION. */
  readonly version: number;
}

export const GetPldmCommands: PldmBaseCommand<CommandsRequest, { readonly commands: readonly number[] }> = describe(
  PldmCommand.GET_PLDM_COMMANDS,
  [typeAsked, { ...version, key: "version" }],
  [bitmap("commands", "commands", 32, (bit) => `0x${bit.toString(16).padStart(2, "0")}`)],
);

export const BASE_COMMANDS: ReadonlyMap<number, AnyBaseCommand> = new Map(
  [SetTid, GetTid, GetPldmVersion, GetPldmTypes, GetPldmCommands].map((command) => [command.code, command] as const),
);
