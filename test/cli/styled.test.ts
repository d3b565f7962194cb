import { expect, test } from "@jest/globals";
import { overdrawn, painted, plain, redrawn, strong } from "../../src/cli/styled.ts";
import { HOSTILE_TEXTS } from "../support/hostile-texts.ts";

test.each(HOSTILE_TEXTS)("$name: a painted piece has the escape sequences of its style alone", ({ text, shown }) => {
  expect(painted([{ text, style: "host" }, plain(text)], true)).toBe(`\u001b[36m${shown}\u001b[39m${shown}`);
  expect(painted([strong({ text, style: "wrong" })], true)).toBe(`\u001b[1m\u001b[31m${shown}\u001b[39m\u001b[22m`);
  expect(painted([{ text, style: "host" }, plain(text)], false)).toBe(`${shown}${shown}`);
});

test("an empty piece is not painted, pieces of one style are painted in one go", () => {
  expect(painted([{ text: "", style: "bold" }], true)).toBe("");
  expect(painted([plain("a"), { text: "b", style: "bold" }, { text: "c", style: "bold" }], true)).toBe(
    "a\u001b[1mbc\u001b[22m",
  );
});

test("a progress line stays one line, however long a text an agent sends", () => {
  expect(overdrawn(`reads ${"\n\u001b".repeat(1000)}`, 20)).toBe("\r\u001b[2Kreads <0a><1b><0a><…");
});

test("a status that is drawn over breaks no line, so that the next one finds where it stood", () => {
  const [wide, forged] = ["中".repeat(200), "down\r\u001b[9A"];
  expect(redrawn([[plain(wide)], [plain(forged)]], 3, false)).toBe(
    `\u001b[3A\u001b[?7l\u001b[2K${wide}\n\u001b[2Kdown<0d><1b>[9A\n\u001b[J\u001b[?7h`,
  );
});
