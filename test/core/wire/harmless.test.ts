import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { escapeXml } from "../../../src/core/drawing/svg.ts";
import { harmless, harmlessJson, shortened } from "../../../src/core/wire/harmless.ts";
import { HOSTILE_TEXTS } from "../../support/hostile-texts.ts";

const HOSTILE = "a\u001b]0;title\u0007\u202e\u2028\n12:00:00.000 bmc  stopping\ud800";
/** Written anew: what acts on a terminal, forges a line or has no place in XML. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|\p{M}{5}/u;
const COMBINED = fc.string({ unit: fc.constantFrom("e", "\u0301", "\u0323", "\u200b", "\u001b", "\ud800", "中") });

test("escape sequences, line ends, marks of direction and half characters are shown by their numbers", () => {
  expect(harmless(HOSTILE)).toBe("a<1b>]0;title<07><202e><2028><0a>12:00:00.000 bmc  stopping<d800>");
});

test.each(HOSTILE_TEXTS)("$name: nothing of it acts, and what it is can be read", ({ text, shown }) => {
  expect(harmless(text)).toBe(shown);
  expect(JSON.parse(harmlessJson(JSON.stringify(text)))).toBe(text);
});

test("text of people stays as it is", () => {
  for (const text of ["Grüße, 你好, नमस्ते, שָׁלוֹם, e\u0301\u0323", "▸ LPC-BUF-4 → … · ✕", ""]) {
    expect(harmless(text)).toBe(text);
  }
});

test("no text keeps a harmful character, in XML neither", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), COMBINED), (text) => {
      expect(harmless(text)).not.toMatch(HARMFUL);
      expect(escapeXml(text)).not.toMatch(HARMFUL);
      expect(escapeXml(text)).not.toMatch(/[<>"]/);
    }),
  );
});

test("what is harmless is not changed again", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(harmless(harmless(text))).toBe(harmless(text));
    }),
  );
});

test("JSON says the same, without one of them", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), COMBINED, (value, combined) => {
      const json = harmlessJson(JSON.stringify({ value, combined, hostile: HOSTILE }, undefined, 2));
      expect(json.replaceAll("\n", "")).not.toMatch(HARMFUL);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, combined, hostile: HOSTILE })));
    }),
  );
});

test("a text that is cut keeps whole characters", () => {
  expect(shortened(harmless("abc"), 3)).toBe("abc");
  expect(shortened(harmless("abcd"), 3)).toBe("ab…");
  expect(shortened(harmless("ab😀d"), 4)).toBe("ab…");
});
