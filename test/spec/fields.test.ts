/** The drawings of fields: the committed ones are what the code gives, and each field stands at its place. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BMC_DEFAULTS } from "../../bmc/role/state.ts";
import { fieldDrawing, type FieldDrawing } from "../../spec/generator/figures/field-drawing.ts";
import { fieldFigures } from "../../spec/generator/figures/fields.ts";
import { CONTROL_FIELDS, CONTROL_FIELDS_BYTES, CONTROL_REGION_BYTES } from "../../src/core/binding/control-region.ts";
import { largestMtu, offeredLayout, overheadBytes } from "../../src/core/binding/layout.ts";
import { Status, STATUS_BITS } from "../../src/core/binding/registers.ts";
import { HEADER_FIELDS } from "../../src/core/mctp/packet.ts";
import { WORD_REGISTERS } from "../../src/core/binding/kcs-word.ts";
import { BOARD_WORDS, HEADER_BYTES } from "../../src/platform/shared-file/layout.ts";
import { PROJECT } from "../project/requirements.ts";
import { textsOf, theText, type PlacedText } from "./svg-texts.ts";

const figures = new Map(fieldFigures().map(({ path, text }) => [path, text]));

function textsIn(name: string): readonly PlacedText[] {
  return textsOf(figures.get(`spec/figures/${name}.svg`) ?? "");
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}

/** A text that stands in the row that begins with a label, at a share of its width that the ruler tells. */
function expectInRow(
  texts: readonly PlacedText[],
  content: string,
  row: string,
  place: number,
  ruler: readonly [first: string, second: string],
): void {
  const [first, second] = ruler.map((number) => texts.find((text) => text.content === number)!);
  const unit = Math.abs(second!.x - first!.x);
  const left = Math.min(first!.x, second!.x) - unit / 2;
  const label = theText(texts, row);
  const found = texts.filter((text) => text.content === content && Math.abs(text.y - label.y) < 25);
  const places = found.map((text) => (text.x - left) / unit);
  expect({ content, near: places.some((candidate) => Math.abs(candidate - place) < 0.01), places }).toEqual({
    content,
    near: true,
    places,
  });
}

test("the committed drawings of fields are what the code gives", () => {
  expect(figures.size).toBeGreaterThanOrEqual(7);
  const differing = [...figures].filter(([path, text]) => readFileSync(join(PROJECT, path), "utf8") !== text);
  expect(differing.map(([path]) => path)).toEqual([]);
});

test("LPC-REG-1: each field of the control region stands in the row and columns of its offset", () => {
  const texts = textsIn("control-region");
  for (const { name, offset, bytes } of CONTROL_FIELDS) {
    expectInRow(texts, name, hex(offset - (offset % 4), 2), (offset % 4) + bytes / 2, ["+0", "+1"]);
  }
  theText(texts, hex(CONTROL_FIELDS_BYTES, 2));
  theText(texts, hex(CONTROL_REGION_BYTES, 2));
});

test("the bits of STR stand under their numbers, reserved ones as 0", () => {
  const texts = textsIn("status-register");
  for (let bit = 0; bit < 8; bit++) {
    const name = STATUS_BITS.find(({ mask }) => mask === 1 << bit)?.name ?? "0";
    for (const line of name.split(" ")) expectInRow(texts, line, "STR", 7.5 - bit, ["7", "6"]);
  }
});

test.each([Status.OBF, Status.BMC_ACTIVE | Status.OBF, 0xc1])(
  "LPC-BMC-1: STR value %p is shown bit by bit",
  (value) => {
    const texts = textsIn("status-register");
    const label = theText(texts, hex(value, 2));
    const row = texts.filter(({ y, content }) => Math.abs(y - label.y) < 4 && /^[01]$/.test(content));
    expect(row.map(({ content }) => content).join("")).toBe(value.toString(2).padStart(8, "0"));
  },
);

test("the fields of the MCTP header stand in their bytes and bits", () => {
  const texts = textsIn("mctp-header");
  for (const { name, shift, bits } of HEADER_FIELDS) {
    const low = shift % 8;
    const byte = 3 - (shift - low) / 8;
    expectInRow(texts, name, `byte ${byte}`, 8 - low - bits / 2, ["7", "6"]);
  }
});

test("LPC-MTU-1: the drawing of a packet gives the sizes of buffers", () => {
  const texts = textsIn("packet-buffer");
  theText(texts, `the buffer's size: MTU + ${overheadBytes(2)}`);
  theText(texts, `the buffer's size: MTU + ${overheadBytes(3)}`);
  expect(texts.filter(({ content }) => content === "CRC-32")).toHaveLength(1);
});

test("the window has the buffers of the default offer, in order", () => {
  const texts = textsIn("window-map");
  const { bmcToHost, hostToBmc } = offeredLayout(3, largestMtu(3, BMC_DEFAULTS.windowBytes));
  const end = hostToBmc.offset + hostToBmc.size;
  const offsets = [0, CONTROL_FIELDS_BYTES, bmcToHost.offset, hostToBmc.offset, end, BMC_DEFAULTS.windowBytes];
  const heights = offsets.map((offset) => theText(texts, hex(offset, 5)).y);
  expect(heights).toEqual(heights.toSorted((one, other) => one - other));
  const between = (name: string, from: number): boolean => {
    const { y } = theText(texts, name);
    return y > heights[from]! && y < heights[from + 1]!;
  };
  expect([between("bmcToHost buffer", 2), between("hostToBmc buffer", 3)]).toEqual([true, true]);
  expect(texts.filter(({ content }) => content.includes(`${bmcToHost.size} bytes`))).toHaveLength(2);
});

test("the words of a virtual board's header page stand at their offsets", () => {
  const texts = textsIn("virtual-board-page");
  for (const { name, offset, bytes } of BOARD_WORDS) {
    expectInRow(texts, name, hex(offset - (offset % 16), 3), ((offset % 16) + bytes / 2) / 4, ["+0x0", "+0x4"]);
  }
  theText(texts, hex(HEADER_BYTES, 3));
});

test("the register word of a virtual board has each register between its bit numbers", () => {
  const texts = textsIn("board-word");
  const ruler = texts.filter(({ content, y }) => /^\d+$/.test(content) && y === theText(texts, "31").y);
  const word = theText(texts, "word");
  for (const { name, shift } of WORD_REGISTERS) {
    const [cell] = texts.filter(({ content, y }) => content === name && Math.abs(y - word.y) < 25);
    const x = (number: number): number => ruler.find(({ content }) => content === String(number))!.x;
    expect({ name, between: cell!.x > x(shift + 7) && cell!.x < x(shift) }).toEqual({ name, between: true });
  }
});

describe("drawing fields", () => {
  const blank: FieldDrawing = { title: "t", description: "d", rows: [], legend: [] };
  const row = { units: 8, height: 40 };

  test("a text that does not fit is an error", () => {
    const cells = [{ from: 0, to: 1, name: "unpronounceable", owner: "none" as const }];
    expect(() => fieldDrawing({ ...blank, rows: [{ ...row, cells }] })).toThrow('"unpronounceable" does not fit');
    const tall = [{ from: 0, to: 1, name: "a b c d e f g h i j k l", owner: "bmc" as const }];
    expect(() => fieldDrawing({ ...blank, rows: [{ ...row, cells: tall }] })).toThrow("more lines than its cell");
    const label = { ...row, label: "much too long", cells: [] };
    expect(() => fieldDrawing({ ...blank, rows: [label] })).toThrow('"much too long" does not fit');
  });

  test("every owner that has a colour has a letter as well", () => {
    const cells = (["host", "bmc", "both", "hardware", "neutral", "none"] as const).map((owner, index) => ({
      from: index,
      to: index + 1,
      name: "x",
      owner,
    }));
    const texts = textsOf(fieldDrawing({ ...blank, rows: [{ ...row, units: 6, cells }] }));
    const marks = texts.map(({ content }) => content).filter((content) => content !== "x");
    expect(marks.toSorted()).toEqual(["B", "B", "H", "H", "HW"]);
  });
});
