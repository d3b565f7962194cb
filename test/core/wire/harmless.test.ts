import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { escapeXml } from "../../../src/core/drawing/svg.ts";
import { harmless, harmlessJson, harmlessValue } from "../../../src/core/wire/harmless.ts";

const HOSTILE = "a\u001b]0;title\u0007\u202e\u2028\n12:00:00.000 bmc  stopping\ud800";
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

test("escape sequences, line ends, marks of direction and half characters are shown by their numbers", () => {
  expect(harmless(HOSTILE)).toBe("a<1b>]0;title<07><202e><2028><0a>12:00:00.000 bmc  stopping<d800>");
  expect(harmless("Grüße, 你好")).toBe("Grüße, 你好");
});

test("no text keeps a harmful character, in values and in XML either", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(harmless(text)).not.toMatch(HARMFUL);
      expect(escapeXml(text)).not.toMatch(HARMFUL);
      expect(JSON.stringify(harmlessValue({ [text]: [text, 1, null] }))).not.toMatch(HARMFUL);
    }),
  );
});

test("JSON says the same, without one of them", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
      const json = harmlessJson(JSON.stringify({ value, hostile: HOSTILE }, undefined, 2));
      expect(json.replaceAll("\n", "")).not.toMatch(HARMFUL);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, hostile: HOSTILE })));
    }),
  );
});
