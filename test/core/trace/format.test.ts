import { describe, expect, test } from "@jest/globals";
import { encodeTraceHead, mergeHeads, traceHead, type TraceHead } from "../../../src/core/trace/head.ts";
import {
  TRACE_REJECT_TEXT,
  byteOf,
  bytesOf,
  decodeTrace,
  decodeTraceRow,
  encodeTrace,
  encodeTraceRow,
  isRegisterRow,
  traceRejectText,
  traceTime,
  type TraceRejectReason,
  LONGEST_TRACE_LINE,
  TraceReader,
  type TraceEntry,
  type TraceRow,
} from "../../../src/core/trace/format.ts";

const REGISTER_LINE = '{"n":3,"step":"host.start","side":"host","op":"kcs_read","reg":"STR","value":"81"}';
const WINDOW_LINE = '{"n":6,"side":"host","op":"lpc_write","offset":20,"len":4,"value":"0000004c"}';

function entry(line: string): TraceEntry {
  const row = decodeTraceRow(line);
  if (!row.ok) throw new Error(traceRejectText(row.reject));
  return row.value;
}

function decoded(line: string): TraceRow {
  const row = entry(line);
  if (row.op === "life") throw new Error(`no access: ${line}`);
  return row;
}

describe("trace rows", () => {
  test("a register row is its JSON, and its byte is a number", () => {
    const row = decoded(REGISTER_LINE);
    expect(row).toEqual({ n: 3, step: "host.start", side: "host", op: "kcs_read", reg: "STR", value: "81" });
    expect(isRegisterRow(row) && byteOf(row)).toBe(0x81);
    expect(encodeTraceRow(row)).toBe(REGISTER_LINE);
  });

  test("a window row is its JSON, and its bytes are bytes", () => {
    const row = decoded(WINDOW_LINE);
    expect(isRegisterRow(row)).toBe(false);
    expect(bytesOf(row)).toEqual(Uint8Array.of(0, 0, 0, 0x4c));
    expect(encodeTraceRow(row)).toBe(WINDOW_LINE);
  });

  test.each([
    ['{"n":0,"t":5,"side":"bmc","op":"kcs_write","reg":"ODR","value":"ff"}'],
    ['{"n":0,"t":"18446744073709551615","side":"bmc","op":"kcs_write","reg":"ODR","value":"ff"}'],
    ['{"n":26,"step":"poke length=69","side":"lab","op":"poke","offset":332,"len":4,"value":"00000045"}'],
    ['{"n":1,"side":"lab","op":"poke","reg":"STR","value":"00"}'],
    ['{"n":1,"side":"bmc","op":"lpc_read","offset":256,"len":70,"value":"00000042","cut":true}'],
    ['{"n":1,"side":"bmc","op":"lpc_read","offset":256,"len":0,"value":""}'],
    ['{"n":0,"t":123,"side":"host","op":"life","event":"started"}'],
    ['{"n":7,"step":"H4.1","side":"host","op":"life","event":"stopAsked"}'],
    ['{"n":8,"side":"bmc","op":"life","event":"ended"}'],
    ['{"n":9,"step":"H2.2","gap":12,"again":true,"side":"host","op":"kcs_read","reg":"STR","value":"80"}'],
    ['{"n":10,"side":"host","op":"lpc_read","offset":4,"len":9,"value":"00","cut":true,"crc":"35897f50"}'],
  ])("%s comes back as it was", (line) => {
    expect(encodeTraceRow(entry(line))).toBe(line);
  });

  test("fields may stand in any order and unknown ones are passed over", () => {
    expect(decoded('{"value":"02","reg":"IDR","note":1,"op":"kcs_write","side":"host","n":9}')).toEqual({
      n: 9,
      side: "host",
      op: "kcs_write",
      reg: "IDR",
      value: "02",
    });
  });

  test("a moment is a number while JSON keeps it exact, digits beyond", () => {
    expect(traceTime(9_007_199_254_740_991n)).toBe(Number.MAX_SAFE_INTEGER);
    expect(traceTime(9_007_199_254_740_992n)).toBe("9007199254740992");
  });
});

describe("lines that are no trace", () => {
  const register = { n: 0, side: "host", op: "kcs_read", reg: "STR", value: "80" };
  const window = { n: 0, side: "host", op: "lpc_read", offset: 0, len: 2, value: "0001" };
  const cases: readonly (readonly [TraceRejectReason, string])[] = [
    ["notJson", '{"n":0'],
    ["notAnObject", "[]"],
    ["notAnObject", "null"],
    ["notAnObject", "7"],
    ["tooLong", `"${"0".repeat(LONGEST_TRACE_LINE)}"`],
    ["lateHead", '{"trace":"mctp-lpc","version":2,"sides":["host"],"lives":true}'],
    ["badNumber", JSON.stringify({ ...register, n: -1 })],
    ["badNumber", JSON.stringify({ ...register, n: undefined })],
    ["badTime", JSON.stringify({ ...register, t: "0x10" })],
    ["badTime", JSON.stringify({ ...register, t: 1.5 })],
    ["badTime", '{"n":0,"t":9007199254740993,"side":"host","op":"kcs_read","reg":"STR","value":"80"}'],
    ["badStep", JSON.stringify({ ...register, step: 3 })],
    ["badGap", JSON.stringify({ ...register, gap: 0 })],
    ["badGap", JSON.stringify({ ...register, gap: "3" })],
    ["badAgain", JSON.stringify({ ...register, again: false })],
    ["badCrc", JSON.stringify({ ...window, value: "00", cut: true, crc: "35897F50" })],
    ["badCrc", JSON.stringify({ ...window, value: "00", cut: true, crc: 7 })],
    ["badCrc", JSON.stringify({ ...window, crc: "35897f50" })],
    ["badSide", JSON.stringify({ ...register, side: "HOST" })],
    ["badOperation", JSON.stringify({ ...register, op: "peek" })],
    ["operationOfOtherSide", JSON.stringify({ ...register, op: "poke" })],
    ["operationOfOtherSide", JSON.stringify({ ...register, side: "lab" })],
    ["operationOfOtherSide", JSON.stringify({ ...window, side: "lab" })],
    ["operationOfOtherSide", '{"n":0,"side":"lab","op":"life","event":"ended"}'],
    ["badEvent", '{"n":0,"side":"host","op":"life","event":"killed"}'],
    ["badEvent", '{"n":0,"side":"host","op":"life"}'],
    ["badRegister", JSON.stringify({ ...register, reg: "str" })],
    ["badRegister", JSON.stringify({ ...register, reg: undefined })],
    ["badRange", JSON.stringify({ ...window, offset: -4 })],
    ["badRange", JSON.stringify({ ...window, len: 2 ** 32 })],
    ["badValue", JSON.stringify({ ...register, value: 0x80 })],
    ["badValue", JSON.stringify({ ...register, value: "8" })],
    ["badValue", JSON.stringify({ ...window, value: "00FF" })],
    ["badCut", JSON.stringify({ ...window, value: "00", cut: 1 })],
    ["valueLength", JSON.stringify({ ...register, value: "8080" })],
    ["valueLength", JSON.stringify({ ...window, value: "00" })],
    ["valueLength", JSON.stringify({ ...window, cut: true })],
  ];

  test.each(cases.map(([reason, line]) => [reason, line.slice(0, 100), line] as const))("%s: %s", (reason, _, line) => {
    expect(decodeTraceRow(line, 12)).toEqual({ ok: false, reject: { line: 12, reason } });
  });

  test("every reason is shown by a case above, or by one of heads", () => {
    const shown = [...cases.map(([reason]) => reason), ...HEAD_CASES.map(([reason]) => reason), "unknownVersion"];
    expect(new Set(shown)).toEqual(new Set(Object.keys(TRACE_REJECT_TEXT)));
  });

  test("a value of a whole window is read, however large", () => {
    const line = JSON.stringify({ ...window, len: 2 ** 24, value: "0f".repeat(2 ** 24) });
    expect(decodeTraceRow(line)).toMatchObject({ ok: true, value: { len: 2 ** 24 } });
  });

  test("the message says the line and what is wrong with it", () => {
    expect(traceRejectText({ line: 3, reason: "badSide" })).toBe("line 3: side is none of host, bmc, lab");
  });
});

describe("whole traces", () => {
  test("empty lines and a missing last line end are passed over", () => {
    const trace = decodeTrace(`\n${REGISTER_LINE}\r\n\n${WINDOW_LINE}`);
    expect(trace.ok && trace.value.head).toBeUndefined();
    expect(trace.ok && trace.value.rows.map(encodeTraceRow)).toEqual([REGISTER_LINE, WINDOW_LINE]);
  });

  test("the first wrong line rejects the trace and is named by its place in the file", () => {
    const trace = decodeTrace(`${REGISTER_LINE}\n\n{}\nnonsense\n`);
    expect(trace).toEqual({ ok: false, reject: { line: 3, reason: "badNumber" } });
  });

  test("every row is a line of its own", () => {
    expect(encodeTrace([decoded(REGISTER_LINE), decoded(WINDOW_LINE)])).toBe(`${REGISTER_LINE}\n${WINDOW_LINE}\n`);
    expect(encodeTrace([])).toBe("");
  });
});

const HEAD: TraceHead = traceHead({
  sides: ["host"],
  depth: 0,
  windowBytes: 1_048_576,
  lives: true,
  times: { announce: 500, refused: 1000, stop: 500 },
});
const HEAD_LINE =
  '{"trace":"mctp-lpc","version":2,"sides":["host"],"depth":0,"windowBytes":1048576,"lives":true,"times":{"announce":500,"refused":1000,"stop":500}}';

function changed(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...HEAD, ...fields });
}

const HEAD_CASES: readonly (readonly [TraceRejectReason, string])[] = [
  ["otherProgram", changed({ trace: "tcpdump" })],
  ["otherProgram", changed({ trace: 2 })],
  ["badHead", changed({ version: "2" })],
  ["badHead", changed({ version: undefined })],
  ["badHead", changed({ sides: [] })],
  ["badHead", changed({ sides: ["host", "host"] })],
  ["badHead", changed({ sides: ["lab"] })],
  ["badHead", changed({ sides: "host" })],
  ["badHead", changed({ depth: 2 })],
  ["badHead", changed({ windowBytes: -1 })],
  ["badHead", changed({ lives: undefined })],
  ["badHead", changed({ times: 500 })],
  ["badHead", changed({ times: { stop: -1 } })],
];

describe("heads", () => {
  test("a head is its JSON, and comes before the rows", () => {
    expect(encodeTraceHead(HEAD)).toBe(HEAD_LINE);
    const rows = [decoded(REGISTER_LINE), entry('{"n":4,"side":"host","op":"life","event":"ended"}')];
    const text = encodeTrace(rows, HEAD);
    expect(text.split("\n")[0]).toBe(HEAD_LINE);
    expect(decodeTrace(text)).toEqual({ ok: true, value: { head: HEAD, rows } });
  });

  test("depth, window and times may be missing, and unknown fields are left out", () => {
    const trace = decodeTrace('{"trace":"mctp-lpc","version":2,"sides":["bmc","host"],"lives":false,"by":"x"}\n');
    const head = { trace: "mctp-lpc", version: 2, sides: ["bmc", "host"], lives: false };
    expect(trace).toEqual({ ok: true, value: { head, rows: [] } });
  });

  test.each(HEAD_CASES)("%s: %s", (reason, line) => {
    expect(decodeTrace(`\n${line}\n${REGISTER_LINE}\n`)).toEqual({ ok: false, reject: { line: 2, reason } });
  });

  test("a newer version is refused, in words that say what to do", () => {
    const trace = decodeTrace(`${changed({ version: 3, sides: { new: true } })}\n${REGISTER_LINE}\n`);
    expect(!trace.ok && traceRejectText(trace.reject)).toBe(
      "line 1: the trace has version 3, this program reads trace versions 1 and 2: use the mctp-lpc that wrote the trace, or a newer one",
    );
  });

  test("a head stands first or not at all", () => {
    const trace = decodeTrace(`${REGISTER_LINE}\n${HEAD_LINE}\n`);
    expect(trace).toEqual({ ok: false, reject: { line: 2, reason: "lateHead" } });
    expect(decodeTrace(`${HEAD_LINE}\n${HEAD_LINE}\n`)).toMatchObject({ reject: { line: 2, reason: "lateHead" } });
    // A row of version 1 may have fields that nobody knows.
    expect(decodeTrace('{"n":3,"trace":"x","side":"host","op":"kcs_read","reg":"STR","value":"81"}').ok).toBe(true);
  });

  test("the reader goes line by line, knows the head when it has read it, and goes on after a damaged line", () => {
    const reader = new TraceReader();
    expect(reader.line("")).toEqual({ ok: true, value: undefined });
    expect(reader.head).toBeUndefined();
    expect(reader.line(HEAD_LINE)).toEqual({ ok: true, value: undefined });
    expect(reader.head).toEqual(HEAD);
    expect(reader.line("{")).toEqual({ ok: false, reject: { line: 3, reason: "notJson" } });
    expect(reader.line(REGISTER_LINE)).toEqual({ ok: true, value: decoded(REGISTER_LINE) });
    expect(reader.lines).toBe(4);
  });

  test("two heads make one: both sides, what they agree on, and the times that either knows", () => {
    const bmc = traceHead({ sides: ["bmc"], depth: 1, windowBytes: 1_048_576, lives: true, times: { announce: 300 } });
    const host = traceHead({
      sides: ["host"],
      windowBytes: 1_048_576,
      lives: true,
      times: { refused: 1000, stop: 500 },
    });
    expect(mergeHeads(bmc, host)).toEqual(
      traceHead({
        sides: ["host", "bmc"],
        depth: 1,
        windowBytes: 1_048_576,
        lives: true,
        times: { announce: 300, refused: 1000, stop: 500 },
      }),
    );
    const other = traceHead({ sides: ["host"], depth: 0, windowBytes: 4096, lives: false, times: { announce: 500 } });
    expect(mergeHeads(bmc, other)).toEqual(traceHead({ sides: ["host", "bmc"], lives: false }));
    expect(mergeHeads(bmc, undefined)).toBeUndefined();
  });
});
