/**
 * Endpoints that do not answer, polled hard by tools, beside endpoints that do: an hour of virtual time in which the
 * latter are served as if they were alone, and the node's own checks never fail for want of a tag or a place.
 */
import { expect, test } from "@jest/globals";
import { Router } from "../../../src/core/mctp/bridge/router.ts";
import { Control } from "../../../src/core/mctp/control/codec.ts";
import { EndpointCore } from "../../../src/core/mctp/endpoint.ts";
import type { PacketExchange } from "../../../src/core/mctp/link.ts";
import { NULL_EID } from "../../../src/core/mctp/message.ts";
import type { RequestOutcome } from "../../../src/core/mctp/request-terms.ts";
import { eid, later, millis, type Eid, type Millis } from "../../../src/core/wire/units.ts";
import { packetBytes } from "../../support/memory-link.ts";
import { TEST_TYPE, bmcIdentity, endpointConfig, hostIdentity, testMessage } from "../../support/endpoints.ts";

const HOUR = 3_600_000;
const PACKET_MILLISECONDS = 1;
const ANSWERING = [20, 21, 22].map(eid);
/** On port 3, alone, and behind the same links as those that answer. */
const DEAD = eid(23);
const SILENT = [30, 31, 32, 40, 41, 42, 50, 51, 52].map(eid);
const TOOLS = 4;
const POLL_MILLISECONDS = 400;
const PING_MILLISECONDS = 293;
const CHECK_MILLISECONDS = 2000;
const QUESTION = testMessage(20);
const TIMES = { attemptTimeout: millis(300), retries: 2 };

/** Things that happen at moments, in their order. */
class Agenda {
  now = millis(0);
  readonly #events: { readonly at: Millis; readonly act: () => void }[] = [];

  in(span: number, act: () => void): void {
    const at = later(this.now, millis(span));
    let place = this.#events.length;
    while (place > 0 && this.#events[place - 1]!.at > at) place--;
    this.#events.splice(place, 0, { at, act });
  }

  every(span: number, first: number, act: () => void): void {
    this.in(first, () => {
      act();
      this.every(span, span, act);
    });
  }

  /** Until `end`; `due`: what has a deadline beside. */
  run(end: number, due: EndpointCore): void {
    for (;;) {
      const first = this.#events[0]!;
      const deadline = due.nextDeadline();
      if (deadline !== undefined && deadline < first.at) {
        this.now = deadline;
        due.expire(deadline);
      } else {
        if (first.at > end) return;
        this.#events.shift();
        this.now = first.at;
        first.act();
      }
    }
  }
}

/** Takes what it is sent and says nothing. */
class DeafEndpoint extends EndpointCore {
  override receivePacket(): boolean {
    return false;
  }
}

/** One direction of a link that carries a packet a millisecond. */
function carry(agenda: Agenda, from: PacketExchange, to: PacketExchange): () => void {
  let isBusy = false;
  const next = (): void => {
    const parts = isBusy ? undefined : from.nextPacket(64, agenda.now);
    if (parts === undefined) return;
    isBusy = true;
    const bytes = packetBytes(parts);
    agenda.in(PACKET_MILLISECONDS, () => {
      isBusy = false;
      from.packetDone(agenda.now);
      to.receivePacket(bytes, 0, bytes.length, agenda.now);
      next();
    });
  };
  return next;
}

interface Hour {
  readonly roundTrips: readonly number[];
  readonly outcomes: Readonly<Record<"pings" | "checks" | "deadChecks", ReadonlySet<string>>>;
  readonly polls: ReadonlyMap<string, number>;
}

function hourOf(tools: number): Hour {
  const agenda = new Agenda();
  const router = new Router(new EndpointCore(endpointConfig(bmcIdentity())));
  const { endpoint } = router;
  const roundTrips: number[] = [];
  const outcomes = { pings: new Set<string>(), checks: new Set<string>(), deadChecks: new Set<string>() };
  const polls = new Map<string, number>();

  [...ANSWERING, DEAD].forEach((own, number) => {
    const port = router.addPort(`port ${String(number)}`);
    const config = endpointConfig(hostIdentity({ eid: own, staticEid: own }));
    const peer = new EndpointCore(config);
    peer.handle(TEST_TYPE, (message) => {
      peer.respond(message, message.bytes);
    });
    const isDead = own === DEAD;
    const out = carry(agenda, port, isDead ? new DeafEndpoint(config) : peer);
    port.onWork = out;
    peer.onWork = carry(agenda, peer, port);
    port.linkUp(agenda.now);
    peer.linkUp(agenda.now);
    for (const one of [own, ...SILENT.slice(3 * number, 3 * number + 3)]) {
      router.routes.add({ first: one, count: 1, port: number, isStatic: false, bridge: undefined });
    }

    const check = (): void => {
      const done = (outcome: RequestOutcome): void => {
        outcomes[isDead ? "deadChecks" : "checks"].add(textOf(outcome));
        agenda.in(CHECK_MILLISECONDS, check);
      };
      const timing = { ...TIMES, isDuty: true };
      endpoint.requestControl(
        NULL_EID,
        Control.GET_ENDPOINT_ID,
        new Uint8Array(0),
        agenda.now,
        done,
        timing,
        port.local,
      );
    };
    agenda.in(number, check);
    if (isDead) return;
    agenda.every(PING_MILLISECONDS, 5 * number, () => {
      const began = agenda.now;
      endpoint.request(own, QUESTION, began, (outcome, now) => {
        outcomes.pings.add(textOf(outcome));
        roundTrips.push(now - began);
      });
    });
  });

  for (let tool = 0; tool < tools; tool++) {
    [DEAD, ...SILENT].forEach((silent: Eid, index) => {
      agenda.every(POLL_MILLISECONDS, 7 * index + 13 * tool, () => {
        endpoint.request(silent, QUESTION, agenda.now, (outcome) => {
          polls.set(textOf(outcome), (polls.get(textOf(outcome)) ?? 0) + 1);
        });
      });
    });
  }
  agenda.run(HOUR, endpoint);
  return { roundTrips, outcomes, polls };
}

function textOf(outcome: RequestOutcome): string {
  if (outcome.ok) return "answered";
  return outcome.reject === "notAsked" ? `not asked: ${outcome.reason}` : outcome.reject;
}

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((one, other) => one - other)[Math.floor(share * (values.length - 1))]!;
}

test("LPC-MCTP-4: nobody notices that tools poll endpoints which do not answer, but those tools", () => {
  const alone = hourOf(0);
  const beside = hourOf(TOOLS);
  const answered = new Set(["answered"]);
  expect(beside.outcomes).toEqual({ pings: answered, checks: answered, deadChecks: new Set(["timeout"]) });
  expect(beside.outcomes).toEqual(alone.outcomes);
  expect(beside.roundTrips).toHaveLength(alone.roundTrips.length);
  expect(percentile(beside.roundTrips, 0.99)).toBeLessThanOrEqual(2 * percentile(alone.roundTrips, 0.99));
  // The tools are told what is so: some were asked and not answered, the others not asked.
  expect([...beside.polls.keys()].sort()).toEqual(["not asked: noTag", "timeout"]);
}, 120_000);
