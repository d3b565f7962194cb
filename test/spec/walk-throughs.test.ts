/** Annex F: what its generated parts show is so by independent means. */
import { describe, expect, test } from "@jest/globals";
import { crc32 } from "node:zlib";
import { readSpecification } from "../project/tables.ts";

const annex = readSpecification("annex-walk-throughs.md");

/** What stands between the markers of this name. */
function partOf(name: string): string {
  const [, part] = annex.split(`<!-- generated: ${name} -->\n`);
  const [content] = (part ?? "").split("\n<!-- end -->");
  return (content ?? "").trim();
}

describe("annex F", () => {
  test("LPC-BUF-3: the last line of the CRC is zlib's", () => {
    const packet = Buffer.from("010809c8008002", "hex");
    expect(partOf("crc-bytes")).toContain(`\`${crc32(packet).toString(16)}\``);
    expect(partOf("crc-bytes").match(/^\| `0x/gm)).toHaveLength(packet.length);
    expect(partOf("crc-bits").match(/^\| step \d/gm)).toHaveLength(8);
  });

  test("LPC-REG-3: the control region is written in this order", () => {
    const steps = [...partOf("start-up-region").matchAll(/^([BH]\d\.\d+) /gm)].map(([, step]) => step);
    expect(steps).toEqual([
      ...["B1.2", "B1.5", "B1.6", "B1.7", "H1.2", "B3.5", "B3.6"],
      ...["H1.11", "H1.12", "B3.5", "B3.6"],
    ]);
  });

  test("LPC-VER-2: the refusal leaves negotiated_ver 0 and Channel Active clear", () => {
    const rows = partOf("refusal").split("\n").slice(2);
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter((row) => row.includes("Channel Active"))).toEqual([]);
    expect(rows.at(-1)).toContain("`00 01 00 01 00 00`");
  });
});
