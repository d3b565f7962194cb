import { expect, test } from "@jest/globals";
import { answers, directionOf } from "../../../src/agent/services/direction.ts";
import { fromHex } from "../../../src/core/wire/bytes.ts";

test.each([
  ["a PLDM request", "01850002", "request"],
  ["a PLDM request without response (D)", "01c50002", "notice"],
  ["a PLDM response", "0105000200", "response"],
  ["an NVMe-MI request, with IC", "8408", "request"],
  ["an NVMe-MI response", "0488", "response"],
  ["an SPDM request", "05108400", "request"],
  ["an SPDM response", "05100400", "response"],
  ["half an SPDM message", "0510", "unknown"],
  ["a type that says nothing of it", "5080", "unknown"],
  ["a type byte alone", "01", "unknown"],
])("%s", (_what, hex, direction) => {
  expect(directionOf(fromHex(hex)!)).toBe(direction);
});

test("a PLDM response has the instance id, type and command of its request; elsewhere any may be one", () => {
  const request = fromHex("01850002")!;
  expect(answers(fromHex("0105000200")!, request)).toBe(true);
  for (const other of ["0106000200", "0105020200", "0105000300", "01"]) {
    expect(answers(fromHex(other)!, request)).toBe(false);
  }
  expect(answers(fromHex("5099")!, fromHex("5001")!)).toBe(true);
});
