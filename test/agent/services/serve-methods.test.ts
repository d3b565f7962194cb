/** Programs on the control socket, as it is: lines of JSON. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { ControlServer } from "../../../src/agent/control/control-socket.ts";
import { serveMethods } from "../../../src/agent/control/serve-methods.ts";
import { ServiceTable, UNANSWERED_REQUESTS } from "../../../src/agent/services/service-table.ts";
import { fromHex } from "../../../src/core/wire/bytes.ts";
import { EndpointBench } from "../../support/endpoint-bench.ts";
import { Sandbox, pause, within } from "../../support/processes.ts";

const LIMIT = 10_000;

let sandbox: Sandbox;
let bench: EndpointBench;
let table: ServiceTable;
let server: ControlServer;
const sockets: Socket[] = [];
beforeEach(async () => {
  sandbox = new Sandbox();
  bench = new EndpointBench();
  table = new ServiceTable({
    endpoint: bench.endpoint,
    announced: { messageTypes: new Map(), vendors: [] },
    tell: () => undefined,
  });
  server = await ControlServer.listen(sandbox.path("s"), serveMethods(table));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
  table.stop();
  await sandbox.dispose();
});

async function client(): Promise<{ socket: Socket; lines: string[]; next: () => Promise<unknown> }> {
  const socket = connect(sandbox.path("s"));
  sockets.push(socket);
  await once(socket, "connect");
  const lines: string[] = [];
  createInterface({ input: socket }).on("line", (line) => lines.push(line));
  const next = async (): Promise<unknown> => {
    const end = performance.now() + LIMIT;
    while (lines.length === 0) {
      if (performance.now() > end) throw new Error("no line came");
      await pause(5);
    }
    return JSON.parse(lines.shift()!);
  };
  return { socket, lines, next };
}

function call(socket: Socket, id: number, method: string, params: object): void {
  socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
}

function request(bytes: Uint8Array, tag: number): void {
  bench.take(Uint8Array.of(0x01, 0x08, 0x09, 0xc8 | tag, ...bytes));
}

const progress = (params: object): unknown => ({ jsonrpc: "2.0", method: "progress", params: { call: 5, ...params } });

describe("a program", () => {
  test("gets requests as notifications of its call, and answers them by their numbers, once", async () => {
    const { socket, next } = await client();
    call(socket, 1, "serve", { call: 5, type: 0x50, version: "1.2.3", name: "test" });
    expect(await next()).toEqual(progress({ serves: true }));
    expect(table.programs).toEqual([{ name: "test", type: 0x50, vendor: undefined, serves: true }]);
    request(fromHex("5001")!, 3);
    expect(await next()).toEqual(progress({ request: 1, source: 9, tag: 3, hex: "5001" }));
    call(socket, 2, "answer", { request: 1, hex: "5102" });
    expect(await next()).toMatchObject({ id: 2, error: { data: { code: "message-kind" } } });
    call(socket, 3, "answer", { request: 1, hex: "5002" });
    expect(await next()).toEqual({ jsonrpc: "2.0", id: 3, result: null });
    expect(bench.sent()).toBe("010908c35002");
    call(socket, 4, "answer", { request: 1, hex: "5002" });
    expect(await next()).toMatchObject({ id: 4, error: { data: { code: "no-request" } } });
    request(fromHex("5003")!, 4);
    await next();
    call(socket, 6, "answer", { request: 2 });
    expect(await next()).toMatchObject({ id: 6, result: null });
    expect(bench.sent()).toBeUndefined();
    socket.destroy();
    const end = performance.now() + LIMIT;
    while (table.programs.length > 0 && performance.now() < end) await pause(5);
    expect(table.programs).toEqual([]);
  });

  test("that does not read loses requests with a count, and is served on when it reads", async () => {
    const { socket, lines, next } = await client();
    call(socket, 1, "serve", { call: 5, type: 0x50 });
    await next();
    socket.pause();
    const large = new Uint8Array(60_000).fill(0x50);
    for (let sent = 0; sent < UNANSWERED_REQUESTS; sent++) request(large, sent % 8);
    expect(table.counters.programBusy).toBeGreaterThan(UNANSWERED_REQUESTS / 2);
    expect(table.counters.programRequests).toBeGreaterThan(0);
    expect(table.programs).toHaveLength(1);
    socket.resume();
    for (let read = 0; read < table.counters.programRequests; read++) await next();
    const before = table.counters.programRequests;
    request(fromHex("5007")!, 1);
    expect(table.counters.programRequests).toBe(before + 1);
    expect(await within(LIMIT, next())).toMatchObject({ params: { hex: "5007" } });
    expect(lines).toEqual([]);
  });

  test("parameters are judged before anything is registered", async () => {
    const { socket, next } = await client();
    for (const params of [
      {},
      { type: -1 },
      { type: 0x80 },
      { type: "1" },
      { type: 1, version: "x" },
      { type: 1, name: "" },
      { type: 1, more: 1 },
    ]) {
      call(socket, 1, "serve", params);
      expect(await next()).toMatchObject({ error: { data: { code: "parameters" } } });
    }
    for (const params of [{}, { request: 0 }, { request: 1, hex: "" }, { request: 1, hex: "xx" }]) {
      call(socket, 1, "answer", params);
      expect(await next()).toMatchObject({ error: { data: { code: "parameters" } } });
    }
    expect(table.programs).toEqual([]);
  });
});
