/** What an agent tells the service manager that started it, over real sockets: full, gone, and of other types, too. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import {
  LEAST_WATCHDOG_MILLISECONDS,
  RETRY_MILLISECONDS,
  STATUS_INTERVAL_MILLISECONDS,
  ServiceManager,
} from "../../../src/agent/outputs/service-manager.ts";
import { DatagramReceiver } from "../../support/datagram-receiver.ts";
import { Sandbox, pause } from "../../support/processes.ts";

let sandbox: Sandbox;
let told: string[];
const opened: { close(): void }[] = [];
beforeEach(() => {
  sandbox = new Sandbox();
  told = [];
});
afterEach(async () => {
  for (const one of opened.splice(0)) one.close();
  await sandbox.dispose();
});

function receiver(address = sandbox.path("notify"), type?: "datagram" | "stream"): DatagramReceiver {
  const made = new DatagramReceiver(address, type);
  opened.push(made);
  return made;
}

function managerAt(address: string, more: Record<string, string> = {}): ServiceManager | undefined {
  const made = ServiceManager.of({ NOTIFY_SOCKET: address, ...more }, (line) => told.push(line));
  if (made !== undefined) opened.push(made);
  return made;
}

const openFiles = (): number => readdirSync("/proc/self/fd").length;

describe("a service manager", () => {
  test.each(["a path", "a name in no file system"])("at %s is told of start, state and stop", (kind) => {
    const name = `@mctp-lpc-test-${String(process.pid)}`;
    const socket = receiver(kind === "a path" ? undefined : name);
    const manager = managerAt(socket.address)!;
    manager.ready("no channel: no host there");
    expect(socket.take()).toEqual(["READY=1\nSTATUS=no channel: no host there"]);
    manager.stopping("stopping (SIGTERM)");
    manager.status("no channel: stopping");
    expect(socket.take()).toEqual(["STOPPING=1\nSTATUS=stopping (SIGTERM)"]);
    manager.close();
    expect([socket.take(), told]).toEqual([[], []]);
  });

  test("is told of a storm of states by the last one, a second after the first", async () => {
    const socket = receiver();
    const manager = managerAt(socket.address)!;
    manager.ready("state 0");
    for (let state = 1; state <= 100; state++) manager.status(`state ${String(state)}`);
    expect(socket.take()).toEqual(["READY=1\nSTATUS=state 0"]);
    await pause(STATUS_INTERVAL_MILLISECONDS + 200);
    expect(socket.take()).toEqual(["STATUS=state 100"]);
    manager.status("state 100");
    await pause(STATUS_INTERVAL_MILLISECONDS + 200);
    expect(socket.take()).toEqual([]);
  });

  test("gets one line of a text, whatever is in it", () => {
    const socket = receiver();
    managerAt(socket.address)!.ready(`no host on shm:/tmp/x\nMAINPID=1\u001b[2J ${"y".repeat(5000)}`);
    const [message] = socket.take();
    expect(message).toMatch(/^READY=1\nSTATUS=no host on shm:\/tmp\/x<0?a>MAINPID=1<1b>\[2J y+…$/);
    expect(message!.length).toBeLessThan(1100);
  });

  test("and its variables are for this process alone", () => {
    const environment = { NOTIFY_SOCKET: receiver().address, WATCHDOG_USEC: "3000000", WATCHDOG_PID: "1", HOME: "/" };
    opened.push(ServiceManager.of(environment, (line) => told.push(line))!);
    expect(environment).toEqual({ HOME: "/" });
    expect(ServiceManager.of({ WATCHDOG_USEC: "3000000" }, (line) => told.push(line))).toBeUndefined();
    expect(told).toEqual([]);
  });

  test("that does not read holds nothing up: it gets what holds when it reads again", async () => {
    const socket = receiver();
    const manager = managerAt(socket.address, { WATCHDOG_USEC: "8000000" })!;
    const filler = managerAt(socket.address)!;
    for (let count = 0; told.length === 0 && count < 10_000; count++) filler.ready("");
    expect(told).toEqual(["the service manager does not take messages: it is not ready now; try again"]);
    const began = performance.now();
    manager.ready("state 1");
    manager.served();
    manager.stopping("state 2");
    expect(performance.now() - began).toBeLessThan(100);
    filler.close();
    expect(new Set(socket.take())).toEqual(new Set(["READY=1\nSTATUS="]));
    await pause(RETRY_MILLISECONDS + 200);
    expect(socket.take()).toEqual(["READY=1\nSTATUS=state 2\nSTOPPING=1"]);
    expect(told).toHaveLength(2);
  });

  test("that has gone is told of once; one that takes its place gets what holds", async () => {
    const first = receiver();
    const manager = managerAt(first.address)!;
    first.close();
    const before = openFiles();
    manager.ready("state 1");
    await pause(2 * RETRY_MILLISECONDS);
    expect(told).toEqual([expect.stringMatching(/^the service manager does not take messages: there is no such file/)]);
    expect(openFiles()).toBeLessThanOrEqual(before);
    const second = receiver(first.address);
    expect(await second.message(/./)).toBe("READY=1\nSTATUS=state 1");
  });

  const UNUSABLE: readonly (readonly [string, RegExp, (path: string) => string])[] = [
    ["a relative path", /takes no such value/, () => "run/notify"],
    ["a socket of a virtual machine", /takes no such value/, () => "vsock:2:1234"],
    ["no name", /takes no such value/, () => "@"],
    ["too long", /name is too long/, () => `/${"x".repeat(200)}`],
    ["a name that nothing has", /no process listens there/, () => `@mctp-lpc-none-${String(process.pid)}`],
    ["missing", /no such file/, (path) => path],
    ["a file", /no process listens there/, (path) => (writeFileSync(path, ""), path)],
    ["a folder", /no process listens there/, (path) => (mkdirSync(path), path)],
    ["a stream socket", /it is a socket of another type/, (path) => receiver(path, "stream").address],
  ];
  test.each(UNUSABLE)("named as what is %s cannot be told, which is said once", (_what, why, make) => {
    const address = make(sandbox.path("notify"));
    const before = openFiles();
    expect(managerAt(address)).toBeUndefined();
    expect(told).toEqual([expect.stringMatching(why)]);
    expect(told[0]).toContain(`the service manager cannot be told of this agent: NOTIFY_SOCKET is ${address}, `);
    expect(openFiles()).toBe(before);
  });
});

describe("signs of life", () => {
  test("come from what serves alone, four in the time that the manager waits", async () => {
    const socket = receiver();
    const manager = managerAt(socket.address, { WATCHDOG_USEC: "2000000", WATCHDOG_PID: String(process.pid) })!;
    await pause(700);
    expect(socket.take()).toEqual([]);
    const end = performance.now() + 1400;
    while (performance.now() < end) {
      manager.served();
      await pause(5);
    }
    expect(socket.take()).toEqual(Array(3).fill("WATCHDOG=1"));
    await pause(700);
    expect(socket.take()).toEqual([]);
  });

  test.each([
    ["none is waited for", {}],
    ["they are waited for from another process", { WATCHDOG_USEC: "2000000", WATCHDOG_PID: "1" }],
    ["the time is no number", { WATCHDOG_USEC: "soon" }],
    ["the time is nothing", { WATCHDOG_USEC: "0" }],
  ])("are not sent where %s", (_why, environment) => {
    const socket = receiver();
    managerAt(socket.address, environment)!.served();
    expect([socket.take(), told]).toEqual([[], []]);
  });

  test("within less than an idle agent's turns take are sent, and the log says that the time is short", () => {
    const socket = receiver();
    const short = String(LEAST_WATCHDOG_MILLISECONDS * 1000 - 1);
    managerAt(socket.address, { WATCHDOG_USEC: short })!.served();
    expect(socket.take()).toEqual(["WATCHDOG=1"]);
    expect(told).toEqual([
      "the service manager waits 1999.999 ms for a sign of life (WATCHDOG_USEC): give it 2 s or more",
    ]);
  });
});
