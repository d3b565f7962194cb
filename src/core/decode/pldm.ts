/** Field tables of PLDM messages: the header of all types, and the commands of the base type (DSP0240). */
import {
  COMMANDS_BITMAP_BYTES,
  PLDM_HEADER_BYTES,
  PldmCommand,
  PldmCompletion,
  PldmType,
  TYPES_BITMAP_BYTES,
  pldmCommandName,
  pldmCompletionName,
  pldmTypeName,
  readBitmap,
} from "../pldm/codec.ts";
import {
  CRC_BYTES,
  TransferFlag,
  TransferOperation,
  VERSION_BYTES,
  transferFlagName,
} from "../pldm/version-transfer.ts";
import { crc32 } from "../wire/crc.ts";
import { judgeVersion, messageTypeByte, noCheck, versionMeaning } from "./meanings.ts";
import {
  bits,
  bytesOf,
  choose,
  list,
  oneOf,
  reserved,
  u32,
  u8,
  unusual,
  wrong,
  type Field,
  type Finding,
  type Seen,
} from "./table.ts";

const RESERVED_TIDS = [0x00, 0xff];

const tid: Field = u8("TID", {
  reference: "DSP0240, SetTID and GetTID",
  meaning: (value) => (value === 0 ? "none was assigned" : undefined),
});

const newTid: Field = u8("TID", {
  reference: "DSP0240, SetTID",
  judge: (value) => (RESERVED_TIDS.includes(value) ? wrong("0x00 and 0xff cannot be set: invalid data") : undefined),
});

const pldmTypeAsked: Field = u8("PLDM type asked for", { show: "hex", meaning: pldmTypeName });

const version: Field = u32("version", {
  endian: "little",
  show: "hex",
  reference: "DSP0240, version coding",
  meaning: versionMeaning,
  judge: judgeVersion,
});

/** Where the list begins in a response: behind header, completion code, handle and flag. */
const LIST_AT = PLDM_HEADER_BYTES + 1 + 4 + 1;

/** A part that is the whole list: its last four bytes are the CRC-32 of the others. */
const versionList: Field = choose(({ value, left }) => {
  if (value("transfer flag") !== TransferFlag.START_AND_END) return [bytesOf("part of the version list", "rest")];
  const listBytes = left - CRC_BYTES;
  if (listBytes < VERSION_BYTES || listBytes % VERSION_BYTES !== 0) {
    const judge = (): Finding => wrong("no whole number of versions, at least one, with a CRC-32 behind them");
    return [bytesOf("versions and CRC-32", "rest", { judge })];
  }
  return [list("version", () => listBytes / VERSION_BYTES, [version]), listCrc];
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

function bitmapOf(name: string, length: number, nameOf: (bit: number) => string): Field {
  return bytesOf(name, length, {
    meaning: (bytes) => readBitmap(bytes).map(nameOf).join(", ") || "none",
    reference: "DSP0240",
  });
}

const REQUEST_FIELDS: ReadonlyMap<number, readonly Field[]> = new Map([
  [PldmCommand.SET_TID, [newTid]],
  [PldmCommand.GET_TID, []],
  [
    PldmCommand.GET_PLDM_VERSION,
    [
      u32("transfer handle", { endian: "little", show: "hex", reference: "DSP0240, GetPLDMVersion" }),
      u8("transfer operation", {
        ...oneOf({ [TransferOperation.GET_NEXT_PART]: "next part", [TransferOperation.GET_FIRST_PART]: "first part" }),
      }),
      pldmTypeAsked,
    ],
  ],
  [PldmCommand.GET_PLDM_TYPES, []],
  [PldmCommand.GET_PLDM_COMMANDS, [pldmTypeAsked, version]],
]);

const RESPONSE_FIELDS: ReadonlyMap<number, readonly Field[]> = new Map([
  [PldmCommand.SET_TID, []],
  [PldmCommand.GET_TID, [tid]],
  [
    PldmCommand.GET_PLDM_VERSION,
    [
      u32("next transfer handle", { endian: "little", show: "hex", reference: "DSP0240, GetPLDMVersion" }),
      u8("transfer flag", {
        meaning: transferFlagName,
        judge: (value) => (transferFlagName(value) === undefined ? wrong("no such transfer flag") : undefined),
      }),
      versionList,
    ],
  ],
  [PldmCommand.GET_PLDM_TYPES, [bitmapOf("types", TYPES_BITMAP_BYTES, pldmTypeName)]],
  [
    PldmCommand.GET_PLDM_COMMANDS,
    [bitmapOf("commands", COMMANDS_BITMAP_BYTES, (bit) => `0x${bit.toString(16).padStart(2, "0")}`)],
  ],
]);

function dataOf(seen: Seen, fields: ReadonlyMap<number, readonly Field[]>): readonly Field[] {
  const known = seen.value("PLDM type") === PldmType.BASE ? fields.get(seen.value("command")) : undefined;
  return known ?? [bytesOf("data", "rest")];
}

function judgeFlags({ value, tagOwner }: Seen): Finding | undefined {
  const isRequest = value("Rq") === 1;
  if (!isRequest && value("D") === 1) return wrong("D = 1 without Rq is reserved; discarded");
  if (tagOwner === undefined || tagOwner === isRequest) return undefined;
  return wrong(isRequest ? "a request in a packet with TO = 0" : "a response in a packet with TO = 1");
}

export const PLDM_MESSAGE: readonly Field[] = [
  messageTypeByte(noCheck),
  u8("flags and instance id", {
    reference: "DSP0240, header",
    bitFields: [
      bits("Rq", 7, 1, ["response", "request"]),
      bits("D", 6, 1, ["no notification", "notification: no response is wanted"]),
      reserved(5, 1),
      bits("instance id", 0, 5),
    ],
    judge: (_value, seen) => judgeFlags(seen),
  }),
  u8("header version and PLDM type", {
    reference: "DSP0240, header",
    bitFields: [
      {
        name: "header version",
        shift: 6,
        bits: 2,
        judge: (value) => (value === 0 ? undefined : wrong("only header version 0 is defined; discarded")),
      },
      { name: "PLDM type", shift: 0, bits: 6, meaning: pldmTypeName },
    ],
  }),
  u8("command", {
    show: "hex",
    reference: "DSP0240",
    meaning: (value, { value: of }) => pldmCommandName(of("PLDM type"), value),
    judge: (value, { value: of }) =>
      of("PLDM type") === PldmType.BASE && !REQUEST_FIELDS.has(value)
        ? unusual("a command of the base type that is not explained here")
        : undefined,
  }),
  choose((seen) =>
    seen.value("Rq") === 1
      ? dataOf(seen, REQUEST_FIELDS)
      : [
          u8("completion code", {
            show: "hex",
            reference: "DSP0240",
            meaning: (value, { value: of }) => pldmCompletionName(value, of("PLDM type")),
          }),
          choose((then) =>
            then.value("completion code") === PldmCompletion.SUCCESS ? dataOf(then, RESPONSE_FIELDS) : [],
          ),
        ],
  ),
];
