/** Get MCTP Version Support, command 0x04 (DSP0236 12.6): which versions of a message type an endpoint speaks. */
import { countedList, u32, wrong } from "../../../wire/field-table.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { messageTypeAsked, messageTypeMeaning } from "../fields.ts";
import { judgeVersion, versionText } from "../version-number.ts";

/** In place of a message type: the base specification itself. */
export const BASE_SPECIFICATION = 0xff;

export interface GetVersionSupportRequest {
  readonly messageType: number;
}

export interface GetVersionSupportResponse {
  /** Ascending, each coded as `versionNumber` does; never empty. */
  readonly versions: readonly number[];
}

export const GetVersionSupport: DescribedCommand<GetVersionSupportRequest, GetVersionSupportResponse> = describeCommand(
  {
    code: Control.GET_VERSION_SUPPORT,
    name: "Get MCTP Version Support",
    reference: "DSP0236 12.6",
    request: [
      {
        ...messageTypeAsked,
        meaning: (value: number) =>
          value === BASE_SPECIFICATION ? "the base specification" : messageTypeMeaning(value),
      },
    ],
    response: countedList(
      "versions",
      "version",
      [u32("version", { show: "hex", meaning: versionText, judge: judgeVersion })],
      { judge: (value) => (value === 0 ? wrong("no version at all: there is at least one") : undefined) },
    ),
    completions: { 0x80: "message type not supported" },
    line: {
      name: "get-version",
      summary: "versions of a message type, 0xff for the base specification",
      example: "0x7f",
      by: "all",
      defaults: { messageType: BASE_SPECIFICATION },
    },
  },
);
