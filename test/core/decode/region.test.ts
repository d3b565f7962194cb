/** Control regions explained, and judged by the rules of the layout. */
import { describe, expect, test } from "@jest/globals";
import { decode } from "../../../src/core/decode/decode.ts";
import { CONTROL_FIELDS } from "../../../src/core/binding/control-region.ts";
import { fromHex } from "../../../src/core/wire/bytes.ts";

/** A region from its fields' values; the others are those of a running session. */
function region(changes: Readonly<Record<string, number>> = {}, tail = ""): Uint8Array {
  const values: Readonly<Record<string, number>> = {
    ...{
      magic: 0x4d435450,
      bmc_ver_min: 1,
      bmc_ver_cur: 3,
      host_ver_min: 1,
      host_ver_cur: 2,
      negotiated_ver: 2,
      pad: 0,
    },
    ...{ rx_offset: 0x100, rx_size: 76, tx_offset: 0x14c, tx_size: 76 },
    ...changes,
  };
  const hex = CONTROL_FIELDS.map(({ name, bytes }) => values[name]!.toString(16).padStart(2 * bytes, "0"));
  return fromHex(hex.join("") + tail)!;
}

function findings(bytes: Uint8Array): readonly string[] {
  return decode([bytes], "controlRegion").inputs[0]!.findings.map(
    ({ severity, field, text }) => `${severity} ${field}: ${text}`,
  );
}

describe("control regions (LPC-REG-1)", () => {
  test("are recognised by their magic and explained under the wire's names", () => {
    const { inputs, ok } = decode([region({}, "00".repeat(0xe0) + "ff")]);
    expect(inputs).toMatchObject([
      { kind: "controlRegion", title: "versions BMC 1-3, host 1-2; negotiated 2", findings: [] },
    ]);
    expect(ok).toBe(true);
    expect(inputs[0]!.fields.map(({ name, offset }) => `${offset} ${name}`)).toEqual([
      ...CONTROL_FIELDS.map(({ name, offset }) => `${offset} ${name}`),
      "32 reserved",
      "256 behind the control region",
    ]);
    expect(inputs[0]!.fields.find(({ name }) => name === "tx_size")).toMatchObject({
      value: 76,
      meaning: "bytes, hostToBmc: MTU 68 in version 2",
    });
  });

  test.each<[string, Readonly<Record<string, number>>, readonly RegExp[]]>([
    ["a magic that is none", { magic: 0x4d435451 }, [/^wrong magic: not "MCTP".*\(LPC-REG-2\)$/]],
    ["a magic in the other order", { magic: 0x5054434d }, [/^wrong magic: .*byte order\?/]],
    [
      "an empty range",
      { host_ver_min: 3, negotiated_ver: 0 },
      [/^wrong host_ver_cur: versions 3 to 2 .*\(LPC-VER-2\)$/],
    ],
    [
      "versions in the other order",
      { bmc_ver_min: 0x100, bmc_ver_cur: 0x300, negotiated_ver: 0 },
      [/^unusual bmc_ver_cur: versions 256 to 768; byte order\?/],
    ],
    ["nothing proposed", { host_ver_min: 0, host_ver_cur: 0, negotiated_ver: 0 }, []],
    ["a version that none negotiates", { negotiated_ver: 3 }, [/^unusual negotiated_ver: .*negotiate 2 \(LPC-VER-1\)/]],
    ["no known version", { negotiated_ver: 0x200 }, [/^wrong negotiated_ver: .*\(LPC-VER-3\); byte order\?/]],
    ["a pad", { pad: 1 }, [/^unusual pad: .*\(LPC-REG-4\)$/]],
    ["a buffer below the BTU", { rx_size: 71 }, [/^wrong layout: .*baseline.* \(LPC-MTU-5\)$/]],
    ["a buffer in the region", { rx_offset: 0xf0 }, [/^wrong layout: .*control region \(LPC-MTU-5\)$/]],
    ["buffers that overlap", { tx_offset: 0x140 }, [/^wrong layout: .*overlap \(LPC-MTU-5\)$/]],
    ["a buffer behind any window", { tx_offset: 0xffffff }, [/^wrong layout: .*behind the window \(LPC-MTU-5\)$/]],
    ["sizes in the other order", { rx_size: 0x48000000, tx_size: 0x48000000 }, [/^wrong layout: .*byte order\?/]],
    ["no layout yet", { rx_offset: 0, rx_size: 0, tx_offset: 0, tx_size: 0 }, []],
  ])("%s", (_, changes, expected) => {
    const found = findings(region(changes));
    expect(found).toHaveLength(expected.length);
    expected.forEach((pattern, index) => {
      expect(found[index]).toMatch(pattern);
    });
  });

  test("one that is cut short says where", () => {
    expect(findings(region().subarray(0, 0x12))).toEqual([
      "wrong rx_offset: cut short: bytes 16 to 19 should be here, the end comes after 2 bytes of them",
    ]);
  });
});
