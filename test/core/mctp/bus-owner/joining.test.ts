import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BusOwner } from "../../../../src/core/mctp/bus-owner/bus-owner.ts";
import type { BusOwnerConfig } from "../../../../src/core/mctp/bus-owner/config.ts";
import { joining, type JoinReject, type Joined } from "../../../../src/core/mctp/bus-owner/joining.ts";
import { eidsOf } from "../../../../src/core/mctp/bus-owner/memory.ts";
import { runSequence, type Question } from "../../../../src/core/mctp/control/request.ts";
import { fromHex, toHex } from "../../../../src/core/wire/bytes.ts";
import type { Result } from "../../../../src/core/wire/result.ts";
import { eid, millis } from "../../../../src/core/wire/units.ts";
import { bmcEndpoint, HOST_UUID } from "../../../support/endpoints.ts";
import { packet } from "../../../support/packets.ts";
import { Pair } from "../../../support/pair.ts";

const UUID = toHex(HOST_UUID);
const UUID_TEXT = "10111213-1415-1617-1819-1a1b1c1d1e1f";

function owner(changes: Partial<BusOwnerConfig> = {}): BusOwner {
  return new BusOwner({
    own: eid(8),
    pool: { first: eid(9), count: 20 },
    statics: new Map(),
    portEids: new Map(),
    ...changes,
  });
}

/** A device with EID `own` that takes every EID, and answers the other commands with these. */
class Device {
  own = 0;
  readonly asked: string[] = [];
  readonly answers: Readonly<Record<number, readonly string[]>>;
  readonly #given: Record<number, number> = {};

  constructor(answers: Readonly<Record<number, readonly string[]>> = {}) {
    this.answers = answers;
  }

  answer(destination: number, request: Uint8Array): string | undefined {
    const command = request[2]!;
    this.asked.push(`${String(destination)}: ${toHex(request.subarray(2))}`);
    const list = this.answers[command];
    if (list !== undefined) {
      const at = this.#given[command] ?? 0;
      this.#given[command] = at + 1;
      const answer = list[Math.min(at, list.length - 1)];
      if (command === 1 && answer?.startsWith("00") === true) this.own = Number.parseInt(answer.slice(4, 6), 16);
      return answer;
    }
    const hexOwn = (): string => this.own.toString(16).padStart(2, "0");
    switch (command) {
      case 1:
        this.own = request[4]!;
        return `0000${hexOwn()}00`;
      case 2:
        return `00${hexOwn()}0000`;
      case 3:
        return `00${UUID}`;
      case 4:
        return "0001f1f3f100";
      case 5:
        return "00017f";
      default:
        return "05";
    }
  }
}

function join(bus: BusOwner, device: Device, port = 0): Result<Joined, JoinReject> {
  const endpoint = bmcEndpoint();
  endpoint.linkUp(millis(0));
  let now = millis(0);
  let outcome: Result<Joined, JoinReject> | undefined;
  runSequence(endpoint, joining(bus, port), now, (value) => {
    outcome = value;
  });
  for (let round = 0; round < 100 && outcome === undefined; round++) {
    const parts = endpoint.nextPacket(64);
    if (parts === undefined) {
      now = endpoint.nextDeadline() ?? now;
      endpoint.expire(now);
      continue;
    }
    const bytes = parts.message.slice(parts.start, parts.end);
    endpoint.packetDone(now);
    const answer = device.answer((parts.header >>> 16) & 0xff, bytes);
    if (answer === undefined) continue;
    const response = Uint8Array.of(0, bytes[1]! & 0x1f, bytes[2]!, ...fromHex(answer)!);
    const fields = { source: device.own, tagOwner: false, tag: parts.header & 7 };
    endpoint.receivePacket(packet(response, fields), 0, 4 + response.length, now);
  }
  if (outcome === undefined) throw new Error("the sequence did not end");
  return outcome;
}

describe("an endpoint joins", () => {
  test("LPC-MCTP-3: it is asked what every endpoint is asked, and nothing more", () => {
    const bus = owner();
    const device = new Device();
    expect(join(bus, device)).toMatchObject({ ok: true, value: { record: { eid: 9, uuid: UUID_TEXT } } });
    expect(device.asked).toEqual(["0: 0400", "0: 010009", "9: 02", "9: 05", "9: 03"]);
    expect(bus.endpoints).toMatchObject([
      { eid: 9, presence: "present", port: 0, controlVersions: [0xf1f3f100], messageTypes: [0x7f] },
    ]);
  });

  test("one whose UUID has another EID is given that, and confirms it", () => {
    const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
    const device = new Device();
    expect(join(bus, device)).toMatchObject({ ok: true, value: { found: { eid: 40 }, record: { fixed: "static" } } });
    expect(device.asked.slice(5)).toEqual(["0: 010028", "40: 02"]);
    expect(join(bus, new Device())).toMatchObject({ ok: true, value: { record: { eid: 40 } } });
  });

  test("one that takes an EID and then another only by force is forced", () => {
    const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
    const device = new Device({ 1: ["00000900", "00100900", "00002800"] });
    expect(join(bus, device)).toMatchObject({ ok: true, value: { record: { eid: 40, fixed: "static" } } });
    expect(device.asked.slice(5)).toEqual(["0: 010028", "0: 010128", "40: 02"]);
  });

  test("one that takes an EID and then no other keeps the first", () => {
    const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
    const device = new Device({ 1: ["00000900", "00100900"] });
    expect(join(bus, device)).toMatchObject({ ok: true, value: { record: { eid: 9, fixed: "own" } } });
    expect(device.asked.slice(5)).toEqual(["0: 010028", "0: 010128", "9: 02"]);
  });

  test.each(["00", "07"])("one that then says that it has EID 0x%s has not joined", (own) => {
    const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
    const outcome = join(bus, new Device({ 1: ["00000900", `0010${own}00`] }));
    expect(outcome).toMatchObject({ ok: false, reject: expect.stringContaining("which no endpoint may have") });
    expect(bus.endpoints).toEqual([]);
  });

  test("one that has another EID behind than it said has not joined", () => {
    const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
    const device = new Device({ 2: ["00090000", "00090000"] });
    expect(join(bus, device)).toEqual({ ok: false, reject: "Get Endpoint ID: malformed response" });
    expect(bus.endpoints).toEqual([]);
  });

  test("one that insists on its EID from the beginning keeps it", () => {
    const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
    const outcome = join(bus, new Device({ 1: ["00102100"] }));
    expect(outcome).toMatchObject({ ok: true, value: { record: { eid: 0x21, fixed: "own" } } });
  });

  test("without an EID to give nothing is asked", () => {
    const bus = owner({ pool: { first: eid(8), count: 1 } });
    const device = new Device();
    expect(join(bus, device)).toEqual({ ok: false, reject: "no EID is left of the pool 8-8" });
    expect(device.asked).toEqual([]);
  });
});

describe("a bridge joins", () => {
  const WANTS_4 = { 1: ["00010904"] };

  test("it is given the EIDs that it wants", () => {
    const bus = owner();
    const device = new Device({ ...WANTS_4, 8: ["0000040a"] });
    expect(join(bus, device)).toMatchObject({
      ok: true,
      value: { record: { eid: 9, pool: { first: 10, count: 4 } }, poolTrouble: undefined },
    });
    expect(device.asked.slice(5)).toEqual(["9: 0800040a"]);
  });

  test("one that has a pool already and refuses is forced", () => {
    const bus = owner();
    const device = new Device({ ...WANTS_4, 8: ["00010432", "0000040a"] });
    expect(join(bus, device)).toMatchObject({ ok: true, value: { record: { pool: { first: 10, count: 4 } } } });
    expect(device.asked.slice(5)).toEqual(["9: 0800040a", "9: 0801040a"]);
  });

  test("one that holds a pool in which nobody else has an EID keeps it", () => {
    const bus = owner();
    const device = new Device({ 1: ["00020904"], 8: ["00000432"] });
    expect(join(bus, device)).toMatchObject({ ok: true, value: { record: { pool: { first: 50, count: 4 } } } });
    expect(device.asked.slice(5)).toEqual(["9: 08020000"]);
  });

  test("one that holds a pool with the bus owner's EID in it gets another", () => {
    const bus = owner();
    const device = new Device({ 1: ["00020904"], 8: ["00000408", "00010408", "0000040a"] });
    expect(join(bus, device)).toMatchObject({ ok: true, value: { record: { pool: { first: 10, count: 4 } } } });
    expect(device.asked.slice(5)).toEqual(["9: 08020000", "9: 0800040a", "9: 0801040a"]);
  });

  test.each<[string, Readonly<Record<number, readonly string[]>>, RegExp]>([
    ["does not know the command", WANTS_4, /Allocate Endpoint IDs: unsupported command/],
    ["takes none", { ...WANTS_4, 8: ["00010432"] }, /does not take the EIDs 10 to 13/],
    ["takes others", { ...WANTS_4, 8: ["00000432"] }, /does not take the EIDs 10 to 13/],
  ])("one that %s has joined without", (_, answers, trouble) => {
    expect(join(owner(), new Device(answers))).toMatchObject({
      ok: true,
      value: { record: { eid: 9, pool: undefined }, poolTrouble: expect.stringMatching(trouble) },
    });
  });
});

test("over the binding, against the real responder, with an EID that is its UUID's own", () => {
  const pair = new Pair().bringUp();
  const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
  let outcome: Result<Joined, JoinReject> | undefined;
  runSequence(pair.bmc.endpoint, joining(bus, 0), pair.now, (value) => {
    outcome = value;
  });
  pair.runUntil(() => outcome !== undefined, "joined");
  expect(outcome).toMatchObject({ ok: true, value: { record: { eid: 40 } } });
  expect(pair.host.endpoint.identity.eid).toBe(40);
});

/** A bridge that wants four EIDs. */
class Bridge extends Device {
  override answer(destination: number, request: Uint8Array): string | undefined {
    const plain = super.answer(destination, request);
    if (request[2] === 1) return `0001${plain!.slice(4, 6)}04`;
    if (request[2] === 8) return `0000${toHex(request.subarray(4))}`;
    return plain;
  }
}

/** A joining question by question, so that others come between. */
class Steps {
  readonly device: Device;
  outcome: Result<Joined, JoinReject> | undefined;
  #question: Question | undefined;
  readonly #sequence: ReturnType<typeof joining>;

  constructor(bus: BusOwner, device: Device, port: number) {
    this.device = device;
    this.#sequence = joining(bus, port);
    this.#take(this.#sequence.next());
  }

  /** Answers the next question, or has it go unanswered. */
  step(silent = false): this {
    const { destination, command, data } = this.#question!;
    // What goes missing is the answer: the device has done as it was asked.
    const answer = this.device.answer(destination, Uint8Array.of(0, 0x80, command, ...data));
    const bytes = answer === undefined || silent ? undefined : Uint8Array.of(0, 0, command, ...fromHex(answer)!);
    const response = bytes && { source: eid(this.device.own), destination: eid(8), tagOwner: false, tag: 0, bytes };
    this.#take(
      this.#sequence.next(
        response === undefined ? { ok: false, reject: "timeout", attempts: 3 } : { ok: true, response, attempts: 1 },
      ),
    );
    return this;
  }

  steps(count: number): this {
    for (let one = 0; one < count; one++) this.step();
    return this;
  }

  toEnd(): Result<Joined, JoinReject> {
    while (this.outcome === undefined) this.step();
    return this.outcome;
  }

  #take(step: IteratorResult<Question, Result<Joined, JoinReject>>): void {
    if (step.done === true) this.outcome = step.value;
    else this.#question = step.value;
  }
}

describe("endpoints join at several ports at once", () => {
  const OTHER = { 3: [`00${"22".repeat(16)}`] };
  /** Up to Set Endpoint ID and its answer. */
  const ASSIGNED = 2;

  function lockStep(...all: readonly Steps[]): void {
    while (all.some(({ outcome }) => outcome === undefined)) {
      for (const one of all) if (one.outcome === undefined) one.step();
    }
  }

  test("LPC-MCTP-17: each gets an EID, and a bridge EIDs to give, that no other has or is about to get", () => {
    const bus = owner();
    const [one, other] = [new Steps(bus, new Bridge(), 0), new Steps(bus, new Bridge(OTHER), 1)];
    lockStep(one, other);
    expect(bus.endpoints).toMatchObject([
      { eid: 9, port: 0, presence: "present", pool: { first: 11, count: 4 } },
      { eid: 10, port: 1, presence: "present", pool: { first: 15, count: 4 } },
    ]);
    expect([one.device.own, other.device.own]).toEqual([9, 10]);
  });

  test("one that took its EID and was not heard of again keeps it, until the link is lost", () => {
    const bus = owner();
    const lost = new Steps(bus, new Device(), 0).steps(ASSIGNED).step(true);
    expect(lost.outcome).toMatchObject({ ok: false });
    expect(join(bus, new Device(OTHER), 1)).toMatchObject({ ok: true, value: { record: { eid: 10 } } });
    expect(bus.judgeAssignment(eid(9), { uuid: UUID_TEXT })).toBe("EID 9 is on its way to an endpoint at port 0");
    // Tried again, it is sent the EID that it may have.
    expect(join(bus, new Device(), 0)).toMatchObject({ ok: true, value: { record: { eid: 9 } } });
    bus.left(0);
    const again = owner();
    new Steps(again, new Device(), 0).steps(ASSIGNED).step(true);
    again.left(0);
    expect(join(again, new Device(OTHER), 1)).toMatchObject({ ok: true, value: { record: { eid: 9 } } });
  });

  test("one whose answer to Set Endpoint ID is missing may have taken the EID; one that was never sent it has not", () => {
    const bus = owner();
    new Steps(bus, new Device(), 0).step(true);
    new Steps(bus, new Device(), 1).step().step(true);
    expect(join(bus, new Device(OTHER), 2)).toMatchObject({ ok: true, value: { record: { eid: 10 } } });
  });

  test("one that answers with an error has not taken it, unless it was sent it before", () => {
    const bus = owner();
    const refusing = (port: number) => join(bus, new Device({ 1: ["02"] }), port);
    expect(refusing(0)).toMatchObject({ ok: false });
    expect(bus.provisional(1)).toBe(9);
    new Steps(bus, new Device(), 0).step().step(true);
    expect(refusing(0)).toMatchObject({ ok: false });
    expect(bus.provisional(1)).toBe(10);
  });

  test("one that insists on an EID that is on its way to another has not joined", () => {
    const bus = owner();
    const first = new Steps(bus, new Device(), 0).steps(ASSIGNED);
    expect(join(bus, new Device({ 1: ["00100900"], ...OTHER }), 1)).toEqual({
      ok: false,
      reject: "the endpoint insists on EID 9, which is on its way to another",
    });
    expect(first.toEnd()).toMatchObject({ ok: true, value: { record: { eid: 9 } } });
  });

  test("property: however their answers fall, and whichever are lost, no two have the same EID", () => {
    const port = fc.nat(3);
    const move = fc.record({ port, isLost: fc.nat(5).map((one) => one === 0) });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 80 }), (moves) => {
        const bus = owner();
        const devices = [0x11, 0x22, 0x33, 0x44].map(
          (uuid) => new Bridge({ 3: [`00${uuid.toString(16).repeat(16)}`] }),
        );
        const talks = new Map<number, Steps>();
        for (const { port: at, isLost } of moves) {
          const talk = talks.get(at);
          if (talk === undefined || talk.outcome !== undefined) talks.set(at, new Steps(bus, devices[at]!, at));
          else talk.step(isLost);
        }
        const owns = devices.map(({ own }) => own).filter((own) => own !== 0);
        const pools = bus.endpoints.flatMap(({ pool }) => eidsOf(pool));
        expect(new Set([...owns, ...pools]).size).toBe(owns.length + pools.length);
      }),
      { numRuns: 500 },
    );
  });

  test("EIDs that a bridge did not answer for are given to no other while it is there", () => {
    const bus = owner();
    const bridge = new Steps(bus, new Device({ 1: ["00010904"], 8: ["0000040a"] }), 0).steps(5).step(true);
    expect(bridge.outcome).toMatchObject({ ok: true, value: { record: { eid: 9, pool: undefined } } });
    expect(join(bus, new Device(OTHER), 1)).toMatchObject({ ok: true, value: { record: { eid: 14 } } });
    bus.left(0);
    expect(bus.poolFor(1, eid(14), undefined, 4)).toEqual({ first: 10, count: 4 });
  });
});
