/** The BMC's agent: the bus owner, which discovers the endpoint at the other end and gives it an EID. */
import { ENDPOINT_DEFAULTS, Agent } from "../src/agent/agent.ts";
import { AGENT_MESSAGE_TYPES, uuidText } from "../src/agent/identity.ts";
import type { RunOptions } from "../src/agent/run-options.ts";
import { traceBmcPlatform } from "../src/agent/traced-platform.ts";
import type { BmcAccess } from "../src/binding/bus.ts";
import { monotonicClock } from "../src/drive/clock.ts";
import { bmcExecutor } from "../src/drive/executor.ts";
import { createPacketMemory } from "../src/drive/packet-memory.ts";
import { discover, type DiscoveredEndpoint } from "../src/mctp/bus-owner/discovery.ts";
import type { SequenceTicket } from "../src/mctp/control/request.ts";
import { versionText } from "../src/mctp/control/version-support.ts";
import { messageTypeName } from "../src/mctp/message.ts";
import type { Eid, Millis } from "../src/wire/units.ts";
import { openBmcPlatform } from "./platform.ts";
import { createBmcSide } from "./side.ts";
import type { BmcConfig, BmcState } from "./state.ts";

export type BmcAgent = Agent<BmcState, BmcConfig, BmcAccess>;

export interface BmcRunOptions extends RunOptions {
  /** The EID that the host gets. */
  readonly assign: Eid;
  readonly announceLimit: Millis;
}

/** A host that answers no control messages, as firmware may, is asked ever more rarely. */
const FIRST_RETRY_MILLISECONDS = 1000;
const LAST_RETRY_MILLISECONDS = 60_000;

/** Opens the platform and makes the agent; `start` puts it on the bus. Throws a Failure. */
export function createBmcAgent(options: BmcRunOptions, log: (line: string) => void): BmcAgent {
  const platform = traceBmcPlatform(
    openBmcPlatform(options.platform, { windowBytes: options.window, doorbell: options.poll !== "busy", log }),
    options.trace,
  );
  const side = createBmcSide(
    {
      versions: options.versions,
      mtu: options.mtu,
      windowBytes: platform.window.size,
      stallDelay: options.stallDelay,
      announceLimit: options.announceLimit,
    },
    createPacketMemory(),
  );
  const identity = {
    eid: options.eid,
    uuid: options.uuid,
    kind: "busOwner" as const,
    staticEid: options.eid,
    assigned: false,
    messageTypes: AGENT_MESSAGE_TYPES,
  };
  const agent = new Agent(side, bmcExecutor(platform), platform, { ...ENDPOINT_DEFAULTS, identity }, options.assign, {
    ...options.agent,
    log,
  });
  discoverOnPresence(agent, options.assign);
  return agent;
}

/** Channel Active is presence: every session begins with the discovery of who is there (LPC-MCTP-3). */
function discoverOnPresence(agent: BmcAgent, assign: Eid): void {
  let session = 0;
  let retry: NodeJS.Timeout | undefined;
  let underWay: SequenceTicket | undefined;
  const begin = (mine: number, delay: number): void => {
    underWay = discover(agent.endpoint, assign, monotonicClock.now(), (outcome) => {
      if (mine !== session) return;
      if (outcome.ok) {
        remember(agent, outcome.value);
        return;
      }
      if (delay === FIRST_RETRY_MILLISECONDS)
        agent.tell(`discovery failed: ${outcome.reject}; trying again now and then`);
      retry = setTimeout(() => {
        if (mine === session) begin(mine, Math.min(2 * delay, LAST_RETRY_MILLISECONDS));
      }, delay);
      // A channel without a working endpoint keeps no process alive.
      retry.unref();
    });
  };
  agent.onLinkChange = (up) => {
    session++;
    clearTimeout(retry);
    // Its requests would hold tags and places in a queue that the next session needs.
    underWay?.cancel(monotonicClock.now());
    underWay = undefined;
    agent.endpoints = [];
    if (up) begin(session, FIRST_RETRY_MILLISECONDS);
  };
}

function remember(agent: BmcAgent, found: DiscoveredEndpoint): void {
  agent.peerEid = found.eid;
  agent.endpoints = [
    {
      eid: found.eid,
      uuid: found.uuid === undefined ? undefined : uuidText(found.uuid),
      controlVersions: found.controlVersions.map(versionText),
      messageTypes: found.messageTypes,
    },
  ];
  const types = found.messageTypes.map(messageTypeName).join(", ");
  const uuid = found.uuid === undefined ? "no UUID" : `UUID ${uuidText(found.uuid)}`;
  const newest = found.controlVersions.at(-1);
  const version = newest === undefined ? "?" : versionText(newest);
  agent.tell(
    `discovered EID ${String(found.eid)}: MCTP ${version}, message types: ${types || "control only"}, ${uuid}`,
  );
}
