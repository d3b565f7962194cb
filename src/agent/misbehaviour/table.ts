/** Every misbehaviour that there is, in the order of the documentation. A new one is one row in one of these lists. */
import type { RoleName } from "../../core/binding/side.ts";
import { BMC_DEEDS } from "./bmc-deeds.ts";
import { COMMAND_DEEDS } from "./command-deeds.ts";
import { HOST_DEEDS } from "./host-deeds.ts";
import type { Misdeed } from "./misdeed.ts";
import { PACKET_DEEDS } from "./packet-deeds.ts";
import { REGION_DEEDS } from "./region-deeds.ts";
import { SILENCE_DEEDS } from "./silence-deeds.ts";

export const MISDEEDS: readonly Misdeed[] = [
  ...PACKET_DEEDS,
  ...COMMAND_DEEDS,
  ...REGION_DEEDS,
  ...BMC_DEEDS,
  ...HOST_DEEDS,
  ...SILENCE_DEEDS,
];

/** Those of one side. */
export function misdeedsOf(role: RoleName): readonly Misdeed[] {
  return MISDEEDS.filter(({ breaks }) => role in breaks);
}
