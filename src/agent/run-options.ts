/** The options that `host run` and `bmc run` share, from the command line to what an agent takes. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { BTU, LARGEST_WINDOW_BYTES, largestMtu } from "../binding/layout.ts";
import type { RoleName } from "../binding/side.ts";
import { NEWEST_VERSION, OLDEST_VERSION, type VersionRange } from "../binding/versions.ts";
import { POLL_MODES, type PollMode } from "../drive/runner.ts";
import { LARGEST_PORT } from "../mctp/bridge/routes.ts";
import { FIRST_ASSIGNABLE_EID, LAST_ASSIGNABLE_EID, isAssignable } from "../mctp/message.ts";
import { Failure } from "../platform/failure.ts";
import { millis, type Eid, type Millis } from "../wire/units.ts";
import type { AgentOptions } from "./agent.ts";
import { defaultControlPath } from "./control-socket.ts";
import { endpointUuid } from "./identity.ts";
import { parseLink } from "./link-spec.ts";
import { parsePlatform, type PlatformSpec } from "./platforms.ts";

export interface RunOptions {
  readonly platform: PlatformSpec;
  readonly poll: PollMode;
  readonly eid: Eid;
  readonly mtu: number | undefined;
  readonly versions: VersionRange;
  readonly uuid: Uint8Array;
  readonly window: number;
  readonly stallDelay: Millis;
  readonly untilEof: boolean;
  readonly trace: { readonly path: string; readonly limit: number } | undefined;
  readonly agent: Omit<AgentOptions, "log">;
}

const DEFAULT_POOL_SIZE = 16;
/** All EIDs but those of the bus owner and the bridge. */
const LARGEST_POOL_SIZE = LAST_ASSIGNABLE_EID - FIRST_ASSIGNABLE_EID + 1 - 2;
const DEFAULT_WINDOW_BYTES = 1024 * 1024;
export const DEFAULT_FILE_LIMIT: number = 64 * 1024 * 1024;
const LARGEST_MTU = largestMtu(NEWEST_VERSION, LARGEST_WINDOW_BYTES);

/** Adds the shared options. `eid` is the default EID of the side. */
export function addRunOptions(command: Command, side: RoleName, eid: Eid): Command {
  const peer = side === "host" ? "BMC" : "host";
  return command
    .requiredOption("-p, --platform <spec>", "where this side is: shm:PATH, a virtual board in a file")
    .addOption(
      new Option("--poll <mode>", "how to wait for the other side").choices([...POLL_MODES]).default("adaptive"),
    )
    .option("--eid <number>", "own endpoint id, 8 to 254", parseEid, eid)
    .option("--mtu <bytes>", `payload bytes of a packet, ${String(BTU)} or more, or "largest"`, parseMtu)
    .option("--versions <range>", "protocol versions spoken, like 1-3 or 2", parseVersions)
    .option(
      "--window <bytes>",
      "size of the window when a board is made, like 1M or 4K",
      parseSize,
      DEFAULT_WINDOW_BYTES,
    )
    .option("--inbox <folder>", `accept files from the ${peer} into this folder`)
    .addOption(
      new Option("--inbox-limit <bytes>", "largest file accepted, like 64M")
        .argParser(parseSize)
        .default(DEFAULT_FILE_LIMIT, "64M"),
    )
    .option("--uuid <uuid>", "the endpoint's UUID (default: a random one)")
    .option("--control <path>", "control socket for the tools (default: a private folder of this user)")
    .option("--trace <file>", "write every bus access to this file, one JSON object a line")
    .option("--trace-limit <count>", "stop the trace after so many accesses", parseCount)
    .option("--until-eof", "stop when standard input ends, too")
    .option(
      "--link <spec>",
      `a further link, to which the ${side}'s agent is a bridge, like serial:/dev/ttyUSB0; repeatable`,
      collect,
      [],
    )
    .addOption(
      new Option("--link-eids <count>", "EIDs to ask the bus owner for, for what is on the further links")
        .argParser(parsePoolSize)
        .default(DEFAULT_POOL_SIZE),
    )
    .option("--stall <milliseconds>", "report a packet that is not taken for so long", parseCount, 1000);
}

/** Commander's values, judged and completed. Throws a Failure. */
export function readRunOptions(side: RoleName, given: Readonly<Record<string, unknown>>): RunOptions {
  const platform = parsePlatform(given["platform"] as string);
  const inbox = given["inbox"] === undefined ? undefined : resolve(given["inbox"] as string);
  if (inbox !== undefined) checkFolder(inbox);
  const trace = given["trace"] as string | undefined;
  const control = given["control"] as string | undefined;
  return {
    platform,
    poll: given["poll"] as PollMode,
    eid: given["eid"] as Eid,
    mtu: given["mtu"] === "largest" ? undefined : (given["mtu"] as number | undefined),
    versions: (given["versions"] as VersionRange | undefined) ?? { min: OLDEST_VERSION, cur: NEWEST_VERSION },
    uuid: endpointUuid(given["uuid"] as string | undefined),
    window: given["window"] as number,
    untilEof: given["untilEof"] === true,
    stallDelay: millis(given["stall"] as number),
    trace:
      trace === undefined
        ? undefined
        : { path: trace, limit: (given["traceLimit"] as number | undefined) ?? Number.POSITIVE_INFINITY },
    agent: {
      poll: given["poll"] as PollMode,
      controlPath: control === undefined ? defaultControlPath(side, platform.name) : resolve(control),
      inbox,
      largestFileBytes: given["inboxLimit"] as number,
      bridging: bridgingOf(given["link"] as readonly string[], given["linkEids"] as number),
    },
  };
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function bridgingOf(links: readonly string[], poolSize: number): AgentOptions["bridging"] {
  if (links.length === 0) return undefined;
  const specs = links.map(parseLink);
  const double = specs.find(({ path }, index) => specs.findIndex((other) => other.path === path) < index);
  if (double !== undefined) throw new Failure("link-spec", `the link ${double.name} is named twice: name each once`);
  if (specs.length > LARGEST_PORT) {
    throw new Failure("link-spec", `${String(specs.length)} links are too many: at most ${String(LARGEST_PORT)}`);
  }
  return { links: specs, poolSize };
}

export function parsePoolSize(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= LARGEST_POOL_SIZE) return value;
  throw new InvalidArgumentError(`A number of EIDs is from 1 to ${String(LARGEST_POOL_SIZE)}.`);
}

export function checkFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new Failure("inbox", `the inbox ${path} is no folder: make it first, or name another`);
}

export function parseEid(text: string): Eid {
  const value = Number(text);
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text) && isAssignable(value)) return value;
  throw new InvalidArgumentError(
    `An EID is a number from ${String(FIRST_ASSIGNABLE_EID)} to ${String(LAST_ASSIGNABLE_EID)}.`,
  );
}

/** An option parsed to undefined would count as one without a value, hence the word. */
export function parseMtu(text: string): number | "largest" {
  if (text === "largest") return text;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= BTU && value <= LARGEST_MTU) return value;
  throw new InvalidArgumentError(
    `An MTU is a number of payload bytes from ${String(BTU)} (every MCTP endpoint takes that) to ${String(LARGEST_MTU)}, or "largest".`,
  );
}

export function parseVersions(text: string): VersionRange {
  const match = /^([0-9]+)(?:-([0-9]+))?$/.exec(text);
  const min = Number(match?.[1]);
  const cur = Number(match?.[2] ?? match?.[1]);
  if (match !== null && min >= OLDEST_VERSION && min <= cur && cur <= NEWEST_VERSION) return { min, cur };
  throw new InvalidArgumentError("Versions are a range within 1-3, like 1-3, 2-3 or 3.");
}

export function parseSize(text: string): number {
  const match = /^(\d+)([KM]?)$/i.exec(text);
  if (match === null) throw new InvalidArgumentError("A size is a number of bytes, like 4096, 4K or 1M.");
  const unit = { "": 1, K: 1024, M: 1024 * 1024 }[(match[2] ?? "").toUpperCase()] ?? 1;
  return Number(match[1]) * unit;
}

export function parseCount(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("Give a whole number.");
}
