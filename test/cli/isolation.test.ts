/** LPC-SEC-6: what `bmc isolation` prints and ends with, on files whose positions are physical addresses. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { closeSync, openSync, readSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { REGISTERS, type RegisterName } from "../../src/platform/aspeed/isolation/doors.ts";
import type { SocName } from "../../src/platform/aspeed/soc.ts";
import { openBmcPlatform, parsePlatform } from "../../src/platform/kinds.ts";
import { EmulatedMachine } from "../../src/platform/qemu/emulated-machine.ts";
import { planMachine } from "../../src/platform/qemu/machine-plan.ts";
import { SHUT } from "../support/aspeed-doors.ts";
import { useFakeQemu } from "../support/fake-qemu.ts";
import { Sandbox, type Finished } from "../support/processes.ts";
import { runHere } from "./run-here.ts";

/** Behind the last register that is read. */
const FILE_BYTES = 0x1e79_0000;
const REGION = ["--region", "0xb4000000,64M"];
/** The last MiB of that region. */
const WINDOW = { HICR5: 0x500, HICR7: 0xb7f0_0ff0, HICR8: 0xfff0_000f };

let sandbox: Sandbox;
let memory: string;
beforeEach(() => {
  sandbox = new Sandbox();
  memory = sandbox.path("memory");
  writeFileSync(memory, "", { mode: 0o600 });
  truncateSync(memory, FILE_BYTES);
});
afterEach(async () => {
  await sandbox.dispose();
});

function set(registers: Readonly<Partial<Record<RegisterName, number>>>): void {
  const fd = openSync(memory, "r+");
  for (const [name, value] of Object.entries(registers)) {
    const bytes = new DataView(new ArrayBuffer(4));
    bytes.setUint32(0, value, true);
    writeSync(fd, bytes, 0, 4, REGISTERS[name as RegisterName]);
  }
  closeSync(fd);
}

function content(): readonly string[] {
  const fd = openSync(memory, "r");
  const pages = [0x1e6e_0000, 0x1e6e_2000, 0x1e78_9000].map((page) => {
    const bytes = Buffer.alloc(4096);
    readSync(fd, bytes, 0, bytes.length, page);
    return bytes.toString("hex");
  });
  closeSync(fd);
  return pages;
}

function run(soc: SocName, ...words: readonly string[]): Promise<Finished> {
  return runHere(sandbox, "bmc", "isolation", "--soc", soc, "--mem", memory, ...words);
}

describe("exit status", () => {
  test.each(["ast2400", "ast2500", "ast2600"] as const)(
    "%s: 0 with the window's door alone, 1 with another",
    async (soc) => {
      set({ ...SHUT[soc], ...WINDOW });
      const { code, stdout } = await run(soc, ...REGION);
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(/window +needed[^]*All doors but the window's own are shut/),
      ]);
      set({ SCU70: 0, SCU510: 0 });
      expect((await run(soc, ...REGION)).code).toBe(1);
    },
  );

  test("1 with a door that is filtered", async () => {
    set({ ...SHUT.ast2500, ...WINDOW, SCU70: 0, HICRB: 0x40 });
    expect(await run("ast2500")).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/iLPC2AHB +filtered/) as unknown,
    });
  });

  test("1 with a window that shows more than the region", async () => {
    set({ ...SHUT.ast2600, ...WINDOW, HICR7: 0xb3f0_0ff0 });
    const { code, stdout } = await run("ast2600", ...REGION);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/window +too wide[^]*shows more than its region/)]);
  });

  test.each([
    ["that is missing", "/none/memory", /does not exist/],
    ["that is a folder", "/dev", /it is a folder/],
  ])("2 with a memory file %s: all are unknown, and why", async (_what, path, why) => {
    const { code, stdout } = await runHere(sandbox, "bmc", "isolation", "--soc", "ast2600", "--mem", path);
    expect([code, stdout]).toEqual([2, expect.stringMatching(why)]);
    expect(stdout.match(/ {2}unknown {3}/g)).toHaveLength(6);
  });

  test("2 with a file that ends before the LPC controller: its registers are unknown, those of the SCU are not", async () => {
    set(SHUT.ast2600);
    truncateSync(memory, 0x1e78_9000);
    const { code, stdout } = await run("ast2600");
    expect([code, stdout]).toEqual([
      2,
      expect.stringMatching(/SuperIO decode +closed[^]*window +unknown[^]*ends before/),
    ]);
  });

  test("2, and a sentence, where it is not known which chip it is", async () => {
    const { code, stdout, stderr } = await runHere(sandbox, "bmc", "isolation", "--mem", memory);
    expect([code, stdout, stderr]).toEqual([
      2,
      "",
      expect.stringMatching(/^mctp-lpc: [^\n]*name the chip[^\n]*--soc\n$/),
    ]);
  });

  test.each([
    ["--soc", "ast2700"],
    ["--region", "0xb4000000"],
    ["--region", "0xb4000000,0"],
    ["--region", "64M,0xb4000000"],
    ["--mem", ""],
  ])("64 for %s %s", async (...words) => {
    expect((await runHere(sandbox, "bmc", "isolation", ...words)).code).toBe(64);
  });
});

test("nothing is written", async () => {
  set({ ...WINDOW, SCU180: 0x4242 });
  const before = [content(), statSync(memory).mtimeMs];
  await run("ast2500");
  expect([content(), statSync(memory).mtimeMs]).toEqual(before);
});

test("each door names register, bits, address and value, and what shuts it; no line is wider than a terminal", async () => {
  set({ SCU180: 0x0042, SCU2C: 0x0380_0400 });
  const { stdout } = await run("ast2500");
  expect(stdout).toMatch(
    /P2A +open[^]*by the VGA device:\n +SCU180\[1\] = 1 +0x1e6e2180: 0x00000042\n +SCU2C\[25:22\] = 1110 +/,
  );
  expect(stdout).toMatch(/to shut it: clear SCU180\[1\]\n/);
  expect(stdout).toMatch(/SuperIO decode +open[^]*CONFIG_ASPEED_ENABLE_SUPERIO/);
  const table = stdout.split("\n").filter((line) => line.startsWith("  "));
  expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("--json has the same as data", async () => {
  set({ ...SHUT.ast2600, ...WINDOW, SCU0C8: 0x107 & ~0x4, SDMC08: 0x0204_0000 });
  const { code, stdout } = await run("ast2600", "--json", ...REGION);
  expect(code).toBe(1);
  const picture = JSON.parse(stdout) as { doors: readonly { id: string; state: string; ways: readonly unknown[] }[] };
  expect(picture).toMatchObject({
    soc: "ast2600",
    verdict: "open",
    window: { state: "open", bmcAddress: "0xb7f00000", bytes: 0x10_0000, isInRegion: true },
    notRead: [],
  });
  expect(picture.doors.map(({ id, state }) => `${id} ${state}`)).toEqual([
    "superio closed",
    "ilpc2ahb closed",
    "p2a closed",
    "xdma filtered",
    "debug-uart closed",
  ]);
  expect(picture.doors[3]!.ways[1]).toEqual({
    name: "by the BMC device",
    state: "filtered",
    locks: [{ register: "SCU0C8", address: "0x1e6e20c8", bits: [2], shutsAt: 1, value: "0x00000103", holds: false }],
    filters: [
      { register: "SDMC08", address: "0x1e6e0008", bits: [25, 18], shutsAt: 1, value: "0x02040000", holds: true },
    ],
    shutBy: "set SCU0C8[2]",
  });
});

describe("--qemu", () => {
  test("reads the registers of the machine's chip, of which the folder tells, with its region", async () => {
    const folder = sandbox.path("machine");
    const restore = useFakeQemu(sandbox.folder);
    const machine = await EmulatedMachine.start(planMachine({ folder, machine: "ast2500-evb" })).finally(restore);
    try {
      const { code, stdout } = await runHere(sandbox, "bmc", "isolation", "--qemu", folder, "--json");
      expect([code, JSON.parse(stdout)]).toMatchObject([
        1,
        { soc: "ast2500", source: `qemu:${folder}`, window: { region: { address: "0x98000000" } }, notRead: [] },
      ]);
      const bmc = openBmcPlatform(parsePlatform(`qemu:${folder}`, "bmc"), { doorbell: true, log: () => undefined });
      const busy = await runHere(sandbox, "bmc", "isolation", "--qemu", folder);
      bmc.close();
      expect(busy).toMatchObject({
        code: 2,
        stdout: "",
        stderr: expect.stringMatching(/another program has/) as unknown,
      });
    } finally {
      await machine.stop();
    }
  });

  test.each([
    ["--soc", "ast2600"],
    ["--mem", "/dev/mem"],
  ])("64 beside %s", async (...words) => {
    expect((await runHere(sandbox, "bmc", "isolation", "--qemu", "/none", ...words)).code).toBe(64);
  });

  test("2, and a sentence, where no machine is", async () => {
    const { code, stderr } = await runHere(sandbox, "bmc", "isolation", "--qemu", sandbox.path("none"));
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^mctp-lpc: [^\n]*does not exist[^\n]*\n$/)]);
  });
});
