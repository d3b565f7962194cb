/** Get Message Type Support, command 0x05 (DSP0236 12.7): the message types that an endpoint takes. */
import { ok, reject } from "../../wire/result.ts";
import { Control } from "./codec.ts";
import { NOTHING, atLeast, type ControlCommand } from "./data.ts";

export interface GetMessageTypeSupportResponse {
  /** Ascending; control, which all support, is not among them. */
  readonly messageTypes: readonly number[];
}

export const GetMessageTypeSupport: ControlCommand<undefined, GetMessageTypeSupportResponse> = {
  code: Control.GET_MESSAGE_TYPE_SUPPORT,
  request: NOTHING,
  response: {
    encode: ({ messageTypes }) => Uint8Array.of(messageTypes.length, ...messageTypes),
    decode: atLeast(1, (data) => {
      const count = data[0]!;
      return data.length < 1 + count ? reject("invalidLength") : ok({ messageTypes: [...data.subarray(1, 1 + count)] });
    }),
  },
};
