/** The BMC's agent: the bus owner, which discovers the endpoint at the other end and gives it an EID. */
import { ENDPOINT_DEFAULTS, Agent } from "../src/agent/agent.ts";
import { BusWatch, DEFAULT_JUDGE_MODE } from "../src/agent/bus/bus-watch.ts";
import { AGENT_MESSAGE_TYPES, DEFAULT_HOST_EID, VENDOR_SUPPORT } from "../src/agent/identity.ts";
import type { StateFile } from "../src/node/state-file.ts";
import { PathUnits } from "../src/node/path-mtu.ts";
import type { RunOptions } from "../src/agent/start-options.ts";
import type { DiscoverMode } from "../src/node/discover-mode.ts";
import { traceBmcPlatform, type TracedPlatform } from "../src/agent/traced-platform.ts";
import type { BmcBus } from "../src/core/binding/bus.ts";
import { ListeningBmcBus } from "../src/node/listening-bus.ts";
import { Judge } from "../src/core/judge/judge.ts";
import { createPacketMemory } from "../src/node/packet-memory.ts";
import { BusOwner } from "../src/core/mctp/bus-owner/bus-owner.ts";
import { includesEid, type BusOwnerMemory } from "../src/core/mctp/bus-owner/memory.ts";
import { routingInformation, type RoutePort } from "../src/core/mctp/bus-owner/routes.ts";
import type { EidRange } from "../src/core/mctp/control/routing.ts";
import { FIRST_ASSIGNABLE_EID, LAST_ASSIGNABLE_EID } from "../src/core/mctp/message.ts";
import { BASELINE_UNIT } from "../src/core/mctp/packet.ts";
import { eid, millis, type Eid, type Millis } from "../src/core/wire/units.ts";
import { openBmcPlatform } from "../src/platform/kinds.ts";
import type { BmcPort, Window } from "../src/platform/port.ts";
import { orAbandon } from "../src/platform/scope.ts";
import { BusOwnerService, HOST_PORT } from "./bus-owner.ts";
import { openBoardLink } from "./board-link.ts";
import { mtuNote } from "./mtu-note.ts";
import { createBmcSide } from "./role/side.ts";
import type { BmcConfig, BmcState } from "./role/state.ts";

export type BmcAgent = Agent<BmcState, BmcConfig, BmcBus>;

export interface BmcRunOptions extends RunOptions {
  /** The EID that the host gets, whoever it is; undefined: one of the pool. */
  readonly assign: Eid | undefined;
  readonly announceLimit: Millis;
  readonly busOwner?: Partial<BusOwnerOptions>;
}

export interface BusOwnerOptions {
  /** EIDs to give: by default all that there are. */
  readonly pool: EidRange;
  /** EIDs kept for certain UUIDs, in the form of `uuidText`. */
  readonly statics: ReadonlyMap<string, Eid>;
  /** When the host is discovered: `announced` after its first control message in a session. */
  readonly discover: DiscoverMode;
  /** How often an endpoint is asked whether it is still there; 0: never. */
  readonly checkInterval: Millis;
  /** Where assignments are kept, and what was read from there. */
  readonly store: StateFile | undefined;
  readonly memory: BusOwnerMemory;
}

/** Every EID but the BMC's own default, which is the first. */
export const DEFAULT_EID_POOL: EidRange = {
  first: eid(FIRST_ASSIGNABLE_EID + 1),
  count: LAST_ASSIGNABLE_EID - FIRST_ASSIGNABLE_EID,
};

const BUS_OWNER_DEFAULTS: BusOwnerOptions = {
  pool: DEFAULT_EID_POOL,
  statics: new Map(),
  discover: "announced",
  checkInterval: millis(0),
  store: undefined,
  memory: [],
};

/** How control messages name this link: a vendor-defined binding, no medium, no address. */
const LPC_BINDING = 0xff;
const LPC_MEDIUM = 0x00;
const NO_ADDRESS = new Uint8Array(0);

/** Opens the platform and makes the agent; `start` puts it on the bus. Throws a Failure. */
export function createBmcAgent(options: BmcRunOptions, log: (line: string) => void): BmcAgent {
  const { window: windowBytes, depth, poll } = options;
  const opened = openBmcPlatform(options.platform, { windowBytes, depth, doorbell: poll !== "busy", log });
  const platform = traceBmcPlatform(opened, options.trace, { announce: options.announceLimit });
  return orAbandon(platform, () => agentOn(platform, opened.window, options, log));
}

/** `window`: that of the platform, whose reads no trace shows. */
function agentOn(
  platform: TracedPlatform<BmcPort>,
  window: Window,
  options: BmcRunOptions,
  log: (line: string) => void,
): BmcAgent {
  const watch = new BusWatch({
    side: "bmc",
    mode: options.judge ?? DEFAULT_JUDGE_MODE,
    windowBytes: platform.window.size,
    depth: platform.depth,
    times: { announce: options.announceLimit },
    versions: options.versions,
    makeJudge: (judgeOptions) => new Judge(judgeOptions),
    window,
  });
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
  const { pool, statics, discover, checkInterval, store, memory } = { ...BUS_OWNER_DEFAULTS, ...options.busOwner };
  const portEids = new Map(options.assign === undefined ? [] : [[HOST_PORT, options.assign]]);
  const owner = new BusOwner({ own: options.eid, pool, statics, portEids }, memory);
  const channelPort = (): RoutePort => ({
    binding: LPC_BINDING,
    medium: LPC_MEDIUM,
    address: NO_ADDRESS,
    incomingUnit: side.session?.mtu.hostToBmc ?? BASELINE_UNIT,
    outgoingUnit: side.session?.mtu.bmcToHost ?? BASELINE_UNIT,
  });
  // The agent that is made of it knows its further links.
  const portOf = (port: number): RoutePort =>
    port === HOST_PORT || agent.bridging === undefined ? channelPort() : agent.bridging.routePort(port);
  const services = {
    vendors: VENDOR_SUPPORT,
    routing: routingInformation(owner, HOST_PORT, portOf),
    // The service below acts on it, after it was answered.
    onDiscoveryNotify: () => undefined,
  };
  const peerEid = options.assign ?? DEFAULT_HOST_EID;
  const { bridging } = options.agent;
  const agent: BmcAgent = new Agent(
    side,
    new ListeningBmcBus(platform, watch.listener),
    watch,
    platform,
    { ...ENDPOINT_DEFAULTS, identity, services },
    peerEid,
    { ...options.agent, bridging: bridging && { ...bridging, owner, discover, openBoardLink }, log },
  );
  agent.paths ??= new PathUnits(
    agent.endpoint,
    (destination) => (destination === agent.peerEid ? undefined : firstHop(owner, destination)),
    () => agent.packetBytes(),
  );
  const busOwner = new BusOwnerService(agent, owner, { discover, checkInterval, store, portOf });
  let mtuTold: string | undefined;
  busOwner.onLinkChange = () => {
    const note = mtuNote(side);
    if (note !== undefined && note !== mtuTold) agent.tell(note);
    mtuTold = note ?? mtuTold;
  };
  agent.notes = () => [...[mtuNote(side)].filter((note) => note !== undefined), ...busOwner.notes];
  return agent;
}

/** The bridge that an EID was given through. */
function firstHop(owner: BusOwner, destination: Eid): { readonly firstHop: Eid } | undefined {
  const bridge = owner.endpoints.find(({ presence, pool }) => presence !== "gone" && includesEid(pool, destination));
  return bridge && { firstHop: bridge.eid };
}
