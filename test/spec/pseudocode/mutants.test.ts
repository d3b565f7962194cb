/** A mistake in a line of annex M does not stay unnoticed. All of them: mutants.proof.ts. */
import { describe, expect, test } from "@jest/globals";
// First: the roles tell of their moves.
import "./shipped-moves.ts";
import { PAGE } from "./listings.ts";
import { noticedBy, withExchanges, withLinesSwapped, withoutLine, type Mutant } from "./mutants.ts";

const RUNS = 60;

/** The line with this step, or the only one with this text. */
function lineOf(text: string): number {
  const ends = /^[HB]\d\.\d+$/.test(text);
  const found = PAGE.split("\n").flatMap((line, index) =>
    (ends ? line.endsWith(` ${text}`) : line.includes(text)) ? [index + 1] : [],
  );
  expect([text, found.length]).toEqual([text, 1]);
  return found[0]!;
}

const MISTAKES: readonly (readonly [what: string, text: string, make: (line: number) => readonly Mutant[]])[] = [
  ["no window is written before a close", "H1.2", withoutLine],
  ["the close has one fence", "H1.8", withoutLine],
  ["the proposal has one fence", "H1.15", withoutLine],
  ["rx_size is written before the versions", "H1.10", withLinesSwapped],
  ["STR is not read again behind the answer", "H1.21", withoutLine],
  ["STR is not read again behind a byte", "H2.11", withoutLine],
  ["the payload is written first", "H3.1", withLinesSwapped],
  ["the magic is not written before the announcement", "B1.2", withoutLine],
  ["host versions are zeroed before the offer", "B1.6", withLinesSwapped],
  ["STR is set before the versions are zeroed", "B1.7", withLinesSwapped],
  ["STR is not read behind a packet", "B2.8", withoutLine],
  ["negotiated_ver is written before the layout", "B3.5", withLinesSwapped],
  ["the MTU is rounded up", "return min(OWN_MTU, most - most mod 16)", withExchanges],
  ["Rx Complete is forgotten", "begin_is_next := sender = begin_pending", withoutLine],
  ["a stall is told again and again", "stall_told := true", withExchanges],
  ["the host never rests", "start_ups := start_ups + 1", withExchanges],
];

describe("LPC-HOST-16, LPC-BMC-13: a mistake in a listing of annex M is noticed", () => {
  test.each(MISTAKES)("%s", (_what, text, make) => {
    const mutants = make(lineOf(text));
    expect(mutants.length).toBeGreaterThan(0);
    for (const mutant of mutants) expect([mutant.what, noticedBy(mutant, RUNS)]).not.toEqual([mutant.what, undefined]);
  });
});
