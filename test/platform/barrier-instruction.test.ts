/** The barrier as an instruction of this machine: it runs, it is made once, and what the kernel refuses is told. */
import { afterEach, expect, jest, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { barrierInstruction } from "../../src/platform/barrier-instruction.ts";
import { system } from "../../src/platform/system.ts";
import { errno } from "../support/fake-devices.ts";

afterEach(() => {
  jest.restoreAllMocks();
});

const mapped = (): number => readFileSync("/proc/self/maps", "utf8").split("memfd:mctp-lpc-barrier").length - 1;
const open = (): number => readdirSync("/proc/self/fd").length;

// The first: once it is made it stays.
test("a kernel that refuses it: a Failure that says what to allow, nothing is left, and the next attempt succeeds", () => {
  const before = [mapped(), open()];
  const write = jest.spyOn(system, "write").mockImplementation(() => {
    throw errno("EACCES");
  });
  expect(barrierInstruction).toThrow(
    expect.objectContaining({
      name: "Failure",
      code: "barrier-refused",
      message: expect.stringMatching(/LPC-KCS-9.*permission denied; .*memfd_noexec/) as unknown,
    }),
  );
  expect([mapped(), open()]).toEqual(before);
  write.mockRestore();
  barrierInstruction()();
  expect([mapped(), open()]).toEqual([before[0]! + 1, before[1]]);
  expect(barrierInstruction()).toBe(barrierInstruction());
  expect(mapped()).toBe(before[0]! + 1);
});

test("a processor that has none here is refused", async () => {
  const { arch } = process;
  Object.defineProperty(process, "arch", { value: "mips" });
  try {
    await jest.isolateModulesAsync(async () => {
      const anew = await import("../../src/platform/barrier-instruction.ts");
      expect(anew.barrierInstruction).toThrow(expect.objectContaining({ name: "Failure", code: "platform" }));
    });
  } finally {
    Object.defineProperty(process, "arch", { value: arch });
  }
});
