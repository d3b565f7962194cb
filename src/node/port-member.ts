/**
 * A member's life on the port towards the bus owner: on a link with sessions it announces itself when one opens
 * (LPC-MCTP-20); the bus owner then gives it an EID.
 */
import { DiscoveryNotify } from "../core/mctp/control/commands/discovery-notify.ts";
import { ask, failureText, runSequence, type SequenceTicket } from "../core/mctp/control/request.ts";
import type { RouterPort } from "../core/mctp/bridge/router-port.ts";
import { NULL_EID } from "../core/mctp/message.ts";
import type { Clock } from "./clock.ts";
import type { Tell } from "../platform/log-events.ts";

export interface PortMemberOptions {
  readonly port: RouterPort;
  readonly announces: boolean;
  readonly clock: Clock;
  /** One line for people. */
  readonly tell: Tell;
}

export class PortMember {
  readonly #options: PortMemberOptions;
  #ticket: SequenceTicket | undefined;
  #failureTold = false;

  constructor(options: PortMemberOptions) {
    this.#options = options;
  }

  linkChanged(up: boolean): void {
    const { announces, clock, port } = this.#options;
    this.stop();
    if (!up || !announces) return;
    // The null EID: the bus owner's is not known yet.
    const announcing = ask(DiscoveryNotify, NULL_EID, undefined);
    const { endpoint } = port.router;
    this.#ticket = runSequence(
      endpoint,
      announcing,
      clock.now(),
      (outcome) => {
        if (outcome.ok || this.#failureTold) return;
        this.#failureTold = true;
        const eid = String(endpoint.identity.eid);
        const why = failureText(DiscoveryNotify, outcome.reject);
        this.#options.tell(
          `BMC did not accept the announcement (${why}; LPC-MCTP-20): this host goes on with EID ${eid}.`,
          "endpoint-trouble",
        );
      },
      port.local,
    );
  }

  stop(): void {
    this.#ticket?.cancel(this.#options.clock.now());
    this.#ticket = undefined;
  }
}
