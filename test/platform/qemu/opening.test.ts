/**
 * Agents on an emulated machine: a program that answers as QEMU's model does stands for QEMU. What goes wrong is a sentence
 * with a code, and nothing stays open, locked or mapped.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { openBmcPlatform, openHostPlatform, parsePlatform } from "../../../src/platform/kinds.ts";
import { Folder } from "../../../src/platform/folder.ts";
import type { BmcPlatform, HostPlatform } from "../../../src/platform/port.ts";
import { EmulatedMachine } from "../../../src/platform/qemu/emulated-machine.ts";
import { LineChannel } from "../../../src/platform/qemu/line-channel.ts";
import { planMachine } from "../../../src/platform/qemu/machine-plan.ts";
import { Qmp } from "../../../src/platform/qemu/qmp.ts";
import { Scope } from "../../../src/platform/scope.ts";
import { ERRNOS, FailingCalls, heldWithMappings, thrownBy } from "../../support/failing-calls.ts";
import { useFakeQemu } from "../../support/fake-qemu.ts";
import { checkLpcModel, checkRegisters } from "../../support/lpc-model-tests.ts";
import { pause } from "../../support/processes.ts";

jest.setTimeout(60_000);

const SHORT_LIMIT_MILLISECONDS = 200;
const MEBIBYTE = 1024 * 1024;
const OPEN = { doorbell: true, log: () => undefined };
type Side = "host" | "bmc";
const SIDES: readonly Side[] = ["host", "bmc"];

let parent: string;
let restorePath: () => void;
let machine: EmulatedMachine | undefined;

async function start(manner?: string): Promise<EmulatedMachine> {
  machine = undefined;
  restorePath = useFakeQemu(parent, manner);
  try {
    return await EmulatedMachine.start(
      planMachine({ folder: folder(), machine: "ast2500-evb", memoryBytes: 128 * MEBIBYTE }),
    );
  } finally {
    restorePath();
  }
}

function folder(): string {
  return join(parent, "machine");
}

function open(side: "host", settings?: string): HostPlatform;
function open(side: "bmc", settings?: string): BmcPlatform;
function open(side: Side, settings?: string): HostPlatform | BmcPlatform;
function open(side: Side, settings = ""): HostPlatform | BmcPlatform {
  const spec = parsePlatform(`qemu:${folder()}${settings}`, side);
  return side === "host" ? openHostPlatform(spec, OPEN) : openBmcPlatform(spec, OPEN);
}

const held = (): readonly string[] => heldWithMappings(parent);

/** Writes what an earlier client, which was killed, has not read. */
function leave(pair: "qmp" | "qtest", text: string): void {
  const fd = openSync(join(folder(), `${pair}.out`), "r+");
  writeSync(fd, text);
  closeSync(fd);
}

function changeMachine(change: object): void {
  const path = join(folder(), "machine.json");
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), ...change }));
}

describe("on a machine that behaves", () => {
  beforeAll(async () => {
    parent = mkdtempSync("/dev/shm/mctp-lpc-qemu-");
    machine = await start();
  });
  afterAll(async () => {
    await machine?.stop();
    rmSync(parent, { recursive: true, force: true });
  });
  let machineFile: string;
  beforeEach(() => {
    machineFile = readFileSync(join(folder(), "machine.json"), "utf8");
  });
  afterEach(() => {
    jest.restoreAllMocks();
    writeFileSync(join(folder(), "machine.json"), machineFile);
    chmodSync(folder(), 0o700);
  });

  test.each([["", ",kcs=4", ",kcs=1,size=64K", ",at=1M,size=8K"]].flat())(
    "registers and window: qemu:FOLDER%s",
    (settings) => {
      checkLpcModel(folder(), settings);
    },
  );

  test("registers that the isolation check looks at", () => {
    checkRegisters(folder());
  });

  test.each(SIDES)("%s: opening, each call failing with every errno: a Failure, nothing is left", (side) => {
    open(side).close();
    const before = held();
    for (const code of ERRNOS) {
      const calls = new FailingCalls(parent);
      try {
        for (let n = 1; ; n++) {
          calls.failAt(n, code);
          let opened: { close(): void } | undefined;
          const error = thrownBy(() => (opened = open(side)));
          const isOver = !calls.hasFailed;
          calls.failAt(0, "");
          opened?.close();
          if (opened === undefined) expect([n, code, error?.name]).toEqual([n, code, "Failure"]);
          expect([n, held()]).toEqual([n, before]);
          if (!isOver) continue;
          expect(n).toBeGreaterThan(15);
          break;
        }
      } finally {
        calls.restore();
      }
    }
  });

  test.each(SIDES)("%s: each side is for one program at a time, until that closes it", (side) => {
    const first = open(side);
    expect(thrownBy(() => open(side))).toMatchObject({
      code: "device-busy",
      message: expect.stringMatching(/stop it first/) as unknown,
    });
    open(side === "host" ? "bmc" : "host").close();
    first.close();
    open(side).close();
  });

  test("an answer that a killed client has not read is for nobody", () => {
    leave("qmp", 'eturn": 255, "id": "gone-7"}\n{"return": 255, "id": "gone-8"}\n{"event": "STOP"}\nnonsense\n');
    leave("qtest", "0ff\nOK 0x00000000000000ff\nIRQ raise 8\nOK 0x00");
    checkLpcModel(folder());
  });

  test.each<readonly [string, Side, string, string, RegExp]>([
    [
      "a window larger than the region",
      "host",
      ",at=60M,size=8M",
      "region-small",
      /67108864 bytes, too few for a window of 8388608 at/,
    ],
    ["a window that begins within a page", "bmc", ",at=100", "map-address", /at=0x[0-9a-f]+ is not aligned/],
    ["a window of no size", "host", ",size=5000", "window-size", /multiple of 4096/],
  ])("%s is refused", (_what, side, settings, code, says) => {
    const before = held();
    expect(thrownBy(() => open(side, settings))).toMatchObject({
      code,
      message: expect.stringMatching(says) as unknown,
    });
    expect(held()).toEqual(before);
  });

  test.each<readonly [string, () => void, string, RegExp]>([
    [
      "without qtest",
      () => {
        changeMachine({ qtest: null });
      },
      "device-missing",
      /names no "qtest"/,
    ],
    [
      "with another program's JSON",
      () => {
        changeMachine({ soc: "z80" });
      },
      "device-refused",
      /its "soc" is not one of/,
    ],
    [
      "with a file that is too large",
      () => {
        truncateSync(join(folder(), "machine.json"), 17 * 1024);
      },
      "device-refused",
      /17408 bytes are too many/,
    ],
    [
      "whose memory is missing",
      () => {
        changeMachine({ memoryFile: "none" });
      },
      "device-missing",
      /none does not exist/,
    ],
    [
      "whose memory is a FIFO",
      () => {
        changeMachine({ memoryFile: "qmp.in" });
      },
      "device-refused",
      /it is a FIFO, not a file/,
    ],
    [
      "whose memory ends too soon",
      () => {
        changeMachine({ region: { offset: 0x700_0000, bytes: 0x200_0000 } });
      },
      "device-refused",
      /end before the window/,
    ],
    [
      "whose FIFOs are files",
      () => {
        changeMachine({ qtest: "memory" });
      },
      "qemu-ended",
      /no QEMU runs/,
    ],
    [
      "that others may look into",
      () => {
        chmodSync(folder(), 0o755);
      },
      "device-refused",
      /its mode is 0755/,
    ],
  ])("a folder %s is refused", (_what, change, code, says) => {
    change();
    const before = held();
    expect(thrownBy(() => open("bmc"))).toMatchObject({ code, message: expect.stringMatching(says) as unknown });
    expect(held()).toEqual(before);
  });

  test("a folder that is missing is told with what makes one", () => {
    expect(thrownBy(() => openHostPlatform(parsePlatform(`qemu:${parent}/none`), OPEN))).toMatchObject({
      code: "device-missing",
      message: expect.stringMatching(/does not exist.*mctp-lpc qemu start/) as unknown,
    });
  });
});

describe("QEMU misbehaves", () => {
  beforeEach(() => {
    parent = mkdtempSync("/dev/shm/mctp-lpc-qemu-");
  });
  afterEach(async () => {
    await machine?.stop();
    rmSync(parent, { recursive: true, force: true });
  });

  /** What the platform says when it is lost. */
  function lossOf(platform: HostPlatform | BmcPlatform): readonly string[] {
    const told: string[] = [];
    platform.whenLost?.(({ code, message }) => void told.push(`${code}: ${message}`));
    return told;
  }

  test.each(SIDES)(
    "%s: it is killed in the middle: told once, nothing is accessed any more, opening is refused",
    async (side) => {
      machine = await start();
      const platform = open(side);
      const told = lossOf(platform);
      process.kill(machine.processId, "SIGKILL");
      await machine.ended;
      expect(platform.port.readStatus()).toBe(0);
      platform.port.writeData(1);
      platform.port.readData();
      await pause(1);
      expect(told).toEqual([expect.stringMatching(/^qemu-ended: QEMU has ended \(.*\): start it again/)]);
      platform.close();
      expect(thrownBy(() => open(side))).toMatchObject({
        code: "qemu-ended",
        message: expect.stringMatching(/no QEMU runs in/) as unknown,
      });
    },
  );

  test.each<readonly [string, string | undefined]>([
    ["stands still", undefined],
    ["speaks without end, and answers nothing", "chatty"],
  ])("it %s: the limit in time holds, and nothing is waited for again", async (_what, manner) => {
    machine = await start(manner);
    const scope = new Scope();
    const place = Folder.open(folder(), () => undefined);
    try {
      const qmp = new Qmp(LineChannel.open(scope, place, "qmp", SHORT_LIMIT_MILLISECONDS));
      if (manner === undefined) process.kill(machine.processId, "SIGSTOP");
      const ask = (): unknown => qmp.number("/machine/soc/lpc", "str3");
      const began = performance.now();
      // The first answer comes before the chatter.
      const failure = thrownBy(() => [ask(), ask()]);
      const waited = performance.now() - began;
      expect(failure).toMatchObject({
        code: "qemu-silent",
        message: expect.stringMatching(
          /^QEMU does not answer within 0.2 s \(.*qmp\): is its process stopped\?/,
        ) as unknown,
      });
      expect(waited).toBeGreaterThanOrEqual(SHORT_LIMIT_MILLISECONDS - 1);
      for (let n = 0; n < 100; n++) expect(thrownBy(ask)).toBe(failure);
      expect(performance.now() - began - waited).toBeLessThan(SHORT_LIMIT_MILLISECONDS);
    } finally {
      place.close();
      scope.release();
      process.kill(machine.processId, "SIGCONT");
    }
  });

  test("a host's registers are garbled: told once, and the agent ends", async () => {
    machine = await start("garbled");
    const platform = open("host");
    const told = lossOf(platform);
    for (let n = 0; n < 3; n++) expect(platform.port.readStatus()).toBe(0);
    await pause(1);
    expect(told).toEqual([expect.stringMatching(/^qemu-answer: QEMU answers .*#/)]);
    platform.close();
  });

  test("a BMC whose registers are garbled is not opened", async () => {
    machine = await start("garbled");
    const before = held();
    expect(thrownBy(() => open("bmc"))).toMatchObject({ code: "qemu-answer" });
    expect(held()).toEqual(before);
  });

  test("a machine without an LPC controller is told so at once", async () => {
    machine = await start("foreign");
    expect(thrownBy(() => open("host"))).toMatchObject({
      code: "qemu-answer",
      message: expect.stringMatching(/QEMU refuses qom-get .*str3.*Device '.*' not found/) as unknown,
    });
  });
});
