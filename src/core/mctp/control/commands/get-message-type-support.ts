/** Get Message Type Support, command 0x05 (DSP0236 12.7): the message types that an endpoint takes. */
import { countedList, u8, unusual } from "../../../wire/field-table.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { messageTypeMeaning } from "../fields.ts";

export interface GetMessageTypeSupportResponse {
  /** Ascending; control, which all support, is not among them. */
  readonly messageTypes: readonly number[];
}

export const GetMessageTypeSupport: DescribedCommand<undefined, GetMessageTypeSupportResponse> = describeCommand({
  code: Control.GET_MESSAGE_TYPE_SUPPORT,
  name: "Get Message Type Support",
  reference: "DSP0236 12.7",
  response: countedList("messageTypes", "type", [
    u8("type", {
      show: "hex",
      meaning: messageTypeMeaning,
      judge: (value) => (value === 0 ? unusual("control is not listed: all endpoints support it") : undefined),
    }),
  ]),
  line: { name: "get-types", summary: "message types that it takes", by: "all" },
});
