/** The log and DEBUG output of an agent, whose reader or disk does what it likes. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import debugFactory from "debug";
import { LineOutput, RETRY_MILLISECONDS, WAITING_LINE_BYTES } from "../../../src/agent/outputs/line-output.ts";
import {
  DEBUG_BURST_BYTES,
  DEBUG_BYTES_A_SECOND,
  LONGEST_DEBUG_LINE,
  boundDebug,
} from "../../../src/agent/outputs/standard-outputs.ts";
import { harmless } from "../../../src/core/wire/harmless.ts";
import { millis } from "../../../src/core/wire/units.ts";

/** An output that takes bytes, fails or does not answer, as a test says. */
class Reader {
  text = "";
  /** What the next write fails with; `written` bytes of it are taken before. */
  failure: { readonly code: string; readonly written?: number } | undefined;
  #hangs = false;
  #resume: () => void = () => undefined;
  #resumed: Promise<void> = Promise.resolve();

  readonly write = async (bytes: Uint8Array): Promise<number> => {
    if (this.#hangs) await this.#resumed;
    const { failure } = this;
    const count = failure === undefined ? bytes.length : (failure.written ?? 0);
    this.text += Buffer.from(bytes.subarray(0, count)).toString();
    if (count > 0 && failure !== undefined) this.failure = { code: failure.code };
    if (count === 0 && failure !== undefined) throw Object.assign(new Error("made to fail"), { code: failure.code });
    return count;
  };

  hang(): void {
    this.#hangs = true;
    this.#resumed = new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  read(): void {
    this.#hangs = false;
    this.#resume();
  }

  get lines(): readonly string[] {
    return this.text.split("\n").slice(0, -1);
  }
}

let reader: Reader;
let lost: number;
let output: LineOutput;
beforeEach(() => {
  reader = new Reader();
  lost = 0;
  output = new LineOutput({
    write: reader.write,
    lost: (lines) => {
      lost += lines;
    },
    lossText: (lines, why) => harmless(`${String(lines)} lost: ${why}`),
  });
});

const NO_SPACE = "no space left; free some or choose a path on another file system";

describe("a reader that does not read", () => {
  test("costs 256 KiB of memory and no more; the lines beyond are lost, counted, and told of when it reads", async () => {
    reader.hang();
    const line = "x".repeat(1023);
    const fit = WAITING_LINE_BYTES / 1024;
    for (let count = 0; count < fit + 5; count++) output.write(harmless(line));
    expect(lost).toBe(5);
    reader.read();
    expect(await output.flush(1000)).toBe(true);
    expect(reader.lines).toEqual([...Array<string>(fit).fill(line), "5 lost: they came faster than they were taken"]);
    output.write(harmless("on it goes"));
    await output.flush(1000);
    expect([reader.lines.at(-1), lost]).toEqual(["on it goes", 5]);
  });

  test("holds a stop up no longer than the limit", async () => {
    reader.hang();
    output.write(harmless("stopping"));
    expect(await output.flush(10)).toBe(false);
  });
});

describe("a disk that is full", () => {
  test("loses the lines, which are counted and told of before the next line that it takes", async () => {
    reader.failure = { code: "ENOSPC" };
    for (const line of ["a", "b", "c"]) {
      output.write(harmless(line));
      await output.flush(1000);
    }
    expect([reader.text, lost]).toEqual(["", 3]);
    reader.failure = undefined;
    output.write(harmless("d"));
    await output.flush(1000);
    expect([reader.lines, lost]).toEqual([[`3 lost: ${NO_SPACE}`, "d"], 3]);
  });

  test("tells of them without a new line, too, once it has room", async () => {
    jest.useFakeTimers();
    try {
      reader.failure = { code: "ENOSPC" };
      output.write(harmless("a"));
      await jest.advanceTimersByTimeAsync(1);
      reader.failure = undefined;
      await jest.advanceTimersByTimeAsync(RETRY_MILLISECONDS);
      expect(reader.lines).toEqual([`1 lost: ${NO_SPACE}`]);
    } finally {
      jest.useRealTimers();
    }
  });

  test("in the middle of a line: the next line that it takes begins a line", async () => {
    reader.failure = { code: "ENOSPC", written: 4 };
    output.write(harmless("first"));
    await output.flush(1000);
    reader.failure = undefined;
    output.write(harmless("second"));
    await output.flush(1000);
    expect([reader.lines, lost]).toEqual([["firs", `1 lost: ${NO_SPACE}`, "second"], 1]);
  });

  test("that takes some of several lines loses the others alone", async () => {
    reader.hang();
    for (const line of ["one", "two", "three", "four"]) output.write(harmless(line));
    // The first line is under way alone; of the block of three one is taken.
    reader.failure = { code: "EIO", written: 4 };
    reader.read();
    await output.flush(1000);
    expect([reader.lines, lost]).toEqual([["one"], 3]);
  });
});

describe("a reader that has gone", () => {
  test("is told of once, and nothing waits for it", async () => {
    let told = 0;
    output.onClosed(() => told++);
    reader.failure = { code: "EPIPE" };
    output.write(harmless("a"));
    await output.flush(1000);
    reader.failure = undefined;
    output.write(harmless("b"));
    expect([told, output.isClosed, lost, reader.text]).toEqual([1, true, 2, ""]);
  });
});

describe("DEBUG output", () => {
  const { log } = debugFactory;
  let now = 0;
  beforeEach(() => {
    jest.useFakeTimers();
    debugFactory.enable("mctp-lpc:test");
    boundDebug(output, { now: () => millis(now) });
  });
  afterEach(() => {
    debugFactory.disable();
    debugFactory.log = log;
    jest.useRealTimers();
  });

  test("of four seconds has less than 1 MB, whatever is printed; one line a second tells of the rest", async () => {
    const debug = debugFactory("mctp-lpc:test");
    const message = "ab".repeat(5000);
    for (; now < 4000; now += 4) {
      debug("a message of 10000 characters: %s", message);
      await jest.advanceTimersByTimeAsync(4);
    }
    await jest.advanceTimersByTimeAsync(1000);
    const told = reader.lines.filter((line) => line.includes("lost: DEBUG output has 128 KiB a second"));
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(5);
    const sum = told.reduce((total, line) => total + Number(line.split(" ")[0]), 0);
    expect([sum, sum + reader.lines.length - told.length]).toEqual([lost, 1000]);
    expect(reader.text.length).toBeLessThan(DEBUG_BURST_BYTES + 5 * DEBUG_BYTES_A_SECOND);
    expect(Math.max(...reader.lines.map((line) => line.length))).toBeLessThanOrEqual(LONGEST_DEBUG_LINE);
  });
});
