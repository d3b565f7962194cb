/** The list behind --misbehave: what is read, what is refused and how, and when an entry is carried out. */
import { describe, expect, test } from "@jest/globals";
import { checkMisbehave } from "../../../src/agent/misbehaviour/arm.ts";
import { Armed } from "../../../src/agent/misbehaviour/armed.ts";
import { MOST_ENTRIES, parseMisbehaviours } from "../../../src/agent/misbehaviour/list.ts";
import { misdeedsOf } from "../../../src/agent/misbehaviour/table.ts";
import { armedText, misbehaviourTable } from "../../../src/agent/misbehaviour/texts.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { isVirtual, parsePlatform } from "../../../src/platform/kinds.ts";

const BOTH = ["host", "bmc"] as const;

/** What is said of a list, "" where it is read. */
function refusal(list: string, role: RoleName = "bmc"): string {
  try {
    parseMisbehaviours(list, role);
  } catch (error) {
    expect(error).toMatchObject({ code: "misbehave" });
    return (error as Error).message;
  }
  return "";
}

describe("a list is read", () => {
  test("name, value, occasion and probability, each but the name left out or not", () => {
    const entries = parseMisbehaviours("wrong-crc, length:0x10@3,restart%2.5 ,unknown-command:7@2%50", "bmc");
    expect(entries.map(({ misdeed, value, nth, percent }) => [misdeed.name, value, nth, percent])).toEqual([
      ["wrong-crc", 0, undefined, undefined],
      ["length", 16, 3, undefined],
      ["restart", 500, undefined, 2.5],
      ["unknown-command", 7, 2, 50],
    ]);
  });

  test("every name of a side, with its value left out", () => {
    for (const role of BOTH) for (const { name } of misdeedsOf(role)) expect(refusal(name, role)).toBe("");
  });
});

describe("a list is refused, with the entry that is wrong", () => {
  test.each<readonly [list: string, role: RoleName, says: string]>([
    ["", "bmc", "an entry is empty"],
    ["wrong-crc,", "bmc", "an entry is empty"],
    ["wrong-crx@1", "bmc", '"wrong-crx@1": a BMC has no misbehaviour of this name; did you mean wrong-crc?'],
    ["no-fense", "host", "did you mean no-fence?"],
    ["overwrite-odr", "host", "did you mean overwrite-idr?"],
    ["qqqqqqqqqqqq", "host", '"qqqqqqqqqqqq": a host has no misbehaviour of this name; --misbehave list shows all'],
    ["wrong-crc:1", "bmc", '"wrong-crc:1": wrong-crc takes no value'],
    ["length:", "bmc", "N is a whole number from 0 to 4294967295"],
    ["length:-1", "bmc", "N is a whole number"],
    ["length:4294967296", "bmc", "N is a whole number"],
    ["restart:0", "bmc", "MS is a whole number from 1 to 3600000"],
    ["unknown-command:0", "host", "0 is a command of this side"],
    ["unknown-command:0xff", "bmc", "255 is a command of this side"],
    ["header-version:1", "bmc", "1 is the header version of MCTP"],
    ["wrong-crc@0", "bmc", "@N, the occasion, is a whole number from 1 to 1000000000"],
    ["wrong-crc@", "bmc", "@N, the occasion,"],
    ["wrong-crc@1@2", "bmc", "@N, the occasion,"],
    ["wrong-crc%0", "bmc", "%P is a probability above 0 and up to 100 percent"],
    ["wrong-crc%101", "bmc", "%P is a probability"],
    ["wrong-crc%1e1", "bmc", "%P is a probability"],
    ["wrong-crc%5@1", "bmc", "%P is a probability"],
    [
      Array<string>(MOST_ENTRIES + 1)
        .fill("wrong-crc")
        .join(","),
      "bmc",
      "the list has 17 entries: give at most 16",
    ],
    ["x".repeat(100_000), "bmc", "the list has more than 1000 characters"],
  ])("%.20s", (list, role, says) => {
    expect(refusal(list, role)).toContain(says);
  });

  test("0x00 is no command of a BMC", () => {
    expect(refusal("unknown-command:0", "bmc")).toBe("");
  });
});

describe("an entry is carried out", () => {
  /** Of so many occasions, the places of those that were chosen. */
  function chosen(text: string, occasions: number, seed = 1): readonly number[] {
    const [entry] = parseMisbehaviours(text, "bmc");
    const armed = new Armed(entry!, "bmc", seed, () => undefined);
    return Array.from({ length: occasions }, (_, at) => (armed.chosen() ? at + 1 : 0)).filter((at) => at > 0);
  }

  test("every time, the N-th time alone, or with a probability that its seed repeats", () => {
    expect(chosen("wrong-crc", 4)).toEqual([1, 2, 3, 4]);
    expect(chosen("wrong-crc@3", 9)).toEqual([3]);
    const drawn = chosen("wrong-crc%20", 1000);
    expect(drawn).toEqual(chosen("wrong-crc%20", 1000));
    expect(drawn).not.toEqual(chosen("wrong-crc%20", 1000, 2));
    expect(drawn.length).toBeGreaterThan(130);
    expect(drawn.length).toBeLessThan(270);
    expect(chosen("wrong-crc@3%0.000001", 9)).toEqual([]);
  });

  test("the log is told the first time, the tenth and the hundredth", () => {
    const lines: string[] = [];
    const [entry] = parseMisbehaviours("no-dummy", "bmc");
    const armed = new Armed(entry!, "bmc", 1, (line) => lines.push(line));
    for (let time = 0; time < 500; time++) armed.done();
    expect(armed.times).toBe(500);
    expect(lines).toEqual([
      "misbehaved on purpose: no-dummy (LPC-BMC-4), 1 time so far",
      "misbehaved on purpose: no-dummy (LPC-BMC-4), 10 times so far",
      "misbehaved on purpose: no-dummy (LPC-BMC-4), 100 times so far",
    ]);
  });

  test("the line of an agent that is armed names each entry, its requirement, and the seed where one is drawn from", () => {
    expect(armedText("host", parseMisbehaviours("no-close@1", "host"), 5)).toBe(
      "this host misbehaves on purpose (--misbehave): no-close@1 breaks LPC-HOST-3",
    );
    expect(armedText("bmc", parseMisbehaviours("wrong-crc%5,no-dummy", "bmc"), 5)).toBe(
      "this BMC misbehaves on purpose (--misbehave): wrong-crc%5 breaks LPC-BUF-3, no-dummy breaks LPC-BMC-4; drawn with --misbehave-seed 5",
    );
  });
});

test("the table fits a terminal, and has every misbehaviour of its side with what it breaks", () => {
  for (const role of BOTH) {
    const lines = misbehaviourTable(role).split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    const text = lines.join(" ").replace(/ +/g, " ");
    for (const { name, breaks } of misdeedsOf(role)) {
      expect(lines.some((line) => line.trim().split("[")[0] === name)).toBe(true);
      expect(text).toContain(`breaks ${breaks[role]![0]!}`);
    }
  }
});

describe("real devices", () => {
  const REAL = [
    "raw-kcs:/dev/raw-kcs3,lpc=/dev/aspeed-lpc-ctrl",
    "aspeed-mem:3",
    "x86:0xca2,window=0xff000000",
    "powernv:",
  ];
  const VIRTUAL = ["shm:/dev/shm/board", "qemu:/dev/shm/machine"];

  test.each(REAL)("%s is refused, unless the user asks for the damage", (spec) => {
    const role = /^(x86|powernv)/.test(spec) ? "host" : "bmc";
    const platform = parsePlatform(spec, role);
    expect(isVirtual(platform)).toBe(false);
    expect(() => {
      checkMisbehave({ list: "wrong-crc" }, role, platform);
    }).toThrow(/a real device, may hang the (host|BMC) or corrupt what it holds.* add --destructive/);
    checkMisbehave({ list: "wrong-crc", destructive: true }, role, platform);
  });

  test.each(VIRTUAL)("%s is not", (spec) => {
    for (const role of BOTH) checkMisbehave({ list: "wrong-crc" }, role, parsePlatform(spec, role));
  });
});
