/** E.5: the run that the annex shows is the one that both sides make. */
import { describe, expect, test } from "@jest/globals";
import { steppedRun, type Deed } from "../../spec/generator/walk-throughs/stepped-run.ts";
import { fromHex, toHex } from "../../src/core/wire/bytes.ts";
import { cellOf, readSpecification, tableOf } from "../project/tables.ts";

const annex = readSpecification("annex-virtual-board.md");
/** An empty cell of word or counters: as in the row before. */
const shown = tableOf(annex, "step", "access", "register word", "counters").map((row) => ({
  step: cellOf(row, "step"),
  access: cellOf(row, "access"),
  word: cellOf(row, "register word"),
  counters: cellOf(row, "counters"),
}));

/** "STR = 0x81" or "IDR -> 0x00" */
type RegisterAccess = string;

function registersIn(access: string): readonly RegisterAccess[] {
  const pattern = /(STR|IDR|ODR) = (0x[0-9a-f]{2})|read (IDR|ODR), gets (0x[0-9a-f]{2})/g;
  return [...access.matchAll(pattern)].map(([, written, value, read, got]) =>
    written === undefined ? `${read} -> ${got}` : `${written} = ${value}`,
  );
}

function registerOf({ access, side, value }: Deed): RegisterAccess | undefined {
  const byte = `0x${value.toString(16).padStart(2, "0")}`;
  const [inbound, outbound] = side === "host" ? ["ODR", "IDR"] : ["IDR", "ODR"];
  if (access === "writeStatus") return `STR = ${byte}`;
  if (access === "writeData") return `${outbound} = ${byte}`;
  return access === "readData" ? `${inbound} -> ${byte}` : undefined;
}

/** Windows in backticks: the offset, and the bytes from there on. */
function windowsIn(access: string): readonly { readonly offset: number; readonly hex: string }[] {
  return [...access.matchAll(/(0x[0-9a-f]+)(?:–0x[0-9a-f]+)? = `([0-9a-f ]+)`/g)].map(([, offset, hex]) => ({
    offset: Number(offset),
    hex: toHex(fromHex(hex ?? "")!),
  }));
}

describe("the run of E.5", () => {
  const all = steppedRun({ bmc: { min: 1, cur: 3 }, host: { min: 1, cur: 3 }, request: true });
  // The annex ends with the request taken; the response follows.
  const run = all.slice(0, all.findIndex(({ step }) => step === "H2.4") + 1);
  const registers = run.flatMap((deed) => {
    const register = registerOf(deed);
    return register === undefined ? [] : [{ register, deed }];
  });

  test("has these register accesses of these sides in this order", () => {
    const wanted = shown.flatMap(({ access }) =>
      registersIn(access).map((register) => `${access.split(":")[0]}: ${register}`),
    );
    expect(wanted.length).toBeGreaterThan(20);
    expect(registers.map(({ deed, register }) => `${deed.side === "bmc" ? "BMC" : "host"}: ${register}`)).toEqual(
      wanted,
    );
  });

  test("has a row for each access, with its step", () => {
    expect(shown.map(({ step }) => step)).toEqual(run.map(({ step }) => step));
  });

  test("has them in these steps, leaving these words and counters", () => {
    const counters = { idrWritten: 0, idrRead: 0, odrWritten: 0, odrRead: 0 };
    let word = 0;
    let next = 0;
    let before = { word: "", counters: "" };
    for (const row of shown) {
      for (const register of registersIn(row.access)) {
        const { deed } = registers[next++]!;
        word = deed.word;
        expect(row.step).toBe(deed.step);
        if (register.startsWith("IDR =")) counters.idrWritten++;
        if (register.startsWith("IDR ->")) counters.idrRead++;
        if (register.startsWith("ODR =")) counters.odrWritten++;
        if (register.startsWith("ODR ->")) counters.odrRead++;
      }
      const after = { word: `0x${word.toString(16).padStart(8, "0")}`, counters: Object.values(counters).join(" ") };
      expect(row).toMatchObject({
        word: after.word === before.word ? "" : after.word,
        counters: after.counters === before.counters ? "" : after.counters,
      });
      before = after;
    }
    expect(next).toBe(registers.length);
  });

  test("writes these bytes to the window, and reads the packet in these pieces", () => {
    const memory = new Map<number, number>();
    let at = 0;
    for (const { access } of shown) {
      for (let left = registersIn(access).length; left > 0; left--) {
        while (registerOf(run[at]!) === undefined) at++;
        at++;
      }
      // What the row has written stands before the next register access, or has been written before this one.
      const until = run.findIndex((deed, index) => index >= at && registerOf(deed) !== undefined);
      for (const { access: kind, offset, bytes } of run.slice(0, until < 0 ? run.length : until)) {
        if (kind === "writeWindow") bytes.forEach((byte, index) => memory.set(offset + index, byte));
      }
      for (const { offset, hex } of windowsIn(access)) {
        const found = Uint8Array.from({ length: hex.length / 2 }, (_, index) => memory.get(offset + index) ?? 0);
        expect(`${access}: ${toHex(found)}`).toBe(`${access}: ${hex}`);
      }
    }
    expect(shown.flatMap(({ access }) => windowsIn(access))).toHaveLength(3);
    const reads = run
      .filter(({ step }) => step === "B2.6" || step === "B2.7")
      .map(({ offset, bytes }) => [offset, bytes.length]);
    expect(reads).toEqual([
      [0x8007c, 4],
      [0x80080, 11],
    ]);
  });
});
