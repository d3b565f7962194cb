import { describe, expect, test } from "@jest/globals";
import { LogLimiter } from "../../src/agent/log-limiter.ts";
import { millis } from "../../src/core/wire/units.ts";

function bench(): { limiter: LogLimiter; lines: string[]; pass: (time: number) => void } {
  const lines: string[] = [];
  let now = 0;
  const limiter = new LogLimiter((line) => lines.push(line), { now: () => millis(now) });
  return { limiter, lines, pass: (time) => void (now += time) };
}

describe("LPC-SEC-4 the limiter of the log", () => {
  test("LPC-SEC-4: lets a burst through, then so many a second, and counts the rest", () => {
    const { limiter, lines, pass } = bench();
    for (let count = 0; count < 1000; count++) limiter.write(`line ${count}`);
    expect(lines).toHaveLength(100);
    expect(limiter.linesLeftOut).toBe(900);
    pass(1000);
    for (let count = 0; count < 1000; count++) limiter.write(`later ${count}`);
    expect(lines.slice(100, 102)).toEqual(["900 lines left out: the peer changes its mind too often", "later 0"]);
    expect(lines).toHaveLength(100 + 1 + 10);
    limiter.flush();
    expect(lines.at(-1)).toBe("990 lines left out: the peer changes its mind too often");
  });

  test("lines that come slowly are all told", () => {
    const { limiter, lines, pass } = bench();
    for (let count = 0; count < 1000; count++) {
      limiter.write("line");
      pass(101);
    }
    expect(lines).toHaveLength(1000);
    expect(limiter.linesLeftOut).toBe(0);
    limiter.flush();
    expect(lines).toHaveLength(1000);
  });
});
