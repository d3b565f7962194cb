import { describe, expect, test } from "@jest/globals";
import { getEventListeners, getMaxListeners } from "node:events";
import { WAITING_PLACES } from "../../src/core/mctp/tag-queue.ts";
import { COMMON_TAGS } from "../../src/core/mctp/tags.ts";
import { Messenger, sendMessage } from "../../src/node/messenger.ts";
import type { Clock } from "../../src/node/clock.ts";
import type { Failure } from "../../src/platform/failure.ts";
import { eid, millis, type Millis } from "../../src/core/wire/units.ts";
import { EndpointBench } from "../support/endpoint-bench.ts";
import { packet } from "../support/packets.ts";

const PEER = eid(9);
const FAR = eid(20);
const QUESTION = Uint8Array.of(0x7f, 1, 2, 3);
const ANSWER = Uint8Array.of(0x7f, 9, 8, 7);
const TIMING = { attemptTimeout: millis(100), retries: 2 };

/** A messenger over an endpoint whose packets and time the test holds in its hands. */
class MessengerBench extends EndpointBench {
  readonly messenger: Messenger;
  readonly #clock: { now: () => Millis };

  constructor() {
    super();
    this.#clock = { now: () => millis(this.now) };
    this.messenger = new Messenger(this.endpoint, this.#clock satisfies Clock);
    this.endpoint.onLinkChange = () => {
      this.messenger.linkChanged();
    };
  }

  /** The peer's response to the request with this tag. */
  respond(bytes: Uint8Array, tag = 0, source: number = PEER): void {
    this.take(packet(bytes, { tagOwner: false, tag, source }));
  }
}

/** The tag of a packet that `sent` gave. */
function tagOf(sent: string | undefined): number {
  return Number.parseInt((sent ?? "").slice(6, 8), 16) & 7;
}

async function failureOf(promise: Promise<unknown>): Promise<Pick<Failure, "code" | "message">> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error as Failure,
  );
  if (outcome === undefined) throw new Error("it did not fail");
  return { code: outcome.code, message: outcome.message };
}

describe("a request", () => {
  test("resolves with the response, the attempts and a time", async () => {
    const bench = new MessengerBench();
    const promise = bench.messenger.request(PEER, QUESTION, TIMING);
    expect(bench.sent()).toBe("010908c8" + "7f010203");
    bench.respond(ANSWER);
    const { response, attempts, roundTripMicroseconds } = await promise;
    expect([...response.bytes]).toEqual([...ANSWER]);
    expect(attempts).toBe(1);
    expect(roundTripMicroseconds).toBeGreaterThanOrEqual(0);
  });

  test("fails with a timeout after its attempts, and says how many there were", async () => {
    const bench = new MessengerBench();
    const promise = bench.messenger.request(PEER, QUESTION, TIMING);
    for (const now of [100, 200, 300]) {
      while (bench.endpoint.nextPacket(64) !== undefined) bench.endpoint.packetDone(bench.now);
      bench.now = millis(now);
      bench.endpoint.expire(bench.now);
    }
    expect(await failureOf(promise)).toEqual({ code: "timeout", message: "no response from EID 9 after 3 attempts" });
  });

  test("a request that goes out of another link is nobody's business when the channel is lost", async () => {
    const bench = new MessengerBench();
    const { endpoint } = bench;
    const line = endpoint.addPort();
    endpoint.portUp(line, bench.now);
    endpoint.route = (destination) => (destination === FAR ? line : endpoint.ownPort);
    endpoint.onFurtherPort = () => {
      bench.messenger.linkChanged();
    };
    const silent = failureOf(bench.messenger.request(FAR, QUESTION, { attemptTimeout: millis(100), retries: 0 }));
    const lost = failureOf(bench.messenger.request(FAR, QUESTION, { attemptTimeout: millis(1000), retries: 0 }));
    endpoint.linkDown(bench.now);
    bench.messenger.linkChanged();
    bench.now = millis(100);
    endpoint.expire(bench.now);
    expect(await silent).toEqual({ code: "timeout", message: "no response from EID 20 after 1 attempt" });
    endpoint.portDown(line, bench.now);
    expect(await lost).toMatchObject({ code: "link-lost" });
  });

  test("without a channel for all its attempts it was not asked, and says why", async () => {
    const bench = new MessengerBench();
    bench.endpoint.linkDown(bench.now);
    const promise = bench.messenger.request(PEER, QUESTION, { attemptTimeout: millis(100), retries: 0 });
    bench.now = millis(100);
    bench.endpoint.expire(bench.now);
    expect(await failureOf(promise)).toEqual({
      code: "link-down",
      message: "EID 9 was not asked: the channel is down",
    });
  });

  test("fails at once when the channel is lost", async () => {
    const bench = new MessengerBench();
    const promise = bench.messenger.request(PEER, QUESTION, TIMING);
    bench.endpoint.linkDown(bench.now);
    expect(await failureOf(promise)).toMatchObject({ code: "link-lost" });
  });

  test("begun without a channel survives until there is one, and is sent then by its retry", async () => {
    const bench = new MessengerBench();
    bench.endpoint.linkDown(bench.now);
    const promise = bench.messenger.request(PEER, QUESTION, TIMING);
    expect(bench.sent()).toBeUndefined();
    bench.endpoint.linkUp(bench.now);
    bench.now = millis(100);
    bench.endpoint.expire(bench.now);
    expect(bench.sent()).toBe("010908c8" + "7f010203");
    bench.respond(ANSWER);
    expect(await promise).toMatchObject({ attempts: 2 });
  });

  test("cancelled before or meanwhile fails with that; the tag of one under way is held off", async () => {
    const bench = new MessengerBench();
    const aborted = AbortSignal.abort();
    expect(await failureOf(bench.messenger.request(PEER, QUESTION, TIMING, aborted))).toMatchObject({
      code: "cancelled",
    });
    expect(bench.sent()).toBeUndefined();

    const controller = new AbortController();
    const promise = bench.messenger.request(PEER, QUESTION, TIMING, controller.signal);
    expect(tagOf(bench.sent())).toBe(0);
    controller.abort();
    expect(await failureOf(promise)).toMatchObject({ code: "cancelled" });
    void bench.messenger.request(PEER, QUESTION, TIMING);
    expect(tagOf(bench.sent())).toBe(1);
  });

  test("one too many is refused at once", async () => {
    const bench = new MessengerBench();
    const promises = Array.from({ length: COMMON_TAGS + WAITING_PLACES }, () =>
      bench.messenger.request(PEER, QUESTION, TIMING),
    );
    expect(await failureOf(bench.messenger.request(PEER, QUESTION, TIMING))).toEqual({
      code: "not-asked",
      message: "EID 9 was not asked: too many requests to it wait for a tag already",
    });
    bench.endpoint.linkDown(bench.now);
    const outcomes = await Promise.allSettled(promises);
    expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
  });

  test("many at once with one signal bring no warning of a leak", () => {
    const bench = new MessengerBench();
    const { signal } = new AbortController();
    for (let count = 0; count < 30; count++) void bench.messenger.request(PEER, QUESTION, TIMING, signal);
    expect(getMaxListeners(signal)).toBeGreaterThanOrEqual(getEventListeners(signal, "abort").length);
  });

  test("leaves nothing on its signal, however it ends", async () => {
    const bench = new MessengerBench();
    const controller = new AbortController();
    const listeners = () => getEventListeners(controller.signal, "abort").length;
    const answered = bench.messenger.request(PEER, QUESTION, TIMING, controller.signal);
    const lost = bench.messenger.request(PEER, QUESTION, TIMING, controller.signal);
    expect(listeners()).toBe(2);
    bench.respond(ANSWER, 0);
    await answered;
    expect(listeners()).toBe(1);
    bench.endpoint.linkDown(bench.now);
    await failureOf(lost);
    expect(listeners()).toBe(0);
  });

  test("leaves nothing on its signal when the response comes while it is being sent", async () => {
    const bench = new MessengerBench();
    const controller = new AbortController();
    // A side that spins answers within the call: the runner is kicked, the peer answers before the turn is over.
    bench.endpoint.onWork = () => {
      const sent = bench.sent();
      if (sent !== undefined) bench.respond(ANSWER, tagOf(sent));
    };
    for (let count = 0; count < 3; count++) {
      await bench.messenger.request(PEER, QUESTION, TIMING, controller.signal);
    }
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });
});

describe("requests to the null EID and to the endpoint that answers them", () => {
  // What the null EID stands for answers under its own EID (DSP0236 8.2), so its tag must be nobody else's meanwhile.
  test.each([
    ["the null EID first", [0, 9]],
    ["the endpoint first", [9, 0]],
  ])("each gets its own response: %s", async (_name, order) => {
    const bench = new MessengerBench();
    const questions = order.map((destination) => ({
      promise: bench.messenger.request(eid(destination), Uint8Array.of(0x7f, destination), TIMING),
      tag: tagOf(bench.sent()),
      destination,
    }));
    for (const { tag, destination } of questions) bench.respond(Uint8Array.of(0x7f, 100 + destination), tag);
    for (const { promise, destination } of questions) {
      const { response } = await promise;
      expect([...response.bytes]).toEqual([0x7f, 100 + destination]);
    }
  });

  test("discovery and an echo at the same time: neither takes the other's response", async () => {
    const bench = new MessengerBench();
    let version: string | undefined;
    bench.endpoint.requestControl(eid(0), 0x04, Uint8Array.of(0), bench.now, (outcome) => {
      version = outcome.ok ? Buffer.from(outcome.response.bytes).toString("hex") : outcome.reject;
    });
    const control = tagOf(bench.sent());
    const echo = bench.messenger.request(PEER, QUESTION, TIMING);
    const echoTag = tagOf(bench.sent());
    bench.respond(Uint8Array.of(0, 0, 4, 0, 1, 0xf1, 0xf3, 0xf1, 0), control);
    bench.respond(ANSWER, echoTag);
    expect([...(await echo).response.bytes]).toEqual([...ANSWER]);
    expect(version).toBe("0000040001f1f3f100");
  });
});

describe("waiting for the channel", () => {
  test("ends at once when it is up, when it comes up, at the limit, and when it is cancelled", async () => {
    const bench = new MessengerBench();
    expect(await bench.messenger.waitForLink(10_000)).toBe(true);
    bench.endpoint.linkDown(bench.now);
    expect(await bench.messenger.waitForLink(1)).toBe(false);

    const comes = bench.messenger.waitForLink(10_000);
    bench.endpoint.linkUp(bench.now);
    expect(await comes).toBe(true);

    bench.endpoint.linkDown(bench.now);
    const controller = new AbortController();
    const cancelled = bench.messenger.waitForLink(10_000, controller.signal);
    controller.abort();
    expect(await cancelled).toBe(false);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  test("already cancelled ends at once", async () => {
    const bench = new MessengerBench();
    bench.endpoint.linkDown(bench.now);
    expect(await bench.messenger.waitForLink(100_000, AbortSignal.abort())).toBe(false);
  });
});

describe("a message that gets no response", () => {
  test("is waited for within its limit where the peer does not take it, and stays queued", async () => {
    const bench = new MessengerBench();
    const sending = sendMessage(bench.messenger, PEER, QUESTION, undefined, { limit: millis(20) });
    expect(await failureOf(sending)).toEqual({
      code: "send-timeout",
      message: "the message was not taken within 0.02 s; it stays queued",
    });
    expect(bench.endpoint.queued).toBe(1);
    // What the peer takes later is no second outcome.
    expect(bench.sent()).toBeDefined();
  });

  test("is not waited for once its sender has gone; nothing is left of a wait that ends", async () => {
    const bench = new MessengerBench();
    const gone = new AbortController();
    const limits = { limit: millis(60_000), signal: gone.signal };
    const taken = sendMessage(bench.messenger, PEER, QUESTION, undefined, limits);
    const left = failureOf(sendMessage(bench.messenger, PEER, QUESTION, undefined, limits));
    bench.sent();
    await taken;
    expect(getEventListeners(gone.signal, "abort")).toHaveLength(1);
    gone.abort();
    expect(await left).toEqual({
      code: "send-timeout",
      message: "the message was not taken before its sender left; it stays queued",
    });
    expect(getEventListeners(gone.signal, "abort")).toHaveLength(0);
  });
});
