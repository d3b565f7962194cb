/** The options of `bmc run` for the bus owner, and the file that it keeps its assignments in. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { DISCOVER_MODES, type DiscoverMode } from "../src/node/discover-mode.ts";
import { isAsked } from "../src/agent/config/config-option.ts";
import { DEFAULT_BMC_EID, DEFAULT_HOST_EID } from "../src/agent/identity.ts";
import { ownsBus } from "../src/agent/links.ts";
import { notEmpty, parseCount, parseEid } from "../src/agent/run-options.ts";
import { StateFile } from "../src/node/state-file.ts";
import { decodeMemory, encodeMemory, type BusOwnerMemory } from "../src/core/mctp/bus-owner/memory.ts";
import { isIdentity, parseUuid, uuidText } from "../src/core/mctp/control/identifiers.ts";
import type { EidRange } from "../src/core/mctp/control/routing.ts";
import { Failure } from "../src/platform/failure.ts";
import type { LinkSpec } from "../src/platform/kinds.ts";
import { millis, type Eid } from "../src/core/wire/units.ts";
import type { BusOwnerOptions } from "./agent.ts";
import { HOST_PROFILES, HOST_PROFILE_NAMES, type HostProfile, type HostProfileName } from "./host-profiles.ts";

/** By UUID: its EID, at one port or at every one. */
type Statics = ReadonlyMap<string, { readonly eid: Eid; readonly port: number | undefined }>;

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
const OWNER_OPTIONS = { assign: "--assign", checkEvery: "--check-every", discover: "--discover" } as const;

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
  const path = given["state"] as string | undefined;
  // Where assignments are to differ or to be remembered the default EID would be in their way.
  const isAssigned = isAsked(command, "assign");
  const assign = isAssigned || (pool === undefined && path === undefined) ? (given["assign"] as Eid) : undefined;
  checkEids(own, assign, pool, statics);
  checkPorts(statics, links.length);
  checkKernels(links, assign, statics);
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
function checkKernels(links: readonly LinkSpec[], assign: Eid | undefined, statics: Statics): void {
  for (const link of links) {
    if (link.kind !== "tun" || link.eid === undefined || link.owner === "kernel") continue;
    const isStatic = [...statics.values()].some(({ eid }) => eid === link.eid);
    if (link.eid !== assign && !isStatic) continue;
    const whose = isStatic ? "a UUID's by --static" : "the host's by --assign";
    throw new Failure(
      "eid",
      `EID ${String(link.eid)} cannot be both the kernel's by ${link.name},eid= and ${whose}: give another with one of them`,
    );
  }
}

function checkPorts(statics: Statics, lastPort: number): void {
  for (const { eid, port } of statics.values()) {
    if (port === undefined || port <= lastPort) continue;
    const ports = lastPort === 0 ? "port 0, the channel, alone" : `ports 0, the channel, to ${String(lastPort)}`;
    throw new Failure(
      "options",
      `--static keeps EID ${String(eid)} for port ${String(port)}, but this agent has ${ports}: name one of them, or add a --link`,
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
