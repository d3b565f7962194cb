/** Traces that record what the C implementation does wrong: what either side of this program does in its place. */
import { describe, expect, test } from "@jest/globals";
import { CONTROL_REGION_BYTES, decodeControlRegion } from "../../src/core/binding/control-region.ts";
import { Command, SESSION_BITS, Status } from "../../src/core/binding/registers.ts";
import { HostPortBus } from "../../src/node/port-bus.ts";
import { idrOf, odrOf, statusOf } from "../../src/core/binding/kcs-word.ts";
import { isRegisterRow, type TraceRow } from "../../src/core/trace/format.ts";
import { fromHex, toHex } from "../../src/core/wire/bytes.ts";
import { millis } from "../../src/core/wire/units.ts";
import { BMC_EID, HOST_EID, RecordedExchange, runBmc, runHost } from "./recorded-run.ts";
import { commandsOf, framesOf, messagesOf, recording } from "./recorded-traces.ts";

function isWriteOf(row: TraceRow, reg: "STR" | "IDR" | "ODR", value: number): boolean {
  return isRegisterRow(row) && row.op === "kcs_write" && row.reg === reg && Number.parseInt(row.value, 16) === value;
}

function touchesBuffer(row: TraceRow, op: "lpc_read" | "lpc_write"): boolean {
  return !isRegisterRow(row) && row.op === op && row.offset >= CONTROL_REGION_BYTES;
}

describe("LPC-HOST-9: 06b, the BMC restarts between two polls of the host", () => {
  const { replay, rows, side } = runHost("06b-bmc-restart-coalesced");

  test("LPC-HOST-9: Channel Active clear while BMC Active is set ends the session", () => {
    expect(side.state.counters.sessionsOpened).toBe(1);
    expect(side.state.counters.sessionsLost).toBe(1);
    expect(side.session).toBeUndefined();
  });

  test("LPC-HOST-3, LPC-HOST-5: the host closes, cleans and asks for a new session, as the recorded one never did", () => {
    expect(commandsOf(recording("06b-bmc-restart-coalesced").rows, "host")).toEqual([Command.INITIALISE]);
    expect(commandsOf(rows, "host")).toEqual([Command.INITIALISE, Command.INITIALISE]);
    expect(idrOf(replay.board.word)).toBe(Command.INITIALISE);
    expect(statusOf(replay.board.word) & Status.IBF).toBe(Status.IBF);
    const region = decodeControlRegion(replay.board.window);
    expect(region.hostVersions).toEqual({ min: 1, cur: 3 });
    expect(region.layout.bmcToHost.size).toBe(76);
  });
});

describe("07b, the host restarts while a packet for it is announced", () => {
  const name = "07b-host-restart-bmc-tx-pending";

  test("LPC-HOST-3: the restarted host discards the old Tx Begin and reads no buffer before its session is up", () => {
    const { exchange, replay, rows, sides } = runHost(name);
    expect(sides).toHaveLength(2);
    const stale = rows.findIndex((row) => isRegisterRow(row) && row.reg === "ODR" && row.value === "01");
    const opening = rows.findLastIndex((row) => isWriteOf(row, "IDR", Command.INITIALISE));
    expect(stale).toBeGreaterThan(0);
    expect(opening).toBeGreaterThan(stale);
    expect(rows.slice(0, opening).some((row) => touchesBuffer(row, "lpc_read"))).toBe(false);
    expect(statusOf(replay.board.word) & SESSION_BITS).toBe(SESSION_BITS);

    // What the recorded BMC goes on with is the rest of a message: acknowledged, and no message.
    const rest = framesOf(recording(name).rows, "bmc").slice(1);
    expect(exchange.received).toEqual(rest.map((frame) => toHex(frame.packet)));
    expect(exchange.endpoint.counters.noStart).toBe(3);
    expect(exchange.delivered).toEqual([]);
  });

  test("LPC-BMC-4, LPC-MCTP-6: our BMC forgets the old session's packet and message at Initialise", () => {
    const [first] = framesOf(recording(name).rows, "bmc");
    const packets = framesOf(recording(name).rows, "bmc").map((frame) => frame.packet);
    const [message] = messagesOf(packets);
    const exchange = new RecordedExchange(BMC_EID);
    const outcomes: string[] = [];
    const { rows, side, replay } = runBmc(name, {
      exchange,
      sendsRecorded: false,
      stopBefore: "host.poll.0",
      atTurn: (turn) => {
        if (!turn.rows.some((row) => row.step === "bmc.tx")) return;
        exchange.endpoint.send(HOST_EID, fromHex(message!)!, millis(0), (outcome) => outcomes.push(outcome));
      },
    });
    expect(framesOf(rows, "bmc").map((frame) => toHex(frame.packet.subarray(4)))).toEqual([
      toHex(first!.packet.subarray(4)),
    ]);

    const answered = rows.findLastIndex((row) => isWriteOf(row, "STR", SESSION_BITS | Status.OBF));
    const after = rows.slice(answered + 1);
    expect(after.some((row) => isWriteOf(row, "ODR", Command.TX_BEGIN))).toBe(false);
    expect(after.some((row) => touchesBuffer(row, "lpc_write"))).toBe(false);
    expect(after.some((row) => isWriteOf(row, "ODR", Command.DUMMY))).toBe(true);
    expect(outcomes).toEqual(["linkDown"]);
    expect(exchange.endpoint.counters.sendAborted).toBe(1);
    expect(side.state.counters).toMatchObject({ reinitialised: 1, packetsGivenUp: 1, sessionsOpened: 2 });
    expect(statusOf(replay.board.word) & SESSION_BITS).toBe(SESSION_BITS);
  });
});

describe("LPC-BUF-5: 09a, a CRC that does not fit", () => {
  test("LPC-BUF-5: our BMC drops the packet, counts it and sends Rx Complete; the next one is taken", () => {
    const { exchange, replay, rows, side } = runBmc("09a-crc-corrupt-host-to-bmc");
    expect(side.state.counters.crcMismatch).toBe(1);
    expect(side.state.counters.packetsReceived).toBe(1);
    expect(commandsOf(rows, "bmc")).toEqual([Command.RX_COMPLETE, Command.RX_COMPLETE]);
    const [, second] = framesOf(recording("09a-crc-corrupt-host-to-bmc").rows, "host");
    expect(exchange.received).toEqual([toHex(second!.packet)]);
    expect(exchange.delivered).toEqual(messagesOf([second!.packet]));
    expect(replay.mismatches).toEqual([]);
  });

  test("LPC-BUF-7: our host goes on after the Rx Complete for it", () => {
    const { replay, rows, side } = runHost("09a-crc-corrupt-host-to-bmc");
    expect(framesOf(rows, "host")).toHaveLength(2);
    expect(side.state.counters.packetsSent).toBe(2);
    expect(replay.mismatches).toEqual([]);
  });
});

describe("LPC-BUF-4: 09c, a length above what the buffer carries", () => {
  const name = "09c-length-too-big-host-to-bmc";

  test("LPC-BUF-4: our BMC drops the packet, counts it and sends Rx Complete, as the recorded one did not", () => {
    const { exchange, replay, rows, side } = runBmc(name);
    expect(commandsOf(recording(name).rows, "bmc")).toEqual([]);
    expect(commandsOf(rows, "bmc")).toEqual([Command.RX_COMPLETE]);
    expect(odrOf(replay.board.word)).toBe(Command.RX_COMPLETE);
    expect(side.state.counters).toMatchObject({ lengthOutOfBounds: 1, packetsReceived: 0 });
    expect(exchange.received).toEqual([]);
    // Beyond the length nothing of the buffer was read.
    const reads = rows.filter((row) => touchesBuffer(row, "lpc_read"));
    expect(reads.map((row) => row.value)).toEqual(["00000045"]);
  });

  test("LPC-TIME-3: our host reports that Rx Complete is missing after T_stall, and keeps the session", () => {
    const { replay, side } = runHost(name);
    expect(side.state.channel?.transmit).toBe("outstanding");
    expect(side.state.counters.transmitStalled).toBe(0);
    const due = side.nextDeadline();
    expect(due).toBe(1000);
    side.service(new HostPortBus(replay.board.host), millis(1000));
    expect(side.state.counters.transmitStalled).toBe(1);
    expect(side.session).toBeDefined();
  });
});

describe("LPC-KCS-4: 09e, command bytes out of place", () => {
  const { exchange, replay, rows, side } = runBmc("09e-unknown-commands");

  test("LPC-KCS-4, LPC-BMC-3, LPC-ERR-2: each is counted for what it is and changes nothing", () => {
    expect(side.state.counters).toMatchObject({ unknownCommand: 2, fencesReceived: 1, rxCompleteUnexpected: 1 });
    expect(side.session).toBeDefined();
    expect(statusOf(replay.board.word) & SESSION_BITS).toBe(SESSION_BITS);
  });

  test("LPC-BUF-4: Tx Begin with an empty buffer is a length below the header: dropped, answered with Rx Complete", () => {
    expect(side.state.counters.lengthOutOfBounds).toBe(1);
    expect(commandsOf(rows, "bmc")).toEqual([Command.RX_COMPLETE]);
    expect(exchange.received).toEqual([]);
    expect(replay.mismatches).toEqual([]);
  });
});
