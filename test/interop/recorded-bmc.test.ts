/** Our BMC in the place of the recorded one, under the accesses of the recorded host. */
import { describe, expect, test } from "@jest/globals";
import { Command, SESSION_BITS } from "../../src/core/binding/registers.ts";
import { statusOf } from "../../src/core/binding/kcs-word.ts";
import { byteOf, isRegisterRow } from "../../src/core/trace/format.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { BMC_EID, RecordedExchange, TEST_TYPE, runBmc, type Run, type RunOptions } from "./recorded-run.ts";
import { ORDINARY_NAMES, commandsOf, framesOf, messagesOf } from "./recorded-traces.ts";
import type { BmcSide } from "../../bmc/role/side.ts";

/** Where the recorded BMC answers, ours answers by itself; everywhere else it sends the recorded packets. */
function optionsFor(name: string): RunOptions {
  if (!/^1[234]-/.test(name)) return {};
  const exchange = new RecordedExchange(BMC_EID, (endpoint, message) => {
    if (name.startsWith("12-")) endpoint.respond(message, message.bytes);
  });
  return { exchange, sendsRecorded: false };
}

const RUNS: readonly (readonly [string, Run<BmcSide>])[] = ORDINARY_NAMES.map((name) => [
  name,
  runBmc(name, optionsFor(name)),
]);

describe("our BMC with the recorded host", () => {
  test.each(RUNS)("LPC-BMC-4, LPC-MTU-4: %s: the control region ends as recorded", (_name, { replay, recording }) => {
    const { final } = recording.meta;
    expect(toHex(replay.board.window.subarray(0, 32))).toBe(final.control_region_hex);
    expect(statusOf(replay.board.word) & SESSION_BITS).toBe(Number.parseInt(final.STR, 16) & SESSION_BITS);
  });

  test.each(RUNS)("LPC-REG-1: %s: every read of the window finds what it found then", (_name, { replay }) => {
    expect(replay.mismatches).toEqual([]);
    expect(replay.upcoming).toBeUndefined();
  });

  test.each(RUNS)("LPC-BUF-1: %s: the buffer holds the recorded bytes at every Tx Begin", (_name, run) => {
    const sent = framesOf(run.rows, "bmc").map((frame) => frame.hex);
    expect(sent).toEqual(framesOf(run.recording.rows, "bmc").map((frame) => frame.hex));
  });

  test.each(RUNS)("LPC-BUF-7: %s: the same Tx Begin and Rx Complete in the same order", (name, run) => {
    const ours = commandsOf(run.rows, "bmc");
    const recorded = commandsOf(run.recording.rows, "bmc");
    // With packets both ways the order of the two depends on which register is looked at first: IDR, by LPC-BMC-3.
    if (name.startsWith("11-")) expect([...ours].sort()).toEqual([...recorded].sort());
    else expect(ours).toEqual(recorded);
  });

  test.each(RUNS)("LPC-BUF-6: %s: the same packets arrive and make the same messages", (_name, run) => {
    const { exchange, recording } = run;
    const packets = framesOf(recording.rows, "host").map((frame) => frame.packet);
    expect(exchange.received).toEqual(packets.map(toHex));
    const messages = messagesOf(packets).filter((message) => Number.parseInt(message.slice(0, 2), 16) === TEST_TYPE);
    const { messages_received, last_rx_len } = recording.meta.bmc;
    expect(exchange.delivered).toEqual(messages.slice(messages.length - messages_received));
    expect((exchange.delivered.at(-1)?.length ?? 0) / 2).toBe(last_rx_len);
  });

  test.each(RUNS)("LPC-ERR: %s: nothing of it counts as a violation", (_name, { side, recording }) => {
    const { packetsReceived, packetsSent, sessionsOpened, announceTimeout, ...others } = side.state.counters;
    expect(packetsReceived).toBe(framesOf(recording.rows, "host").length);
    expect(packetsSent).toBe(framesOf(recording.rows, "bmc").length);
    expect(sessionsOpened).toBe(recording.name.startsWith("03b") ? 0 : 1);
    // The recorded host looks at ODR only after its Initialise, the announcements wait for T_ann.
    expect(announceTimeout).toBe(1);
    expect(Object.values(others).every((count) => count === 0)).toBe(true);
  });
});

describe("LPC-KCS-6 when both sides send at once", () => {
  test("LPC-KCS-6, LPC-KCS-12: Tx Begin leaves before an owed Rx Complete only where one has just gone first", () => {
    let isOwed = false;
    let last: number | undefined;
    const begins: (readonly [boolean, number | undefined])[] = [];
    for (const row of runBmc("11-both-directions").rows) {
      if (!isRegisterRow(row) || row.reg === "STR") continue;
      const command = byteOf(row);
      if (row.op === "kcs_read") {
        isOwed ||= command === Command.TX_BEGIN;
        continue;
      }
      if (command === Command.RX_COMPLETE) isOwed = false;
      else if (command === Command.TX_BEGIN) begins.push([isOwed, last]);
      last = command;
    }
    expect(begins).toHaveLength(4);
    for (const [owed, before] of begins) if (owed) expect(before).toBe(Command.RX_COMPLETE);
    expect(begins.some(([owed]) => owed)).toBe(true);
  });
});

describe("control messages are ordinary traffic", () => {
  test("DSP0236 12.4: 13: Get Endpoint ID is answered with the recorded bytes", () => {
    const run = runBmc("13-control-get-eid", optionsFor("13-control-get-eid"));
    expect(framesOf(run.rows, "bmc").map((frame) => toHex(frame.packet))).toEqual(["010908c300010200080100"]);
  });

  test("DSP0236 12.3: 14: Set Endpoint ID is answered under the new EID, and the old one is no longer ours", () => {
    const { rows, exchange } = runBmc("14-control-set-eid", optionsFor("14-control-set-eid"));
    expect(framesOf(rows, "bmc").map((frame) => toHex(frame.packet))).toEqual(["010942c300010100004200"]);
    expect(exchange.endpoint.identity.eid).toBe(0x42);
    expect(exchange.endpoint.counters.foreignDestination).toBe(1);
    expect(exchange.delivered).toHaveLength(1);
  });
});
