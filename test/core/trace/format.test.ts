import { describe, expect, test } from "@jest/globals";
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
  type TraceRow,
} from "../../../src/core/trace/format.ts";

const REGISTER_LINE = '{"n":3,"step":"host.start","side":"host","op":"kcs_read","reg":"STR","value":"81"}';
const WINDOW_LINE = '{"n":6,"side":"host","op":"lpc_write","offset":20,"len":4,"value":"0000004c"}';

function decoded(line: string): TraceRow {
  const row = decodeTraceRow(line);
  if (!row.ok) throw new Error(traceRejectText(row.reject));
  return row.value;
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
  ])("%s comes back as it was", (line) => {
    expect(encodeTraceRow(decoded(line))).toBe(line);
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
    ["badNumber", JSON.stringify({ ...register, n: -1 })],
    ["badNumber", JSON.stringify({ ...register, n: undefined })],
    ["badTime", JSON.stringify({ ...register, t: "0x10" })],
    ["badTime", JSON.stringify({ ...register, t: 1.5 })],
    ["badTime", '{"n":0,"t":9007199254740993,"side":"host","op":"kcs_read","reg":"STR","value":"80"}'],
    ["badStep", JSON.stringify({ ...register, step: 3 })],
    ["badSide", JSON.stringify({ ...register, side: "HOST" })],
    ["badOperation", JSON.stringify({ ...register, op: "peek" })],
    ["operationOfOtherSide", JSON.stringify({ ...register, op: "poke" })],
    ["operationOfOtherSide", JSON.stringify({ ...register, side: "lab" })],
    ["operationOfOtherSide", JSON.stringify({ ...window, side: "lab" })],
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

  test.each(cases)("%s: %s", (reason, line) => {
    expect(decodeTraceRow(line, 12)).toEqual({ ok: false, reject: { line: 12, reason } });
  });

  test("every reason is shown by a case above", () => {
    expect(new Set(cases.map(([reason]) => reason))).toEqual(new Set(Object.keys(TRACE_REJECT_TEXT)));
  });

  test("the message says the line and what is wrong with it", () => {
    expect(traceRejectText({ line: 3, reason: "badSide" })).toBe("line 3: side is none of host, bmc, lab");
  });
});

describe("whole traces", () => {
  test("empty lines and a missing last line end are passed over", () => {
    const trace = decodeTrace(`\n${REGISTER_LINE}\r\n\n${WINDOW_LINE}`);
    expect(trace.ok && trace.value.map(encodeTraceRow)).toEqual([REGISTER_LINE, WINDOW_LINE]);
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
