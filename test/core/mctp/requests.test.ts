import { describe, expect, test } from "@jest/globals";
import { MCTP_COUNTERS } from "../../../src/core/mctp/counters.ts";
import { NULL_EID, type Message } from "../../../src/core/mctp/message.ts";
import type {
  RequestOutcome,
  RequestTicket,
  RequestTiming,
  ResponseRule,
  TagWait,
} from "../../../src/core/mctp/request-terms.ts";
import { RequestTable } from "../../../src/core/mctp/requests.ts";
import { WAITING_PLACES } from "../../../src/core/mctp/tag-queue.ts";
import { COMMON_TAGS } from "../../../src/core/mctp/tags.ts";
import type { SendDone } from "../../../src/core/mctp/transmit-queue.ts";
import { zeroCounters } from "../../../src/core/wire/counters.ts";
import { eid, millis, type Eid } from "../../../src/core/wire/units.ts";

const TIMING = { attemptTimeout: millis(300), retries: 2 };
/** Waits for a tag for longer than a hold-off takes. */
const PATIENT = { attemptTimeout: millis(2000), retries: 2 };
const MT4 = 5000;
const PEER = eid(9);

class Bench {
  readonly counters = zeroCounters(MCTP_COUNTERS);
  readonly sent: { destination: Eid; tag: number; bytes: Uint8Array }[] = [];
  readonly outcomes: { name: string; outcome: RequestOutcome; now: number }[] = [];
  readonly queue = { packetsTaken: 0 };
  readonly unanswered: Eid[] = [];
  /** Whether the link takes what it is given; what it does not take waits in `queue`. */
  takes = true;
  /** Why the port takes nothing. */
  refuses: "linkDown" | "queueFull" | undefined;
  readonly waiting: SendDone[] = [];
  readonly table = new RequestTable(
    millis(MT4),
    this.counters,
    ({ destination, tag, bytes, out: done }) => {
      if (this.refuses !== undefined) {
        done(this.refuses);
        return undefined;
      }
      this.sent.push({ destination, tag: tag!, bytes });
      if (this.takes) return undefined;
      this.waiting.push(done);
      return this.queue;
    },
    (destination) => this.unanswered.push(destination),
  );

  start(
    name: string,
    now: number,
    destination = PEER,
    rule?: ResponseRule,
    timing: RequestTiming = TIMING,
  ): RequestTicket {
    const bytes = Buffer.from(`\x7f${name}`);
    return this.table.start(
      destination,
      bytes,
      timing,
      rule,
      (outcome, at) => this.outcomes.push({ name, outcome, now: at }),
      millis(now),
    );
  }

  answer(source: number, tag: number, now: number, text = "\x7fyes"): boolean {
    const bytes = Buffer.from(text);
    const response: Message = { source: eid(source), destination: eid(8), tagOwner: false, tag, bytes };
    return this.table.answer(response, millis(now));
  }

  expire(now: number): void {
    this.table.expire(millis(now));
  }

  get told(): string[] {
    return this.outcomes.map(({ name, outcome }) => `${name} ${textOf(outcome)}`);
  }
}

function textOf(outcome: RequestOutcome): string {
  if (outcome.ok) return "ok";
  return outcome.reject === "notAsked" ? outcome.reason : outcome.reject;
}

describe("LPC-MCTP-5 requests and retries", () => {
  test("LPC-MCTP-5: a request without response goes out three times, MT2 apart, the same bytes and tag", () => {
    const bench = new Bench();
    bench.start("ask", 1000);
    expect(bench.table.nextDeadline()).toBe(1300);
    bench.expire(1299);
    expect(bench.sent).toHaveLength(1);
    bench.expire(1300);
    expect(bench.table.nextDeadline()).toBe(1600);
    bench.expire(1600);
    expect(bench.sent).toHaveLength(3);
    for (const { destination, tag, bytes } of bench.sent) {
      expect([destination, tag, bytes]).toEqual([PEER, bench.sent[0]!.tag, bench.sent[0]!.bytes]);
    }
    bench.expire(1899);
    expect(bench.outcomes).toEqual([]);
    bench.expire(1900);
    expect(bench.outcomes).toEqual([
      { name: "ask", outcome: { ok: false, reject: "timeout", attempts: 3 }, now: 1900 },
    ]);
    expect(bench.counters).toMatchObject({ requestsRetried: 2, requestsTimedOut: 1 });
    expect([bench.table.underWay, bench.table.nextDeadline()]).toEqual([0, undefined]);
  });

  test.each([0, 1, 2])("LPC-MCTP-5: a response after %p retries ends them", (retries) => {
    const bench = new Bench();
    bench.start("ask", 0);
    for (let retry = 1; retry <= retries; retry++) bench.expire(300 * retry);
    expect(bench.answer(9, bench.sent[0]!.tag, 300 * retries + 10)).toBe(true);
    expect(bench.outcomes[0]?.outcome).toMatchObject({ ok: true, attempts: retries + 1 });
    bench.expire(10_000);
    expect(bench.sent).toHaveLength(retries + 1);
    expect(bench.outcomes).toHaveLength(1);
  });

  test("LPC-MCTP-5: a request may bring its own times", () => {
    const bench = new Bench();
    bench.start("once", 0, PEER, undefined, { attemptTimeout: millis(50), retries: 0 });
    bench.expire(50);
    expect([bench.told, bench.sent.length]).toEqual([["once timeout"], 1]);
  });
});

describe("LPC-MCTP-5: MT2 runs from when the last packet was taken", () => {
  test("LPC-MCTP-5: on a link that takes its time, a request that is still on its way is not sent again", () => {
    const bench = new Bench();
    bench.takes = false;
    bench.start("ask", 0);
    for (let now = 300; now <= 3000; now += 300) {
      bench.queue.packetsTaken++;
      bench.expire(now);
    }
    expect(bench.sent).toHaveLength(1);
    bench.waiting[0]!("sent", millis(3100));
    expect(bench.table.nextDeadline()).toBe(3400);
    bench.expire(3399);
    expect(bench.sent).toHaveLength(1);
    bench.expire(3400);
    expect(bench.sent).toHaveLength(2);
    expect(bench.told).toEqual([]);
  });

  test("a link that takes nothing fails the request in the time of all its attempts, and holds one copy", () => {
    const bench = new Bench();
    bench.takes = false;
    bench.start("ask", 0);
    for (const now of [300, 600]) bench.expire(now);
    expect(bench.told).toEqual([]);
    bench.expire(900);
    expect(bench.told).toEqual(["ask timeout"]);
    expect(bench.sent).toHaveLength(1);
  });

  test("a copy that was lost with its link is sent again when its time is over", () => {
    const bench = new Bench();
    bench.takes = false;
    bench.start("ask", 0);
    bench.waiting[0]!("linkDown");
    bench.expire(300);
    expect(bench.sent).toHaveLength(2);
  });

  test("whoever wants to know is told of each attempt that nobody answered", () => {
    const bench = new Bench();
    bench.start("ask", 0);
    for (const now of [300, 600, 900]) bench.expire(now);
    expect(bench.unanswered).toEqual([PEER, PEER, PEER]);
  });
});

describe("DSP0236 8.1 matching responses", () => {
  test("source and tag must be those of the request", () => {
    const bench = new Bench();
    bench.start("ask", 0);
    const { tag } = bench.sent[0]!;
    expect([bench.table.expects(PEER, tag), bench.table.expects(eid(10), tag)]).toEqual([true, false]);
    expect(bench.table.expects(PEER, (tag + 1) % 8)).toBe(false);
    expect(bench.answer(10, tag, 1)).toBe(false);
    expect(bench.answer(9, (tag + 1) % 8, 1)).toBe(false);
    expect(bench.answer(9, tag, 1)).toBe(true);
    expect(bench.answer(9, tag, 2)).toBe(false);
    expect(bench.told).toEqual(["ask ok"]);
  });

  test("several under way are told apart by their tags, answered in any order", () => {
    const bench = new Bench();
    const names = ["a", "b", "c", "d"];
    for (const name of names) bench.start(name, 0);
    for (const index of [2, 0, 3, 1]) bench.answer(9, bench.sent[index]!.tag, 1);
    expect(bench.told).toEqual(["c ok", "a ok", "d ok", "b ok"]);
  });

  test("a rule may refuse a response: the request goes on waiting", () => {
    const bench = new Bench();
    const rule = { anySource: false, accepts: ({ bytes }: Message) => bytes[1] === 0x79 };
    bench.start("ask", 0, PEER, rule);
    expect(bench.answer(9, 0, 1, "\x7fno")).toBe(false);
    expect(bench.table.underWay).toBe(1);
    expect(bench.answer(9, 0, 2, "\x7fyes")).toBe(true);
  });

  test("a request to the null EID, or one that changes the EID, is answered from another source", () => {
    const bench = new Bench();
    bench.start("null", 0, NULL_EID);
    expect(bench.answer(9, 0, 1)).toBe(true);
    bench.start("set", 0, PEER, { anySource: true, accepts: () => true });
    expect(bench.answer(20, bench.sent[1]!.tag, 1)).toBe(true);
    expect(bench.told).toEqual(["null ok", "set ok"]);
  });

  test("a request to the null EID shares its tag with no other, for whose EID will answer is not known", () => {
    const bench = new Bench();
    const wants = (letter: number): ResponseRule => ({ anySource: false, accepts: ({ bytes }) => bytes[1] === letter });
    bench.start("direct", 0, PEER, wants(0x61));
    bench.start("null", 0, NULL_EID, wants(0x62));
    const [direct, open] = bench.sent.map(({ tag }) => tag);
    expect(direct).not.toBe(open);
    expect(bench.answer(9, open!, 1, "\x7fb")).toBe(true);
    expect(bench.answer(9, direct!, 2, "\x7fa")).toBe(true);
    expect(bench.told).toEqual(["null ok", "direct ok"]);
  });

  test("a response of another message type ends nothing", () => {
    const bench = new Bench();
    bench.start("ask", 0);
    expect(bench.answer(9, 0, 1, "\x05yes")).toBe(false);
    expect(bench.answer(9, 0, 2, "\x7fyes")).toBe(true);
  });
});

describe("LPC-MCTP-4 tags", () => {
  test("LPC-MCTP-4: the tag of a request given up is in reuse hold-off for MT4", () => {
    const bench = new Bench();
    for (let index = 0; index < COMMON_TAGS; index++) bench.start(String(index), 0);
    for (const now of [300, 600, 900]) bench.expire(now);
    expect(bench.table.underWay).toBe(0);
    bench.start("late", 1000, PEER, undefined, PATIENT);
    expect(bench.table.underWay).toBe(0);
    expect(bench.table.nextDeadline()).toBe(900 + MT4);
    bench.expire(900 + MT4 - 1);
    expect(bench.table.underWay).toBe(0);
    bench.expire(900 + MT4);
    expect(bench.table.underWay).toBe(1);
    expect(bench.answer(9, bench.sent.at(-1)!.tag, 6000)).toBe(true);
  });

  test("LPC-MCTP-4: so is that of a request that was sent twice, for it may be answered twice", () => {
    const bench = new Bench();
    bench.start("slow", 0);
    bench.expire(300);
    const { tag } = bench.sent[0]!;
    expect(bench.answer(9, tag, 310)).toBe(true);
    for (let request = 0; request < COMMON_TAGS; request++) {
      bench.start(`next ${String(request)}`, 320, PEER, undefined, PATIENT);
    }
    expect(bench.sent.slice(2).map((one) => one.tag)).not.toContain(tag);
    // The second response comes when another request would have the tag.
    expect(bench.answer(9, tag, 330)).toBe(false);
    expect(bench.told).toEqual(["slow ok"]);
    bench.expire(310 + MT4);
    expect(bench.sent.at(-1)).toMatchObject({ tag });
  });

  test("one more than there are tags waits until one is free, and only then the time of its attempts runs", () => {
    const bench = new Bench();
    for (let index = 0; index < COMMON_TAGS + 2; index++) bench.start(String(index), 0);
    expect(bench.sent).toHaveLength(COMMON_TAGS);
    bench.answer(9, 4, 100);
    expect(bench.sent).toHaveLength(COMMON_TAGS + 1);
    expect(bench.sent[COMMON_TAGS]).toMatchObject({ tag: 4 });
    expect(Buffer.from(bench.sent[COMMON_TAGS]!.bytes).toString()).toBe(`\x7f${String(COMMON_TAGS)}`);
    bench.expire(300);
    expect(bench.sent.filter(({ tag }) => tag === 4)).toHaveLength(2);
    bench.expire(400);
    expect(bench.sent.filter(({ tag }) => tag === 4)).toHaveLength(3);
  });

  test("a request that waits for a tag gives no deadline that has passed", () => {
    const bench = new Bench();
    const long = { attemptTimeout: millis(100_000), retries: 0 };
    for (let index = 1; index < COMMON_TAGS; index++) bench.start("long", 0, PEER, undefined, long);
    bench.start("short", 0, PEER, undefined, { attemptTimeout: millis(100), retries: 0 });
    bench.expire(100);
    // The hold-off of its tag is over, the null EID has it now, and with that no tag is left.
    const now = 100 + MT4;
    bench.expire(now);
    bench.start("null", now, NULL_EID, undefined, long);
    bench.start("waits", now);
    expect(bench.sent.filter(({ bytes }) => Buffer.from(bytes).toString() === "\x7fwaits")).toEqual([]);
    bench.expire(now);
    expect(bench.table.nextDeadline()).toBeGreaterThan(now);
  });

  test("one peer's waiting requests hold up no other peer", () => {
    const bench = new Bench();
    for (let index = 0; index <= COMMON_TAGS; index++) bench.start(String(index), 0);
    bench.start("other", 0, eid(10));
    expect(bench.sent.at(-1)?.destination).toBe(10);
  });
});

describe("what this side refuses is no answer of the peer", () => {
  const DUTY = { ...TIMING, isDuty: true };

  test("a peer that does not answer, asked hard, leaves tags and places for duties", () => {
    const bench = new Bench();
    for (let now = 0; now < 10_000; now += 10) {
      bench.start("tool", now);
      if (now % 2900 === 0) bench.start("check", now, PEER, undefined, DUTY);
      bench.expire(now);
    }
    for (let now = 10_000; bench.table.underWay + bench.table.waiting > 0; now += 10) bench.expire(now);
    expect(bench.told.filter((text) => text.startsWith("check"))).toEqual(new Array(4).fill("check timeout"));
    expect(new Set(bench.told)).toEqual(new Set(["tool timeout", "tool noTag", "tool tooMany", "check timeout"]));
    // Five tags, each for 900 ms of attempts and the hold-off.
    expect(bench.told.filter((text) => text === "tool timeout").length).toBeLessThanOrEqual(2 * COMMON_TAGS);
  });

  test("one that waits for a tag says so, and ends unasked after the time of its attempts", () => {
    const bench = new Bench();
    for (let index = 0; index < COMMON_TAGS; index++) bench.start("", 0);
    for (const now of [300, 600, 900]) bench.expire(now);
    const waits: TagWait[] = [];
    const onWait = (wait: TagWait): void => void waits.push(wait);
    bench.start("late", 1000, PEER, undefined, { attemptTimeout: millis(300), retries: 0, onWait });
    expect(waits).toEqual([{ limit: 300, freeIn: 900 + MT4 - 1000 }]);
    expect(bench.table.nextDeadline()).toBe(1300);
    bench.expire(1300);
    expect(bench.outcomes.at(-1)).toEqual({
      name: "late",
      outcome: { ok: false, reject: "notAsked", reason: "noTag", attempts: 0 },
      now: 1300,
    });
    expect([bench.table.waiting, bench.counters.requestsNotAsked]).toEqual([0, 1]);
  });

  test("places to wait are counted for each peer: one more is refused at once, another peer's is not", () => {
    const bench = new Bench();
    for (let index = 0; index < COMMON_TAGS + WAITING_PLACES; index++) bench.start(String(index), 0);
    expect(bench.outcomes).toEqual([]);
    bench.start("last", 5);
    expect(bench.told).toEqual(["last tooMany"]);
    bench.start("other", 5, eid(10));
    bench.start("null", 5, NULL_EID, undefined, DUTY);
    expect(bench.sent.slice(-2).map(({ destination }) => destination)).toEqual([10, NULL_EID]);
    expect(bench.told).toEqual(["last tooMany"]);
  });

  test("askers have places of their own to one peer, and take turns at its tags", () => {
    const bench = new Bench();
    const [greedy, modest] = [{}, {}];
    const asking = (asker?: object): RequestTiming => ({ ...PATIENT, ...(asker === undefined ? {} : { asker }) });
    for (let index = 0; index < COMMON_TAGS + WAITING_PLACES; index++) {
      bench.start(`greedy ${String(index)}`, 0, PEER, undefined, asking(greedy));
    }
    bench.start("one more", 0, PEER, undefined, asking(greedy));
    expect(bench.told).toEqual(["one more tooMany"]);
    for (const index of [1, 2]) bench.start(`modest ${String(index)}`, 1, PEER, undefined, asking(modest));
    bench.start("own", 1, PEER, undefined, asking());
    const before = bench.sent.length;
    for (const { tag } of bench.sent.slice(0, 4)) bench.answer(PEER, tag, 2);
    expect(bench.sent.slice(before).map(({ bytes }) => Buffer.from(bytes).toString("latin1", 1))).toEqual([
      `greedy ${String(COMMON_TAGS)}`,
      "modest 1",
      "own",
      `greedy ${String(COMMON_TAGS + 1)}`,
    ]);
  });

  test.each(["linkDown", "queueFull"] as const)(
    "refused with %s at every attempt: not asked, tag free at once",
    (why) => {
      const bench = new Bench();
      bench.refuses = why;
      bench.start("ask", 0);
      for (const now of [300, 600, 900]) bench.expire(now);
      expect([bench.told, bench.unanswered]).toEqual([[`ask ${why}`], []]);
      bench.refuses = undefined;
      for (let index = 0; index < COMMON_TAGS; index++) bench.start("", 1000);
      expect(bench.table.waiting).toBe(0);
    },
  );

  test("refused at first and sent then, its silence is the peer's", () => {
    const bench = new Bench();
    bench.refuses = "linkDown";
    bench.start("ask", 0);
    bench.refuses = undefined;
    for (const now of [300, 600, 900]) bench.expire(now);
    expect(bench.told).toEqual(["ask timeout"]);
  });

  test("a tag that is kept for duties may be named, by one request on a port at a time", () => {
    const bench = new Bench();
    for (const tag of [5, 6]) bench.start(String(tag), 0, eid(10 + tag), undefined, { ...TIMING, tag });
    expect([bench.sent.map(({ tag }) => tag), bench.table.waiting]).toEqual([[5], 1]);
    bench.start("check", 0, NULL_EID, undefined, { ...DUTY, tag: 6 });
    expect(bench.sent.at(-1)).toMatchObject({ destination: NULL_EID, tag: 6 });
  });
});

describe("deadlines", () => {
  const slow = { attemptTimeout: millis(1000), retries: 0 };

  test("the first of several requests counts, in whatever order they began", () => {
    const bench = new Bench();
    bench.start("fast", 0);
    bench.start("slow", 0, PEER, undefined, slow);
    expect(bench.table.nextDeadline()).toBe(300);
    const other = new Bench();
    other.start("slow", 0, PEER, undefined, slow);
    other.start("fast", 0);
    expect(other.table.nextDeadline()).toBe(300);
  });

  test("so does the first tag that comes free for somebody who waits for one", () => {
    const bench = new Bench();
    const once = { attemptTimeout: millis(100), retries: 0 };
    for (const peer of [9, 10])
      for (let count = 0; count < COMMON_TAGS; count++) bench.start("", 10 * peer, eid(peer), undefined, once);
    bench.expire(190);
    bench.expire(200);
    expect(bench.told).toHaveLength(2 * COMMON_TAGS);
    for (const peer of [10, 9, 10]) bench.start("waits", 300, eid(peer), undefined, PATIENT);
    expect(bench.table.nextDeadline()).toBe(190 + MT4);
    bench.expire(190 + MT4);
    expect(bench.sent).toHaveLength(2 * COMMON_TAGS + 1);
    expect(bench.sent.at(-1)?.destination).toBe(9);
    // What goes out now may be answered long after the next tag is free.
    expect(bench.table.nextDeadline()).toBe(200 + MT4);
  });
});

describe("cancelling", () => {
  test("a request under way ends at once; its late response means nothing, its tag is held off", () => {
    const bench = new Bench();
    const ticket = bench.start("ask", 0);
    ticket.cancel(millis(10));
    expect(bench.outcomes).toEqual([
      { name: "ask", outcome: { ok: false, reject: "cancelled", attempts: 1 }, now: 10 },
    ]);
    expect(bench.answer(9, 0, 20)).toBe(false);
    bench.expire(10_000);
    expect(bench.sent).toHaveLength(1);
    for (let index = 0; index < COMMON_TAGS; index++) bench.start(String(index), 20);
    expect(bench.sent.slice(1).map(({ tag }) => tag)).not.toContain(0);
  });

  test("a waiting request ends at once and is never sent", () => {
    const bench = new Bench();
    for (let index = 0; index < COMMON_TAGS; index++) bench.start(String(index), 0);
    const ticket = bench.start("waiting", 0);
    ticket.cancel(millis(1));
    expect(bench.told).toEqual(["waiting cancelled"]);
    bench.answer(9, 0, 2);
    expect(bench.sent).toHaveLength(COMMON_TAGS);
  });

  test("cancelling what is over, or twice, changes nothing, even when the tag is in use again", () => {
    const bench = new Bench();
    const ticket = bench.start("first", 0);
    bench.answer(9, 0, 1);
    for (let index = 0; index < COMMON_TAGS; index++) bench.start(String(index), 2);
    ticket.cancel(millis(3));
    ticket.cancel(millis(4));
    expect(bench.table.underWay).toBe(COMMON_TAGS);
    expect(bench.told).toEqual(["first ok"]);
  });
});

test("a request may be started from the outcome of another", () => {
  const bench = new Bench();
  const chain: string[] = [];
  const ask = (name: string, now: number): void => {
    bench.table.start(
      PEER,
      Buffer.from(`\x7f${name}`),
      TIMING,
      undefined,
      (outcome, at) => {
        chain.push(`${name} ${outcome.ok ? "ok" : outcome.reject}`);
        if (name.length < 3) ask(`${name}+`, at);
      },
      millis(now),
    );
  };
  ask("a", 0);
  bench.answer(9, 0, 1);
  for (const now of [301, 601, 901]) bench.expire(now);
  bench.answer(9, bench.sent.at(-1)!.tag, 902);
  expect(chain).toEqual(["a ok", "a+ timeout", "a++ ok"]);
});

describe("requests on several ports", () => {
  const [LEFT, RIGHT] = [{ name: "left" }, { name: "right" }];
  const OTHER = eid(20);

  function bench() {
    const sent: { destination: Eid; tag: number; via: object | undefined }[] = [];
    const told: string[] = [];
    const portTo = (destination: Eid): object => (destination === OTHER || destination === eid(21) ? RIGHT : LEFT);
    const table = new RequestTable(
      millis(MT4),
      zeroCounters(MCTP_COUNTERS),
      ({ destination, tag, port }) => {
        sent.push({ destination, tag: tag!, via: port });
        return undefined;
      },
      () => undefined,
      portTo,
    );
    const start = (name: string, destination: Eid, via?: object): RequestTicket =>
      table.start(
        destination,
        Buffer.from("\x7f"),
        TIMING,
        undefined,
        ({ ok }) => told.push(`${name} ${ok ? "ok" : "failed"}`),
        millis(0),
        via,
      );
    const answer = (source: number, tag: number, arrival: object): void => {
      const bytes = Buffer.from("\x7fyes");
      const response = { source: eid(source), destination: eid(8), tagOwner: false, tag, bytes, arrival };
      expect(table.expects(eid(source), tag, arrival)).toBe(table.answer(response, millis(1)));
    };
    return { sent, told, table, start, answer };
  }

  test("requests that have all tags of one peer hold up no request on another port", () => {
    const { sent, start } = bench();
    for (let index = 0; index <= COMMON_TAGS; index++) start(`to ${String(index)}`, PEER);
    expect(sent).toHaveLength(COMMON_TAGS);
    start("whoever is there", NULL_EID, RIGHT);
    expect(sent.at(-1)).toMatchObject({ destination: NULL_EID, via: RIGHT });
  });

  test("those to the null EIDs of two ports are told apart by where the answers come in", () => {
    const { sent, told, table, start, answer } = bench();
    start("left", NULL_EID, LEFT);
    start("right", NULL_EID, RIGHT);
    expect(sent.map(({ tag }) => tag)).toEqual([0, 0]);
    expect(table.underWay).toBe(2);
    answer(OTHER, 0, RIGHT);
    answer(PEER, 0, LEFT);
    expect([told, table.underWay]).toEqual([["right ok", "left ok"], 0]);
  });

  test("one to the null EID is answered by a peer that a request with its tag waits for on another port", () => {
    const { told, start, answer } = bench();
    start("to the peer's other end", PEER, LEFT);
    start("whoever is there", NULL_EID, RIGHT);
    answer(PEER, 0, RIGHT);
    expect(told).toEqual(["whoever is there ok"]);
  });

  test("one to the null EID is lent a tag of the duties; a second one waits and gets a tag in the end, whatever else is asked on its port", () => {
    const { sent, start, answer } = bench();
    const [one, other] = [OTHER, eid(21)];
    for (let index = 0; index < COMMON_TAGS; index++) {
      start("first", one);
      start("first", other);
    }
    start("whoever is there", NULL_EID, RIGHT);
    start("whoever is there", NULL_EID, RIGHT);
    for (let index = 0; index < COMMON_TAGS; index++) {
      start("later", one);
      start("later", other);
    }
    // Each answer of the one lets the next in before the other has answered.
    for (let tag = 0; tag < COMMON_TAGS; tag++) {
      answer(one, tag, RIGHT);
      answer(other, tag, RIGHT);
    }
    expect(sent.filter(({ destination }) => destination === NULL_EID)).toEqual([
      { destination: NULL_EID, tag: COMMON_TAGS, via: RIGHT },
      { destination: NULL_EID, tag: COMMON_TAGS - 1, via: RIGHT },
    ]);
  });

  test("cancelled, it is over, and that once", () => {
    const { told, table, start } = bench();
    const ticket = start("whoever is there", NULL_EID, RIGHT);
    ticket.cancel(millis(10));
    ticket.cancel(millis(10));
    expect([told, table.underWay]).toEqual([["whoever is there failed"], 0]);
  });

  test("given up after its retries, its tag is held off on its port alone", () => {
    const { sent, told, table, start } = bench();
    start("whoever is there", NULL_EID, RIGHT);
    for (const moment of [300, 600, 900]) table.expire(millis(moment));
    expect([told, table.underWay, sent.length]).toEqual([["whoever is there failed"], 0, 3]);
    for (let index = 0; index < COMMON_TAGS; index++) {
      start("here", PEER);
      start("there", OTHER);
    }
    expect(sent.filter(({ destination }) => destination === PEER)).toHaveLength(COMMON_TAGS);
    expect(sent.filter(({ destination }) => destination === OTHER).map(({ tag }) => tag)).toEqual([1, 2, 3, 4]);
    expect(table.nextDeadline()).toBe(300);
  });
});
