import { describe, expect, test } from "@jest/globals";
import { printText, writeResult } from "../../src/cli/output.ts";
import { element, escapeXml, type Markup } from "../../src/core/drawing/svg.ts";
import { harmless, type Harmless } from "../../src/core/wire/harmless.ts";
import { writeLine, writeText } from "../../src/platform/standard-streams.ts";

describe("a text as it came does not compile", () => {
  // Never called: what counts is that every line marked so is an error, which the compiler checks.
  const text: string = "a name of a peer";
  const markup = element("g", {});

  test("where standard output and standard error are written", () => {
    const illegal = (): void => {
      writeText("stdout", harmless(text));
      // @ts-expect-error: a string may hold anything
      writeText("stdout", text);
      // @ts-expect-error: so may one that a harmless text is part of
      writeLine("stderr", `mctp-lpc: ${harmless(text)}`);
      // @ts-expect-error: and a part of a drawing
      printText(`${markup}${text}`);
    };
    expect(illegal).toBeInstanceOf(Function);
  });

  test("where a log is written", () => {
    const illegal = (log: (line: Harmless) => void): void => {
      log(harmless(text));
      // @ts-expect-error: as above
      log(text);
    };
    expect(illegal).toBeInstanceOf(Function);
  });

  test("where a drawing or a file of results is made", () => {
    const illegal = (): Markup => {
      element("text", {}, escapeXml(text));
      // @ts-expect-error: text is escaped first
      element("text", {}, text);
      // @ts-expect-error: harmless on a terminal is not yet XML
      element("text", {}, harmless(text));
      // @ts-expect-error: a file of results is read on terminals, too
      writeResult("trace", "file", text);
      // @ts-expect-error: only escapeXml and element make markup
      return `${markup}${text}`;
    };
    expect(illegal).toBeInstanceOf(Function);
  });
});
