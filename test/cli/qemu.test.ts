/** `mctp-lpc qemu start`: what it makes it removes, however it ends. A program that answers as QEMU does stands for QEMU. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { decodeMachine, type QemuMachine } from "../../src/platform/qemu/machine-file.ts";
import { pathWithFakeQemu } from "../support/fake-qemu.ts";
import { AgentProcess, Sandbox, finish, isAlive, pause, within, type Finished } from "../support/processes.ts";
import { runHere } from "./run-here.ts";

const READY_MILLISECONDS = 20_000;
const NAMES = ["lock", "machine.json", "memory", "qmp.in", "qmp.out", "qtest.in", "qtest.out"];

let sandbox: Sandbox;
let folder: string;
beforeEach(() => {
  sandbox = new Sandbox();
  folder = sandbox.path("machine");
});
const emulators: number[] = [];
afterEach(async () => {
  for (const pid of emulators.splice(0)) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  await sandbox.dispose();
});

interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
}

function environment(manner?: string): Record<string, string> {
  return { PATH: pathWithFakeQemu(sandbox.folder), ...(manner === undefined ? {} : { FAKE_QEMU: manner }) };
}

async function launch(manner: string | undefined, ...options: readonly string[]): Promise<ChildProcess> {
  return sandbox.launch(["qemu", "start", folder, ...options], environment(manner));
}

/** Starts it, and waits until it says that it is ready. */
async function start(...options: readonly string[]): Promise<Started> {
  const child = await launch(undefined, ...options);
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (said += text));
  await within(
    READY_MILLISECONDS,
    (async () => {
      while (!said.includes("Ctrl-C ends")) await once(child.stdout!, "data");
    })(),
  );
  emulators.push(machine().processId!);
  return { child, said: () => said };
}

function machine(): QemuMachine {
  const decoded = decodeMachine(readFileSync(`${folder}/machine.json`, "utf8"));
  if (typeof decoded === "string") throw new Error(decoded);
  return decoded;
}

async function end({ child }: Started, signal: NodeJS.Signals): Promise<number | null> {
  const closed = once(child, "close") as Promise<[number | null]>;
  child.kill(signal);
  return (await within(READY_MILLISECONDS, closed))[0];
}

async function refusal(manner?: string, ...options: readonly string[]): Promise<Finished> {
  return finish(await launch(manner, ...options));
}

describe("mctp-lpc qemu start", () => {
  test("says QEMU's command line and what it started; the folder is its user's alone", async () => {
    const started = await start("--machine", "ast2500-evb", "--memory", "128M");
    const [command, ...lines] = started.said().trimEnd().split("\n");
    expect(command).toBe(
      `qemu-system-arm -machine ast2500-evb,memory-backend=ram -object memory-backend-file,id=ram,size=134217728,mem-path=${folder}/memory,share=on -accel tcg -S -qtest pipe:${folder}/qtest -qtest-log none -chardev pipe,id=qmp,path=${folder}/qmp -mon chardev=qmp,mode=control -display none -nodefaults -serial none -monitor none`,
    );
    expect(lines).toEqual([
      expect.stringMatching(
        /^QEMU 7\.2\.22 emulates ast2500-evb \(ast2500\), process \d+; its processor stands still$/,
      ),
      `region of the BMC: 67108864 bytes at 0x4000000 of ${folder}/memory; the window is its end`,
      `start the agents: mctp-lpc bmc run --platform qemu:${folder}`,
      `                  mctp-lpc host run --platform qemu:${folder}`,
      "Ctrl-C ends QEMU and removes what was made",
    ]);
    expect(readdirSync(folder).sort()).toEqual(NAMES);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(machine()).toMatchObject({ machine: "ast2500-evb", soc: "ast2500", qemu: "7.2.22" });
    expect(await end(started, "SIGINT")).toBe(0);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s ends QEMU and removes all", async (signal) => {
    const started = await start();
    const { processId } = machine();
    expect(await end(started, signal)).toBe(0);
    expect([existsSync(folder), isAlive(processId!)]).toEqual([false, false]);
    expect(started.said()).toContain(`${signal}: ending QEMU`);
  });

  test("--until-eof: the end of the program that started it ends it, too", async () => {
    const started = await start("--until-eof");
    const { processId } = machine();
    started.child.stdin?.end();
    await within(READY_MILLISECONDS, once(started.child, "close"));
    expect([started.child.exitCode, existsSync(folder), isAlive(processId!)]).toEqual([0, false, false]);
    expect(started.said()).toContain("end of input: ending QEMU");
  });

  test("--until-eof: a signal, and a start that fails, end it while its input is open", async () => {
    expect(await end(await start("--until-eof"), "SIGTERM")).toBe(0);
    const child = await launch("early", "--until-eof");
    expect(await within(READY_MILLISECONDS, once(child, "close"))).toEqual([1, null]);
  });

  test("a folder that was there and empty stays; memory elsewhere goes", async () => {
    mkdirSync(folder, { mode: 0o700 });
    const memory = sandbox.path("memory file");
    const started = await start("--memory-file", memory);
    expect([statSync(memory).size, machine().memoryFile]).toEqual([2 ** 30, memory]);
    expect(await end(started, "SIGTERM")).toBe(0);
    expect([readdirSync(folder), existsSync(memory)]).toEqual([[], false]);
  });

  test("--print only says the command line", async () => {
    const { code, stdout, stderr } = await runHere(sandbox, "qemu", "start", "/no/such folder", "--print");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^qemu-system-arm -machine rainier-bmc,.* -qtest 'pipe:\/no\/such folder\/qtest' .*\n$/);
  });

  test("a second start in the same folder is refused, and disturbs nothing", async () => {
    const started = await start();
    expect(await refusal()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/a machine runs in .* already/) as unknown,
    });
    expect(readdirSync(folder).sort()).toEqual(NAMES);
    expect(await end(started, "SIGINT")).toBe(0);
  });

  test("QEMU that ends by itself: told with status 1, and all is removed", async () => {
    const started = await start();
    const closed = finish(started.child);
    process.kill(machine().processId!, "SIGKILL");
    expect(await closed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/QEMU has ended \(SIGKILL\); it said nothing/) as unknown,
    });
    expect(existsSync(folder)).toBe(false);
  });

  test("a start that was killed leaves QEMU: the next one names it, and begins anew once it has gone", async () => {
    const started = await start();
    const processId = machine().processId!;
    await end(started, "SIGKILL");
    expect(isAlive(processId)).toBe(true);
    expect(await refusal()).toMatchObject({ code: 1, stderr: expect.stringMatching(/fuser -v .*qmp\.in/) as unknown });
    process.kill(processId, "SIGKILL");
    while (isAlive(processId)) await pause(10);
    writeFileSync(`${folder}/.machine.json.new-0123456789abcdef`, "{");
    const again = await start();
    expect(readdirSync(folder).sort()).toEqual(NAMES);
    expect(await end(again, "SIGINT")).toBe(0);
    // The folder was there, as after mkdir.
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each<readonly [string, () => void, RegExp]>([
    [
      "holds other files",
      () => {
        writeFileSync(`${folder}/notes`, "mine");
      },
      /it holds other files, like "notes"; choose another path/,
    ],
    [
      "others may use",
      () => {
        chmodSync(folder, 0o755);
      },
      /its mode is 0755/,
    ],
  ])("a folder that %s is refused, and left as it is", async (_what, prepare, says) => {
    mkdirSync(folder, { mode: 0o700 });
    prepare();
    const before = readdirSync(folder);
    expect(await refusal()).toMatchObject({ code: 1, stderr: expect.stringMatching(says) as unknown });
    expect(readdirSync(folder)).toEqual(before);
  });

  test("memory that is there is refused, and left as it is", async () => {
    writeFileSync(sandbox.path("mine"), "mine");
    expect(await refusal(undefined, "--memory-file", sandbox.path("mine"))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/there is a file of this name already/) as unknown,
    });
    expect([readFileSync(sandbox.path("mine"), "utf8"), existsSync(folder)]).toEqual(["mine", false]);
  });

  test("QEMU's own refusal is told in its words, and nothing is left", async () => {
    expect(await refusal("early")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /QEMU has ended \(exit status 1\); it said: qemu-system-arm: Invalid RAM size 300 MiB/,
      ) as unknown,
    });
    expect(existsSync(folder)).toBe(false);
  });

  test("without QEMU it names the package to install, and nothing is left", async () => {
    const child = await sandbox.launch(["qemu", "start", folder], { PATH: sandbox.folder });
    expect(await finish(child)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/apt install qemu-system-arm/) as unknown,
    });
    expect(existsSync(folder)).toBe(false);
  });
});

describe("agents on it", () => {
  async function agent(side: "host" | "bmc"): Promise<AgentProcess> {
    const control = sandbox.path(`${side}.sock`);
    const child = await sandbox.launch([
      side,
      "run",
      "--platform",
      `qemu:${folder}`,
      "--control",
      control,
      "--until-eof",
    ]);
    return new AgentProcess(side, child, control, "");
  }

  test("the channel comes up; when QEMU is killed both end with status 1 and a sentence", async () => {
    await start();
    const { processId } = machine();
    const [bmc, host] = await Promise.all([agent("bmc"), agent("host")]);
    await Promise.all([host.line(/^channel up/), bmc.line(/^discovered/)]);
    process.kill(processId!, "SIGKILL");
    expect([await within(READY_MILLISECONDS, bmc.exited), await within(READY_MILLISECONDS, host.exited)]).toEqual([
      { code: 1, signal: null },
      { code: 1, signal: null },
    ]);
    for (const { transcript } of [bmc, host])
      expect(transcript).toMatch(/QEMU has ended \(.*\): start it again, then the agents/);
  });
});
