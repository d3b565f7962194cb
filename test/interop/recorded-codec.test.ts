/** Recorded traces as text, and what stands in their control regions; packets have recorded-host and recorded-bmc. */
import { describe, expect, test } from "@jest/globals";
import {
  CONTROL_FIELDS_BYTES,
  CONTROL_REGION_BYTES,
  Field,
  MAGIC,
  decodeControlRegion,
  decodeLayout,
  encodeControlRegion,
  encodeLayout,
  encodeU16,
  encodeU32,
} from "../../src/core/binding/control-region.ts";
import { bufferBytes, judgeLayout, mtuOfBuffer } from "../../src/core/binding/layout.ts";
import { isVersion } from "../../src/core/binding/versions.ts";
import { bytesOf, decodeTraceRow, encodeTraceRow, isRegisterRow, type WindowRow } from "../../src/core/trace/format.ts";
import { readU16be, readU32be } from "../../src/core/wire/bytes.ts";
import { ORDINARY_NAMES, TRACE_NAMES, recording } from "./recorded-traces.ts";

describe("recorded traces as text", () => {
  test("there are 38 of them, each with accesses of its BMC", () => {
    expect(TRACE_NAMES).toHaveLength(38);
    for (const name of TRACE_NAMES) expect(recording(name).rows.some((row) => row.side === "bmc")).toBe(true);
  });

  test.each(TRACE_NAMES)("%s: every line is decoded and encoded to the same JSON object", (name) => {
    for (const line of recording(name).lines) {
      const row = decodeTraceRow(line);
      expect(row.ok && JSON.parse(encodeTraceRow(row.value))).toEqual(JSON.parse(line));
    }
  });
});

/* ---- Control region ---- */

/** What our codec makes of a recorded write of the control region; undefined for a write of another kind. */
function reencoded(row: WindowRow): Uint8Array | undefined {
  const bytes = bytesOf(row);
  const place = `${String(row.offset)}+${String(row.len)}`;
  switch (place) {
    case `0+${String(CONTROL_FIELDS_BYTES)}`:
      return encodeControlRegion(decodeControlRegion(bytes));
    case `${String(Field.rxOffset)}+16`:
      return encodeLayout(decodeLayout(bytes));
    case `${String(Field.hostVersionMin)}+2`:
    case `${String(Field.hostVersionCur)}+2`:
    case `${String(Field.negotiatedVersion)}+2`:
      return encodeU16(readU16be(bytes, 0));
    case `${String(Field.rxSize)}+4`:
      return encodeU32(readU32be(bytes, 0));
    default:
      return undefined;
  }
}

describe("LPC-REG control region", () => {
  test.each(ORDINARY_NAMES)("LPC-REG-1: %s: every write below the buffers is decoded and encoded to itself", (name) => {
    const { rows } = recording(name);
    const writes = rows.filter(
      (row): row is WindowRow => !isRegisterRow(row) && row.op === "lpc_write" && row.offset < CONTROL_REGION_BYTES,
    );
    expect(writes.length).toBeGreaterThan(0);
    for (const row of writes) expect([row.n, reencoded(row)]).toEqual([row.n, bytesOf(row)]);
  });

  test.each(ORDINARY_NAMES)("LPC-REG-1: %s: the fields at the end mean the recorded session", (name) => {
    const { meta } = recording(name);
    const region = decodeControlRegion(Buffer.from(meta.final.control_region_hex, "hex"));
    expect(region.magic).toBe(MAGIC);
    const version = region.negotiatedVersion;
    if (!isVersion(version)) {
      expect([name, version]).toEqual(["03b-mtu-host4096-bmc192", 0]);
      return;
    }
    const { bmcToHost, hostToBmc } = region.layout;
    expect(judgeLayout(region.layout, version, meta.window_size).ok).toBe(true);
    expect(bmcToHost.size).toBe(hostToBmc.size);
    // LPC-MTU-1 and LPC-MTU-2 are each other's inverse.
    expect(bufferBytes(version, mtuOfBuffer(version, bmcToHost.size))).toBe(bmcToHost.size);
  });
});
