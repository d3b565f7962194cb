/**
 * A bus owner whose ports share one processor of virtual time: a packet costs some of it, in or out, whatever it is. On the
 * last port is an honest endpoint that asks every 50 ms; on each other port is a peer that attacks wherever its link does not
 * rest. Turns and rests are those of the agents: a turn ends after 1 ms, and the pacer has the link rest.
 */
import { BusOwner } from "../../src/core/mctp/bus-owner/bus-owner.ts";
import { ENDPOINT_DEFAULTS } from "../../src/core/mctp/endpoint-defaults.ts";
import { fromHex } from "../../src/core/wire/bytes.ts";
import { eid, later, millis, type Millis } from "../../src/core/wire/units.ts";
import { SERIAL_KIND, type LinkPlan, type LinkPort } from "../../src/node/link.ts";
import { Node } from "../../src/node/node.ts";
import { Pacer } from "../../src/node/pacer.ts";
import type { LinkShare } from "../../src/node/processor-share.ts";
import { bmcIdentity, TEST_TYPE } from "./endpoints.ts";
import { Device } from "./node-bench.ts";
import { packet } from "./packets.ts";

/** Milliseconds of the processor that a packet costs. */
const COST = 0.2;
const ROUNDS_A_PACKET = 3;
const TURN = 1;
export const ASKS_EVERY = 50;
export const UNIT = 64;
/** As side-driver.ts has it: what a session has to carry before its packets count as payload. */
const PACKETS_FOR_SESSION = 64;

/** What a hostile peer does next: a packet, a session that ends and begins, or nothing. */
export type Attack = (step: number) => Uint8Array | "newSession" | undefined;

export interface Hostile {
  readonly attack: Attack;
  /** Whether it takes what is sent to it. Default: true. */
  readonly fetches?: boolean;
}

interface Link {
  readonly exchange: LinkPort;
  readonly pacer: Pacer;
  readonly device: Device;
  readonly hostile: Hostile | undefined;
  /** What the honest endpoint, or the device that answers the bus owner, has to send. */
  readonly waiting: Uint8Array[];
  restsUntil: number;
  cost: number;
  steps: number;
  sessions: number;
  payload: number;
  answers: number;
}

export class FloodBench {
  readonly node: Node;
  readonly told: string[] = [];
  /** Milliseconds from each question of the honest endpoint to its answer. */
  readonly roundTrips: number[] = [];
  asked = 0;
  now: Millis = millis(0);
  readonly #links: Link[] = [];
  readonly #askedAt = new Map<number, number>();

  constructor(hostile: readonly Hostile[]) {
    const plans = [...hostile, undefined].map((one, index) => this.#plan(one, index));
    const pool = { first: eid(20), count: 40 };
    this.node = new Node({
      endpoint: {
        ...ENDPOINT_DEFAULTS,
        assembly: { ...ENDPOINT_DEFAULTS.assembly, messageBytes: 64 * 1024 },
        identity: bmcIdentity(),
      },
      links: plans,
      owner: new BusOwner({ own: eid(8), pool, statics: new Map(), portEids: new Map(), ports: plans.length }),
      peerEid: eid(9),
      checkInterval: millis(2000),
      clock: { now: () => this.now },
      tell: (line) => this.told.push(line),
      linkChanged: () => undefined,
    });
    const { endpoint } = this.node;
    endpoint.handle(TEST_TYPE, (message) => {
      endpoint.respond(message, message.bytes, undefined, true);
    });
    for (const { exchange } of this.#links) exchange.linkUp(this.now);
  }

  /** The port of the honest endpoint. */
  get honestPort(): number {
    return this.#links.length - 1;
  }

  /** Of the processor, what the port cost so far. */
  shareOf(port: number): number {
    return this.#links[port]!.cost / this.now;
  }

  pacedOf(port: number): number {
    return this.#links[port]!.pacer.paced;
  }

  run(milliseconds: number): this {
    const end = this.now + milliseconds;
    let nextQuestion: number = this.now;
    while (this.now < end) {
      if (this.now >= nextQuestion) {
        nextQuestion += ASKS_EVERY;
        this.#ask();
      }
      const due = this.node.router.nextDeadline();
      if (due !== undefined && due <= this.now) this.node.router.expire(this.now);
      const before = this.now;
      for (const link of this.#links) if (link.restsUntil <= this.now) this.#turn(link);
      if (this.now === before) this.now = later(this.now, millis(0.25));
    }
    return this;
  }

  #ask(): void {
    const instance = this.asked++ & 0x1f;
    this.#askedAt.set(instance, this.now);
    const honest = this.#links.at(-1)!;
    const bytes = Uint8Array.of(0, 0x80 | instance, 0x02);
    honest.waiting.push(packet(bytes, { source: honest.device.own, destination: 0, tag: instance & 7 }));
  }

  #turn(link: Link): void {
    const { exchange, hostile, pacer } = link;
    const began = this.now;
    const turnEnd = began + TURN;
    let rounds = 0;
    const spend = (): void => {
      this.now = later(this.now, millis(COST));
      link.cost += COST;
      rounds += ROUNDS_A_PACKET;
    };
    let more = true;
    while (more && this.now < turnEnd) {
      more = false;
      const sent = hostile?.fetches === false ? undefined : exchange.nextPacket(UNIT, this.now);
      if (sent !== undefined) {
        spend();
        const bytes = sent.message.slice(sent.start, sent.end);
        const { header } = sent;
        exchange.packetDone(this.now);
        this.#peerTakes(link, header, bytes);
        more = true;
      }
      const next = link.waiting.shift() ?? hostile?.attack(link.steps++);
      if (next === undefined) continue;
      more = true;
      spend();
      if (next !== "newSession") exchange.receivePacket(next, 0, next.length, this.now);
      else {
        exchange.linkDown(this.now);
        exchange.linkUp(this.now);
        link.sessions++;
      }
    }
    if (rounds === 0) return;
    const answers = exchange.answeredPackets;
    const payload = exchange.payloadPackets - PACKETS_FOR_SESSION * link.sessions - answers;
    const rest = pacer.afterTurn(
      millis(this.now - began),
      this.now,
      rounds,
      payload - link.payload,
      answers - link.answers,
    );
    link.payload = payload;
    link.answers = answers;
    link.restsUntil = this.now + rest;
  }

  #peerTakes(link: Link, header: number, bytes: Uint8Array): void {
    const isControl = bytes[0] === 0 && bytes.length >= 3;
    const isRequest = (header & 0x08) !== 0;
    if (!isControl) return;
    if (isRequest) {
      const answer = link.device.answer(bytes);
      if (answer === undefined) return;
      const response = Uint8Array.of(0, bytes[1]! & 0x1f, bytes[2]!, ...fromHex(answer.hex)!);
      link.waiting.push(packet(response, { source: link.device.own, tagOwner: false, tag: header & 7 }));
    } else if (link.hostile === undefined) {
      const askedAt = this.#askedAt.get(bytes[1]! & 0x1f);
      if (askedAt !== undefined) this.roundTrips.push(this.now - askedAt);
    }
  }

  #plan(hostile: Hostile | undefined, index: number): LinkPlan {
    return {
      name: `line ${String(index)}`,
      kind: SERIAL_KIND,
      showsPresence: false,
      open: (exchange: LinkPort, _tell: (line: string) => void, share: LinkShare) => {
        this.#links[index] = {
          exchange,
          pacer: new Pacer(share),
          device: new Device({ uuid: `${String(index + 1)}1`.repeat(16) }),
          hostile,
          waiting: [],
          restsUntil: 0,
          cost: 0,
          steps: 0,
          sessions: 0,
          payload: 0,
          answers: 0,
        };
        return { unit: UNIT, kick: () => undefined, start: () => Promise.resolve(), stop: () => Promise.resolve() };
      },
    };
  }
}
