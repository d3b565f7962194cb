import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SEPARATOR, textWidth, wrapItems } from "../../../src/core/drawing/text-width.ts";

const measure = (text: string): number => textWidth(text, 13);

describe("the width of text", () => {
  test("grows with every character and with the font, and bold takes more", () => {
    expect(textWidth("", 13)).toBe(0);
    expect(textWidth("iii", 13)).toBeLessThan(textWidth("mmm", 13));
    expect(textWidth("host_ver", 26)).toBeCloseTo(2 * textWidth("host_ver", 13));
    expect(textWidth("host_ver", 13, "bold")).toBeGreaterThan(textWidth("host_ver", 13));
  });

  test("characters of no known width count as wide ones", () => {
    expect(textWidth("€", 13)).toBeGreaterThanOrEqual(textWidth("w", 13));
  });
});

describe("items in lines", () => {
  test("items share a line while there is room, and lines break between items first", () => {
    const room = measure("one · two · three");
    expect(wrapItems(["one", "two", "three", "four"], room, measure)).toEqual(["one · two · three", "four"]);
    expect(wrapItems([], room, measure)).toEqual([]);
  });

  test("an item that is too long breaks between words, a word anywhere", () => {
    const room = measure("Get Message");
    expect(wrapItems(["Get Message Type"], room, measure)).toEqual(["Get Message", "Type"]);
    expect(wrapItems(["0000000000000000000000"], measure("00000000"), measure)).toEqual([
      "00000000",
      "00000000",
      "000000",
    ]);
  });

  test("no line is wider than the room, and nothing is lost or moved", () => {
    const word = fc.string({
      unit: fc.constantFrom("a", "i", "m", "w", "W", "0", "=", "("),
      minLength: 1,
      maxLength: 30,
    });
    const item = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(" "));
    fc.assert(
      fc.property(fc.array(item, { maxLength: 8 }), fc.integer({ min: 20, max: 400 }), (items, room) => {
        const lines = wrapItems(items, room, measure);
        for (const line of lines) expect(measure(line)).toBeLessThanOrEqual(room);
        const letters = (texts: readonly string[]): string =>
          texts.join("").replaceAll(SEPARATOR, "").replace(/ /g, "");
        expect(letters(lines)).toBe(letters(items));
      }),
    );
  });
});
