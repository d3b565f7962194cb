import { describe, expect, test } from "@jest/globals";
import {
  BYTES_OF_KIND,
  LINE_KINDS,
  LOG_BYTES_A_MINUTE,
  LONGEST_LOG_LINE,
  LogLimiter,
} from "../../src/agent/log-limiter.ts";
import { millis } from "../../src/core/wire/units.ts";

function bench(): { limiter: LogLimiter; lines: string[]; pass: (time: number) => void } {
  const lines: string[] = [];
  let now = 0;
  const limiter = new LogLimiter((line) => lines.push(line), { now: () => millis(now) });
  return { limiter, lines, pass: (time) => void (now += time) };
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
}

describe("LPC-SEC-4 the limiter of the log", () => {
  test("LPC-SEC-4: a storm of all kinds on one port writes 64 KiB in any minute at most, names of 255 bytes or not", () => {
    for (const length of [20, 255, 5000]) {
      const { limiter, lines, pass } = bench();
      let most = 0;
      const ofMinute: number[] = [];
      for (let second = 0; second < 600; second++) {
        const before = lines.length;
        for (let count = 0; count < 50; count++) {
          for (const kind of LINE_KINDS) limiter.write("serial:/dev/ttyUSB0", kind, "x".repeat(length));
        }
        if (second % 10 === 9) limiter.flush();
        pass(1000);
        ofMinute.push(bytesOf(lines.slice(before)));
        most = Math.max(
          most,
          ofMinute.slice(-60).reduce((sum, bytes) => sum + bytes, 0),
        );
      }
      expect(most).toBeLessThanOrEqual(LOG_BYTES_A_MINUTE);
      // The limit is used: short lines cost a time stamp each.
      expect(most).toBeGreaterThan(LOG_BYTES_A_MINUTE / 8);
      expect(limiter.linesLeftOut).toBeGreaterThan(10_000);
    }
    expect(Object.values(BYTES_OF_KIND).reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(LOG_BYTES_A_MINUTE);
  });

  test("LPC-SEC-4: a storm on one port swallows no line of another port, and of its own no other kind", () => {
    const { limiter, lines } = bench();
    for (let count = 0; count < 10_000; count++) limiter.write("the channel", "link", `storm ${String(count)}`);
    const stormed = lines.length;
    limiter.write("serial:/dev/ttyUSB0", "link", "serial:/dev/ttyUSB0 is open");
    limiter.write("the channel", "endpoint", "EID 9 is there");
    expect(lines.slice(stormed)).toEqual(["serial:/dev/ttyUSB0 is open", "EID 9 is there"]);
  });

  test("LPC-SEC-4: what is left out is told in one line for each port, which names it and counts each kind", () => {
    const { limiter, lines } = bench();
    for (let count = 0; count < 1000; count++) {
      limiter.write("the channel", "link", "storm");
      limiter.write("the channel", "files", "storm");
      limiter.write("serial:/dev/ttyUSB0", "endpoint", "storm");
    }
    const written = lines.length;
    limiter.flush();
    expect(lines.slice(written)).toEqual([
      expect.stringMatching(
        /^the channel: lines left out, \d+ about the link, \d+ about files: one port may cause 64 KiB a minute/,
      ),
      expect.stringMatching(/^serial:\/dev\/ttyUSB0: lines left out, \d+ about the endpoint on it: /),
    ]);
    const counts = lines
      .slice(written)
      .join(" ")
      .match(/\d+(?= about)/g)!;
    expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(limiter.linesLeftOut);
    limiter.flush();
    expect(lines).toHaveLength(written + 2);
  });

  test("a line of a name without end is cut", () => {
    const { limiter, lines } = bench();
    limiter.write("the channel", "files", "x".repeat(100_000));
    expect([lines[0]!.length, lines[0]!.at(-1)]).toEqual([LONGEST_LOG_LINE, "…"]);
  });

  test("a hostile name costs what it takes in the log, not what it had on the bus", () => {
    const { limiter, lines } = bench();
    for (let count = 0; count < 1000; count++) limiter.write("the channel", "files", "\u001b".repeat(100));
    const bytes = lines.reduce((sum, line) => sum + line.length, 0);
    expect(lines[0]).toBe("<1b>".repeat(100));
    expect(bytes).toBeLessThanOrEqual(BYTES_OF_KIND.files);
    expect(limiter.linesLeftOut).toBe(1000 - lines.length);
  });

  test("lines that come slowly are all told", () => {
    const { limiter, lines, pass } = bench();
    for (let count = 0; count < 1000; count++) {
      limiter.write("the channel", "link", "line");
      pass(500);
    }
    limiter.flush();
    expect([lines.length, limiter.linesLeftOut]).toEqual([1000, 0]);
  });
});
