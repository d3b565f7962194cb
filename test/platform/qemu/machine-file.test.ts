/** `machine.json` is a file that anybody may have written: what is taken from it, and what is refused in words. */
import { describe, expect, test } from "@jest/globals";
import { decodeMachine, encodeMachine } from "../../../src/platform/qemu/machine-file.ts";
import { MACHINES } from "../../../src/platform/qemu/machines.ts";
import { commandLine, planMachine } from "../../../src/platform/qemu/machine-plan.ts";

const GOOD = {
  machine: "rainier-bmc",
  soc: "ast2600",
  memoryFile: "memory",
  region: { offset: "0x34000000", bytes: 0x400_0000 },
};

describe("machine.json", () => {
  test.each(Object.keys(MACHINES))("what a start of %s writes is read again", (machine) => {
    const plan = planMachine({ folder: "/m", machine });
    const told = { ...plan.machine, qemu: "7.2.22", processId: 17 };
    expect(decodeMachine(encodeMachine(told))).toEqual(told);
  });

  test("other programs may leave out what they do not offer, and write numbers as such", () => {
    const text = JSON.stringify({
      ...GOOD,
      region: { offset: 0x3400_0000, bytes: "0x4000000" },
      qmp: "q",
      qtest: null,
    });
    expect(decodeMachine(text)).toEqual({
      ...GOOD,
      region: { offset: 0x3400_0000, bytes: 0x400_0000 },
      qmp: "q",
    });
  });

  test.each<readonly [string, string, string]>([
    ["no JSON", "{", "it is not JSON"],
    ["another value", "[]", "it is no JSON object"],
    ["null", "null", "it is no JSON object"],
    ["a machine that is no name", with_({ machine: "a b" }), 'its "machine" is not a name like rainier-bmc'],
    ["a chip that there is not", with_({ soc: "ast2700" }), 'its "soc" is not one of ast2400, ast2500, ast2600'],
    ["a chip of the prototype", with_({ soc: "constructor" }), 'its "soc" is not one of ast2400, ast2500, ast2600'],
    ["memory outside the folder", with_({ memoryFile: "../m" }), /^its "memoryFile" is not/],
    ["memory with a NUL", with_({ memoryFile: "/m\0" }), /^its "memoryFile" is not/],
    ["no region", with_({ region: 5 }), /^its "region" is not an object/],
    ["a region before the file", with_({ region: { offset: -4096, bytes: 4096 } }), /^its "region" is not offset/],
    ["a region beyond all memory", with_({ region: { offset: 2 ** 40, bytes: 4096 } }), /^its "region" is not offset/],
    ["half a byte", with_({ region: { offset: 0, bytes: 0.5 } }), /^its "region" is not offset/],
    ["FIFOs elsewhere", with_({ qmp: "/tmp/x" }), 'its "qmp" is not the name of a pair of FIFOs'],
    ["FIFOs above", with_({ qtest: ".." }), 'its "qtest" is not the name of a pair of FIFOs'],
    ["a process of no number", with_({ processId: -1 }), 'its "processId" is not a number of a process'],
    ["a version without end", with_({ qemu: "7".repeat(201) }), 'its "qemu" is not a version'],
  ] as [string, string, string][])("%s is refused", (_what, text, why) => {
    expect(decodeMachine(text)).toEqual(typeof why === "string" ? why : expect.stringMatching(why));
  });

  function with_(change: object): string {
    return JSON.stringify({ ...GOOD, ...change });
  }
});

describe("the plan of a start", () => {
  test("the region is where boards have it, and at the end of a smaller memory", () => {
    const regionOf = (memoryBytes?: number) =>
      planMachine({ folder: "/m", machine: "rainier-bmc", memoryBytes }).machine;
    expect(regionOf().region).toEqual({ offset: 0x3400_0000, bytes: 0x400_0000 });
    expect(regionOf(0x1000_0000).region).toEqual({ offset: 0xc00_0000, bytes: 0x400_0000 });
    expect(() => regionOf(0x300_0000)).toThrow(expect.objectContaining({ code: "options" }));
  });

  test("a comma in a path does not end an option of QEMU, and the command line is one for a shell", () => {
    const plan = planMachine({ folder: "/a,b", machine: "ast2500-evb" });
    expect(plan.arguments).toContain("pipe,id=qmp,path=/a,,b/qmp");
    expect(plan.arguments).toContain("pipe:/a,b/qtest");
    expect(plan.arguments.join(" ")).toContain("mem-path=/a,,b/memory,share=on");
    expect(commandLine(["a b", "it's", "x=1,y"])).toBe(`'a b' 'it'\\''s' x=1,y`);
  });

  test("a machine that is not known is told with those that are", () => {
    expect(() => planMachine({ folder: "/m", machine: "toString" })).toThrow(
      /"toString" is not known: there are rainier-bmc/,
    );
  });
});
