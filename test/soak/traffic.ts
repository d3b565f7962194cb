/**
 * Numbered echo requests both ways, several at a time, each through an agent's control socket. Every one must come to an
 * end that is told: the right answer, or a reason. One without an end is lost without notice, a wrong answer is damage.
 */
import { UNANSWERED } from "../../src/node/messenger.ts";
import {
  Operation,
  VendorStatus,
  encodeVendorRequest,
  encodeVendorResponse,
} from "../../src/agent/files/vendor-messages.ts";
import type { RoleName } from "../../src/core/binding/side.ts";
import type { SeededRandom } from "../../src/platform/faulty.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { codeOf, pause, type SoakAgent } from "./agent.ts";
import type { Figures } from "./figures.ts";

/** Few: a request that times out keeps its tag for MT4, and there are eight. */
const UNDER_WAY = 2;
const ANSWER_MILLISECONDS = 500;
/** An agent that is stopped cannot tell; it tells when it goes on. */
const END_MILLISECONDS = 10_000;
const RETRY_PAUSE_MILLISECONDS = 5;
const NOTICES: ReadonlySet<string> = new Set([...UNANSWERED, "agent-gone", "no-agent", "too-many", "cancelled"]);

export class Traffic {
  /** When the last answer came to requests of each side that were sent after `mark`. */
  readonly answeredSince: Record<RoleName, number | undefined> = { host: undefined, bmc: undefined };
  readonly #agentOf: (side: RoleName) => SoakAgent;
  readonly #random: SeededRandom;
  readonly #figures: Figures;
  #number = 0;
  #marked = 0;
  #stopped = true;
  #lanes: Promise<void>[] = [];

  constructor(agentOf: (side: RoleName) => SoakAgent, random: SeededRandom, figures: Figures) {
    this.#agentOf = agentOf;
    this.#random = random;
    this.#figures = figures;
  }

  start(): void {
    this.#stopped = false;
    this.#lanes = (["host", "bmc"] as const).flatMap((side) =>
      Array.from({ length: UNDER_WAY }, () => this.#lane(side)),
    );
  }

  /** Ends when every request has come to its end. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#lanes);
  }

  /** From now on answers count towards `answeredSince`. */
  mark(): void {
    this.#marked = performance.now();
    this.answeredSince.host = undefined;
    this.answeredSince.bmc = undefined;
  }

  async #lane(side: RoleName): Promise<void> {
    while (!this.#stopped) if (!(await this.exchange(side))) await pause(RETRY_PAUSE_MILLISECONDS);
  }

  /** One request; true when the right answer came, within so many milliseconds. */
  async exchange(side: RoleName, timeout: number = ANSWER_MILLISECONDS): Promise<boolean> {
    const number = ++this.#number;
    const data = Buffer.alloc(8 + this.#random.below(this.#random.chance(0.2) ? 4000 : 200), number & 0xff);
    data.writeBigUInt64BE(BigInt(number));
    const request = encodeVendorRequest({ operation: Operation.ECHO, data });
    const wanted = toHex(encodeVendorResponse(request, VendorStatus.OK, data));
    const began = performance.now();
    const figures = this.#figures;
    figures.messagesSent++;
    const parameters = { hex: toHex(request), timeout, retries: 0 };
    const agent = this.#agentOf(side);
    const told = agent.call("request", parameters).then(
      (answer) => ({ hex: (answer as { hex: string }).hex }),
      (error: unknown) => ({ code: codeOf(error), why: error instanceof Error ? error.message : "" }),
    );
    const outcome = await Promise.race([told, overdue()]);
    if (outcome === undefined) {
      figures.lostWithoutNotice++;
      figures.failures.push(`message ${String(number)} of the ${side} came to no end`);
      return false;
    }
    if ("hex" in outcome) {
      if (outcome.hex === wanted) {
        figures.messagesAcknowledged++;
        if (began >= this.#marked) this.answeredSince[side] ??= performance.now();
        return true;
      }
      figures.damagedDeliveries++;
      figures.failures.push(`message ${String(number)} of the ${side} was answered with another`);
      return false;
    }
    figures.lostWithNotice[outcome.code] = (figures.lostWithNotice[outcome.code] ?? 0) + 1;
    if (!NOTICES.has(outcome.code)) figures.failures.push(`message ${String(number)}: ${outcome.code}: ${outcome.why}`);
    return false;
  }
}

/** Keeps no process alive. */
function overdue(): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => {
      resolve(undefined);
    }, END_MILLISECONDS).unref();
  });
}
