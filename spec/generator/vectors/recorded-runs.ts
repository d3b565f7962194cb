/**
 * Runs recorded for the traces: in each version a start-up, the bus owner's discovery, a message of several packets
 * each way and an orderly stop.
 */
import type { Version } from "../../../src/core/binding/versions.ts";
import { discover } from "../../../src/core/mctp/bus-owner/discovery.ts";
import { eid } from "../../../src/core/wire/units.ts";
import { Lab } from "../scenarios/lab.ts";
import { EID } from "../scenarios/life.ts";
import { message } from "../scenarios/messages.ts";
import type { TraceSource } from "./traces.ts";

const MESSAGE_BYTES = 150;

function run(version: Version): TraceSource {
  const lab = new Lab({ host: { versions: { min: 1, cur: version } }, bmc: { mtu: 64 } });
  const discovered: boolean[] = [];
  lab.onEndpoint = (role, owner) => {
    if (role !== "bmc") return;
    owner.onLinkChange = (up, now) => {
      if (!up) return;
      discover(owner, eid(EID.host), now, (outcome) => {
        discovered.push(outcome.ok);
        lab.mark("bmc", "happens", `has discovered EID ${String(EID.host)}`);
      });
    };
  };
  lab.start("bmc");
  lab.start("host");
  lab.bringUp();
  for (const direction of ["hostToBmc", "bmcToHost"] as const) {
    lab.send(direction, message(MESSAGE_BYTES));
    lab.settle();
  }
  lab.stop("host");
  lab.settle();
  if (!discovered.includes(true)) throw new Error("the run did not come to its end");
  return lab.record(
    `session-v${String(version)}`,
    `A whole session in version ${String(version)}`,
    "Both sides start, the bus owner discovers the endpoint, a message of 150 bytes goes each way in packets of 64 payload bytes, and the host stops.",
  );
}

export function recordedRuns(): readonly TraceSource[] {
  return ([1, 2, 3] as const).map(run);
}
