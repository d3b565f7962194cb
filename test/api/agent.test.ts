/** Programs that serve a message type, or ask something, through a running agent. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Agent, type Service } from "../../src/api/agent.ts";
import { MctpError } from "../../src/api/errors.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { Sandbox, pause, within, type AgentProcess } from "../support/processes.ts";
import { runHere } from "../cli/run-here.ts";

const TYPE = 0x50;
const LIMIT = 10_000;

let sandbox: Sandbox;
let host: AgentProcess;
let bmc: AgentProcess;
const open: Agent[] = [];
beforeEach(async () => {
  sandbox = new Sandbox();
  ({ host, bmc } = await sandbox.pair());
});
afterEach(async () => {
  for (const agent of open.splice(0)) await agent.close();
  await sandbox.dispose();
});

async function connect(process: AgentProcess): Promise<Agent> {
  const agent = await Agent.connect({ control: process.control });
  open.push(agent);
  return agent;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "nothing was thrown";
  } catch (error) {
    if (error instanceof MctpError) return error.code;
    throw error;
  }
}

const types = async (): Promise<string> =>
  (await runHere(sandbox, "control", "get-types", "--control", bmc.control)).stdout;

describe("serve", () => {
  test("announces the type, answers requests as promises come, and frees it", async () => {
    const [server, asker] = [await connect(host), await connect(bmc)];
    const service = await server.serve(TYPE, async ({ source, bytes }) => {
      if (bytes[1] === 1) await pause(200);
      return Uint8Array.of(TYPE, source, ...bytes.subarray(1));
    });
    expect(await types()).toContain("0x50");
    expect((await host.status()).programs).toMatchObject([{ type: TYPE, serves: true }]);
    const answers: string[] = [];
    const ask = async (...data: readonly number[]): Promise<void> => {
      const { source, bytes } = await asker.request(0, Uint8Array.of(TYPE, ...data), { timeout: LIMIT });
      expect(source).toBe(9);
      answers.push(toHex(bytes));
    };
    await Promise.all([ask(1), ask(2)]);
    expect(answers).toEqual(["500802", "500801"]);
    await service.close();
    expect(await service.ended).toBeUndefined();
    await host.until(({ programs }) => programs.length === 0);
    expect(await types()).not.toContain("0x50");
  });

  test("an error of the handler is told and answered by silence; so is an answer of another type", async () => {
    const [server, asker] = [await connect(host), await connect(bmc)];
    const log: string[] = [];
    await server.serve(
      TYPE,
      ({ bytes }) => {
        if (bytes[1] === 1) throw new Error("no \u001b[31mluck");
        return bytes[1] === 2 ? Uint8Array.of(0x51) : bytes[1] === 3 ? undefined : bytes;
      },
      { log: (line) => log.push(line) },
    );
    for (const first of [1, 2, 3]) {
      expect(await codeOf(asker.request(9, Uint8Array.of(TYPE, first), { timeout: 300, retries: 0 }))).toBe("timeout");
    }
    expect(toHex((await asker.request(9, Uint8Array.of(TYPE, 4), { timeout: LIMIT })).bytes)).toBe("5004");
    expect(log).toEqual([
      "the handler failed at a request of EID 8, which is not answered: no <1b>[31mluck",
      "the handler's answer to a request of EID 8 is no message of type 0x50: not sent",
    ]);
  });

  test("a request that is answered too late: the handler is told by its signal", async () => {
    const [server, asker] = [await connect(host), await connect(bmc)];
    const late = new Promise<boolean>((resolve) => {
      void server.serve(TYPE, async ({ signal, bytes }) => {
        await new Promise((done) => {
          signal.addEventListener("abort", done);
        });
        resolve(signal.aborted);
        return bytes;
      });
    });
    await host.until(({ programs }) => programs.length === 1);
    expect(await codeOf(asker.request(9, Uint8Array.of(TYPE, 1), { timeout: 200, retries: 0 }))).toBe("timeout");
    expect(await within(LIMIT, late)).toBe(true);
    expect((await host.status()).counters.services.programUnanswered).toBe(1);
  });

  test("what cannot be is refused: taken, misuse, closed", async () => {
    const server = await connect(host);
    const serve = (type: number, options: object = {}): Promise<string> =>
      codeOf(server.serve(type, () => undefined, options));
    expect(await serve(0x7e, { vendor: 0x1234, commandSet: 1, version: [1, 2, 3] })).toBe("nothing was thrown");
    expect(await serve(0x7e, { vendor: 0x1234 })).toBe("taken");
    expect(await serve(0x7e)).toBe("nothing was thrown");
    expect(await serve(0x7f, { vendor: 32473 })).toBe("taken");
    for (const [type, options] of [
      [0, {}],
      [0x80, {}],
      [Number.NaN, {}],
      [0x7e, { vendor: 0x1_0000 }],
      [0x50, { vendor: 1 }],
      [0x50, { commandSet: 1 }],
      [0x50, { version: [1, 2] }],
      [0x50, { name: "" }],
      [0x50, { name: "n".repeat(201) }],
    ] as const) {
      expect([type, options, await serve(type, options)]).toEqual([type, options, "misuse"]);
    }
    expect(await codeOf(server.request(3, Uint8Array.of(1)))).toBe("misuse");
    await server.close();
    expect(await serve(0x51)).toBe("closed");
    await host.until(({ programs }) => programs.length === 0);
  });

  test("ends with the agent, with a reason", async () => {
    const server = await connect(host);
    const service: Service = await server.serve(TYPE, ({ bytes }) => bytes);
    await host.end("SIGTERM");
    expect(await within(LIMIT, service.ended)).toMatchObject({ code: "no-agent" });
  });
});

test("connect to where no agent is fails with what to do", async () => {
  expect(await codeOf(Agent.connect({ control: sandbox.path("none.sock") }))).toBe("no-agent");
  await expect(Agent.connect({ control: sandbox.path("none.sock") })).rejects.toThrow(
    /no agent listens on .*: start one/,
  );
});
