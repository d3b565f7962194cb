/** Registers of chips whose doors are all shut, but the window's own. */
import type { RegisterName } from "../../src/platform/aspeed/isolation/doors.ts";
import type { SocName } from "../../src/platform/aspeed/soc.ts";

export const SHUT: Readonly<Record<SocName, Readonly<Partial<Record<RegisterName, number>>>>> = {
  ast2400: { SCU70: 0x10_0000 },
  ast2500: { SCU70: 0x10_0000, SCU2C: 0x400 },
  ast2600: { SCU510: 0x8, SCU0C8: 0x107, SCU0D8: 0xa },
};
