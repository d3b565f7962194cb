/**
 * How large packets to endpoints behind bridges may be. Until the way there has been asked for, they are as small as every
 * link takes them; the first message to such an endpoint has it asked for.
 */
import type { Clock } from "./clock.ts";
import { pathMtu, type PathReject, type PathMtu } from "../core/mctp/bridge/path-mtu.ts";
import { runSequence, type SequenceTicket } from "../core/mctp/control/request.ts";
import type { EndpointCore } from "../core/mctp/endpoint.ts";
import { MessageType } from "../core/mctp/message.ts";
import { BASELINE_UNIT } from "../core/mctp/packet.ts";
import type { Result } from "../core/wire/result.ts";
import type { Eid, Millis } from "../core/wire/units.ts";

/** Who is asked for the way to an EID; undefined: it is on a link of the node, or no node to ask is known. */
export type FirstStep = { readonly busOwner: Eid } | { readonly firstHop: Eid } | undefined;

/** A way that is not known is asked for again after so long. */
const RETRY_MILLISECONDS = 10_000;
/** A way that is known is asked for again after so long: links on it may have changed unseen. */
const RENEW_MILLISECONDS = 30_000;

export interface KnownPath {
  readonly eid: number;
  readonly unit: number;
  readonly bridges: readonly number[];
}

export interface PathMtuOptions {
  readonly endpoint: EndpointCore;
  readonly firstStep: (destination: Eid) => FirstStep;
  /** Payload bytes of a packet on the link that leads there. */
  readonly linkUnit: (destination: Eid) => number;
  readonly clock: Clock;
}

export class PathMtus {
  readonly #endpoint: EndpointCore;
  readonly #clock: Clock;
  readonly #firstStep: (destination: Eid) => FirstStep;
  readonly #linkUnit: (destination: Eid) => number;
  readonly #known = new Map<Eid, KnownPath>();
  readonly #knownSince = new Map<Eid, number>();
  readonly #underWay = new Map<Eid, SequenceTicket | undefined>();
  readonly #failedAt = new Map<Eid, number>();

  /** Takes the endpoint's `unitTo` and `onUnanswered`. */
  constructor({ endpoint, firstStep, linkUnit, clock }: PathMtuOptions) {
    this.#endpoint = endpoint;
    this.#clock = clock;
    this.#firstStep = firstStep;
    this.#linkUnit = linkUnit;
    endpoint.unitTo = (destination) => this.#unitTo(destination);
    endpoint.onUnanswered = (destination) => {
      // Packets that a link on the way no longer carries are dropped unseen.
      this.#known.delete(destination);
    };
  }

  get known(): readonly KnownPath[] {
    return [...this.#known.values()];
  }

  /** Links or routes have changed: what was found may not hold any more. */
  forget(): void {
    for (const ticket of this.#underWay.values()) ticket?.cancel(this.#clock.now());
    this.#underWay.clear();
    this.#known.clear();
    this.#knownSince.clear();
    this.#failedAt.clear();
  }

  #unitTo(destination: Eid): number | undefined {
    const known = this.#known.get(destination);
    if (known !== undefined && !this.#isOld(destination)) return known.unit;
    const step = this.#firstStep(destination);
    if (step === undefined) return undefined;
    this.#ask(destination, step);
    return this.#known.get(destination)?.unit ?? BASELINE_UNIT;
  }

  #isOld(destination: Eid): boolean {
    return this.#clock.now() >= (this.#knownSince.get(destination) ?? 0) + RENEW_MILLISECONDS;
  }

  #ask(destination: Eid, step: NonNullable<FirstStep>): void {
    if (this.#underWay.has(destination)) return;
    const now = this.#clock.now();
    if (now < (this.#failedAt.get(destination) ?? -RETRY_MILLISECONDS) + RETRY_MILLISECONDS) return;
    // In place before the questions, which are messages to far endpoints themselves.
    this.#underWay.set(destination, undefined);
    const sequence = pathMtu(destination, MessageType.CONTROL, this.#linkUnit(destination), step);
    const done = (outcome: Result<PathMtu, PathReject>, then: Millis): void => {
      this.#underWay.delete(destination);
      if (outcome.ok) {
        this.#known.set(destination, { eid: destination, ...outcome.value });
        this.#knownSince.set(destination, then);
      } else {
        this.#known.delete(destination);
        this.#failedAt.set(destination, then);
      }
    };
    // There may be as many as there are far endpoints: they take none of the tags that are kept for duties.
    const ticket = runSequence(this.#endpoint, sequence, now, done, undefined, { isDuty: false });
    if (this.#underWay.has(destination)) this.#underWay.set(destination, ticket);
  }
}
