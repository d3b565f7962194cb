/** The numbers of Annex N: a window of 64 KiB, as the code lays it out. */
import { describe, expect, test } from "@jest/globals";
import { SMALLEST_PART_BYTES } from "../../src/agent/files/file-sender.ts";
import { FILE_DATA_OVERHEAD } from "../../src/agent/files/vendor-messages.ts";
import { CONTROL_REGION_BYTES } from "../../src/core/binding/control-region.ts";
import { BTU, bufferBytes, largestMtu } from "../../src/core/binding/layout.ts";
import { framingOf, isVersion, type Version } from "../../src/core/binding/versions.ts";
import { parsePlatform } from "../../src/platform/kinds.ts";
import { negotiated, workedExamplesOf } from "../support/worked-example.ts";
import { cellOf, numberIn, readSpecification, tableOf } from "./tables.ts";

const annex = readSpecification("annex-espi.md");
const WINDOW_BYTES = 64 * 1024;
const MEBIBYTE = 1024 * 1024;
const examples = workedExamplesOf(annex);

/** The version that a row is about. */
function versionOf(cell: string): Version {
  const version = numberIn(cell);
  if (!isVersion(version)) throw new Error(`there is no version ${cell}`);
  return version;
}

function mtuIn(version: Version, windowBytes: number): number {
  return framingOf(version).fixedMtu ? BTU : largestMtu(version, windowBytes);
}

describe("Annex N: a window of 64 KiB", () => {
  test("MTU, buffers and packets of each version", () => {
    const rows = tableOf(
      annex,
      ...["version", "MTU", "buffer", "bytes after both buffers"],
      ...["packets of a message of 1 MiB", "the same, window of 1 MiB"],
    );
    const computed = ([1, 2, 3] as const).map((version) => {
      const mtu = mtuIn(version, WINDOW_BYTES);
      const buffer = bufferBytes(version, mtu);
      const packets = (unit: number): number => Math.ceil(MEBIBYTE / unit);
      const rest = WINDOW_BYTES - CONTROL_REGION_BYTES - 2 * buffer;
      return [version, mtu, buffer, rest, packets(mtu), packets(mtuIn(version, MEBIBYTE))];
    });
    expect(rows.map((row) => Object.values(row).map(Number))).toEqual(computed);
  });

  test.each(examples)("BMC %s and host %s", (bmc, host, ...computed) => {
    expect(negotiated(bmc, host, WINDOW_BYTES)).toEqual(computed);
  });

  test("a BMC with a window of 1 MiB and an MTU of 32624 writes the layout of the first row", () => {
    expect(examples).toHaveLength(7);
    expect(annex.replace(/\s+/g, " ")).toContain("A BMC with a window of 1 MiB and an MTU of 32624");
    const [, , ...computed] = examples[0]!;
    expect(negotiated("1–3, 32624", "1–3, —", MEBIBYTE, WINDOW_BYTES)).toEqual(computed);
  });

  test("LPC-MTU-5: a host that sees 64 KiB of a window of 1 MiB closes", () => {
    expect(negotiated("1–3, —", "1–3, —", MEBIBYTE, WINDOW_BYTES).at(-1)).toBe("—");
  });

  test("what the deployed hosts' MTU needs does not fit", () => {
    const [, two, three] = /MTU of 32768, which needs (\d+) bytes in version 2 and (\d+) in version 3/.exec(
      annex.replace(/\s+/g, " "),
    )!;
    expect([bufferBytes(2, 32_768), bufferBytes(3, 32_768)]).toEqual([Number(two), Number(three)]);
    expect(Number(two)).toBeGreaterThan(bufferBytes(3, largestMtu(3, WINDOW_BYTES)));
  });

  test("the platforms that it names are platforms, with this window", () => {
    const rows = tableOf(annex, "side", "platform", "state");
    expect(rows.map((row) => cellOf(row, "side"))).toEqual(["host", "BMC", "both"]);
    for (const row of rows) {
      const spec = cellOf(row, "platform").replaceAll("`", "").replace("0xADDRESS", "0xfe0b0000").replace("PATH", "/b");
      const sides = { host: ["host"], BMC: ["bmc"], both: ["host", "bmc"] } as const;
      for (const side of sides[cellOf(row, "side") as keyof typeof sides]) {
        expect(parsePlatform(spec, side)).toMatchObject({ windowBytes: WINDOW_BYTES });
      }
    }
  });

  test("packets of a file of 16 MiB: an open, a close, and each part in as few packets as the MTU allows", () => {
    for (const row of tableOf(annex, "window", "version", "packets of the file", "time")) {
      const window = cellOf(row, "window") === "1 MiB" ? MEBIBYTE : WINDOW_BYTES;
      const mtu = mtuIn(versionOf(cellOf(row, "version")), window);
      const part = Math.max(SMALLEST_PART_BYTES, mtu - FILE_DATA_OVERHEAD);
      const file = 16 * MEBIBYTE;
      const packets = (bytes: number): number => Math.ceil((bytes + FILE_DATA_OVERHEAD) / mtu);
      const whole = Math.floor(file / part);
      const rest = file % part;
      const data = whole * packets(part) + (rest === 0 ? 0 : packets(rest));
      expect(data + 2).toBe(numberIn(cellOf(row, "packets of the file")));
    }
  });
});
