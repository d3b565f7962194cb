/** What the bus owner asks when a session opens: clause 14. */
import { discover, type DiscoveredEndpoint } from "../../../src/core/mctp/bus-owner/discovery.ts";
import { eid } from "../../../src/core/wire/units.ts";
import { Lab } from "./lab.ts";
import { EID } from "./life.ts";
import type { Scenario } from "./scenario.ts";

export function discovery(): readonly Scenario[] {
  const lab = new Lab({ bmc: { mtu: 64 } });
  let found: DiscoveredEndpoint | undefined;
  lab.onEndpoint = (role, endpoint) => {
    if (role !== "bmc") return;
    endpoint.onLinkChange = (up, now) => {
      if (!up) return;
      discover(endpoint, eid(EID.host), now, (outcome) => {
        if (!outcome.ok) throw new Error(outcome.reject);
        found = outcome.value;
        lab.mark("bmc", "happens", `has discovered EID ${String(outcome.value.eid)}`);
      });
    };
  };
  lab.start("bmc");
  lab.start("host");
  lab.bringUp();
  if (found === undefined) throw new Error("nothing was discovered");
  lab.beginFigureAt("B5.1", "the BMC has just set Channel Active");
  return [
    lab.record(
      "discovery",
      "The bus owner discovers the host's endpoint",
      "As soon as the session is open for the BMC, its endpoint asks the five requests of clause 14, each after the response to the one before. The first is there before the host has judged the session: its Tx Begin is remembered and counts as the session's first. The first two requests go to the null EID, the others to the EID that the endpoint has taken.",
    ),
  ];
}
