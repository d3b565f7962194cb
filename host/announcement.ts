/** The host announces its endpoint to the bus owner when a session opens (LPC-MCTP-20). */
import { monotonicClock } from "../src/node/clock.ts";
import { DiscoveryNotify } from "../src/core/mctp/control/commands/discovery-notify.ts";
import { ask, failureText, runSequence, type SequenceTicket } from "../src/core/mctp/control/request.ts";
import type { Endpoint } from "../src/core/mctp/endpoint.ts";
import { NULL_EID } from "../src/core/mctp/message.ts";

export class Announcement {
  readonly #endpoint: Endpoint;
  readonly #tell: (line: string) => void;
  #ticket: SequenceTicket | undefined;
  #failureTold = false;

  constructor(endpoint: Endpoint, tell: (line: string) => void) {
    this.#endpoint = endpoint;
    this.#tell = tell;
  }

  /** The channel came up or was lost. */
  linkChanged(up: boolean): void {
    const now = monotonicClock.now();
    this.#ticket?.cancel(now);
    this.#ticket = undefined;
    if (!up) return;
    // The null EID: the bus owner's is not known yet.
    const announcing = ask(DiscoveryNotify, NULL_EID, undefined);
    const via = this.#endpoint.ownPort;
    const ticket = runSequence(
      this.#endpoint,
      announcing,
      now,
      (outcome) => {
        if (outcome.ok || this.#failureTold) return;
        this.#failureTold = true;
        const eid = String(this.#endpoint.identity.eid);
        const why = failureText(DiscoveryNotify, outcome.reject);
        this.#tell(`BMC did not accept the announcement (${why}; LPC-MCTP-20): this host goes on with EID ${eid}.`);
      },
      via,
    );
    this.#ticket = ticket;
  }
}
