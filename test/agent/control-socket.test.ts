import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { existsSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import {
  CLIENT_LIMIT,
  ControlServer,
  connectControl,
  type ControlClient,
} from "../../src/agent/control/control-socket.ts";
import { BYTES_OF_ALL_CLIENTS, BYTES_OF_CLIENT, ClientsMemory } from "../../src/agent/control/clients-memory.ts";
import type { ControlMethod } from "../../src/agent/control/call.ts";
import { Failure } from "../../src/platform/failure.ts";
import { Sandbox, pause, within } from "../support/processes.ts";

const LIMIT_MILLISECONDS = 20_000;

let sandbox: Sandbox;
let path: string;
const servers: ControlServer[] = [];
const clients: ControlClient[] = [];
beforeEach(() => {
  sandbox = new Sandbox();
  path = sandbox.path("control.sock");
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) await server.close();
  await sandbox.dispose();
});

async function listen(methods: Readonly<Record<string, ControlMethod>> = {}, at = path): Promise<ControlServer> {
  const server = await ControlServer.listen(at, methods);
  servers.push(server);
  return server;
}

async function client(): Promise<ControlClient> {
  const connected = await connectControl(path);
  clients.push(connected);
  return connected;
}

/** A connection that forgets its errors: being hung up on in mid-write is none of ours. */
async function raw(): Promise<Socket> {
  const socket = connect(path);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** Being hung up may show as an error of the last write first. */
function closeOf(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.on("close", resolve));
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "it did not fail",
    (error: unknown) => [(error as Failure).code, (error as Failure).message],
  );
}

describe("the agent's end", () => {
  test("a path of 107 bytes is the longest", async () => {
    const longest = `${sandbox.folder}/${"s".repeat(107 - sandbox.folder.length - 1)}`;
    await listen({}, longest);
    expect(statSync(longest).mode & 0o777).toBe(0o600);
    expect(await failureOf(ControlServer.listen(`${longest}s`, {}))).toEqual([
      "control-path",
      expect.stringMatching(/too long: at most 107 bytes/),
    ]);
  });

  test("the mask of the process is as it was, whether listening worked or not", async () => {
    const modeOfNew = (name: string): number => {
      writeFileSync(sandbox.path(name), "", { mode: 0o666 });
      return statSync(sandbox.path(name)).mode;
    };
    const before = modeOfNew("before");
    await listen();
    await failureOf(ControlServer.listen(sandbox.path("no/folder.sock"), {}));
    expect(modeOfNew("after")).toBe(before);
  });

  test("a path in a missing folder says which folder", async () => {
    expect(await failureOf(ControlServer.listen(sandbox.path("no/s"), {}))).toEqual([
      "control-path",
      `cannot listen on ${sandbox.path("no/s")}: the folder ${sandbox.path("no")} does not exist`,
    ]);
  });

  test("what is there and no socket stays; a link to one too", async () => {
    writeFileSync(sandbox.path("file"), "mine");
    symlinkSync(sandbox.path("file"), sandbox.path("link"));
    for (const name of ["file", "link", "tmp"]) {
      expect(await failureOf(ControlServer.listen(sandbox.path(name), {}))).toEqual([
        "control-path",
        expect.stringMatching(/exists and is no socket/),
      ]);
      expect(existsSync(sandbox.path(name))).toBe(true);
    }
  });

  test("a live agent's socket is refused and still works; a dead one's is taken", async () => {
    await listen({ who: () => "first" });
    expect(await failureOf(ControlServer.listen(path, {}))).toEqual([
      "control-taken",
      expect.stringMatching(/another agent/),
    ]);
    expect(await (await client()).call("who", {})).toBe("first");

    // Closed without removing its file, as a killed process leaves it.
    const dead = sandbox.path("dead.sock");
    const server = createServer().listen(dead);
    await once(server, "listening");
    const kept = sandbox.path("kept.sock");
    const { linkSync, renameSync } = await import("node:fs");
    linkSync(dead, kept);
    await new Promise((resolve) => server.close(resolve));
    renameSync(kept, dead);
    await listen({}, dead);
  });

  test("closing hangs up on everybody and removes the file", async () => {
    const server = await listen({ wait: () => new Promise(() => undefined) });
    const waiting = (await client()).call("wait", {});
    const idle = await raw();
    const closed = closeOf(idle);
    await pause(20);
    await server.close();
    expect(await failureOf(waiting)).toEqual(["agent-gone", expect.stringMatching(/the agent has gone/)]);
    await within(LIMIT_MILLISECONDS, closed);
    expect(existsSync(path)).toBe(false);
  });

  test("an agent that has ended its half is gone, though what it was told is still on its way", async () => {
    const held: Socket[] = [];
    const leaving = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      held.push(socket.on("error", () => undefined));
      socket.end();
    });
    await new Promise<void>((resolve) => leaving.listen(path, resolve));
    try {
      const { call } = await client();
      const unread = failureOf(call("anything", { much: "x".repeat(3 * 1024 * 1024) }));
      await pause(50);
      expect(await failureOf(call("anything", {}))).toEqual(["agent-gone", "the agent has gone"]);
      for (const socket of held) socket.destroy();
      expect(await unread).toEqual(["agent-gone", "the agent has gone"]);
    } finally {
      for (const socket of held) socket.destroy();
      await new Promise((resolve) => leaving.close(resolve));
    }
  });
});

describe("calls", () => {
  test("give what the method returns, null for nothing", async () => {
    await listen({
      add: (p) => (p as number[]).reduce((a, b) => a + b, 0),
      later: () => pause(5),
      nothing: () => undefined,
    });
    const agent = await client();
    expect(await agent.call("add", [1, 2, 3])).toBe(6);
    expect(await agent.call("later", {})).toBeNull();
    expect(await agent.call("nothing", {})).toBeNull();
  });

  test("several at once on one connection are answered as they end", async () => {
    await listen({ wait: async (p) => pause((p as { ms: number }).ms).then(() => (p as { ms: number }).ms) });
    const agent = await client();
    const order: unknown[] = [];
    await Promise.all([60, 5, 30].map((ms) => agent.call("wait", { ms }).then((given) => order.push(given))));
    expect(order).toEqual([5, 30, 60]);
  });

  test("fail with the code and text of a Failure; another error is internal; an unknown method is named", async () => {
    await listen({
      fails: () => {
        throw new Failure("no-progress", "it did not get through");
      },
      breaks: () => Promise.reject(new TypeError("undefined is no function")),
    });
    const agent = await client();
    expect(await failureOf(agent.call("fails", {}))).toEqual(["no-progress", "it did not get through"]);
    expect(await failureOf(agent.call("breaks", {}))).toEqual(["internal", "undefined is no function"]);
    for (const method of ["missing", "constructor"]) {
      expect(await failureOf(agent.call(method, {}))).toEqual([
        "agent-old",
        `the agent at ${path} does not know "${method}": it runs an older mctp-lpc; restart it with this one`,
      ]);
    }
  });

  test("tell of progress before they end, each call of a client of its own", async () => {
    await listen({
      count: async (parameters, notify) => {
        const { from } = parameters as { from: number };
        for (let step = from; step < from + 3; step++) {
          notify("progress", { step });
          await pause(1);
        }
        return "done";
      },
    });
    const agent = await client();
    const told: Record<"one" | "other", unknown[]> = { one: [], other: [] };
    const calls = [
      agent.call("count", { from: 1 }, (progress) => told.one.push(progress)),
      agent.call("count", { from: 11 }, (progress) => told.other.push(progress)),
      agent.call("count", { from: 21 }),
    ];
    expect(await Promise.all(calls)).toEqual(["done", "done", "done"]);
    expect(told.one).toMatchObject([{ step: 1 }, { step: 2 }, { step: 3 }]);
    expect(told.other).toMatchObject([{ step: 11 }, { step: 12 }, { step: 13 }]);
  });

  test("given a limit of silence: a long operation of a living agent is waited for, a dumb one is not", async () => {
    await listen({ wait: () => pause(1200).then(() => "done"), status: () => ({}) });
    const patient = await connectControl(path, 400);
    clients.push(patient);
    expect(await patient.call("wait", {})).toBe("done");

    const dumb = createServer();
    dumb.listen(sandbox.path("dumb"));
    await once(dumb, "listening");
    const asking = await connectControl(sandbox.path("dumb"), 400);
    expect(await within(LIMIT_MILLISECONDS, failureOf(asking.call("status", {})))).toEqual([
      "agent-silent",
      expect.stringMatching(/does not answer: it may be stopped or hung/),
    ]);
    asking.close();
    dumb.close();
  });

  test("learn that their client has left, and may tell on without harm", async () => {
    let left = 0;
    await listen({
      wait: (_p, notify, signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            left++;
            notify("progress", {});
            resolve("late");
          });
        }),
    });
    const agent = await client();
    const waiting = failureOf(agent.call("wait", {}));
    await pause(20);
    agent.close();
    expect(await waiting).toEqual(["agent-gone", expect.any(String)]);
    while (left === 0) await pause(1);
    expect(await failureOf((await client()).call("missing", {}))).toEqual(["agent-old", expect.any(String)]);
  });

  test("to nobody, to a file and to a socket path too long say what to do", async () => {
    writeFileSync(sandbox.path("file"), "mine");
    expect(await failureOf(connectControl(path))).toEqual([
      "no-agent",
      expect.stringMatching(/no agent listens on .*: start one/),
    ]);
    expect(await failureOf(connectControl(sandbox.path("file")))).toEqual([
      "no-agent",
      expect.stringContaining(sandbox.path("file")),
    ]);
    const long = sandbox.path("s".repeat(108));
    expect(await failureOf(connectControl(long))).toEqual([expect.any(String), expect.stringMatching(/too long/)]);
  });
});

describe("versions of the control socket", () => {
  /** An agent that answers `hello` with this, and all else with its name. */
  async function agentThatSays(hello: unknown): Promise<void> {
    await listen({ hello: () => hello, who: () => "another" });
  }

  async function askedRaw(method: string, params: unknown): Promise<unknown> {
    const socket = await raw();
    socket.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })}\n`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    return JSON.parse(answer.toString("utf8"));
  }

  test("an agent says which it works with, and refuses a tool that needs a newer one, in words", async () => {
    await listen();
    const own = { program: "mctp-lpc", version: 2, oldest: 1 };
    expect(await askedRaw("hello", {})).toMatchObject({ result: own });
    expect(await askedRaw("hello", own)).toMatchObject({ result: own });
    expect(await askedRaw("hello", { ...own, version: 9 })).toMatchObject({ result: own });
    expect(await askedRaw("hello", { ...own, version: 9, oldest: 3 })).toMatchObject({
      error: {
        message:
          "this agent speaks versions 1 to 2 of the control socket, the tool needs 3 or newer: use the tools of the mctp-lpc that the agent runs, or restart the agent with the newer one",
        data: { code: "control-version" },
      },
    });
  });

  test("a tool uses a newer agent that still works with the tool's version", async () => {
    await agentThatSays({ program: "mctp-lpc", version: 7, oldest: 2 });
    expect(await (await client()).call("who", {})).toBe("another");
  });

  test("a tool refuses an agent that works with newer versions alone, in words, and asks it nothing", async () => {
    let asked = 0;
    await listen({ hello: () => ({ program: "mctp-lpc", version: 4, oldest: 3 }), who: () => ++asked });
    expect(await failureOf((await client()).call("who", {}))).toEqual([
      "control-version",
      `the agent at ${path} speaks versions 3 to 4 of the control socket, this program versions 1 to 2: use the mctp-lpc that the agent runs, or restart the agent with this one`,
    ]);
    expect(asked).toBe(0);
  });

  test.each<[string, unknown]>([
    ["another program's", { program: "other", version: 2, oldest: 1 }],
    ["one without versions", { program: "mctp-lpc" }],
    ["one with versions that cannot be", { program: "mctp-lpc", version: 1, oldest: 2 }],
    ["one that is no object", "hello"],
  ])("an answer that is none, %s, is refused", async (_, hello) => {
    await agentThatSays(hello);
    expect(await failureOf((await client()).call("who", {}))).toEqual([
      "control-version",
      `what listens on ${path} is no agent of mctp-lpc: name its socket with --control`,
    ]);
  });
});

describe("what is no call", () => {
  const methods = { who: () => "me" };

  async function expectServed(): Promise<void> {
    expect(await (await client()).call("who", {})).toBe("me");
  }

  test("one line that is no JSON: told so and hung up", async () => {
    await listen(methods);
    const socket = await raw();
    socket.write("nonsense\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(JSON.parse(answer.toString("utf8"))).toMatchObject({ id: null, error: { code: -32700 } });
    await within(LIMIT_MILLISECONDS, closeOf(socket));
    await expectServed();
  });

  test("a client that leaves without reading what it is told, which resets its connection, harms nobody", async () => {
    const flood: ControlMethod = (_p, notify) => {
      for (let count = 0; count < 2000; count++) notify("progress", "x".repeat(1000));
    };
    await listen({ ...methods, flood });
    for (let count = 0; count < 5; count++) {
      const socket = await raw();
      socket.pause();
      socket.write('{"jsonrpc":"2.0","id":1,"method":"flood","params":{}}\n');
      await pause(5);
      socket.destroy();
    }
    await pause(50);
    await expectServed();
  });

  test("two lines that are no JSON at once: hung up, and the agent lives on", async () => {
    const server = await listen(methods);
    const socket = await raw();
    const closed = closeOf(socket);
    socket.resume();
    socket.write("GET / HTTP/1.1\r\nHost: nowhere\r\n\r\n");
    await within(LIMIT_MILLISECONDS, closed);
    expect(server.path).toBe(path);
    await expectServed();
  });

  test("a line of more than 4 MiB, with or without its end, is hung up on", async () => {
    await listen(methods);
    for (const end of ["", "\n"]) {
      const socket = await raw();
      const closed = closeOf(socket);
      socket.write(`{"jsonrpc":"2.0","id":1,"method":"${"x".repeat(5 * 1024 * 1024)}"}${end}`);
      await within(LIMIT_MILLISECONDS, closed);
    }
    await expectServed();
  });

  test("JSON that is no call is answered with invalid request; a response to nothing is passed over", async () => {
    const server = await listen(methods);
    const socket = await raw();
    const lines = [
      "1",
      "null",
      '"x"',
      "[]",
      "{}",
      "[1]",
      '{"jsonrpc":"2.0","id":5,"result":1}',
      '{"jsonrpc":"2.0","method":"who"}',
    ];
    socket.write(`${lines.join("\n")}\n{"jsonrpc":"2.0","id":6,"method":"who"}\n`);
    let text = "";
    socket.on("data", (part: Buffer) => (text += part.toString("utf8")));
    while (!text.includes('"id":6')) await pause(1);
    socket.destroy();
    const answers = text
      .split("\n")
      .slice(0, -1)
      .flatMap((line) => JSON.parse(line) as { error?: { code: number } });
    const codes = answers.map(({ error }) => error?.code);
    expect(codes).toEqual([...new Array<number>(6).fill(-32600), undefined]);
    expect(server.counters).toMatchObject({ callsInvalid: 6, clientsHungUp: 0 });
  });
});

describe("what one client can make the agent do", () => {
  const call = (id: number, method: string): string => JSON.stringify({ jsonrpc: "2.0", id, method, params: {} });

  /** A method whose calls end when the test says so, and what is known of them. */
  function heldCalls() {
    const held = { begun: 0, underWay: 0, most: 0, left: 0, end: [] as (() => void)[] };
    const method: ControlMethod = (_p, _notify, signal) => {
      held.begun++;
      held.most = Math.max(held.most, ++held.underWay);
      return new Promise<void>((resolve) => {
        const end = (): void => {
          held.underWay--;
          resolve();
        };
        held.end.push(end);
        signal.addEventListener("abort", () => {
          held.left++;
          end();
        });
      });
    };
    return { held, method };
  }

  test("32 calls are under way at once, the others wait; all are answered", async () => {
    const { held, method } = heldCalls();
    await listen({ wait: method });
    const socket = await raw();
    let text = "";
    socket.on("data", (part: Buffer) => (text += part.toString("utf8")));
    socket.write(Array.from({ length: 100 }, (_, id) => `${call(id + 1, "wait")}\n`).join(""));
    while (held.begun < 32) await pause(1);
    await pause(20);
    expect([held.begun, held.underWay]).toEqual([32, 32]);
    while (held.begun < 100 || held.underWay > 0) {
      held.end.shift()?.();
      await pause(0);
    }
    while (text.split("\n").length <= 100) await pause(1);
    expect([held.most, held.left]).toEqual([32, 0]);
    socket.destroy();
  });

  test("40,000 calls of a client that has gone are not carried out, and those under way end", async () => {
    const { held, method } = heldCalls();
    await listen({ wait: method });
    const socket = await raw();
    socket.write(Array.from({ length: 40_000 }, (_, id) => `${call(id + 1, "wait")}\n`).join(""));
    while (held.begun < 32) await pause(1);
    socket.destroy();
    while (held.left < 32) await pause(1);
    await pause(20);
    expect([held.begun, held.underWay]).toEqual([32, 0]);
  });

  test("a stop does not wait for the calls that wait, nor for those under way", async () => {
    const { held, method } = heldCalls();
    const server = await listen({ wait: method });
    const socket = await raw();
    socket.write(Array.from({ length: 1000 }, (_, id) => `${call(id + 1, "wait")}\n`).join(""));
    while (held.begun < 32) await pause(1);
    await within(LIMIT_MILLISECONDS, server.close());
    await pause(20);
    expect(held.begun).toBe(32);
  });

  test("a client with thousands of calls has another client wait for one of them, and timers for none", async () => {
    const order: string[] = [];
    let many = 0;
    await listen({
      many: () => {
        many++;
      },
      one: () => {
        order.push(`one after ${String(many < 2000)}`);
      },
    });
    const socket = await raw();
    socket.resume();
    const other = await client();
    await other.call("one", {});
    socket.write(Array.from({ length: 4000 }, (_, id) => `${call(id + 1, "many")}\n`).join(""));
    while (many < 10) await new Promise(setImmediate);
    await other.call("one", {});
    expect(order).toEqual(["one after true", "one after true"]);
    while (many < 4000) await pause(1);
    socket.destroy();
  });

  test("a batch is answered as one; one of more than 32 calls is refused, carried out in no part, and told once", async () => {
    const told: string[] = [];
    let asked = 0;
    const server = await ControlServer.listen(path, { who: () => ++asked }, { tell: (line) => told.push(line) });
    servers.push(server);
    const socket = await raw();
    let text = "";
    socket.on("data", (part: Buffer) => (text += part.toString("utf8")));
    const batch = (length: number): string => `[${Array.from({ length }, (_, id) => call(id + 1, "who")).join(",")}]\n`;
    socket.write(batch(60_000) + batch(33) + batch(32));
    while (text.split("\n").length <= 3) await pause(1);
    socket.destroy();
    const [first, second, third] = text
      .split("\n")
      .map((line) => (line === "" ? undefined : (JSON.parse(line) as unknown)));
    for (const refused of [first, second]) {
      expect(refused).toMatchObject({ error: { code: -32600, message: "a batch has at most 32 calls" } });
    }
    expect([(third as unknown[]).length, asked]).toEqual([32, 32]);
    expect(server.counters.batchesRefused).toBe(2);
    expect(told).toEqual([expect.stringMatching(/batches .* refused; "mctp-lpc status" counts further ones/)]);
  });

  test("no call begins for a client that does not read its answers", async () => {
    let asked = 0;
    await listen({ much: () => (asked++, "x".repeat(100_000)) });
    const socket = await raw();
    socket.pause();
    socket.write(Array.from({ length: 1000 }, (_, id) => `${call(id + 1, "much")}\n`).join(""));
    while (asked === 0) await pause(1);
    await pause(100);
    // What the kernel takes, and 256 KiB.
    expect(asked).toBeLessThan(20);
    socket.resume();
    while (asked < 1000) await pause(1);
    socket.destroy();
  });

  test("a client that sends its calls and ends its half has them answered", async () => {
    await listen({ who: () => "me" });
    const socket = connect({ path, allowHalfOpen: true });
    let text = "";
    socket.on("data", (part: Buffer) => (text += part.toString("utf8")));
    socket.end([1, 2, 3].map((id) => `${call(id, "who")}\n`).join(""));
    await within(LIMIT_MILLISECONDS, once(socket, "end"));
    socket.destroy();
    expect(
      text
        .split("\n")
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { id: number }).id),
    ).toEqual([1, 2, 3]);
  });

  test("lines that wait of all clients together are bounded: beyond 12 MiB the client that has most is hung up on", async () => {
    const { held, method } = heldCalls();
    const server = await listen({ wait: method });
    const honest = await raw();
    honest.write(`${call(1, "wait")}\n`);
    const waiting = `${call(1, "wait")}\n`;
    // Memory doubles as lines come: seven have more than the limit.
    const greedy = await Promise.all(Array.from({ length: 7 }, () => raw()));
    const closed = Promise.race(greedy.map(closeOf));
    for (const socket of greedy) socket.write(waiting.repeat(Math.floor((6 * 1024 * 1024) / waiting.length)));
    await within(LIMIT_MILLISECONDS, closed);
    expect(server.counters.clientsFull).toBeGreaterThan(0);
    expect(held.begun).toBeGreaterThan(0);
    expect(honest.destroyed).toBe(false);
  });

  test("lines that wait are bounded: beyond 8 MiB the client is hung up on, and counted", async () => {
    const { method } = heldCalls();
    const server = await listen({ wait: method });
    const socket = await raw();
    const closed = closeOf(socket);
    socket.write(Array.from({ length: 200_000 }, (_, id) => `${call(id + 1, "wait")}\n`).join(""));
    await within(LIMIT_MILLISECONDS, closed);
    expect(server.counters.clientsHungUp).toBe(1);
  });

  test("lines of all clients together are bounded: the client that has most is told so and hung up on; others are served on", async () => {
    const { method } = heldCalls();
    const server = await listen({ wait: method, who: () => "me" });
    const MIB = 1024 * 1024;
    const texts: string[] = [];
    const greedy = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        const socket = await raw();
        texts[index] = "";
        socket.on("data", (part: Buffer) => (texts[index] = `${texts[index]!}${part.toString("utf8")}`));
        return socket;
      }),
    );
    const closed = greedy.map((socket) => closeOf(socket));
    const held = Array.from({ length: 32 }, (_, id) => `${call(id + 1, "wait")}\n`).join("");
    for (const socket of greedy) socket.write(held + `{"x":"${"y".repeat(3.5 * MIB)}"}\n`.repeat(2));
    await within(LIMIT_MILLISECONDS, Promise.race(closed));
    const small = await client();
    expect(await small.call("who", {})).toBe("me");
    while (server.counters.clientsFull === 0) await pause(1);
    expect(texts.join("")).toContain("the agent holds 12 MiB for its tools, which is all that it may");
    for (const socket of greedy) socket.destroy();
    await within(LIMIT_MILLISECONDS, Promise.all(closed));
  });
});

test("one client more than are served at once is hung up on, counted, and told of once", async () => {
  const told: string[] = [];
  const server = await ControlServer.listen(path, {}, { tell: (line) => told.push(line) });
  servers.push(server);
  const sockets: Socket[] = [];
  for (let count = 0; count < CLIENT_LIMIT; count++) sockets.push(await raw());
  for (let count = 0; count < 2; count++) await within(LIMIT_MILLISECONDS, closeOf(await raw()));
  for (const socket of sockets) socket.destroy();
  expect(server.counters.clientsTooMany).toBe(2);
  expect(told.filter((line) => line.includes("beyond as many as it serves at once"))).toHaveLength(1);
});

describe("what all clients have the agent hold", () => {
  test("each has 64 KiB of its own; of the rest the one that has most gives all back", () => {
    const memory = new ClientsMemory();
    const away: string[] = [];
    const holder = (name: string) => ({
      turnAway() {
        away.push(name);
        memory.hold(this, 0);
      },
    });
    const [greedy, small, other] = [holder("greedy"), holder("small"), holder("other")];
    memory.hold(greedy, BYTES_OF_CLIENT + BYTES_OF_ALL_CLIENTS);
    memory.hold(small, BYTES_OF_CLIENT);
    expect(away).toEqual([]);
    memory.hold(other, BYTES_OF_CLIENT + 1);
    expect([away, memory.shared]).toEqual([["greedy"], 1]);
  });
});
