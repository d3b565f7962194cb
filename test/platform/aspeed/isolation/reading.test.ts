/** LPC-SEC-6: the check reads each register once and writes none; what cannot be read is told, and no agent fails by it. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { REGISTERS, registersOf, type RegisterName } from "../../../../src/platform/aspeed/isolation/doors.ts";
import { readValues, warnOfOpenDoors } from "../../../../src/platform/aspeed/isolation/reading.ts";
import { reservedRegion } from "../../../../src/platform/aspeed/isolation/region.ts";
import { Failure } from "../../../../src/platform/failure.ts";
import { AspeedChip } from "../../../support/aspeed-chip.ts";
import { SHUT } from "../../../support/aspeed-doors.ts";

const CHIPS = ["ast2400", "ast2500", "ast2600"] as const;

describe("LPC-SEC-6: reading", () => {
  test.each(CHIPS)("%s: each register once, by its address; nothing is written", (soc) => {
    const chip = new AspeedChip();
    const names = registersOf(soc);
    for (const [n, name] of names.entries()) chip.values.set(REGISTERS[name], n + 1);
    const { values, troubles } = readValues(soc, chip);
    expect([[...values], troubles]).toEqual([names.map((name, n) => [name, n + 1]), []]);
    expect(chip.accesses).toEqual(names.map((name) => `read ${REGISTERS[name].toString(16)}`));
  });

  test("a page that the kernel refuses is not tried again, and its reason is told once; the others are read", () => {
    const chip = new AspeedChip();
    const tried: string[] = [];
    chip.beforeAccess = (access) => {
      if (!access.startsWith("read 1e6e2")) return;
      tried.push(access);
      throw new Failure("device-permission", "not permitted");
    };
    const { values, troubles } = readValues("ast2600", chip);
    expect([tried.length, troubles]).toEqual([1, ["not permitted"]]);
    expect([...values.keys()].sort()).toEqual(["HICR5", "HICR7", "HICR8", "HICRB", "SDMC08"]);
  });

  test("a defect is none of these reasons", () => {
    const chip = new AspeedChip();
    chip.beforeAccess = () => {
      throw new TypeError("defect");
    };
    expect(() => readValues("ast2600", chip)).toThrow(TypeError);
  });
});

describe("LPC-SEC-6: the line in an agent's log", () => {
  const said = (prepare: (chip: AspeedChip) => void): readonly string[] => {
    const [chip, log] = [new AspeedChip(), [] as string[]];
    for (const [name, value] of Object.entries(SHUT.ast2600)) chip.values.set(REGISTERS[name as RegisterName], value);
    prepare(chip);
    warnOfOpenDoors("ast2600", chip, (line) => log.push(line));
    return log;
  };

  test("names the doors that are open or filtered", () => {
    expect(
      said((chip) => {
        chip.values.set(REGISTERS.SCU0C8, 0x007);
        chip.values.set(REGISTERS.SDMC08, 0x0204_0000);
        chip.values.set(REGISTERS.SCU510, 0);
        chip.values.set(REGISTERS.SCU0D8, 0x2);
      }),
    ).toEqual([expect.stringMatching(/past the window: SuperIO decode open, X-DMA filtered, debug UART open \(CVE/)]);
  });

  test("is left out while all are shut but the window's own, and where nothing can be read", () => {
    expect(
      said((chip) => {
        chip.values.set(REGISTERS.HICR5, 0x500);
      }),
    ).toEqual([]);
    expect(
      said((chip) => {
        chip.isGone = true;
      }),
    ).toEqual([]);
  });
});

describe("the region that the device tree reserves", () => {
  let tree: string;
  beforeEach(() => {
    tree = mkdtempSync(join(tmpdir(), "mctp-lpc-tree-"));
  });
  afterEach(() => {
    rmSync(tree, { recursive: true });
  });

  function property(path: string, content: string | readonly number[]): void {
    const file = join(tree, path);
    mkdirSync(dirname(file), { recursive: true });
    const cells = Buffer.alloc(typeof content === "string" ? 0 : 4 * content.length);
    if (typeof content !== "string") for (const [n, value] of content.entries()) cells.writeUInt32BE(value, 4 * n);
    writeFileSync(file, typeof content === "string" ? content : cells);
  }

  function plant(controller: string): void {
    property(`${controller}/compatible`, "aspeed,ast2600-lpc-ctrl\0");
    property(`${controller}/memory-region`, [0x2a]);
    property("reserved-memory/ranges", "");
    property("reserved-memory/vga@b8000000/phandle", [0x29]);
    property("reserved-memory/vga@b8000000/reg", [0xb800_0000, 0x80_0000]);
    property("reserved-memory/region@b4000000/phandle", [0x2a]);
    property("reserved-memory/region@b4000000/reg", [0xb400_0000, 0x400_0000]);
    // So many that some come before the nodes, in whatever order a folder is read.
    for (let number = 0; number < 30; number++) property(`reserved-memory/property-${String(number)}`, [1]);
  }

  test.each(["ahb/apb/lpc@1e789000/lpc-ctrl@80", "ahb/apb/lpc@1e789000/lpc-host@80/lpc-ctrl@0"])(
    "by %s",
    (controller) => {
      plant(controller);
      expect(reservedRegion(tree)).toEqual({ start: 0xb400_0000, size: 0x400_0000 });
    },
  );

  test("none, where the controller names none, the tree has none, or addresses have 64 bits", () => {
    expect([reservedRegion(tree), reservedRegion(join(tree, "none"))]).toEqual([undefined, undefined]);
    plant("ahb/apb/lpc@1e789000/lpc-ctrl@80");
    property("reserved-memory/region@b4000000/reg", [0, 0xb400_0000, 0, 0x400_0000]);
    expect(reservedRegion(tree)).toBeUndefined();
    rmSync(join(tree, "ahb/apb/lpc@1e789000/lpc-ctrl@80/memory-region"));
    expect(reservedRegion(tree)).toBeUndefined();
  });
});
