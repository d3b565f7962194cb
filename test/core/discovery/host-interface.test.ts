/** SMBIOS tables: what Annex J has a structure of type 42 say, and what is made of any other bytes. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  HOST_INTERFACE_TYPE,
  readHostInterface,
  readIpmiPort,
  readLpcInterface,
  writeLpcInterface,
  type LpcInterface,
} from "../../../src/core/discovery/host-interface.ts";
import { MOST_STRUCTURES, readStructures, writeStructure } from "../../../src/core/discovery/smbios.ts";
import { fromHex } from "../../../src/core/wire/bytes.ts";
import { PROJECT } from "../../project/requirements.ts";

const OPENPOWER: LpcInterface = {
  dataPort: 0xca2,
  statusPort: 0xca3,
  interrupt: 11,
  space: "firmware",
  windowAddress: 0x0ff0_0000,
  windowBytes: 0x10_0000,
};
const HANDLE = 0x0042;
/** Offsets of Annex J.2, behind the structure's header. */
const REVISION_AT = 0x0a - 4;
const SPACE_AT = 0x0b - 4;
const RECORDS_AT = 0x1c - 4;

function read(data: Uint8Array): LpcInterface | undefined {
  const found = readHostInterface(data);
  return found === undefined ? undefined : readLpcInterface(found);
}

function changed(at: number, value: number): Uint8Array {
  const data = writeLpcInterface(OPENPOWER);
  data[at] = value;
  return data;
}

describe("a structure for this binding", () => {
  test("has the bytes that the annex shows", () => {
    const annex = readFileSync(join(PROJECT, "spec", "annex-discovery.md"), "utf8");
    const [, shown = ""] = /```text\n([^`]*)```/.exec(annex) ?? [];
    const bytes = writeStructure({ type: HOST_INTERFACE_TYPE, handle: HANDLE, data: writeLpcInterface(OPENPOWER) });
    expect(fromHex(shown.replaceAll(/\s/g, ""))).toEqual(bytes);
  });

  test.each<LpcInterface>([
    OPENPOWER,
    { ...OPENPOWER, interrupt: undefined },
    { ...OPENPOWER, space: "memory", windowAddress: 0xffff_fffe_0000, windowBytes: 0xffff_ffff },
    { ...OPENPOWER, dataPort: 0xfffe, statusPort: 0xffff, interrupt: 0xffff, windowAddress: 0 },
  ])("says what was written: %j", (described) => {
    expect(read(writeLpcInterface(described))).toEqual(described);
  });

  test.each([
    ["another interface type", changed(0, 0x40)],
    ["another vendor", changed(5, 2)],
    ["a later revision", changed(REVISION_AT, 2)],
    ["a place of the window that there is not", changed(SPACE_AT, 2)],
    ["no protocol record", changed(RECORDS_AT, 0)],
    ["another protocol", changed(RECORDS_AT + 1, 4)],
    ["ports that are equal", writeLpcInterface({ ...OPENPOWER, statusPort: OPENPOWER.dataPort })],
    ["fewer bytes than the layout has", changed(1, 0x15)],
  ])("is none with %s", (_, data) => {
    expect(read(data)).toBeUndefined();
  });

  test("may be longer by what a later layout adds", () => {
    const data = writeLpcInterface(OPENPOWER);
    const longer = Uint8Array.from([
      0xf0,
      0x18,
      ...data.subarray(2, RECORDS_AT),
      0xaa,
      0xbb,
      ...data.subarray(RECORDS_AT),
    ]);
    expect(read(longer)).toEqual(OPENPOWER);
  });

  test("is none where it is cut off anywhere", () => {
    const data = writeLpcInterface(OPENPOWER);
    for (let length = 0; length < data.length; length++) expect(read(data.subarray(0, length))).toBeUndefined();
  });
});

describe("a table", () => {
  const lpc = writeStructure({ type: HOST_INTERFACE_TYPE, handle: HANDLE, data: writeLpcInterface(OPENPOWER) });
  const withStrings = Uint8Array.from([1, 5, 1, 0, 7, ...Buffer.from("Maker\0Server 7\0\0")]);
  const end = Uint8Array.from([127, 4, 0xff, 0xfe, 0, 0]);

  test("has its structures, with strings and without, up to its end", () => {
    const structures = readStructures(Uint8Array.from([...withStrings, ...lpc, ...end, ...lpc]));
    expect(structures.map(({ type, handle }) => [type, handle])).toEqual([
      [1, 1],
      [HOST_INTERFACE_TYPE, HANDLE],
      [127, 0xfeff],
    ]);
    expect(read(structures[1]!.data)).toEqual(OPENPOWER);
  });

  test.each([
    ["a length shorter than the header", [42, 3, 0, 0, 0, 0]],
    ["a length behind the end", [42, 200, 0, 0, 1, 2]],
  ])("ends at %s", (_, bytes) => {
    expect(readStructures(Uint8Array.from([...lpc, ...bytes]))).toHaveLength(1);
  });

  test("has no more structures than anybody looks at", () => {
    const many = Uint8Array.from(Array.from({ length: MOST_STRUCTURES + 1 }, () => [1, 4, 0, 0, 0, 0]).flat());
    expect(readStructures(many)).toHaveLength(MOST_STRUCTURES);
  });

  test("of any bytes throws nothing", () => {
    let state = 1;
    const next = (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state >>> 16;
    };
    for (let run = 0; run < 2000; run++) {
      const bytes = Uint8Array.from({ length: next() % 80 }, next);
      bytes.set([next() % 2 === 0 ? 42 : 38, 4 + (next() % 40)].slice(0, bytes.length));
      for (const { data } of readStructures(bytes)) {
        read(data);
        readIpmiPort(data);
      }
    }
  });
});

describe("IPMI's ports", () => {
  test.each<readonly [string, readonly number[], number | undefined]>([
    ["of a KCS in I/O space", [1, 0x20, 0x20, 0xff, 0xa3, 0x0c, 0, 0, 0, 0, 0, 0], 0xca2],
    ["of another interface", [3, 0x20, 0x20, 0xff, 0xe5, 0, 0, 0, 0, 0, 0, 0], undefined],
    ["in memory", [1, 0x20, 0x20, 0xff, 0xa2, 0x0c, 0, 0, 0, 0, 0, 0], undefined],
    ["above the last port", [1, 0x20, 0x20, 0xff, 0xa3, 0x0c, 1, 0, 0, 0, 0, 0], undefined],
    ["cut off", [1, 0x20, 0x20, 0xff, 0xa3, 0x0c], undefined],
  ])("%s", (_, data, port) => {
    expect(readIpmiPort(Uint8Array.from(data))).toBe(port);
  });
});
