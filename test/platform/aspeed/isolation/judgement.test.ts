/**
 * LPC-SEC-6: which bits open, filter and shut which door of which chip. From several states of a chip each bit of each register is
 * turned over: those of the tables change what they say, all others nothing.
 */
import { describe, expect, test } from "@jest/globals";
import { registersOf, type RegisterName } from "../../../../src/platform/aspeed/isolation/doors.ts";
import { judgeIsolation, type Values } from "../../../../src/platform/aspeed/isolation/judgement.ts";
import type { SocName } from "../../../../src/platform/aspeed/soc.ts";

/** superio, ilpc2ahb, p2a, xdma, debug-uart, window, by their first letters. */
type States = string;
type Registers = Readonly<Partial<Record<RegisterName, number>>>;

const CHIPS: readonly SocName[] = ["ast2400", "ast2500", "ast2600"];

function valuesOf(soc: SocName, registers: Registers): Values {
  return new Map(registersOf(soc).map((name) => [name, registers[name] ?? 0]));
}

function statesOf(soc: SocName, values: Values): States {
  const { doors, window } = judgeIsolation(soc, values);
  return [...doors.map(({ state }) => state), window.state].map((state) => state[0]).join("");
}

interface Scene {
  readonly soc: SocName;
  readonly what: string;
  readonly registers: Registers;
  readonly states: States;
  /** What a bit that is turned over makes of it. */
  readonly turned: Readonly<Record<string, States>>;
}

const SCENES: readonly Scene[] = [
  {
    soc: "ast2400",
    what: "after a reset without a boot loader's care, with both PCIe devices",
    registers: { SCU180: 0x4242, HICR5: 0x400 },
    states: "ooooco",
    turned: { "SCU70[20]": "ccooco", "HICRB[6]": "ofooco", "SDMC08[16]": "ooofco", "HICR5[10]": "oooocc" },
  },
  {
    soc: "ast2400",
    what: "with the VGA device alone, ranges read-only but one",
    registers: { SCU180: 0x0042, SCU2C: 0x0380_0000, SDMC08: 0x1_0000, SCU70: 0x10_0000 },
    states: "ccofcc",
    turned: {
      "SCU180[1]": "cccfcc",
      "SCU180[6]": "ccoccc",
      "SCU2C[22]": "ccffcc",
      "SDMC08[16]": "ccoocc",
      "SCU70[20]": "ooofcc",
      "SCU180[14]": "ccofcc",
      "HICR5[10]": "ccofco",
    },
  },
  {
    soc: "ast2400",
    what: "all shut",
    registers: { SCU70: 0x10_0000, HICRB: 0x40 },
    states: "cccccc",
    turned: {
      "SCU70[20]": "ofcccc",
      "SCU180[1]": "ccoccc",
      "SCU180[9]": "ccoccc",
      "SCU180[6]": "cccocc",
      "SCU180[14]": "cccocc",
      "HICR5[10]": "ccccco",
    },
  },
  {
    soc: "ast2500",
    what: "after a reset without a boot loader's care, with both PCIe devices",
    registers: { SCU180: 0x4242, HICR5: 0x400 },
    states: "oooooo",
    turned: {
      "SCU70[20]": "ccoooo",
      "HICRB[6]": "ofoooo",
      "SDMC08[17]": "ooofoo",
      "SCU2C[10]": "ooooco",
      "HICR5[10]": "oooooc",
    },
  },
  {
    soc: "ast2500",
    what: "with the BMC device alone",
    registers: { SCU180: 0x4200, SCU70: 0x10_0000, SCU2C: 0x0340_0400 },
    states: "ccoocc",
    turned: {
      "SCU180[9]": "cccocc",
      "SCU180[14]": "ccoccc",
      "SCU2C[23]": "ccfocc",
      "SCU2C[10]": "ccoooc",
      "SDMC08[17]": "ccofcc",
      "SCU70[20]": "oooocc",
      "HICR5[10]": "ccooco",
    },
  },
  {
    soc: "ast2600",
    what: "after a reset without a boot loader's care, with both PCIe devices",
    registers: { SCUC20: 0x0202, HICR5: 0x400 },
    states: "oooooo",
    turned: {
      "SCU510[3]": "ccoooo",
      "SCU0D8[1]": "ocoooo",
      "HICRB[29]": "ocoooo",
      "HICRB[6]": "ofoooo",
      "SCU0C8[0]": "oocooo",
      "SCU0D8[2]": "oooooc",
      "HICR5[10]": "oooooc",
    },
  },
  {
    soc: "ast2600",
    what: "with one lock each",
    registers: { SCU510: 0x8, SCU0C8: 0x105, SCU0D8: 0x8, SDMC08: 0x4_0000, HICR5: 0x400 },
    states: "ccccoo",
    turned: {
      "SCU510[3]": "ooccoo",
      "SCU0C8[1]": "ccccco",
      "SCU0C8[2]": "cccooo",
      "SCU0C8[8]": "cccooo",
      "SCU0D8[2]": "ccccoc",
      "HICR5[10]": "ccccoc",
    },
  },
  {
    soc: "ast2600",
    what: "with the gates off, functions off, X-DMA half filtered",
    registers: { SCU0C8: 0x2, SCU0D8: 0xe, SDMC08: 0x4_0000, HICR5: 0x400 },
    states: "occocc",
    turned: {
      "SCUC20[1]": "ocoocc",
      "SCUC20[9]": "ocoocc",
      "SDMC08[25]": "occfcc",
      "SCU510[3]": "cccocc",
      "SCU0D8[1]": "oococc",
      "SCU0D8[3]": "occooc",
      "SCU0C8[1]": "occooc",
      "SCU0D8[2]": "occoco",
    },
  },
];

describe.each(SCENES)("LPC-SEC-6: $soc, $what", ({ soc, registers, states, turned }) => {
  test("each door's state", () => {
    expect(statesOf(soc, valuesOf(soc, registers))).toBe(states);
  });

  test.each(registersOf(soc))("every bit of %s, turned over", (name) => {
    const values = valuesOf(soc, registers);
    for (let bit = 0; bit < 32; bit++) {
      const value = (values.get(name)! ^ (1 << bit)) >>> 0;
      const label = `${name}[${String(bit)}]`;
      const found = statesOf(soc, new Map([...values, [name, value]]));
      expect([label, found]).toEqual([label, turned[label] ?? states]);
    }
  });

  test("every bit of the table is one of a register that is read", () => {
    const read = new Set<string>(registersOf(soc));
    expect(Object.keys(turned).filter((label) => !read.has(label.slice(0, label.indexOf("["))))).toEqual([]);
  });
});

describe("LPC-SEC-6: registers that cannot be read", () => {
  test.each(CHIPS)("%s: without any all doors are unknown, but one that the chip does not have", (soc) => {
    const { verdict } = judgeIsolation(soc, new Map());
    expect([statesOf(soc, new Map()), verdict]).toEqual([soc === "ast2400" ? "uuuucu" : "uuuuuu", "unknown"]);
  });

  test("one lock that holds is enough, one that cannot be read is not", () => {
    expect(statesOf("ast2600", new Map([["SCU510", 8]]))).toBe("ccuuuu");
    expect(statesOf("ast2600", new Map([["SCU510", 0]]))).toBe("ouuuuu");
  });

  test("a filter that cannot be read is none", () => {
    const values = new Map(valuesOf("ast2500", { SCU180: 0x42 }));
    values.delete("SDMC08");
    expect(statesOf("ast2500", values)[3]).toBe("o");
  });

  test("an open door is worse than an unknown one", () => {
    expect(judgeIsolation("ast2600", new Map([["SCU510", 0]])).verdict).toBe("open");
  });
});

describe("LPC-SEC-5: the window's own door", () => {
  const shut: Registers = { SCU510: 0x8, SCU0C8: 0x107, SCU0D8: 0xa, HICRB: 0x2000_0000 };
  /** The last MiB of 64 from 0xb4000000. */
  const open: Registers = { ...shut, HICR5: 0x500, HICR7: 0xb7f0_0ff0, HICR8: 0xfff0_000f };
  const region = { start: 0xb400_0000, size: 0x400_0000 };

  test("alone is no finding; what it shows is told", () => {
    const { verdict, window } = judgeIsolation("ast2600", valuesOf("ast2600", open), region);
    expect(verdict).toBe("closed");
    expect(window).toMatchObject({
      state: "open",
      range: { bmc: 0xb7f0_0000, host: 0x0ff0_0000, size: 0x10_0000 },
      isInRegion: true,
    });
  });

  test.each([
    ["begins before it", { HICR7: 0xb3f0_0ff0 }],
    ["ends behind it", { HICR7: 0xb7f0_0ff0, HICR8: 0xffe0_001f }],
    ["is elsewhere, as the host's flash is", { HICR7: 0x3000_0e00, HICR8: 0xfc00_03ff }],
  ])("a range that is not in the region, as it %s, is a finding", (_how, registers) => {
    const { verdict, window } = judgeIsolation("ast2600", valuesOf("ast2600", { ...open, ...registers }), region);
    expect([verdict, window.isInRegion]).toEqual(["open", false]);
  });

  test("without a known region nothing is said of it", () => {
    const { verdict, window } = judgeIsolation("ast2600", valuesOf("ast2600", open));
    expect([verdict, window.isInRegion]).toEqual(["closed", undefined]);
  });

  test("shut it shows nothing", () => {
    const { window } = judgeIsolation("ast2600", valuesOf("ast2600", { ...open, HICR5: 0x100 }), region);
    expect(window).toMatchObject({ state: "closed", range: undefined, isInRegion: undefined });
  });

  test("open with a range that cannot be read it is unknown", () => {
    const values = new Map(valuesOf("ast2600", open));
    values.delete("HICR8");
    const { verdict, window } = judgeIsolation("ast2600", values, region);
    expect([verdict, window.state]).toEqual(["unknown", "unknown"]);
  });
});
