/** Numbers that stand both in the specification and in the code are the same. */
import { describe, expect, test } from "@jest/globals";
import { BMC_DEFAULTS } from "../../bmc/role/state.ts";
import { HOST_DEFAULTS } from "../../host/role/state.ts";
import { ENDPOINT_DEFAULTS } from "../../src/core/mctp/endpoint-defaults.ts";
import {
  CONTROL_VERSION,
  OLDEST_CONTROL_VERSION,
  OWN_HELLO,
  answerHello,
} from "../../src/agent/control/control-version.ts";
import { decodeMemory, encodeMemory } from "../../src/core/mctp/bus-owner/memory.ts";
import { BUS_RECORD_VERSION, encodeBusRecord } from "../../src/core/capture/bus-record.ts";
import {
  LONGEST_TRACE_LINE,
  decodeTrace,
  encodeTrace,
  traceRejectText,
  type TraceEntry,
} from "../../src/core/trace/format.ts";
import { OLDEST_TRACE_VERSION, TRACE_VERSION } from "../../src/core/trace/head.ts";
import { Operation, VendorStatus } from "../../src/agent/files/vendor-messages.ts";
import { CONTROL_FIELDS_BYTES, Field } from "../../src/core/binding/control-region.ts";
import {
  LARGEST_WINDOW_BYTES,
  SMALLEST_WINDOW_BYTES,
  bufferBytes,
  largestMtu,
  overheadBytes,
} from "../../src/core/binding/layout.ts";
import { Command, SESSION_BITS, Status, commandName } from "../../src/core/binding/registers.ts";
import { framingOf, isVersion, negotiateVersion, type Version } from "../../src/core/binding/versions.ts";
import { LONGEST_SLEEP, PACES } from "../../src/node/runner.ts";
import { encodeRequest, Control } from "../../src/core/mctp/control/codec.ts";
import { afterStatusWrite } from "../../src/core/binding/kcs-word.ts";
import {
  BOARD_LAYOUT_VERSION,
  BOARD_MAGIC,
  BYTE_ORDER_MARK,
  BlockField,
  BoardField,
  HEADER_BYTES,
  OLDEST_BOARD_LAYOUT_VERSION,
} from "../../src/platform/shared-file/layout.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { eid } from "../../src/core/wire/units.ts";
import { messageHeader, packetHeader } from "../../src/core/mctp/packet.ts";
import { frameOf } from "../support/frames.ts";
import { cellOf, numberIn, readSpecification, tableOf } from "./tables.ts";

const binding = readSpecification("mctp-lpc.md");
const walkThroughs = readSpecification("annex-walk-throughs.md");
const virtualBoard = readSpecification("annex-virtual-board.md");
const formats = readSpecification("annex-formats.md");
const MEBIBYTE = 1024 * 1024;

/** Text without its line breaks. */
function running(text: string): string {
  return text.replace(/\s+/g, " ");
}

describe("clause 5: hardware model", () => {
  test("the formula of an STR write is what virtual boards do", () => {
    expect(binding).toContain("\n(v & 0xf4) | (s & 0x0a) | (s & v & 0x01)\n");
    const differing: string[] = [];
    for (let s = 0; s < 256; s++) {
      for (let v = 0; v < 256; v++) {
        const wanted = (v & 0xf4) | (s & 0x0a) | (s & v & 0x01);
        if (afterStatusWrite(0xabcd00 | s, v) !== (0xabcd00 | wanted)) differing.push(`${s}, ${v}`);
      }
    }
    expect(differing).toEqual([]);
  });

  test("the window's bounds", () => {
    expect(running(binding)).toContain(
      `from ${SMALLEST_WINDOW_BYTES / 1024} KiB to ${LARGEST_WINDOW_BYTES / MEBIBYTE} MiB in size, by convention 1 MiB`,
    );
    expect([HOST_DEFAULTS.windowBytes, BMC_DEFAULTS.windowBytes]).toEqual([MEBIBYTE, MEBIBYTE]);
  });
});

describe("clause 6: control region", () => {
  test("LPC-REG-1: every field at the offset of the table, the next one behind its bytes", () => {
    const rows = tableOf(binding, "offset", "bytes", "field", "written by", "when");
    // bmc_ver_min is bmcVersionMin here.
    const name = (field: string): string =>
      field.replace("_ver", "_version").replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
    const table = rows.map((row) => [name(cellOf(row, "field")), numberIn(cellOf(row, "offset"))] as const);
    expect(Object.fromEntries(table)).toEqual(Field);
    const ends = rows.map((row) => numberIn(cellOf(row, "offset")) + numberIn(cellOf(row, "bytes")));
    expect(ends).toEqual([...table.slice(1).map(([, offset]) => offset), CONTROL_FIELDS_BYTES]);
  });
});

describe("clause 7: versions and packet buffers", () => {
  test("what each version puts round a packet", () => {
    const unit = "transmission unit";
    const overhead = "buffer bytes beside the payload";
    const rows = tableOf(binding, "version", "length field", "trailer", unit, overhead);
    expect(rows.map((row) => numberIn(cellOf(row, "version")))).toEqual([1, 2, 3]);
    for (const row of rows) {
      const version = numberIn(cellOf(row, "version")) as Version;
      expect(framingOf(version)).toEqual({
        lengthBytes: numberIn(cellOf(row, "length field")),
        trailerBytes: cellOf(row, "trailer") === "CRC-32" ? 4 : 0,
        fixedMtu: cellOf(row, unit) !== "negotiated",
      });
      expect(overheadBytes(version)).toBe(numberIn(cellOf(row, overhead)));
    }
  });

  test("LPC-VER-4: both sides speak all three unless told otherwise", () => {
    expect([HOST_DEFAULTS.versions, BMC_DEFAULTS.versions]).toEqual([1, 2].map(() => ({ min: 1, cur: 3 })));
  });

  test("the example of a packet is Get Endpoint ID from 9 to 8", () => {
    const [example = ""] = /^00 00 00 07 \|.*$/m.exec(binding) ?? [];
    const request = encodeRequest(0, Control.GET_ENDPOINT_ID, new Uint8Array(0));
    const header = packetHeader(messageHeader(eid(8), eid(9), true, 0), true, true, 0);
    const packet = Uint8Array.of(
      header >>> 24,
      (header >>> 16) & 0xff,
      (header >>> 8) & 0xff,
      header & 0xff,
      ...request,
    );
    expect(toHex(frameOf(3, packet))).toBe(example.replace(/[ |]/g, ""));
  });
});

describe("clause 8: status register and commands", () => {
  test("the bits of STR", () => {
    const rows = tableOf(binding, "bit", "name", "owner", "meaning");
    const bits = rows
      .filter((row) => cellOf(row, "name") !== "reserved")
      .map((row) => [cellOf(row, "name"), 1 << numberIn(cellOf(row, "bit"))]);
    expect(Object.fromEntries(bits)).toEqual({
      "BMC Active": Status.BMC_ACTIVE,
      "Channel Active": Status.CHANNEL_ACTIVE,
      "C/D": Status.CD,
      IBF: Status.IBF,
      OBF: Status.OBF,
    });
    expect(binding).toContain("three values: 0x01 (down), 0x81 (active, no session) and 0xc1 (session)");
    expect([Status.OBF, Status.BMC_ACTIVE | Status.OBF, SESSION_BITS | Status.OBF]).toEqual([0x01, 0x81, 0xc1]);
  });

  test("the command bytes and their names", () => {
    const rows = tableOf(binding, "byte", "host to BMC", "BMC to host");
    const bytes = rows.map((row) => numberIn(cellOf(row, "byte")));
    expect(bytes).toEqual(Object.values(Command).sort((one, other) => one - other));
    const names = rows.slice(0, 3).map((row) => /\*\*(.+?)\*\*/.exec(cellOf(row, "host to BMC"))?.[1]);
    expect(names).toEqual(bytes.slice(0, 3).map(commandName));
  });
});

describe("clause 9: negotiation", () => {
  test("LPC-VER-1, LPC-VER-2: the examples of versions", () => {
    const [sentence = ""] = /Examples, BMC and host as min–cur: .*?\./.exec(running(binding)) ?? [];
    const examples = [...sentence.matchAll(/(\d)–(\d) and (\d)–(\d) (?:give (\d)|are refused)/g)];
    expect(examples).toHaveLength(6);
    for (const [text, bmcMin, bmcCur, hostMin, hostCur, version = "0"] of examples) {
      const bmc = { min: Number(bmcMin), cur: Number(bmcCur) };
      const host = { min: Number(hostMin), cur: Number(hostCur) };
      expect(`${text}: ${negotiateVersion(bmc, host)}`).toBe(`${text}: ${version}`);
    }
  });

  test("LPC-MTU-1: the sizes of buffers", () => {
    const rows = tableOf(walkThroughs, "MTU", "versions 1 and 2", "version 3", "");
    for (const row of rows) {
      const mtu = numberIn(cellOf(row, "MTU"));
      const sizes = ([2, 3] as const).map((version) => bufferBytes(version, mtu));
      expect(sizes).toEqual([numberIn(cellOf(row, "versions 1 and 2")), numberIn(cellOf(row, "version 3"))]);
    }
    const largest = numberIn(cellOf(rows.at(-1) ?? {}, "MTU"));
    expect([largestMtu(2, MEBIBYTE), largestMtu(3, MEBIBYTE)]).toEqual([largest, largest]);
    expect(bufferBytes(1, 64)).toBe(72);
  });

  test("the largest MTU follows the formula", () => {
    expect(binding).toContain("floor((window − 256) / 2) − overhead, then − (it mod 16)");
    for (const version of [1, 2, 3].filter(isVersion)) {
      for (let window = 4096; window <= LARGEST_WINDOW_BYTES; window *= 2) {
        const exact = Math.floor((window - 256) / 2) - overheadBytes(version);
        if (!framingOf(version).fixedMtu) expect(largestMtu(version, window)).toBe(exact - (exact % 16));
      }
    }
  });
});

describe("clauses 13 and 14: times", () => {
  test("LPC-TIME-1, LPC-TIME-2, LPC-TIME-3, LPC-TIME-5, LPC-KCS-10, LPC-KCS-11: the timers' defaults", () => {
    const rows = tableOf(binding, "timer", "side", "default", "runs from", "when it is over");
    const defaults = rows.map((row) => [cellOf(row, "timer"), numberIn(cellOf(row, "default"))]);
    expect(Object.fromEntries(defaults)).toEqual({
      T_ann: BMC_DEFAULTS.announceLimit,
      T_refused: HOST_DEFAULTS.refusedDelay,
      T_stall: HOST_DEFAULTS.stallDelay,
      T_stop: HOST_DEFAULTS.stopLimit,
      T_look: Math.max(...Object.values(PACES).map(({ lastSleep }) => lastSleep)),
      T_poll: LONGEST_SLEEP,
    });
    expect(BMC_DEFAULTS.stallDelay).toBe(HOST_DEFAULTS.stallDelay);
  });

  test("LPC-TIME-4: a host that nothing wakes polls more often than T_ann", () => {
    const longest = Object.values(PACES).map(({ lastSleep }) => lastSleep);
    expect(Math.max(...longest)).toBeLessThan(BMC_DEFAULTS.announceLimit);
  });

  test("LPC-BMC-10: how often an announcing BMC looks", () => {
    expect(binding).toContain(`shall read STR at least every ${BMC_DEFAULTS.announcePoll} ms`);
  });

  test("LPC-MCTP-4, LPC-MCTP-5: the times of requests", () => {
    const rows = tableOf(binding, "item", "value");
    const value = (item: string): number => {
      const row = rows.find((candidate) => cellOf(candidate, "item").startsWith(`${item}, `)) ?? {};
      return numberIn(cellOf(row, "value").replace(/,.*/, ""));
    };
    const { attemptTimeout, retries, tagHoldOff } = ENDPOINT_DEFAULTS.timing;
    expect([attemptTimeout, retries, tagHoldOff]).toEqual([value("MT2"), value("MN1"), value("MT4")]);
    expect(ENDPOINT_DEFAULTS.assembly.timeout).toBe(value("T_asm"));
  });
});

describe("annex: virtual board", () => {
  const words = (text: string): ReadonlyMap<number, string> =>
    new Map(
      tableOf(text, "offset", "bytes", "content").map((row) => [
        numberIn(cellOf(row, "offset")),
        cellOf(row, "content"),
      ]),
    );

  test("the header's fields stand where the table has them", () => {
    const content = words(virtualBoard);
    const { magic, layoutVersion, byteOrderMark, windowOffset, windowBytes, depth } = BoardField;
    const { registers, hostBlock, bmcBlock } = BoardField;
    expect(content.get(magic)).toBe(`magic, ASCII \`${BOARD_MAGIC}\``);
    expect(content.get(layoutVersion)).toBe(`layout version: ${BOARD_LAYOUT_VERSION}`);
    expect(content.get(byteOrderMark)).toBe(`byte-order mark: 0x0${BYTE_ORDER_MARK.toString(16)}`);
    expect(content.get(windowOffset)).toBe(`offset of the window in the file: ${HEADER_BYTES}`);
    expect(content.get(windowBytes)).toContain("size of the window in bytes: 4 KiB to 16 MiB");
    expect(content.get(depth)).toBe("depth of the path into the BMC: 0 or 1");
    expect(content.get(registers)).toContain("**register word**");
    expect(content.get(BoardField.idrWritten)).toContain('"IDR written"');
    expect(content.get(BoardField.idrRead)).toContain('"IDR read"');
    expect(content.get(BoardField.odrWritten)).toContain('"ODR written"');
    expect(content.get(BoardField.odrRead)).toContain('"ODR read"');
    expect([content.get(hostBlock), content.get(bmcBlock)]).toEqual(["host block", "BMC block"]);
    expect(content.get(HEADER_BYTES)).toBe("the window");
    expect(content.size).toBe(Object.keys(BoardField).length + 1);
  });

  test("so do the words of a block", () => {
    const [, second = ""] = virtualBoard.split("A block belongs to its side");
    const rows = tableOf(second, "offset", "bytes", "content");
    const starts = ["process id", "bell wanted", "bell generation"];
    const offsets = rows.map((row) => Number(cellOf(row, "offset")));
    expect(offsets).toEqual([BlockField.processId, BlockField.bellWanted, BlockField.bellGeneration]);
    expect(rows.map((row) => cellOf(row, "content").startsWith(starts[rows.indexOf(row)] ?? "?"))).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe("Annex G: echo and file messages", () => {
  test("operations", () => {
    const rows = tableOf(
      formats,
      ...["operation", "name", "request, from byte 7", "response after status 0, from byte 8"],
    );
    const operations = rows.map((row) => [
      cellOf(row, "name").toUpperCase().replace(" ", "_"),
      numberIn(cellOf(row, "operation")),
    ]);
    expect(Object.fromEntries(operations)).toEqual(Operation);
  });

  test("statuses", () => {
    const rows = tableOf(formats, "status", "meaning", "fields that follow", "what the sender does");
    expect(rows.map((row) => numberIn(cellOf(row, "status")))).toEqual(Object.values(VendorStatus));
  });
});

describe("Annex G: formats that programs keep", () => {
  /** The blocks of code in a clause of the annex, as they stand there. */
  function examplesOf(clause: string): readonly string[] {
    const text = formats.split(/^## /m).find((part) => part.startsWith(`${clause} `)) ?? "";
    return [...text.matchAll(/```(?:json)?\n([^]*?)```/g)].map(([, code = ""]) => code);
  }

  test("the versions that are written and read", () => {
    const rows = tableOf(formats, "format", "clause", "where the version is", "written", "read");
    const versions = rows.map((row) => [cellOf(row, "format"), cellOf(row, "written"), cellOf(row, "read")]);
    const range = (oldest: number, newest: number): string =>
      oldest === newest ? String(newest) : `${oldest} to ${newest}`;
    const { version: memory } = JSON.parse(encodeMemory([])) as { version: number };
    expect(versions).toEqual([
      ["trace", String(TRACE_VERSION), range(OLDEST_TRACE_VERSION, TRACE_VERSION)],
      ["board file", String(BOARD_LAYOUT_VERSION), range(OLDEST_BOARD_LAYOUT_VERSION, BOARD_LAYOUT_VERSION)],
      ["remembered state", String(memory), range(memory, memory)],
      ["control socket", String(CONTROL_VERSION), range(OLDEST_CONTROL_VERSION, CONTROL_VERSION)],
      ["bus capture", String(BUS_RECORD_VERSION), String(BUS_RECORD_VERSION)],
    ]);
    const word = cellOf(rows[1]!, "where the version is").replace("word at ", "");
    expect(numberIn(word)).toBe(BoardField.layoutVersion);
  });

  test("G.5: the example is a trace, its fields are those of the tables, and a line is as long as is said", () => {
    const [example = ""] = examplesOf("G.5");
    const trace = decodeTrace(example);
    if (!trace.ok) throw new Error(traceRejectText(trace.reject));
    expect(encodeTrace(trace.value.rows, trace.value.head)).toBe(example);
    const fields = (heading: string): readonly string[] =>
      tableOf(formats, heading, "value").flatMap((row) => cellOf(row, heading).split(", "));
    expect(fields("field of the head")).toEqual(Object.keys(trace.value.head ?? {}));
    expect(fields("field of a row")).toEqual(
      expect.arrayContaining(trace.value.rows.flatMap((row) => Object.keys(row))),
    );
    expect(running(formats)).toContain(`A line has at most ${LONGEST_TRACE_LINE} characters`);
  });

  test("G.6: the example is a remembered state, and its fields are those of the table", () => {
    const [example = ""] = examplesOf("G.6");
    expect(decodeMemory(example).ok).toBe(true);
    const { endpoints } = JSON.parse(example) as { endpoints: readonly object[] };
    const fields = tableOf(formats, "field of an endpoint", "value").map((row) => cellOf(row, "field of an endpoint"));
    expect(Object.keys(endpoints[0] ?? {})).toEqual(fields);
  });

  test("G.7: tool and agent say hello as they do there", () => {
    const lines = examplesOf("G.7")[0]?.trim().split("\n") ?? [];
    const [asked, answered] = lines.map((line) => JSON.parse(line) as { params?: unknown; result?: unknown });
    expect(asked).toEqual({ jsonrpc: "2.0", id: 1, method: "hello", params: OWN_HELLO });
    expect(answered).toEqual({ jsonrpc: "2.0", id: 1, result: answerHello(asked?.params) });
  });

  test("G.8: the record there is the one that is written", () => {
    const [example = ""] = examplesOf("G.8");
    const row: TraceEntry = { n: 42, step: "H2.7", side: "host", op: "kcs_write", reg: "IDR", value: "01" };
    expect(toHex(encodeBusRecord(row, 1000).bytes)).toBe(
      (/^[0-9a-f ]+?(?= {8})/.exec(example)?.[0] ?? "").replaceAll(" ", ""),
    );
  });
});
