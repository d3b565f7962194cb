/** Tells the bridge on a port what is reached through this node, whenever that changes. */
import type { Bridge } from "../core/mctp/bridge/bridge.ts";
import { informing } from "../core/mctp/bridge/informing.ts";
import type { RouterPort } from "../core/mctp/bridge/router-port.ts";
import type { EndpointRecord } from "../core/mctp/bus-owner/endpoint-record.ts";
import { runSequence, type SequenceTicket } from "../core/mctp/control/request.ts";
import type { Result } from "../core/wire/result.ts";
import type { Clock } from "./clock.ts";

export class RouteTeller {
  readonly #bridge: Bridge;
  readonly #port: RouterPort;
  readonly #clock: Clock;
  readonly #failed: () => void;
  #ticket: SequenceTicket | undefined;
  /** What the bridge was told, in writing, or is being told. */
  #told: string | undefined;
  #trouble: string | undefined;

  /** `failed`: called when the bridge has not taken the routes; then `trouble` says why. */
  constructor(bridge: Bridge, port: RouterPort, clock: Clock, failed: () => void) {
    this.#bridge = bridge;
    this.#port = port;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Why the bridge does not know the routes, in words for people. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Tells the endpoint on the port, where that is a bridge with EIDs to give, what it does not know yet. */
  tell(record: EndpointRecord | undefined): void {
    const ranges = this.#bridge.elsewhere(this.#port.number);
    const text = JSON.stringify(ranges);
    if (record?.pool === undefined || text === this.#told) return;
    this.forget();
    this.#told = text;
    let isOver = false as boolean;
    const done = (outcome: Result<undefined, string>): void => {
      isOver = true;
      this.#ticket = undefined;
      if (outcome.ok) return;
      this.#told = undefined;
      this.#trouble = `EID ${String(record.eid)} does not take the routes through this bridge (${outcome.reject})`;
      this.#failed();
    };
    const { endpoint } = this.#bridge.router;
    const sequence = informing(record.eid, ranges);
    const ticket = runSequence(endpoint, sequence, this.#clock.now(), done, this.#port.local);
    if (!isOver) this.#ticket = ticket;
  }

  /** Another bridge may be there, or the same without its routes. */
  forget(): void {
    this.#ticket?.cancel(this.#clock.now());
    this.#ticket = undefined;
    this.#told = undefined;
    this.#trouble = undefined;
  }
}
