/** Field table of PLDM messages: the header of all types, then the data of the base type's commands (DSP0240). */
import { BASE_COMMANDS, type AnyBaseCommand } from "../pldm/base-commands.ts";
import { PldmCompletion, PldmType, pldmCommandName, pldmCompletionName, pldmTypeName } from "../pldm/codec.ts";
import { bytesOf, choose, u8, unusual, wrong, type Field, type Seen } from "../wire/field-table.ts";
import { flagsByte, messageTypeByte, noCheck } from "./meanings.ts";

function dataOf({ value }: Seen, part: "requestFields" | "responseFields"): readonly Field[] {
  const known: AnyBaseCommand | undefined =
    value("PLDM type") === PldmType.BASE ? BASE_COMMANDS.get(value("command")) : undefined;
  return known?.[part] ?? [bytesOf("data", "rest")];
}

export const PLDM_MESSAGE: readonly Field[] = [
  messageTypeByte(noCheck),
  flagsByte("DSP0240, header", ["no notification", "notification: no response is wanted"]),
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
      of("PLDM type") === PldmType.BASE && !BASE_COMMANDS.has(value)
        ? unusual("not a command of DSP0240 1.0.0; its data is not explained")
        : undefined,
  }),
  choose((seen) =>
    seen.value("Rq") === 1
      ? dataOf(seen, "requestFields")
      : [
          u8("completion code", {
            show: "hex",
            reference: "DSP0240",
            meaning: (value, { value: of }) => pldmCompletionName(value, of("PLDM type")),
          }),
          choose((then) =>
            then.value("completion code") === PldmCompletion.SUCCESS ? dataOf(then, "responseFields") : [],
          ),
        ],
  ),
];
