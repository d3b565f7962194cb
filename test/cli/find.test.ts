/** `host find` on copies of /sys and /proc of machines that there could be. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { writeLpcInterface, type LpcInterface } from "../../src/core/discovery/host-interface.ts";
import { writeStructure, type Structure } from "../../src/core/discovery/smbios.ts";
import { LARGEST_TABLE_BYTES, type HostSearch } from "../../src/platform/discovery/find-host.ts";
import { makeFifo } from "../../src/platform/libc.ts";
import { Sandbox, type Finished } from "../support/processes.ts";
import { runHere } from "./run-here.ts";

const TABLE = "sys/firmware/dmi/tables/DMI";
const LPC = "sys/kernel/debug/powerpc/lpc";
const X86: LpcInterface = {
  dataPort: 0xca2,
  statusPort: 0xca3,
  interrupt: undefined,
  space: "memory",
  windowAddress: 0xfe0f_0000,
  windowBytes: 0x1_0000,
};
const IPMI = Uint8Array.from([1, 0x20, 0x20, 0xff, 0xa3, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0]);

let sandbox: Sandbox;
let root: string;
beforeEach(() => {
  sandbox = new Sandbox();
  root = sandbox.path("machine");
  mkdirSync(root);
});
afterEach(async () => {
  await sandbox.dispose();
});

function put(path: string, content: Uint8Array | string): void {
  const name = join(root, path);
  mkdirSync(dirname(name), { recursive: true });
  writeFileSync(name, content);
}

function putTable(...structures: readonly Omit<Structure, "handle">[]): void {
  put(TABLE, Buffer.concat(structures.map((one, index) => writeStructure({ ...one, handle: index }))));
}

function described(changes: Partial<LpcInterface> = {}): Omit<Structure, "handle"> {
  return { type: 42, data: writeLpcInterface({ ...X86, ...changes }) };
}

function find(...words: readonly string[]): Promise<Finished> {
  return runHere(sandbox, "host", "find", "--root", root, ...words);
}

async function search(): Promise<HostSearch> {
  return JSON.parse((await find("--json")).stdout) as HostSearch;
}

describe("a machine whose firmware describes the interface", () => {
  test("has a platform that can be used as it stands", async () => {
    putTable({ type: 0, data: new Uint8Array(20) }, described());
    const { code, stdout } = await find();
    expect(code).toBe(0);
    expect(stdout).toContain("--platform x86:0xca2,window=0xfe0f0000,size=65536\n");
    expect(stdout).toContain("described by SMBIOS type 42, handle 0x0001");
  });

  test("has one in firmware space, too", async () => {
    putTable(described({ space: "firmware", windowAddress: 0x0ff0_0000, windowBytes: 0x10_0000 }));
    expect((await search()).found).toEqual([
      {
        platform: "powernv:/sys/kernel/debug/powerpc/lpc,kcs=0xca2,window=0xff00000,size=1048576",
        ground: "described",
        source: "SMBIOS type 42, handle 0x0000",
        warnings: [],
      },
    ]);
  });

  test("is warned of IPMI at the same ports, and of a driver that has them", async () => {
    putTable(described(), { type: 38, data: IPMI });
    put("proc/ioports", "0ca2-0ca3 : pnp 00:05\n  0ca2-0ca2 : ipmi_si\n");
    expect((await search()).found[0]!.warnings).toEqual([
      "SMBIOS type 38 gives ports 0xca2 and 0xca3 to IPMI: two protocols at one KCS spoil each other",
      'ports 0xca2 and 0xca3 belong to the driver "ipmi_si" (/proc/ioports): unload it first',
    ]);
  });

  test("is told where only root sees who has the ports", async () => {
    putTable(described());
    put("proc/ioports", "0000-0000 : ipmi_si\n");
    expect((await search()).found[0]!.warnings).toEqual([
      "only root sees in /proc/ioports who has ports 0xca2 and 0xca3",
    ]);
  });

  test.each<readonly [string, Partial<LpcInterface>, RegExp]>([
    ["an STR elsewhere", { statusPort: 0xca6 }, /but STR is at port 0xca6, not behind 0xca2/],
    [
      "a window that no platform has",
      { windowBytes: 12 },
      /but no platform of this program is so: .*cannot have a window of 12 bytes/,
    ],
  ])("cannot be used with %s, and says why", async (_, changes, text) => {
    putTable(described(changes));
    const { found, others } = await search();
    expect(found).toEqual([]);
    expect(others).toEqual([expect.stringMatching(text)]);
  });
});

describe("a machine that says less", () => {
  test("with PowerNV's LPC bus is given the values of deployed machines", async () => {
    put(`${LPC}/io`, "");
    put(`${LPC}/fw`, "");
    const { code, stdout } = await find();
    expect(code).toBe(0);
    expect(stdout).toContain("--platform powernv:/sys/kernel/debug/powerpc/lpc\n");
    expect(stdout).toContain("not described; by /sys/kernel/debug/powerpc/lpc");
  });

  test("of PowerNV without debugfs is told to mount it", async () => {
    put("sys/firmware/devicetree/base/compatible", "ibm,witherspoon\0ibm,powernv\0");
    const { code, stdout } = await find();
    expect(code).toBe(1);
    expect(stdout).toContain("the device tree says PowerNV: mount debugfs at /sys/kernel/debug");
  });

  test("has other host interfaces named, and no platform", async () => {
    putTable(
      { type: 42, data: Uint8Array.from([0x02, 0, 1, 0x03, 0]) },
      { type: 42, data: Uint8Array.from([0x40, 1, 4, 1, 0x04, 0]) },
      { type: 42, data: Uint8Array.from([0xf0, 4, 0, 0, 0, 2, 1, 0x03, 0]) },
      { type: 42, data: Uint8Array.from([0x07, 0, 1, 0x03, 0]) },
      { type: 42, data: Uint8Array.from([0xf0, 200, 0]) },
    );
    const { found, others } = await search();
    expect(found).toEqual([]);
    expect(others.map((text) => text.split(": ")[1])).toEqual([
      "MCTP over KCS",
      "a network interface",
      "an interface of a vendor's own",
      "interface type 0x7 of DSP0239, with MCTP",
      "its lengths contradict each other",
    ]);
  });

  test("ends with 1, and says where was looked", async () => {
    const { code, stdout } = await find();
    expect(code).toBe(1);
    expect(stdout).toContain("looked at /sys/firmware/dmi/tables/DMI: not there");
    expect(stdout).toContain("Nothing was found.");
  });
});

describe("files of strangers", () => {
  test("that are no files are said, and end with 2", async () => {
    mkdirSync(dirname(join(root, TABLE)), { recursive: true });
    makeFifo(join(root, TABLE), 0o600);
    const { code, stdout } = await find();
    expect(code).toBe(2);
    expect(stdout).toContain("DMI: not a file");
  });

  test("that cannot be looked at are said: nobody knows whether something is there", async () => {
    mkdirSync(join(root, dirname(LPC)), { recursive: true });
    symlinkSync(basename(LPC), join(root, LPC));
    const { code, stdout } = await find();
    expect(code).toBe(2);
    expect(stdout).toMatch(/not read: \S*\/lpc\/io: it is a symbolic link/);
    expect(stdout).toContain("looked at /sys/kernel/debug/powerpc/lpc: not read");
  });

  test("are read up to a bound", async () => {
    put(TABLE, Buffer.concat([Buffer.alloc(LARGEST_TABLE_BYTES, 1), writeStructure({ ...described(), handle: 1 })]));
    expect((await search()).found).toEqual([]);
  });

  test("say nothing to the terminal but harmless text", async () => {
    putTable(described());
    put("proc/ioports", "0ca2-0ca3 : \u001b[2Jevil\n");
    expect((await find()).stdout).not.toContain("\u001b");
  });

  test("that are not there are a clear error", async () => {
    const { code, stderr } = await runHere(sandbox, "host", "find", "--root", join(root, "none"));
    expect(code).toBe(2);
    expect(stderr).toContain("no folder: give the one that holds the copies of sys and proc");
  });
});
