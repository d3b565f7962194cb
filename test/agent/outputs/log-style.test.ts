/** How lines of the log look and which are written: levels, JSON, the journal. */
import { afterEach, beforeAll, afterAll, describe, expect, test } from "@jest/globals";
import { readFileSync, statSync } from "node:fs";
import { LogLimiter } from "../../../src/agent/log-limiter.ts";
import { setLogStyle, styledLine } from "../../../src/agent/outputs/log-style.ts";
import { PROGRAM } from "../../../src/cli/package.ts";
import { agentLog } from "../../../src/agent/serve.ts";
import { isJournal } from "../../../src/platform/journal.ts";
import { LOG_EVENTS, shows, type LogEvent, type LogLevel } from "../../../src/platform/log-events.ts";
import { Sandbox, finish } from "../../support/processes.ts";

const BEGINNING = { usual: "12:00:00.000 host ", journal: "host: " };
const AT = new Date("2026-02-03T04:05:06.789Z");

afterEach(() => {
  setLogStyle({ level: "info", format: "text" });
});

const written: string[] = [];
const log = agentLog("bmc", { write: (line) => written.push(line) });
const lines = (): readonly string[] => written.splice(0);

test("a level shows what is as grave, and nothing less", () => {
  const by = (level: LogLevel): readonly string[] =>
    (Object.keys(LOG_EVENTS) as LogEvent[])
      .filter((event) => shows(level, event))
      .map((event) => LOG_EVENTS[event].level);
  expect(new Set(by("error"))).toEqual(new Set(["error"]));
  expect(new Set(by("warning"))).toEqual(new Set(["error", "warning"]));
  expect(new Set(by("info"))).toEqual(new Set(["error", "warning", "info"]));
  expect(by("debug")).toHaveLength(Object.keys(LOG_EVENTS).length);
});

test("an agent's log writes the lines of its level; one without a kind is a note", () => {
  setLogStyle({ level: "warning", format: "text" });
  log("channel up", "channel-up");
  log("a note");
  log("channel lost", "channel-lost");
  expect(lines()).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} bmc {2}channel lost$/)]);
});

test("what is not shown takes nothing of a port's budget of lines, and is not told as left out", () => {
  setLogStyle({ level: "warning", format: "text" });
  const limiter = new LogLimiter(log, { now: () => 0 as never }, log.wants);
  for (let count = 0; count < 2000; count++) limiter.write("the channel", "link", "x".repeat(500), "channel-up");
  limiter.write("the channel", "link", "lost", "channel-lost");
  limiter.flush();
  expect(limiter.linesLeftOut).toBe(0);
  expect(lines()).toHaveLength(1);
});

test("JSON: an object a line with time, level, side, event, and what it is about", () => {
  setLogStyle({ level: "info", format: "json" });
  new LogLimiter(log, { now: () => 0 as never }).write("serial:/dev/ttyS0", "link", 'the "line"\u001b[2J', "link-lost");
  const [line] = lines();
  expect(line).not.toContain("\u001b");
  expect(JSON.parse(line!)).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    level: "warning",
    side: "bmc",
    event: "link-lost",
    port: "serial:/dev/ttyS0",
    about: "link",
    text: 'the "line"<1b>[2J',
  });
});

describe("for the journal", () => {
  test("a line begins with its priority, and has no time of its own", () => {
    const text = (event: LogEvent): string => styledLine({ event, side: "host", text: "x" }, BEGINNING, true, AT);
    expect(text("failed")).toBe("<3>host: x");
    expect(text("channel-lost")).toBe("<4>host: x");
    expect(text("channel-up")).toBe("<6>host: x");
    expect(text("debug")).toBe("<7>host: x");
    setLogStyle({ level: "info", format: "json" });
    expect(text("channel-up")).toMatch(/^<6>\{"time":"2026-02-03T04:05:06\.789Z","level":"info"/);
  });

  test("it is the journal where JOURNAL_STREAM names the file that is written to, and no other", () => {
    const { dev, ino } = statSync("/dev/null");
    expect(isJournal(0, {})).toBe(false);
    expect(isJournal(0, { JOURNAL_STREAM: "1:2" })).toBe(false);
    expect(isJournal(0, { JOURNAL_STREAM: "nonsense" })).toBe(false);
    expect(isJournal(10_000, { JOURNAL_STREAM: `${String(dev)}:${String(ino)}` })).toBe(false);
  });
});

describe("an agent as a process", () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = new Sandbox();
  });
  afterAll(() => sandbox.dispose());

  const RUN = 'exec "$0" "$1" bmc run -p shm:"$2" --until-eof';
  const IN_JOURNAL = 'JOURNAL_STREAM="$(stat -c %d:%i "$3")"; export JOURNAL_STREAM;';

  /** What an agent writes that a shell starts, with standard output and errors in files. */
  async function outputs(board: string, shell: string, ...options: readonly string[]) {
    const [out, err] = [sandbox.path(`${board}.out`), sandbox.path(`${board}.err`)];
    const script = `exec >"${out}" 2>"${err}"; ${shell} ${RUN} ${options.join(" ")} </dev/null`;
    const ended = await finish(
      sandbox.start("sh", ["-c", script, process.execPath, PROGRAM, sandbox.path(board), out]),
    );
    expect(ended.code).toBe(0);
    return [out, err].map((path) => readFileSync(path, "utf8").trimEnd().split("\n")) as [string[], string[]];
  }

  test("under the journal: priorities, no times; the start and the end are told", async () => {
    const [out] = await outputs("one", IN_JOURNAL);
    for (const line of out) expect(line).toMatch(/^<[346]>bmc: /);
    expect(out.at(-1)).toBe("<6>bmc: stopping (end of input)");
  });

  test("--log-format json --log-level debug: every line of both outputs is an object", async () => {
    const [out, err] = await outputs("two", "", "--log-format", "json", "--log-level", "debug");
    const events = [...out, ...err].map((line) => JSON.parse(line) as { event: LogEvent; level: string });
    for (const { event, level } of events) expect(level).toBe(LOG_EVENTS[event].level);
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(["device", "started", "stopping", "debug"]),
    );
  });

  test("--log-level error: an agent that starts and stops in order says nothing", async () => {
    expect(await outputs("three", "", "--log-level", "error")).toEqual([[""], [""]]);
  });
});
