/** The options of `bmc run` for the bus owner, and the file that it keeps its assignments in. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { DISCOVER_MODES, type DiscoverMode } from "../src/node/discover-mode.ts";
import { isAsked } from "../src/agent/config/config-option.ts";
import { DEFAULT_BMC_EID, DEFAULT_HOST_EID } from "../src/agent/identity.ts";
import { ownsBus } from "../src/agent/links.ts";
import { notEmpty } from "../src/agent/not-empty.ts";
import { DAY, parseCount, parseEid } from "../src/agent/run-options.ts";
import { DEFAULT_SURVEY_INTERVAL, READ_PAUSE } from "../src/node/bridge-survey.ts";
import { StateFile } from "../src/node/state-file.ts";
import type { StaticPool } from "../src/core/mctp/bus-owner/config.ts";
import { decodeMemory, encodeMemory, includesEid, type BusOwnerMemory } from "../src/core/mctp/bus-owner/memory.ts";
import { isIdentity, parseUuid, uuidText } from "../src/core/mctp/control/identifiers.ts";
import type { EidRange } from "../src/core/mctp/control/routing.ts";
import { Failure } from "../src/platform/failure.ts";
import type { LinkSpec } from "../src/platform/kinds.ts";
import { millis, type Eid } from "../src/core/wire/units.ts";
import type { BusOwnerOptions } from "./agent.ts";
import { HOST_PROFILES, HOST_PROFILE_NAMES, type HostProfile, type HostProfileName } from "./host-profiles.ts";

/** By UUID: its EID, at one port or at every one. */
type Statics = ReadonlyMap<string, { readonly eid: Eid; readonly port: number | undefined }>;
type StaticPools = ReadonlyMap<string, StaticPool>;

/** The shortest --poll-bridged: the routes of a bridge are not read more often. */
const LEAST_POLL: number = READ_PAUSE;

export function addBusOwnerOptions(command: Command): Command {
  return command
    .option("--assign <eid>", "the EID that the host gets, 8 to 254", parseEid, DEFAULT_HOST_EID)
    .option(
      "--eid-pool <range>",
      "give EIDs of this range, like 20-40, the same to the same UUID; to the host, too, unless --assign is given",
      parsePool,
    )
    .option(
      "--static <uuid=eid[@port]>",
      "the EID of the endpoint with this UUID, at this port alone where one is named (0: the channel, 1 on: the --link options in their order); may be given again",
      parseStatic,
    )
    .option(
      "--static-pool <uuid=range[@port]>",
      "the EIDs for what is behind the bridge with this UUID, like UUID=20-29, at this port alone where one is named; none of them is given to another; may be given again",
      parseStaticPool,
    )
    .addOption(
      new Option(
        "--preset-eids <how>",
        "what becomes of an EID that an endpoint, no bridge, has already: another takes its place (replace), or the endpoint is asked for it and keeps it where no other has it or is to have it (keep)",
      )
        .choices(["replace", "keep"])
        .default("replace"),
    )
    .option(
      "--poll-bridged <milliseconds>",
      `ask the endpoints behind bridges so often who they are, ${String(LEAST_POLL)} to ${String(DAY)}; 0: never`,
      parsePoll,
      DEFAULT_SURVEY_INTERVAL,
    )
    .option("--state <file>", "keep assignments in this file, across restarts", notEmpty("A state file", "eids.json"))
    .option("--check-every <milliseconds>", "ask the host so often whether it is still there; 0: never", parseCount, 0)
    .addOption(
      new Option(
        "--discover <when>",
        "when the host is asked who it is: after its first control message in a session, as soon as a session opens, or never",
      )
        .choices([...DISCOVER_MODES])
        .default(HOST_PROFILES.standard.discover),
    )
    .option("--no-discovery", "the same as --discover never")
    .addOption(
      new Option("--host-profile <name>", "defaults for a deployed host, see below; options that are given win")
        .choices([...HOST_PROFILE_NAMES])
        .default("standard"),
    );
}

/**
 * The options as if the profile's were given beside them, where they are not (`--discover`, `--mtu`). Throws a Failure
 * for options that contradict each other.
 */
export function applyHostProfile(
  command: Command,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> & { readonly discover: DiscoverMode } {
  const name = given["hostProfile"] as HostProfileName;
  const profile: HostProfile = HOST_PROFILES[name];
  const isOff = given["discovery"] === false;
  if (isOff && isAsked(command, "discover") && given["discover"] !== "never") {
    throw new Failure("options", `--no-discovery and --discover ${String(given["discover"])}: leave one of them out`);
  }
  const asked = isAsked(command, "discover") ? (given["discover"] as DiscoverMode) : profile.discover;
  const discover = isOff ? "never" : asked;
  if (discover === "never" && given["checkEvery"] !== 0) {
    const why = isOff ? "--no-discovery" : isAsked(command, "discover") ? "--discover never" : `--host-profile ${name}`;
    throw new Failure(
      "options",
      `--check-every asks the host by control messages, which ${why} forbids: leave one of them out`,
    );
  }
  return { ...given, discover, mtu: isAsked(command, "mtu") ? given["mtu"] : profile.mtu };
}

/** Options of a bus owner, which an agent is not whose kernel owns the bus. */
const OWNER_OPTIONS = {
  assign: "--assign",
  checkEvery: "--check-every",
  discover: "--discover",
  presetEids: "--preset-eids",
  pollBridged: "--poll-bridged",
} as const;

/** Throws a Failure where the agent is asked for the work of a bus owner that the kernel is. */
function checkOwner(command: Command, links: readonly LinkSpec[]): void {
  const kernel = links.find(ownsBus);
  if (kernel === undefined) return;
  for (const [name, text] of Object.entries(OWNER_OPTIONS)) {
    if (!isAsked(command, name)) continue;
    throw new Failure(
      "options",
      `${kernel.name} with owner=kernel leaves EIDs to the kernel's bus owner (mctpd): leave ${text} out, or owner=kernel`,
    );
  }
}

/** What the options ask for, and what the state file holds. `links`: of the agent. Throws a Failure. */
export async function readBusOwnerOptions(
  command: Command,
  given: Readonly<Record<string, unknown>>,
  links: readonly LinkSpec[],
): Promise<{ readonly assign: Eid | undefined; readonly busOwner: Partial<BusOwnerOptions> }> {
  const own = (given["eid"] as Eid | undefined) ?? DEFAULT_BMC_EID;
  const pool = given["eidPool"] as EidRange | undefined;
  const statics: Statics = (given["static"] as Statics | undefined) ?? new Map();
  const staticPools: StaticPools = (given["staticPool"] as StaticPools | undefined) ?? new Map();
  const path = given["state"] as string | undefined;
  const keepsEids = given["presetEids"] === "keep";
  // Where assignments are to differ or to be remembered the default EID would be in their way.
  const isAssigned = isAsked(command, "assign");
  const isPlain = pool === undefined && path === undefined && !keepsEids;
  const assign = isAssigned || isPlain ? (given["assign"] as Eid) : undefined;
  checkEids(own, assign, pool, statics);
  checkPools(staticPools, own, isAssigned ? assign : undefined, statics);
  const pinned = [...statics.values()].map(({ eid, port }) => ({ what: `--static keeps EID ${String(eid)}`, port }));
  const pinnedPools = [...staticPools.values()].map(({ port, ...range }) => ({
    what: `--static-pool keeps EIDs ${rangeText(range)}`,
    port,
  }));
  checkPorts([...pinned, ...pinnedPools], links.length);
  checkKernels(links, assign, statics, staticPools);
  checkOwner(command, links);
  if (isAssigned && assign !== undefined && [...statics.values()].some(({ eid }) => eid === assign)) {
    throw new Failure(
      "eid",
      `EID ${String(assign)} cannot be both the host's by --assign and a UUID's by --static: give another with one of them`,
    );
  }
  const { store, memory } = path === undefined ? { store: undefined, memory: [] } : await openState(path);
  return {
    assign,
    busOwner: {
      ...(pool === undefined ? {} : { pool }),
      statics: new Map([...statics].map(([uuid, { eid }]) => [uuid, eid])),
      staticPools,
      keepsEids,
      surveyInterval: millis(given["pollBridged"] as number),
      staticPorts: new Map([...statics].flatMap(([uuid, { port }]) => (port === undefined ? [] : [[uuid, port]]))),
      store,
      memory,
      discover: given["discover"] as DiscoverMode,
      checkInterval: millis(given["checkEvery"] as number),
    },
  };
}

function checkEids(own: Eid, assign: Eid | undefined, pool: EidRange | undefined, statics: Statics): void {
  if (assign === own) {
    throw new Failure("eid", `EID ${String(own)} is the BMC's own: give the host another with --assign`);
  }
  if (pool?.count === 1 && pool.first === own) {
    throw new Failure("eid", `the pool has no EID but the BMC's own, ${String(own)}: give more with --eid-pool`);
  }
  const seen = new Set<Eid>([own]);
  for (const { eid: one } of statics.values()) {
    if (seen.has(one)) {
      throw new Failure(
        "eid",
        `EID ${String(one)} cannot be given by --static: ${one === own ? "it is the BMC's own" : "it was given already"}`,
      );
    }
    seen.add(one);
  }
}

/** Throws a Failure where the EID of a kernel is one that is to be given to another. */
function checkKernels(
  links: readonly LinkSpec[],
  assign: Eid | undefined,
  statics: Statics,
  staticPools: StaticPools,
): void {
  for (const link of links) {
    if (link.kind !== "tun" || link.eid === undefined || link.owner === "kernel") continue;
    const { eid: own } = link;
    const isStatic = [...statics.values()].some(({ eid }) => eid === own);
    const isOfPool = [...staticPools.values()].some((pool) => includesEid(pool, own));
    if (link.eid !== assign && !isStatic && !isOfPool) continue;
    const ofUuid = isOfPool ? "of a bridge's pool by --static-pool" : "a UUID's by --static";
    const whose = isStatic || isOfPool ? ofUuid : "the host's by --assign";
    throw new Failure(
      "eid",
      `EID ${String(link.eid)} cannot be both the kernel's by ${link.name},eid= and ${whose}: give another with one of them`,
    );
  }
}

/** Throws a Failure where EIDs of a pool are those of another, or of an endpoint. */
function checkPools(pools: StaticPools, own: Eid, assign: Eid | undefined, statics: Statics): void {
  const seen: StaticPool[] = [];
  for (const [uuid, pool] of pools) {
    const refuse = (why: string): Failure =>
      new Failure("eid", `EIDs ${rangeText(pool)} cannot be the pool of UUID ${uuid} by --static-pool: ${why}`);
    if (includesEid(pool, own)) throw refuse(`EID ${String(own)} is the BMC's own`);
    if (assign !== undefined && includesEid(pool, assign)) {
      throw refuse(`EID ${String(assign)} is the host's by --assign`);
    }
    const fixed = [...statics.values()].find(({ eid }) => includesEid(pool, eid));
    if (fixed !== undefined) throw refuse(`EID ${String(fixed.eid)} is a UUID's by --static`);
    const other = seen.find(({ first, count }) => first < pool.first + pool.count && pool.first < first + count);
    if (other !== undefined) throw refuse(`EIDs ${rangeText(other)} are another pool`);
    seen.push(pool);
  }
}

function checkPorts(
  kept: readonly { readonly what: string; readonly port: number | undefined }[],
  lastPort: number,
): void {
  for (const { what, port } of kept) {
    if (port === undefined || port <= lastPort) continue;
    const ports = lastPort === 0 ? "port 0, the channel, alone" : `ports 0, the channel, to ${String(lastPort)}`;
    throw new Failure(
      "options",
      `${what} for port ${String(port)}, but this agent has ${ports}: name one of them, or add a --link`,
    );
  }
}

/** Opens the state file, and has it written once, so that one that cannot be written is told of now. */
async function openState(path: string): Promise<{ readonly store: StateFile; readonly memory: BusOwnerMemory }> {
  const store = await StateFile.open(path);
  const read = store.content === undefined ? { ok: true as const, value: [] } : decodeMemory(store.content);
  if (!read.ok) {
    const { why, text } = read.reject;
    throw new Failure(
      "state-file",
      why === "version"
        ? `the state file ${store.path} was written by another release of mctp-lpc (${text}): run that one, or name another file with --state`
        : `the state file ${store.path} is damaged: ${text}. It was left as it is: restore it from a copy, or move it away to begin without assignments`,
    );
  }
  if (store.content === undefined) await store.write(encodeMemory([]));
  return { store, memory: read.value };
}

function parsePool(text: string): EidRange {
  const match = /^([^-]+)(?:-([^-]+))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError("A pool is a range of EIDs within 8-254, like 20-40.");
  const first = parseEid(match[1] ?? "");
  const last = parseEid(match[2] ?? match[1] ?? "");
  if (last < first) throw new InvalidArgumentError("A pool begins with its lower EID, like 20-40.");
  return { first, count: last - first + 1 };
}

/** Milliseconds. */
function parsePoll(text: string): number {
  const value = parseCount(text);
  if (value === 0 || (value >= LEAST_POLL && value <= DAY)) return value;
  throw new InvalidArgumentError(`Give a whole number from ${String(LEAST_POLL)} to ${String(DAY)}, or 0 for never.`);
}

function parseStaticPool(text: string, before: StaticPools | undefined): StaticPools {
  const match = /^([^=]+)=([^=@]+)(?:@(\d{1,2}))?$/.exec(text);
  const uuid = parseUuid(match?.[1] ?? "");
  if (match === null || uuid === undefined) {
    throw new InvalidArgumentError(
      "Give a UUID of 32 hexadecimal digits and a range of EIDs, and perhaps a port, like 01234567-89ab-cdef-0123-456789abcdef=20-29@1.",
    );
  }
  const key = uuidText(uuid);
  if (!isIdentity(uuid)) throw new InvalidArgumentError(`UUID ${key} tells no endpoint apart.`);
  if (before?.has(key) === true) throw new InvalidArgumentError(`UUID ${key} has its pool already.`);
  const port = match[3] === undefined ? undefined : Number(match[3]);
  return new Map([...(before ?? []), [key, { ...parsePool(match[2] ?? ""), port }]]);
}

function rangeText({ first, count }: EidRange): string {
  return count === 1 ? String(first) : `${String(first)}-${String(first + count - 1)}`;
}

function parseStatic(text: string, before: Statics | undefined): Statics {
  const match = /^([^=]+)=([^=@]+)(?:@(\d{1,2}))?$/.exec(text);
  const uuid = parseUuid(match?.[1] ?? "");
  if (match === null || uuid === undefined) {
    throw new InvalidArgumentError(
      "Give a UUID of 32 hexadecimal digits and an EID, and perhaps a port, like 01234567-89ab-cdef-0123-456789abcdef=20@1.",
    );
  }
  const key = uuidText(uuid);
  if (!isIdentity(uuid)) throw new InvalidArgumentError(`UUID ${key} tells no endpoint apart.`);
  if (before?.has(key) === true) throw new InvalidArgumentError(`UUID ${key} has its EID already.`);
  const port = match[3] === undefined ? undefined : Number(match[3]);
  return new Map([...(before ?? []), [key, { eid: parseEid(match[2] ?? ""), port }]]);
}
