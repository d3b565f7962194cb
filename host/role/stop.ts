/** The orderly end of a host. Specification: clause 10, table H4 (LPC-HOST-12). */
import type { HostBus, Progress } from "../../src/core/binding/bus.ts";
import { unreachable } from "../../src/core/wire/result.ts";
import { later, type Millis } from "../../src/core/wire/units.ts";
import { startUp } from "./start-up.ts";
import { endSession, type HostConfig, type HostState } from "./state.ts";
import type { HostStep } from "./steps.ts";
import { move } from "./transitions.ts";

/** One round after a stop was asked for. */
export function stop(bus: HostBus<HostStep>, host: HostState, config: HostConfig, now: Millis): Progress {
  headForStop(host, config, now);
  if (host.phase.name !== "stopping") return "waiting";
  const progress = startUp(bus, host, config, now);
  // A BMC that is dead, or that serves another interface by now, may never empty IDR.
  giveUpAfter(host, now);
  return progress;
}

/** What this side may have opened is closed; what is already closed, or never was open, just ends. */
function headForStop(host: HostState, config: HostConfig, now: Millis): void {
  const { phase } = host;
  switch (phase.name) {
    case "awaitingBmc":
    case "fencingClose":
    case "opening":
    case "resting":
      move(host, "H4.1", { name: "stopped" });
      return;
    case "active":
    case "closing":
    case "declining":
    case "fencingOpen":
    case "judging":
      endSession(host, "stopped");
      move(host, "H4.2", { name: "stopping", until: later(now, config.stopLimit) });
      return;
    case "stopping":
    case "stopped":
      return;
    default:
      unreachable(phase);
  }
}

function giveUpAfter(host: HostState, now: Millis): void {
  const { phase } = host;
  if (phase.name === "stopping" && now >= phase.until) move(host, "H4.3", { name: "stopped" });
}
