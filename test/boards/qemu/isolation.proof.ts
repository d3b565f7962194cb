/**
 * LPC-SEC-6: `bmc isolation` on chips that QEMU emulates, with doors that are shut and opened one by one through qtest. Each time the
 * command says which one it is, and its exit status follows.
 */
import { afterAll, beforeAll, describe, expect, jest } from "@jest/globals";
import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { REGISTERS, type RegisterName } from "../../../src/platform/aspeed/isolation/doors.ts";
import type { SocName } from "../../../src/platform/aspeed/soc.ts";
import { openQemuRegisters } from "../../../src/platform/qemu/qemu-bmc.ts";
import { Scope } from "../../../src/platform/scope.ts";
import { SHUT } from "../../support/aspeed-doors.ts";
import { Sandbox, pause } from "../../support/processes.ts";
import { needsTool } from "../../support/tools.ts";
import { runHere } from "../../cli/run-here.ts";

const needsQemu = needsTool("qemu-system-arm");

const START_MILLISECONDS = 60_000;
jest.setTimeout(60_000);

/** Registers of SCU and SDMC that take a key before others take writes. */
const KEYS: readonly (readonly [address: number, key: number])[] = [
  [0x1e6e_2000, 0x1688_a8a8],
  [0x1e6e_2010, 0x1688_a8a8],
  [0x1e6e_0000, 0xfc60_0309],
];
/** Bits of straps are set by writes to the register, and cleared by writes to these. */
const CLEARS: Readonly<Partial<Record<RegisterName, number>>> = { SCU70: 0x1e6e_207c, SCU510: 0x1e6e_2514 };

type Writes = Readonly<Partial<Record<RegisterName, number>>>;

/** From a chip whose doors are shut: what is written, and which doors are not closed then. */
interface Row {
  readonly writes: Writes;
  readonly states: Readonly<Record<string, string>>;
}

const OLDER: readonly Row[] = [
  { writes: { SCU70: 0 }, states: { superio: "open", ilpc2ahb: "open" } },
  { writes: { SCU70: 0, HICRB: 0x40 }, states: { superio: "open", ilpc2ahb: "filtered" } },
  { writes: { SCU180: 0x0002 }, states: { p2a: "open" } },
  { writes: { SCU180: 0x0200, SCU2C: 0x03c0_0400 }, states: { p2a: "filtered" } },
  { writes: { SCU180: 0x0040 }, states: { xdma: "open" } },
  { writes: { SCU180: 0x4000, SDMC08: 0x3_0000 }, states: { xdma: "filtered" } },
];

const MACHINES: readonly { readonly machine: string; readonly soc: SocName; readonly rows: readonly Row[] }[] = [
  { machine: "palmetto-bmc", soc: "ast2400", rows: OLDER },
  {
    machine: "ast2500-evb",
    soc: "ast2500",
    rows: [...OLDER, { writes: { SCU2C: 0 }, states: { "debug-uart": "open" } }],
  },
  {
    machine: "rainier-bmc",
    soc: "ast2600",
    rows: [
      { writes: { SCU510: 0 }, states: { superio: "open" } },
      { writes: { SCU510: 0, SCU0D8: 0x8 }, states: { superio: "open", ilpc2ahb: "open" } },
      { writes: { SCU510: 0, SCU0D8: 0x8, HICRB: 0x40 }, states: { superio: "open", ilpc2ahb: "filtered" } },
      { writes: { SCU510: 0, SCU0D8: 0x8, HICRB: 0x2000_0000 }, states: { superio: "open" } },
      { writes: { SCU0C8: 0x106, SCUC20: 0x2 }, states: { p2a: "open" } },
      { writes: { SCU0C8: 0x106, SCUC20: 0x200 }, states: { p2a: "open" } },
      { writes: { SCU0C8: 0x106 }, states: {} },
      { writes: { SCU0C8: 0x103 }, states: { xdma: "open" } },
      { writes: { SCU0C8: 0x007, SDMC08: 0x0204_0000 }, states: { xdma: "filtered" } },
      { writes: { SCU0C8: 0x105 }, states: { "debug-uart": "open" } },
      { writes: { SCU0D8: 0x2 }, states: { "debug-uart": "open" } },
    ],
  },
];

/** The first 64 KiB of the region of each machine, at the beginning of firmware space: HICR7. */
const WINDOW: Readonly<Record<SocName, number>> = { ast2400: 0x4f00_0000, ast2500: 0x9800_0000, ast2600: 0xb400_0000 };
/** Of the registers that SHUT leaves out. */
const NOTHING: Readonly<Record<SocName, Writes>> = {
  ast2400: { SCU180: 0, SCU2C: 0, SDMC08: 0, HICRB: 0, HICR5: 0 },
  ast2500: { SCU180: 0, SDMC08: 0, HICRB: 0, HICR5: 0 },
  ast2600: { SCUC20: 0, SDMC08: 0, HICRB: 0, HICR5: 0 },
};

interface Picture {
  readonly soc: string;
  readonly verdict: string;
  readonly doors: readonly { readonly id: string; readonly state: string }[];
  readonly window: { readonly state: string; readonly bytes?: number; readonly isInRegion: boolean | null };
}

describe.each(MACHINES)("LPC-SEC-6: $soc, QEMU's $machine", ({ machine, soc, rows }) => {
  let sandbox: Sandbox;
  let folder: string;
  let emulator: ChildProcess | undefined;
  beforeAll(async () => {
    sandbox = new Sandbox();
    folder = sandbox.path("machine");
    emulator = await sandbox.launch(["qemu", "start", folder, "--machine", machine]);
    let said = "";
    emulator.stdout?.setEncoding("utf8").on("data", (text: string) => (said += text));
    const end = performance.now() + START_MILLISECONDS;
    while (!said.includes("Ctrl-C ends")) {
      if (performance.now() > end || emulator.exitCode !== null) throw new Error(`no machine: ${said}`);
      await pause(20);
    }
  }, START_MILLISECONDS);
  afterAll(async () => {
    emulator?.kill("SIGTERM");
    if (emulator?.exitCode === null) await once(emulator, "close");
    await sandbox.dispose();
  });

  /** All of the registers that the check reads, as shut, but for these. */
  function write(writes: Writes): void {
    const scope = new Scope();
    try {
      const { registers } = openQemuRegisters(scope, folder);
      for (const [address, key] of KEYS) registers.write(address, key);
      for (const [name, value] of Object.entries({ ...NOTHING[soc], ...SHUT[soc], ...writes })) {
        const clear = CLEARS[name as RegisterName];
        const address = REGISTERS[name as RegisterName];
        if (clear !== undefined) registers.write(clear, 0xffff_ffff);
        registers.write(address, value);
        expect([name, registers.read(address)]).toEqual([name, value]);
      }
    } finally {
      scope.release();
    }
  }

  async function check(): Promise<{ readonly code: number | null; readonly picture: Picture }> {
    const { code, stdout } = await runHere(sandbox, "bmc", "isolation", "--qemu", folder, "--json");
    return { code, picture: JSON.parse(stdout) as Picture };
  }

  needsQemu("all shut: status 0, and the window's own door is no finding", async () => {
    write({ HICR5: 0x500, HICR7: WINDOW[soc], HICR8: 0xffff_0000 });
    const { code, picture } = await check();
    expect([code, picture.soc, picture.verdict]).toEqual([0, soc, "closed"]);
    expect(picture.window).toMatchObject({ state: "open", bytes: 0x1_0000, isInRegion: true });
  });

  needsQemu("a window onto the whole memory: status 1", async () => {
    write({ HICR5: 0x500, HICR7: (WINDOW[soc] & 0xc000_0000) >>> 0, HICR8: 0x3fff });
    expect(await check()).toMatchObject({ code: 1, picture: { window: { isInRegion: false } } });
  });

  needsQemu("each door that is opened is found, and no other", async () => {
    for (const { writes, states } of rows) {
      write(writes);
      const { code, picture } = await check();
      const found = picture.doors.filter(({ state }) => state !== "closed").map(({ id, state }) => [id, state]);
      expect({ writes, found: Object.fromEntries(found) as unknown, code }).toEqual({
        writes,
        found: states,
        code: Object.keys(states).length === 0 ? 0 : 1,
      });
    }
  });
});
