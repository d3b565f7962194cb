/** The host's agent: an endpoint that a bus owner gives its EID, and a bridge where it has further links. */
import { Agent } from "../src/agent/agent.ts";
import { Board } from "../src/agent/board.ts";
import { DEFAULT_BMC_EID, agentEndpoint, ownEid } from "../src/agent/identity.ts";
import { armMisbehaviour } from "../src/agent/misbehaviour/arm.ts";
import { capturedLinks, linkPlans, ownsBus, recordingsOf, type MakeBoardLink } from "../src/agent/links.ts";
import type { RunOptions } from "../src/agent/start-options.ts";
import { traceHostPlatform } from "../src/agent/traced-platform.ts";
import type { HostBus } from "../src/core/binding/bus.ts";
import { ListeningHostBus } from "../src/node/listening-bus.ts";
import { createPacketMemory } from "../src/node/packet-memory.ts";
import { openHostPlatform } from "../src/platform/kinds.ts";
import type { HostPlatform } from "../src/platform/port.ts";
import { orAbandon } from "../src/platform/scope.ts";
import { createHostSide } from "./role/side.ts";
import { HOST_DEFAULTS, type HostConfig, type HostState } from "./role/state.ts";
import type { Tell } from "../src/platform/log-events.ts";

export type HostAgent = Agent<Board<HostPlatform, HostState, HostConfig, HostBus>>;

const TIMES = { refused: HOST_DEFAULTS.refusedDelay, stop: HOST_DEFAULTS.stopLimit };

/**
 * Opens the platform and makes the agent; `start` puts it on the bus. `boardLink`: how to be the BMC of a second board,
 * which this wing does not know. Throws a Failure.
 */
export function createHostAgent(options: RunOptions, log: Tell, boardLink?: MakeBoardLink): HostAgent {
  const { window: windowBytes, depth, poll, versions, mtu, stallDelay, links } = options;
  const opened = openHostPlatform(options.platform, { windowBytes, depth, doorbell: poll !== "busy", log });
  const traced = traceHostPlatform(opened, recordingsOf(options), TIMES, log);
  return orAbandon(traced, (platform) => {
    const side = createHostSide({ versions, mtu, windowBytes: platform.window.size, stallDelay }, createPacketMemory());
    const misbehaviour = armMisbehaviour(
      options.misbehave,
      "host",
      {
        spec: options.platform,
        depth: platform.depth,
        restarted: () => {
          board.restarted();
        },
      },
      log,
    );
    const board = new Board<HostPlatform, HostState, HostConfig, HostBus>(
      {
        platform,
        side,
        bus: (end, listener) => {
          const direct = new ListeningHostBus(end, listener);
          const use = (other: HostPlatform): void => {
            direct.use(other);
          };
          return { bus: misbehaviour?.hostBus(direct) ?? direct, use };
        },
        trace: (recorder, end) => recorder.traceHost(end),
        misbehaviour,
        times: TIMES,
      },
      options,
    );
    const isBridge = links !== undefined && links.length > 0 && !links.some(ownsBus);
    const node = {
      endpoint: agentEndpoint(isBridge ? "bridge" : "endpoint", ownEid(options.eid), options.uuid),
      links: [board.plan, ...capturedLinks(linkPlans(links, boardLink), traced.capture)],
      poolSize: options.poolSize,
      floodShare: options.floodShare,
      // The BMC has the default EID until it has shown another.
      peerEid: DEFAULT_BMC_EID,
    };
    return new Agent({ ...options.agent, log }, { role: "host", place: platform.name, node }, board);
  });
}
