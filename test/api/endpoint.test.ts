import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { bmcLink } from "../../bmc/link.ts";
import { hostLink } from "../../host/link.ts";
import { Endpoint, type EndpointOptions } from "../../src/api/endpoint.ts";
import { MctpError } from "../../src/api/errors.ts";
import { serialLink } from "../../src/api/serial-link.ts";
import { GetEndpointId } from "../../src/core/mctp/control/commands/get-endpoint-id.ts";
import { GetMessageTypeSupport } from "../../src/core/mctp/control/commands/get-message-type-support.ts";
import { QueryHop } from "../../src/core/mctp/control/commands/query-hop.ts";
import { eid } from "../../src/core/wire/units.ts";
import { ENDPOINT_DEFAULTS } from "../../src/core/mctp/endpoint-defaults.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { pause, within } from "../support/processes.ts";

const TYPE = 0x55;

let board: LoopbackBoard;
const open: Endpoint[] = [];

function hostEndpoint(options: Partial<EndpointOptions> = {}): Endpoint {
  const endpoint = new Endpoint(hostLink(board.host), { eid: 9, ...options });
  open.push(endpoint);
  return endpoint;
}

function bmcEndpoint(options: Partial<EndpointOptions> = {}): Endpoint {
  const endpoint = new Endpoint(bmcLink(board.bmc), { eid: 8, kind: "busOwner", ...options });
  open.push(endpoint);
  return endpoint;
}

async function pair(): Promise<{ readonly host: Endpoint; readonly bmc: Endpoint }> {
  const both = { host: hostEndpoint(), bmc: bmcEndpoint() };
  await Promise.all([both.host.up({ deadline: 10_000 }), both.bmc.up({ deadline: 10_000 })]);
  return both;
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

beforeEach(() => {
  board = new LoopbackBoard();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((endpoint) => endpoint.close()));
});

describe("requests", () => {
  test("a request and its response; several at once keep theirs", async () => {
    const { host, bmc } = await pair();
    const incoming = bmc.messages(TYPE);
    const answering = (async () => {
      for await (const message of incoming) {
        await bmc.respond(message, Uint8Array.of(TYPE, ...message.bytes.subarray(1).toReversed()));
      }
    })();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => host.request(8, Uint8Array.of(TYPE, index, 1, 2), { timeout: 10_000 })),
    );
    await incoming.return?.();
    await answering;
    expect(answers.map(({ bytes }) => toHex(bytes))).toEqual(
      Array.from({ length: 20 }, (_, index) => toHex(Uint8Array.of(TYPE, 2, 1, index))),
    );
    expect(answers[0]).toMatchObject({ source: 8, attempts: 1 });
    expect(host.counters).toMatchObject({ requestsRetried: 0, messagesReceived: 20 });
  });

  test("timeout after the attempts, deadline before, aborted by the caller", async () => {
    const { host, bmc } = await pair();
    // Somebody who takes the messages and never answers.
    bmc.messages(TYPE);
    const request = Uint8Array.of(TYPE);
    expect(await codeOf(host.request(8, request, { timeout: 20, retries: 2 }))).toBe("timeout");
    expect(host.counters.requestsRetried).toBe(2);
    expect(await codeOf(host.request(8, request, { timeout: 60_000, deadline: 30 }))).toBe("deadline");
    const caller = new AbortController();
    const given = host.request(8, request, { timeout: 60_000, signal: caller.signal });
    caller.abort();
    expect(await codeOf(given)).toBe("aborted");
    expect(await codeOf(host.request(8, request, { signal: AbortSignal.abort() }))).toBe("aborted");
  });

  test("without a channel: link-down; with one that goes: link-lost", async () => {
    const host = hostEndpoint();
    expect(await codeOf(host.request(8, Uint8Array.of(TYPE), { timeout: 20, retries: 0 }))).toBe("link-down");
    expect(await codeOf(host.send(8, Uint8Array.of(TYPE)))).toBe("link-down");
    expect(await codeOf(host.up({ deadline: 20 }))).toBe("deadline");
    const bmc = bmcEndpoint();
    await host.up({ deadline: 10_000 });
    bmc.messages(TYPE);
    const given = host.request(8, Uint8Array.of(TYPE), { timeout: 60_000 });
    const code = codeOf(given);
    await bmc.close();
    expect(await code).toBe("link-lost");
  });

  test("arguments that cannot be: misuse", async () => {
    const { host } = await pair();
    expect(await codeOf(host.request(7, Uint8Array.of(TYPE)))).toBe("misuse");
    expect(await codeOf(host.request(8, new Uint8Array(0)))).toBe("misuse");
    expect(await codeOf(host.send(256, Uint8Array.of(TYPE)))).toBe("misuse");
    expect(() => host.messages(0)).toThrow(MctpError);
    expect(() => host.messages(0x80)).toThrow("a message type is a number from 1 to 0x7f, not 128");
    expect(() => new Endpoint(hostLink(board.host), { eid: 300 })).toThrow("an EID is a number from 8 to 254");
  });
});

describe("numbers", () => {
  const NO_NUMBERS = [Number.NaN, -1, "5" as unknown as number];

  test("a deadline longer than a timer can count, or none, ends nothing", async () => {
    const { host, bmc } = await pair();
    bmc.messages(TYPE);
    for (const deadline of [3e9, Number.POSITIVE_INFINITY]) {
      expect(await codeOf(host.request(8, Uint8Array.of(TYPE), { timeout: 30, retries: 0, deadline }))).toBe("timeout");
      await host.up({ deadline });
    }
    const waiting = codeOf(bmc.request(9, Uint8Array.of(TYPE), { timeout: 3e9 }));
    await pause(30);
    await bmc.close();
    expect(await waiting).toBe("closed");
  });

  test("that are none, or below 0: misuse, and nothing is sent", async () => {
    const { host } = await pair();
    const request = Uint8Array.of(TYPE);
    const sent = host.counters.messagesSent;
    for (const value of NO_NUMBERS) {
      expect(await codeOf(host.request(8, request, { deadline: value }))).toBe("misuse");
      expect(await codeOf(host.request(8, request, { timeout: value }))).toBe("misuse");
      expect(await codeOf(host.request(8, request, { retries: value }))).toBe("misuse");
      expect(await codeOf(host.up({ deadline: value }))).toBe("misuse");
      expect(() => host.messages(TYPE, { limit: value })).toThrow("limit is a whole number from 0");
      const assembly = { ...ENDPOINT_DEFAULTS.assembly, messageBytes: value };
      expect(() => hostEndpoint({ limits: { assembly } })).toThrow("messageBytes is a finite number from 0");
    }
    expect(await codeOf(host.request(8, request, { timeout: Number.POSITIVE_INFINITY }))).toBe("misuse");
    expect(await codeOf(host.request(8, request, { retries: 1.5 }))).toBe("misuse");
    expect(host.counters.messagesSent).toBe(sent);
  });

  test("digits of a version are 0 to 9", async () => {
    const { bmc } = await pair();
    for (const digit of [...NO_NUMBERS, 10, 1.5]) {
      expect(() => bmc.messages(TYPE, { version: [1, digit, 0] })).toThrow("a version is three digits from 0 to 9");
    }
    await bmc.messages(TYPE, { version: [9, 9, 9] }).return?.();
  });
});

describe("messages", () => {
  test("are kept from the call on, in their order; the signal ends the iteration", async () => {
    const { host, bmc } = await pair();
    const stop = new AbortController();
    const incoming = bmc.messages(TYPE, { signal: stop.signal });
    for (let index = 0; index < 5; index++) await host.send(8, Uint8Array.of(TYPE, index));
    await host.send(8, new Uint8Array(100_000).fill(TYPE));
    const lengths: number[] = [];
    for await (const { bytes, source } of incoming) {
      expect(source).toBe(9);
      lengths.push(bytes.length === 2 ? bytes[1]! : bytes.length);
      if (lengths.length === 6) stop.abort();
    }
    expect(lengths).toEqual([0, 1, 2, 3, 4, 100_000]);
  });

  test("more than are kept are dropped and counted", async () => {
    const { host, bmc } = await pair();
    const incoming = bmc.messages(TYPE, { limit: 2 });
    for (let index = 0; index < 5; index++) await host.send(8, Uint8Array.of(TYPE, index));
    expect(bmc.dropped).toBe(3);
    expect((await incoming.next()).value?.bytes[1]).toBe(0);
    await incoming.return?.();
    await host.send(8, Uint8Array.of(TYPE, 9));
    expect(bmc.dropped).toBe(4);
  });

  test("the type is told as long as somebody iterates, and one iteration takes it", async () => {
    const { host, bmc } = await pair();
    const types = async (): Promise<string> => toHex((await host.request(0, Uint8Array.of(0, 0x80, 5))).bytes);
    expect(await types()).toBe("0000050000");
    const incoming = bmc.messages(TYPE, { version: [2, 1, 0] });
    expect(await types()).toBe("0000050001" + "55");
    const versions = await host.request(8, Uint8Array.of(0, 0x81, 4, TYPE));
    expect(toHex(versions.bytes)).toBe("0001040001" + "f2f1f000");
    expect(() => bmc.messages(TYPE)).toThrow("messages of type 85 are taken already");
    const first = incoming.next();
    await host.send(8, Uint8Array.of(TYPE));
    await first;
    await incoming.return?.();
    expect(await types()).toBe("0000050000");
    await bmc.messages(TYPE).return?.();
    bmc.messages(TYPE, { signal: AbortSignal.abort() });
    expect(await types()).toBe("0000050000");
  });
});

async function untilDown(endpoint: { readonly isUp: boolean }): Promise<void> {
  while (endpoint.isUp) await pause(5);
}

describe("the end", () => {
  test("close ends everything that waits, once, and tells the other end", async () => {
    const { host, bmc } = await pair();
    bmc.messages(TYPE);
    const ended = host.messages(TYPE).next();
    const waiting = codeOf(host.request(8, Uint8Array.of(TYPE), { timeout: 60_000 }));
    await Promise.all([host.close(), host.close()]);
    expect(await waiting).toBe("closed");
    expect(await ended).toEqual({ done: true, value: undefined });
    expect(await codeOf(host.request(8, Uint8Array.of(TYPE)))).toBe("closed");
    expect(await codeOf(host.up())).toBe("closed");
    expect(() => host.messages(TYPE)).toThrow("the endpoint was closed");
    await within(20_000, untilDown(bmc));
    await expect(bmc.up({ deadline: 50 })).rejects.toMatchObject({ code: "deadline" });
  });

  test("what waits for the channel ends with the caller's signal, and at close", async () => {
    const host = hostEndpoint();
    const caller = new AbortController();
    const waiting = codeOf(host.up({ signal: caller.signal }));
    caller.abort();
    expect(await waiting).toBe("aborted");
    const closing = codeOf(host.up());
    await host.close();
    expect(await closing).toBe("closed");
  });
});

describe("control requests", () => {
  test("a request as a record gives the response as one", async () => {
    const { host, bmc } = await pair();
    expect(await host.control(0, GetEndpointId, undefined)).toMatchObject({ eid: 8 });
    expect(await bmc.control(9, GetMessageTypeSupport, undefined)).toEqual({ messageTypes: [] });
  });

  test("an answer with an error code is `refused`, with the code", async () => {
    const { bmc } = await pair();
    const failure = await bmc.control(9, QueryHop, { target: eid(8), messageType: 0 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "refused", completion: 0x05 });
  });
});

describe("serial links", () => {
  test("what is no serial line is misuse", () => {
    expect(() => serialLink("shm:/dev/shm/board")).toThrow(MctpError);
    expect(() => serialLink("serial:/dev/null,baud=fast")).toThrow(/baud/);
  });

  test("a line that cannot be opened ends the endpoint", async () => {
    const endpoint = new Endpoint(serialLink("serial:/dev/mctp-lpc-missing"), { eid: 10 });
    open.push(endpoint);
    expect(await codeOf(endpoint.up({ deadline: 10_000 }))).toBe("link-lost");
  });
});
