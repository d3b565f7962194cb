/**
 * skiboot and hostboot on the bus: a deployed host whose firmware empties ODR before the binding starts. It looks at STR
 * in steps (5 ms, 50 ms), reads ODR while OBF = 1, and starts the binding once when it finds OBF = 0. A start that finds
 * BMC Active = 0 is its last.
 *
 * It begins to drain when it first finds something in ODR: what it does about a BMC that was never there is no matter.
 */
import type { HostBus, Progress } from "../../../src/core/binding/bus.ts";
import type { PacketBufferTools } from "../../../src/core/binding/packet-buffer.ts";
import { Status } from "../../../src/core/binding/registers.ts";
import type { Role } from "../../../src/core/binding/side.ts";
import { millis, type Millis } from "../../../src/core/wire/units.ts";
import { DEPLOYED_HOST, type DeployedHostConfig, type DeployedHostState } from "./deployed-host.ts";

export interface DrainingHostState extends Omit<DeployedHostState, "phase"> {
  phase: DeployedHostState["phase"] | { readonly name: "booting" | "draining" | "gaveUp" };
}

/** When the next look is due; the explorer's deadlines are all over by then. */
const NEXT_LOOK = millis(1);

export const DRAINING_HOST: Role<DrainingHostState, DeployedHostConfig, HostBus> = {
  name: "host",
  sends: "hostToBmc",
  newState: () => ({ ...DEPLOYED_HOST.newState(), phase: { name: "booting" } }),
  service,
  nextDeadline: ({ phase }) => (phase.name === "booting" || phase.name === "draining" ? NEXT_LOOK : undefined),
};

function service(
  bus: HostBus,
  host: DrainingHostState,
  config: DeployedHostConfig,
  tools: PacketBufferTools,
  now: Millis,
): Progress {
  const { name } = host.phase;
  if (name === "gaveUp") return "waiting";
  if ((name === "booting" || name === "draining") && !host.stopping) {
    const status = bus.readStatus("drain STR");
    // Between two looks nothing wakes it.
    if (name === "draining" && now < NEXT_LOOK) return "waiting";
    if ((status & Status.OBF) !== 0) {
      bus.readOdr("drain ODR");
      host.phase = { name: "draining" };
      return "waiting";
    }
    if (name === "booting" && (status & Status.BMC_ACTIVE) === 0) return "waiting";
    host.phase = { name: "new" };
  }
  const progress = DEPLOYED_HOST.service(bus, host as DeployedHostState, config, tools, now);
  if (host.phase.name === "refused") host.phase = { name: "gaveUp" };
  return progress;
}
