import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { monotonicClock } from "../../src/node/clock.ts";
import { LineDriver } from "../../src/node/line-driver.ts";
import { LinkShare } from "../../src/node/processor-share.ts";
import { ENDPOINT_DEFAULTS } from "../../src/core/mctp/endpoint-defaults.ts";
import { EndpointCore } from "../../src/core/mctp/endpoint.ts";
import { Control } from "../../src/core/mctp/control/codec.ts";
import { MessageType } from "../../src/core/mctp/message.ts";
import type { RequestOutcome } from "../../src/core/mctp/request-terms.ts";
import { SerialLine, type PortStream } from "../../src/platform/serial/serial-line.ts";
import { eid, millis, type Eid } from "../../src/core/wire/units.ts";
import type { LineEvents } from "../../src/platform/byte-line.ts";
import { FrameEncoder } from "../../src/core/serial/framing.ts";
import { EndpointBench } from "../support/endpoint-bench.ts";
import { testMessage } from "../support/endpoints.ts";
import { partsOf } from "../support/frames.ts";
import { packet } from "../support/packets.ts";
import { SerialCable } from "../support/pty.ts";
import { within } from "../support/processes.ts";

const LIMIT = 30_000;
// Every wait below has a limit of its own.
jest.setTimeout(2 * LIMIT);

interface End {
  readonly endpoint: EndpointCore;
  readonly driver: LineDriver;
  readonly lost: string[];
}

const opened: { stop(): Promise<void> }[] = [];
const cables: SerialCable[] = [];

afterEach(async () => {
  for (const driver of opened.splice(0)) await driver.stop();
  for (const cable of cables.splice(0)) cable.close();
});

function makeEnd(path: string, own: Eid, kind: "endpoint" | "busOwner", unit = 64): End {
  const endpoint = new EndpointCore({
    ...ENDPOINT_DEFAULTS,
    // On a busy machine nothing is asked twice, nor given up.
    timing: { ...ENDPOINT_DEFAULTS.timing, attemptTimeout: millis(LIMIT), retries: 0 },
    assembly: { ...ENDPOINT_DEFAULTS.assembly, timeout: millis(LIMIT) },
    identity: { eid: own, uuid: new Uint8Array(16), kind, staticEid: own, assigned: false, messageTypes: new Map() },
  });
  const line = new SerialLine({ path, baudRate: 115_200 });
  const driver = new LineDriver(line, endpoint, monotonicClock, { unit, escaping: "data" });
  endpoint.onWork = () => {
    driver.kick();
  };
  const lost: string[] = [];
  driver.onLost = (why) => lost.push(why.message);
  opened.push(driver);
  return { endpoint, driver, lost };
}

async function cableWithEnds(unit?: number) {
  const cable = new SerialCable();
  cables.push(cable);
  const one = makeEnd(cable.onePath, eid(8), "busOwner", unit);
  const other = makeEnd(cable.otherPath, eid(9), "endpoint", unit);
  await one.driver.start();
  await other.driver.start();
  return { cable, one, other };
}

function ask({ endpoint }: End, destination: number, bytes: Uint8Array, timing = endpoint.timing) {
  return within(
    LIMIT,
    new Promise<RequestOutcome>((resolve) => {
      endpoint.request(eid(destination), bytes, monotonicClock.now(), resolve, timing);
    }),
  );
}

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + LIMIT;
  while (!holds()) {
    if (performance.now() > end) throw new Error("in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("two endpoints on a serial cable", () => {
  test("exchange control requests", async () => {
    const { one, other } = await cableWithEnds();
    const outcome = await within(
      LIMIT,
      new Promise<RequestOutcome>((resolve) => {
        one.endpoint.requestControl(eid(9), Control.GET_ENDPOINT_ID, new Uint8Array(0), monotonicClock.now(), resolve);
      }),
    );
    expect(outcome.ok && [...outcome.response.bytes.subarray(2, 5)]).toEqual([Control.GET_ENDPOINT_ID, 0, 9]);
    expect(other.driver.counters).toMatchObject({ framesReceived: 1, framesSent: 1, lineOpened: 1, fcsMismatch: 0 });
  });

  test.each([64, 251])(
    "messages of many packets, of all byte values, come back, with %i bytes a packet",
    async (unit) => {
      const { one, other } = await cableWithEnds(unit);
      other.endpoint.handle(MessageType.VENDOR_IANA, (message) => {
        other.endpoint.respond(message, message.bytes);
      });
      const bytes = Uint8Array.from({ length: 5000 }, (_, index) =>
        index === 0 ? MessageType.VENDOR_IANA : index >> 2,
      );
      const outcome = await ask(one, 9, bytes);
      expect(outcome.ok && Buffer.compare(outcome.response.bytes, bytes)).toBe(0);
      expect(one.driver.counters.framesSent).toBe(Math.ceil(bytes.length / unit));
    },
  );

  test("a line that is opened ahead of its start reads nothing before, and loses nothing", async () => {
    const cable = new SerialCable();
    cables.push(cable);
    const { driver, endpoint } = makeEnd(cable.onePath, eid(8), "busOwner");
    await driver.open();
    cable.sayToOne(Uint8Array.of(1, 2, 3));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([endpoint.isUp, driver.counters.lineOpened, driver.counters.strayBytes]).toEqual([false, 0, 0]);
    await driver.start();
    await until(() => driver.counters.strayBytes === 3);
    expect([endpoint.isUp, driver.counters.lineOpened]).toEqual([true, 1]);
  });

  test("a line that is opened ahead and never started is shut by the stop", async () => {
    const cable = new SerialCable();
    cables.push(cable);
    const { driver } = makeEnd(cable.onePath, eid(8), "busOwner");
    await driver.open();
    await driver.stop();
    const again = makeEnd(cable.onePath, eid(8), "busOwner");
    await again.driver.start();
    expect(again.driver.isUp).toBe(true);
  });

  test("noise on the line costs the message it hits at most, and is counted", async () => {
    const { cable, one, other } = await cableWithEnds();
    other.endpoint.handle(MessageType.VENDOR_IANA, (message) => {
      other.endpoint.respond(message, message.bytes);
    });
    cable.sayToOne(Uint8Array.of(0x00, 0x7e, 0x01, 0x20, 0x7d));
    await until(() => one.driver.counters.strayBytes === 1);
    const outcome = await ask(one, 9, Uint8Array.of(MessageType.VENDOR_IANA, 1, 2, 3));
    expect(outcome.ok && outcome.attempts).toBe(1);
    expect(one.driver.counters).toMatchObject({ frameTruncated: 1, framesReceived: 1 });
  });

  test("a device that is taken away ends the link, is told in words, and is waited for", async () => {
    const { cable, one } = await cableWithEnds();
    expect(one.endpoint.isUp).toBe(true);
    cable.removeOne();
    await until(() => !one.endpoint.isUp);
    expect(one.lost).toEqual([expect.stringMatching(/^lost \/dev\/pts\/\d+: .*; waiting for it to come back$/)]);
    expect(one.driver.counters.lineLost).toBe(1);
  });

  test("a request over a line that is gone still ends by its deadline", async () => {
    const { cable, one } = await cableWithEnds();
    cable.removeOne();
    await until(() => !one.endpoint.isUp);
    const outcome = await ask(one, 9, Uint8Array.of(MessageType.VENDOR_IANA), ENDPOINT_DEFAULTS.timing);
    expect(outcome).toMatchObject({ ok: false, reject: "notAsked", reason: "linkDown" });
  });
});

test("a line whose device has gone is lost, though its port never says so", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mctp-lpc-line-"));
  const path = join(folder, "ttyFAKE");
  writeFileSync(path, "");
  const line = new SerialLine({ path, baudRate: 9600 }, () => Promise.resolve(new FakePort()));
  const lost: string[] = [];
  await line.start({ opened: () => undefined, received: () => undefined, lost: ({ message }) => lost.push(message) });
  rmSync(folder, { recursive: true });
  await until(() => lost.length > 0);
  expect(lost).toEqual([`lost ${path}: the device is gone; waiting for it to come back`]);
  await line.close();
});

test("a frame counts as sent when it has left the machine, not when the system has taken it", async () => {
  const port = new FakePort();
  port.isSlow = true;
  const line = new SerialLine({ path: "/dev/ttyFAKE", baudRate: 9600 }, () => Promise.resolve(port));
  await line.start({ opened: () => undefined, received: () => undefined, lost: () => undefined });
  let taken = 0;
  line.write(Uint8Array.of(1), () => taken++);
  await until(() => port.drained.length === 1);
  expect(taken).toBe(0);
  port.drained[0]!();
  expect(taken).toBe(1);
  await line.close();
});

describe("opening", () => {
  test("a device that does not exist is a failure that says so", async () => {
    const { driver } = makeEnd("/dev/mctp-lpc-no-such-device", eid(9), "endpoint");
    await expect(driver.start()).rejects.toThrow(
      "cannot open /dev/mctp-lpc-no-such-device: there is no such device; see which there are with ls /dev/tty*",
    );
  });

  test("a file is no serial line", async () => {
    const { driver } = makeEnd("/etc/hostname", eid(9), "endpoint");
    await expect(driver.start()).rejects.toThrow("cannot open /etc/hostname: it is no serial line");
  });

  test("a line that comes back is opened again, with growing pauses", async () => {
    const ports: FakePort[] = [];
    let refusals = 2;
    const line = new SerialLine({ path: "/dev/ttyFAKE", baudRate: 9600 }, () => {
      if (ports.length > 0 && refusals-- > 0) return Promise.reject(new Error("not there"));
      const port = new FakePort();
      ports.push(port);
      return Promise.resolve(port);
    });
    const ups: number[] = [];
    const endpoint = new EndpointCore({
      ...ENDPOINT_DEFAULTS,
      identity: {
        eid: eid(8),
        uuid: new Uint8Array(16),
        kind: "endpoint",
        staticEid: undefined,
        assigned: false,
        messageTypes: new Map(),
      },
    });
    endpoint.onLinkChange = (up) => ups.push(up ? performance.now() : 0);
    const driver = new LineDriver(line, endpoint, monotonicClock, { unit: 64, escaping: "data" });
    opened.push(driver);
    await driver.start();
    const began = performance.now();
    ports[0]!.fail("unplugged");
    await until(() => endpoint.isUp);
    expect(ports.length).toBe(2);
    expect(performance.now() - began).toBeGreaterThanOrEqual(100 + 200 + 400 - 20);
    expect(driver.counters).toMatchObject({ lineOpened: 2, lineLost: 1 });
  });
});

describe("LPC-SEC-3 a flood on a serial line", () => {
  const CHUNK_FRAMES = 20;
  /** Milliseconds that each packet costs. */
  const COST = 0.05;

  /**
   * Frames of a message follow each other for ten seconds wherever the line is read; the share of that time which they
   * cost.
   */
  async function flood(message: Uint8Array, floodShare?: number) {
    jest.useFakeTimers();
    let now = 0;
    let [busy, isPaused] = [0, false];
    let line: LineEvents | undefined;
    const driver = new LineDriver(
      {
        name: "a line",
        start: (events) => {
          line = events;
          events.opened();
          return Promise.resolve();
        },
        write: (_bytes, taken) => {
          taken();
        },
        pause: (wanted) => {
          isPaused = wanted;
        },
        close: () => Promise.resolve(),
      },
      Object.assign(new EndpointBench().endpoint, {
        // What a packet costs, beside what the endpoint does with it.
        onControl: () => {
          busy += COST;
        },
      }),
      { now: () => millis(now + busy) },
      { unit: 64, escaping: "data", share: new LinkShare(floodShare) },
    );
    let told = 0;
    driver.onFirstRest = () => told++;
    try {
      await driver.start();
      const frame = new FrameEncoder("data").encode(partsOf(packet(message, { source: 9, destination: 8 })));
      const chunk = Buffer.concat(Array.from({ length: CHUNK_FRAMES }, () => Uint8Array.from(frame)));
      const costsAnyway = message[0] === 0 ? 0 : CHUNK_FRAMES * COST;
      while (now + busy < 10_000) {
        if (isPaused) {
          now++;
          jest.advanceTimersByTime(1);
          continue;
        }
        line!.received(chunk);
        busy += costsAnyway;
      }
      return { share: busy / (now + busy), paced: driver.paced, told };
    } finally {
      await driver.stop();
      jest.useRealTimers();
    }
  }

  test("LPC-SEC-3: Get Endpoint ID without end costs 30 % of a processor, or the share that is set; it is told once", async () => {
    const GET_EID = Uint8Array.of(0, 0x80, 0x02);
    const { share, paced, told } = await flood(GET_EID);
    expect(share).toBeGreaterThan(0.25);
    expect(share).toBeLessThan(0.32);
    expect(paced).toBeGreaterThan(100);
    expect(told).toBe(1);
    expect((await flood(GET_EID, 0.1)).share).toBeLessThan(0.12);
  });

  test("LPC-SEC-3: payload that a handler takes is not paced", async () => {
    expect(await flood(testMessage(60))).toMatchObject({ paced: 0, told: 0 });
  });

  test("a rest ends with the line, and with the driver", async () => {
    const port = new FakePort();
    const line = new SerialLine({ path: "/dev/ttyFAKE", baudRate: 9600 }, () => Promise.resolve(port));
    await line.start({ opened: () => undefined, received: () => undefined, lost: () => undefined });
    line.pause(true);
    expect(port.isPaused).toBe(true);
    line.pause(false);
    expect(port.isPaused).toBe(false);
    await line.close();
    line.pause(true);
    expect(port.isPaused).toBe(false);
  });
});

class FakePort implements PortStream {
  isOpen = false;
  /** Holds back what was written until the test drains it. */
  isSlow = false;
  isPaused = false;
  readonly drained: (() => void)[] = [];
  readonly #listeners = new Map<string, ((value: never) => void)[]>();

  on(event: string, listener: (value: never) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  open(done: (error: null) => void): void {
    this.isOpen = true;
    done(null);
  }

  write(_bytes: Uint8Array, done: (error: null) => void): void {
    setImmediate(done, null);
  }

  drain(done: (error: null) => void): void {
    this.drained.push(() => {
      done(null);
    });
    if (!this.isSlow) this.drained.shift()?.();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(done: (error: null) => void): void {
    this.isOpen = false;
    done(null);
  }

  fail(text: string): void {
    for (const name of ["error", "close"]) {
      for (const listener of this.#listeners.get(name) ?? []) listener(new Error(text) as never);
    }
  }
}
