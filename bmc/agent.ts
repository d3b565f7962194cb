/** The BMC's agent: the bus owner, which discovers the endpoints on its links and gives them their EIDs. */
import { Agent } from "../src/agent/agent.ts";
import { Board } from "../src/agent/board.ts";
import { DEFAULT_HOST_EID, agentEndpoint, ownEid } from "../src/agent/identity.ts";
import { armMisbehaviour } from "../src/agent/misbehaviour/arm.ts";
import { capturedLinks, linkPlans, ownsBus, recordingsOf } from "../src/agent/links.ts";
import type { RunOptions } from "../src/agent/start-options.ts";
import { traceBmcPlatform } from "../src/agent/traced-platform.ts";
import type { BmcBus } from "../src/core/binding/bus.ts";
import { BusOwner } from "../src/core/mctp/bus-owner/bus-owner.ts";
import type { StaticPool } from "../src/core/mctp/bus-owner/config.ts";
import type { BusOwnerMemory } from "../src/core/mctp/bus-owner/memory.ts";
import type { EidRange } from "../src/core/mctp/control/routing.ts";
import { FIRST_ASSIGNABLE_EID, LAST_ASSIGNABLE_EID } from "../src/core/mctp/message.ts";
import { eid, millis, type Eid, type Millis } from "../src/core/wire/units.ts";
import { DEFAULT_SURVEY_INTERVAL } from "../src/node/bridge-survey.ts";
import type { DiscoverMode } from "../src/node/discover-mode.ts";
import { ListeningBmcBus } from "../src/node/listening-bus.ts";
import { createPacketMemory } from "../src/node/packet-memory.ts";
import type { StateFile } from "../src/node/state-file.ts";
import { openBmcPlatform } from "../src/platform/kinds.ts";
import type { BmcPlatform } from "../src/platform/port.ts";
import { orAbandon } from "../src/platform/scope.ts";
import { secondBoard } from "./board-link.ts";
import { mtuNote } from "./mtu-note.ts";
import { createBmcSide } from "./role/side.ts";
import type { BmcConfig, BmcState } from "./role/state.ts";

export type BmcAgent = Agent<Board<BmcPlatform, BmcState, BmcConfig, BmcBus>>;

export interface BmcRunOptions extends RunOptions {
  /** The EID that the host gets, whichever it is; undefined: one of the pool. */
  readonly assign: Eid | undefined;
  readonly announceLimit: Millis;
  readonly busOwner?: Partial<BusOwnerOptions>;
}

export interface BusOwnerOptions {
  /** EIDs to give: by default all that there are. */
  readonly pool: EidRange;
  /** EIDs kept for certain UUIDs, in the form of `uuidText`. */
  readonly statics: ReadonlyMap<string, Eid>;
  /** Ports that some of these are pinned to. */
  readonly staticPorts: ReadonlyMap<string, number>;
  /** Pools kept for bridges with certain UUIDs. */
  readonly staticPools: ReadonlyMap<string, StaticPool>;
  /** An endpoint that has an EID already keeps it where it may. */
  readonly keepsEids: boolean;
  /** How often the endpoints behind bridges are asked who they are; 0: never. */
  readonly surveyInterval: Millis;
  /** When endpoints are discovered: `announced` after their first control message in a session. */
  readonly discover: DiscoverMode;
  /** How often the host is asked whether it is still there; 0: never. */
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
  staticPorts: new Map(),
  staticPools: new Map(),
  keepsEids: false,
  surveyInterval: DEFAULT_SURVEY_INTERVAL,
  discover: "announced",
  checkInterval: millis(0),
  store: undefined,
  memory: [],
};

/** The bus owner's port to the host. */
const HOST_PORT = 0;

/** Opens the platform and makes the agent; `start` puts it on the bus. Throws a Failure. */
export function createBmcAgent(options: BmcRunOptions, log: (line: string) => void): BmcAgent {
  const { window: windowBytes, depth, poll, versions, mtu, stallDelay, announceLimit } = options;
  const times = { announce: announceLimit };
  const opened = openBmcPlatform(options.platform, { windowBytes, depth, doorbell: poll !== "busy", log });
  const traced = traceBmcPlatform(opened, recordingsOf(options), times, log);
  return orAbandon(traced, (platform) => {
    const side = createBmcSide(
      { versions, mtu, windowBytes: platform.window.size, stallDelay, announceLimit },
      createPacketMemory(),
    );
    const misbehaviour = armMisbehaviour(
      options.misbehave,
      "bmc",
      {
        spec: options.platform,
        depth: platform.depth,
        restarted: () => {
          board.restarted();
        },
      },
      log,
    );
    const board = new Board<BmcPlatform, BmcState, BmcConfig, BmcBus>(
      {
        platform,
        side,
        bus: (end, listener) => {
          const direct = new ListeningBmcBus(end, listener);
          const use = (other: BmcPlatform): void => {
            direct.use(other);
          };
          return { bus: misbehaviour?.bmcBus(direct) ?? direct, use };
        },
        trace: (recorder, end) => recorder.traceBmc(end),
        misbehaviour,
        times,
        window: opened.window,
        note: () => mtuNote(side),
      },
      options,
    );
    const { discover, checkInterval, surveyInterval, store, memory, ...given } = {
      ...BUS_OWNER_DEFAULTS,
      ...options.busOwner,
    };
    const { links = [] } = options;
    const isPassage = links.some(ownsBus);
    const portEids = new Map(options.assign === undefined ? [] : [[HOST_PORT, options.assign]]);
    for (const [index, link] of links.entries()) {
      if (link.kind === "tun" && link.eid !== undefined) portEids.set(1 + index, link.eid);
    }
    const ports = 1 + links.length;
    const node = {
      endpoint: agentEndpoint(isPassage ? "endpoint" : "busOwner", ownEid(options.eid), options.uuid),
      links: [board.plan, ...capturedLinks(linkPlans(links, secondBoard), traced.capture)],
      owner: isPassage ? undefined : new BusOwner({ ...given, own: options.eid, portEids, ports }, memory),
      peerEid: options.assign ?? DEFAULT_HOST_EID,
      discover,
      remedy: "; --discover always asks at once",
      checkInterval,
      surveyInterval,
      floodShare: options.floodShare,
    };
    return new Agent({ ...options.agent, log }, { role: "bmc", place: platform.name, node, store }, board);
  });
}
