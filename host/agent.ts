/** The host's agent: an endpoint that a bus owner gives its EID. */
import { ENDPOINT_DEFAULTS, Agent } from "../src/agent/agent.ts";
import type { OpenBoardLink } from "../src/node/bridging.ts";
import { noBusOwnerMethods } from "../src/agent/control/bus-owner-methods.ts";
import { BusWatch, DEFAULT_JUDGE_MODE } from "../src/agent/bus/bus-watch.ts";
import { AGENT_MESSAGE_TYPES, DEFAULT_BMC_EID, VENDOR_SUPPORT } from "../src/agent/identity.ts";
import { PathUnits } from "../src/node/path-mtu.ts";
import type { RunOptions } from "../src/agent/start-options.ts";
import { traceHostPlatform, type TracedPlatform } from "../src/agent/traced-platform.ts";
import { openHostPlatform } from "../src/platform/kinds.ts";
import type { HostPort } from "../src/platform/port.ts";
import { orAbandon } from "../src/platform/scope.ts";
import type { HostBus } from "../src/core/binding/bus.ts";
import { ListeningHostBus } from "../src/node/listening-bus.ts";
import { Judge } from "../src/core/judge/judge.ts";
import { createPacketMemory } from "../src/node/packet-memory.ts";
import { NULL_EID } from "../src/core/mctp/message.ts";
import { Announcement } from "./announcement.ts";
import { createHostSide } from "./role/side.ts";
import { HOST_DEFAULTS, type HostConfig, type HostState } from "./role/state.ts";

const TIMES = { refused: HOST_DEFAULTS.refusedDelay, stop: HOST_DEFAULTS.stopLimit };

export type HostAgent = Agent<HostState, HostConfig, HostBus>;

/** Opens the platform and makes the agent; `start` puts it on the bus. Throws a Failure. */
export function createHostAgent(
  options: RunOptions,
  log: (line: string) => void,
  openBoardLink?: OpenBoardLink,
): HostAgent {
  const { window: windowBytes, depth, poll } = options;
  const opened = openHostPlatform(options.platform, { windowBytes, depth, doorbell: poll !== "busy", log });
  const platform = traceHostPlatform(opened, options.trace, TIMES);
  return orAbandon(platform, () => agentOn(platform, options, log, openBoardLink));
}

function agentOn(
  platform: TracedPlatform<HostPort>,
  options: RunOptions,
  log: (line: string) => void,
  openBoardLink: OpenBoardLink | undefined,
): HostAgent {
  const watch = new BusWatch({
    side: "host",
    mode: options.judge ?? DEFAULT_JUDGE_MODE,
    windowBytes: platform.window.size,
    depth: platform.depth,
    times: TIMES,
    versions: options.versions,
    makeJudge: (judgeOptions) => new Judge(judgeOptions),
  });
  const side = createHostSide(
    {
      versions: options.versions,
      mtu: options.mtu,
      windowBytes: platform.window.size,
      stallDelay: options.stallDelay,
    },
    createPacketMemory(),
  );
  const identity = {
    eid: options.eid,
    uuid: options.uuid,
    kind: options.agent.bridging === undefined ? ("endpoint" as const) : ("bridge" as const),
    staticEid: options.eid,
    assigned: false,
    messageTypes: AGENT_MESSAGE_TYPES,
  };
  const { bridging } = options.agent;
  const services = { vendors: VENDOR_SUPPORT };
  // The BMC has the default EID until it has shown another.
  const agent = new Agent(
    side,
    new ListeningHostBus(platform, watch.listener),
    watch,
    platform,
    { ...ENDPOINT_DEFAULTS, identity, services },
    DEFAULT_BMC_EID,
    {
      ...options.agent,
      bridging: bridging && { ...bridging, openBoardLink },
      log,
    },
  );
  agent.methods = noBusOwnerMethods();
  // Behind the BMC there may be others: it knows the way.
  agent.paths ??= new PathUnits(
    agent.endpoint,
    (destination) =>
      destination === agent.peerEid || destination === NULL_EID ? undefined : { busOwner: agent.peerEid },
    () => agent.packetBytes(),
  );
  const announcement = new Announcement(agent.endpoint, (line) => {
    agent.tell(line);
  });
  agent.onLinkChange = (up) => {
    announcement.linkChanged(up);
  };
  agent.endpoint.onEidAssigned = (eid, by) => {
    agent.peerEid = by;
    agent.bridging?.eidAssigned(by);
    agent.tell(`EID ${String(eid)} assigned by the bus owner, EID ${String(by)}`);
  };
  return agent;
}
