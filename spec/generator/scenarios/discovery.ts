/** How the bus owner comes to know the host's endpoint: clause 14.3. */
import { ask, runSequence } from "../../../src/core/mctp/control/request.ts";
import { discover, type DiscoveredEndpoint } from "../../../src/core/mctp/bus-owner/discovery.ts";
import { DiscoveryNotify } from "../../../src/core/mctp/control/commands/discovery-notify.ts";
import type { EndpointCore } from "../../../src/core/mctp/endpoint.ts";
import { NULL_EID } from "../../../src/core/mctp/message.ts";
import { eid, type Millis } from "../../../src/core/wire/units.ts";
import { Lab } from "./lab.ts";
import { EID } from "./life.ts";
import type { Scenario } from "./scenario.ts";

/** Five requests of the bus owner; throws in the end where one was not answered. */
class Discovery {
  readonly #lab: Lab;
  #found: DiscoveredEndpoint | undefined;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  begin(busOwner: EndpointCore, now: Millis): void {
    discover(busOwner, eid(EID.host), now, (outcome) => {
      if (!outcome.ok) throw new Error(outcome.reject);
      this.#found = outcome.value;
      this.#lab.mark("bmc", "happens", `has discovered EID ${String(outcome.value.eid)}`);
    });
  }

  expectDone(): void {
    if (this.#found === undefined) throw new Error("nothing was discovered");
  }
}

/** LPC-MCTP-20, LPC-MCTP-3: the host announces itself, then the bus owner asks. */
export function discovery(): readonly Scenario[] {
  const lab = new Lab({ bmc: { mtu: 64 } });
  const discovered = new Discovery(lab);
  const announced = { isAnswered: false, asks: (): void => undefined };
  lab.onEndpoint = (role, endpoint) => {
    endpoint.onLinkChange = (up, now) => {
      if (!up) return;
      if (role === "bmc") {
        announced.asks = () => {
          discovered.begin(endpoint, now);
        };
        return;
      }
      runSequence(endpoint, ask(DiscoveryNotify, NULL_EID, undefined), now, ({ ok }) => {
        announced.isAnswered = ok;
      });
    };
  };
  lab.start("bmc");
  lab.start("host");
  lab.bringUp();
  if (!announced.isAnswered) throw new Error("the announcement was not answered");
  announced.asks();
  lab.settle();
  discovered.expectDone();
  lab.beginFigureAt("H3.1", "the session is open for both");
  return [
    lab.record(
      "discovery",
      "The host announces itself, and the bus owner discovers it",
      "When the session is open, the host sends Discovery Notify to the null EID, and the bus owner answers with success. It then asks the five requests of clause 14, each after the response to the one before. The first two go to the null EID, the others to the EID that the endpoint has taken.",
    ),
  ];
}

/** A bus owner that is configured to begin with the session. */
export function unaskedDiscovery(): Scenario {
  const lab = new Lab({ bmc: { mtu: 64 } });
  const discovered = new Discovery(lab);
  lab.onEndpoint = (role, endpoint) => {
    if (role !== "bmc") return;
    endpoint.onLinkChange = (up, now) => {
      if (up) discovered.begin(endpoint, now);
    };
  };
  lab.start("bmc");
  lab.start("host");
  lab.bringUp();
  discovered.expectDone();
  return lab.record(
    "unasked-discovery",
    "A bus owner that begins with the session",
    "The bus owner is configured not to wait for the host (LPC-MCTP-19): as soon as the session is open for the BMC, it asks. The first request is there before the host has judged the session: its Tx Begin is remembered and counts as the session's first.",
  );
}
