/** The options that `host run` and `bmc run` share, from the command line to what an agent takes. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { resolve } from "node:path";
import { BTU, LARGEST_WINDOW_BYTES, largestMtu } from "../core/binding/layout.ts";
import type { Depth } from "../core/binding/kcs-word.ts";
import type { RoleName } from "../core/binding/side.ts";
import { NEWEST_VERSION, OLDEST_VERSION, type VersionRange } from "../core/binding/versions.ts";
import { DEFAULT_FLOOD_SHARE } from "../node/processor-share.ts";
import { POLL_MODES, type PollMode } from "../node/runner.ts";
import { LARGEST_PORT } from "../core/mctp/bridge/routes.ts";
import { FIRST_ASSIGNABLE_EID, LAST_ASSIGNABLE_EID, NULL_EID, isAssignable } from "../core/mctp/message.ts";
import { Failure } from "../platform/failure.ts";
import { millis, type Eid } from "../core/wire/units.ts";
import { DEFAULT_JUDGE_MODE, JUDGE_MODES, type JudgeMode } from "./bus/bus-watch.ts";
import { STANDARD_OUTPUT, checkDistinct, filesOfLink, type NamedFile } from "./distinct-files.ts";
import { defaultControlPath } from "./control/control-folder.ts";
import { checkInbox } from "./files/inbox.ts";
import { DEFAULT_QUOTA_BYTES } from "./files/limits.ts";
import { DEFAULT_CAPTURE_BYTES, type CaptureTarget } from "./outputs/capture-output.ts";
import { checkIncidentFolder } from "./outputs/incident-folder.ts";
import { DEFAULT_TRACE_BYTES } from "./outputs/trace-file.ts";
import { DEFAULT_BMC_EID, DEFAULT_HOST_EID, endpointUuid } from "./identity.ts";
import { ownsBus } from "./links.ts";
import { readDemux } from "./demux-options.ts";
import { isAbstract } from "../platform/unix-address.ts";
import { controlGroupOption, demuxGroupOption, demuxOption, takeUserOptions, userOption } from "./user-options.ts";
import { addProcessOptions } from "./process-options.ts";
import { PLATFORM_VARIABLE } from "./variables.ts";
import { misbehaveParser, readMisbehave } from "./misbehaviour/options.ts";
import { readSize } from "../platform/kind.ts";
import { isTerminal } from "../platform/standard-streams.ts";
import {
  kindsText,
  parseLink,
  parsePlatform,
  settingsHelp,
  type LinkSpec,
  type PlatformSpec,
} from "../platform/kinds.ts";
import { hasBecomeUser } from "../platform/privileges.ts";
import type { TunLinkSpec } from "../platform/tun/kind.ts";
import { LARGEST_TUN_UNIT } from "../platform/tun/tun-device.ts";

import { notEmpty } from "./not-empty.ts";
import type { RunOptions } from "./start-options.ts";

/** The option --depth of what makes boards. */
export const DEPTH_HELP =
  "host bytes that the path into the BMC holds beside IDR when a board is made: 0, registers alone, or 1, the raw KCS driver (default: 0)";

const DEFAULT_POOL_SIZE = 16;
/** All EIDs but those of the bus owner and the bridge. */
const LARGEST_POOL_SIZE = LAST_ASSIGNABLE_EID - FIRST_ASSIGNABLE_EID + 1 - 2;
export const DEFAULT_FILE_LIMIT: number = 64 * 1024 * 1024;
/** Longer than any wait that is meant, and within what timers take. */
export const DAY: number = 24 * 60 * 60 * 1000;
const ALL_VERSIONS = `${String(OLDEST_VERSION)}-${String(NEWEST_VERSION)}`;
const LARGEST_MTU = largestMtu(NEWEST_VERSION, LARGEST_WINDOW_BYTES);

/** Adds the shared options. `eid` is the default EID of the side. */
export function addRunOptions(command: Command, side: RoleName, eid: Eid): Command {
  const peer = side === "host" ? "BMC" : "host";
  const placed = command.addOption(
    new Option("-p, --platform <spec>", `where this side is: ${kindsText(side)} (required)`)
      .env(PLATFORM_VARIABLE)
      .argParser(notEmpty("A platform", "shm:/dev/shm/board")),
  );
  return addProcessOptions(placed, ["platform"])
    .addOption(
      new Option("--poll <mode>", "how to wait for the other side").choices([...POLL_MODES]).default("adaptive"),
    )
    .addOption(floodShareOption())
    .option("--eid <number>", `own endpoint id, 8 to 254 (default: ${String(eid)})`, parseEid)
    .option(
      "--mtu <bytes>",
      `payload bytes of a packet, ${String(BTU)} to ${String(LARGEST_MTU)}, or "largest" (default: the largest that the window has room for)`,
      parseMtu,
    )
    .option(
      "--versions <range>",
      `protocol versions spoken, like ${ALL_VERSIONS} or 2 (default: ${ALL_VERSIONS})`,
      parseVersions,
    )
    .option("--window <bytes>", "size of the window when a board is made, 4K to 16M (default: 1M)", parseSize)
    .option("--depth <bytes>", DEPTH_HELP, parseDepth)
    .option("--inbox <folder>", `accept files from the ${peer} into this folder`, notEmpty("An inbox", "./received"))
    .addOption(
      new Option("--inbox-limit <bytes>", "largest file accepted, like 64M")
        .argParser(parseSize)
        .default(DEFAULT_FILE_LIMIT, "64M"),
    )
    .addOption(inboxQuotaOption())
    .option(
      "--uuid <uuid>",
      "the endpoint's UUID (default: one of this machine, side and platform, the same at each start)",
    )
    .option(
      "--control <path>",
      "control socket for the tools (default: one in a private folder of this user)",
      notEmpty("A control socket", "./agent.sock"),
    )
    .addOption(controlGroupOption())
    .addOption(demuxOption())
    .addOption(demuxGroupOption())
    .addOption(userOption())
    .option(
      "--trace <file>",
      "write every bus access to this file, one JSON object a line",
      notEmpty("A trace", "trace.jsonl"),
    )
    .option(
      "--pcap <file>",
      "capture the MCTP packets and every bus access to this file for Wireshark, or to standard output with -",
      notEmpty("A capture", "bus.pcapng"),
    )
    .option(
      "--pcap-limit <bytes>",
      `end the capture after so many bytes, like 64M (default: after ${String(DEFAULT_CAPTURE_BYTES / 1024 ** 2)} MiB of a file, never of a pipe)`,
      parseSize,
    )
    .addOption(
      new Option(
        "--judge <mode>",
        "which bus accesses are held against the specification: the last ones when something went wrong (ring), every one (live), none (off)",
      )
        .choices([...JUDGE_MODES])
        .default(DEFAULT_JUDGE_MODE),
    )
    .option(
      "--trace-limit <count>",
      `stop the trace after so many accesses, 1 or more (default: after ${String(DEFAULT_TRACE_BYTES / 1024 ** 2)} MiB)`,
      countIn(1),
    )
    .option(
      "--record-incidents <folder>",
      "when something goes wrong on the bus, write the accesses that led to it into this folder, a file for each incident",
      notEmpty("A folder for incidents", "./incidents"),
    )
    .option(
      "--allow-foreign-board",
      "use a board that others may write or replace, too; they then read what passes and can act as the peer",
    )
    .option("--until-eof", "stop when standard input ends, too")
    .option(
      "--link <spec>",
      `a further link, to which the agent is a bridge: ${kindsText("link")}; repeatable`,
      collect,
    )
    .option(
      "--link-eids <count>",
      `EIDs to ask the bus owner for, for what is on the further links, 1 to ${String(LARGEST_POOL_SIZE)} (default: ${String(DEFAULT_POOL_SIZE)})`,
      parsePoolSize,
    )
    .option(
      "--stall <milliseconds>",
      `report a packet that is not taken for so long, 1 to ${String(DAY)}`,
      countIn(1, DAY),
      1000,
    )
    .option(
      "--misbehave <list>",
      `break rules on purpose, to try what the ${peer} bears, like wrong-crc@1,restart:500%10; list shows all there are`,
      misbehaveParser(command, side),
    )
    .option(
      "--misbehave-seed <number>",
      "draw what has a probability from this seed, 0 to 4294967295 (default: another one at each start, which the log names)",
      countIn(0, 0xffff_ffff),
    )
    .option("--destructive", "with --misbehave: on a real device, too, whatever becomes of it")
    .addHelpText("after", `\n${settingsHelp(side, "link")}`);
}

/** The option --flood-share of everything that has a link; in percent. */
export function floodShareOption(): Option {
  return new Option(
    "--flood-share <percent>",
    "processor time that each link may cost, what is kept or forwarded left out, 1 to 100 percent of one processor; beyond it the link rests",
  )
    .argParser(countIn(1, 100))
    .default(100 * DEFAULT_FLOOD_SHARE);
}

/** The option --inbox-quota of everything that has an inbox. */
export function inboxQuotaOption(): Option {
  return new Option("--inbox-quota <bytes>", "bytes that one peer may keep in the inbox, unfinished files included")
    .argParser(parseSize)
    .default(DEFAULT_QUOTA_BYTES, "256M");
}

/** Commander's values, judged and completed, as the user that `--user` names from then on. Throws a Failure. */
export function readRunOptions(side: RoleName, given: Readonly<Record<string, unknown>>): RunOptions {
  const { controlGroup, demuxGroup } = takeUserOptions(given);
  const allowForeign = given["allowForeignBoard"] === true;
  const platform = trusting(parsePlatform(given["platform"] as string, side), allowForeign);
  const links = readLinks(given["link"] as readonly string[] | undefined, platform).map((link) =>
    trusting(link, allowForeign),
  );
  if (given["link"] === undefined && given["linkEids"] !== undefined) {
    throw new Failure("options", "--link-eids is for further links: give one with --link, or leave it out");
  }
  const misbehave = readMisbehave(side, platform, given);
  const traceLimit = given["traceLimit"] as number | undefined;
  if (given["trace"] === undefined && traceLimit !== undefined) {
    throw new Failure("options", "--trace-limit needs a trace to stop: give its file with --trace, or leave it out");
  }
  const capture = readCapture(given);
  const inbox = given["inbox"] === undefined ? undefined : resolve(given["inbox"] as string);
  const trace = given["trace"] as string | undefined;
  const control = given["control"] as string | undefined;
  const controlPath = control === undefined ? defaultControlPath(side, platform.name) : resolve(control);
  const demux = readDemux(given["demux"] as string | true | undefined, demuxGroup, side, platform.name);
  const demuxPath = demux === undefined || isAbstract(demux.address) ? undefined : demux.address;
  const passage = links.find(ownsBus);
  const mtu = given["mtu"] === "largest" ? undefined : (given["mtu"] as number | undefined);
  if (passage !== undefined) checkPassage(passage, links, mtu, given);
  const eid = (given["eid"] as Eid | undefined) ?? (passage === undefined ? DEFAULT_EIDS[side] : NULL_EID);
  const twin = links.find((link) => link.kind === "tun" && link.eid === eid);
  if (twin !== undefined) {
    throw new Failure(
      "eid",
      `EID ${String(eid)} is the agent's own: give the kernel another with eid= of ${twin.name}`,
    );
  }
  const named = (what: string, path: string | undefined): readonly NamedFile[] =>
    path === undefined ? [] : [{ what, path }];
  const incidents = given["recordIncidents"] === undefined ? undefined : resolve(given["recordIncidents"] as string);
  const places = [
    ...filesOfLink(platform, "the board"),
    ...links.flatMap((link) => filesOfLink(link, "the link")),
    ...named("the control socket", controlPath),
    ...named("the demux socket", demuxPath),
  ];
  const others = [
    ...named("the capture", capture?.path),
    ...(capture !== undefined && capture.path === undefined ? [STANDARD_OUTPUT] : []),
    ...named("the state file", given["state"] as string | undefined),
    ...named("the inbox", inbox),
    ...named("the folder for incidents", incidents),
  ];
  checkDistinct([...places, ...named("the trace", trace), ...others]);
  if (incidents !== undefined) checkIncidentFolder(incidents);
  if (inbox !== undefined) {
    checkInbox(inbox, {
      "the board": platform.path,
      "the state": given["state"] as string | undefined,
      "the trace": trace,
      "the folder for incidents": incidents,
      "the capture": capture?.path,
      "the control socket": controlPath,
      "the demux socket": demuxPath,
      ...Object.fromEntries(links.map(({ name, path }) => [`the link ${name}`, path])),
    });
  }
  return {
    platform,
    poll: given["poll"] as PollMode,
    floodShare: (given["floodShare"] as number) / 100,
    eid,
    mtu: passage === undefined ? mtu : (mtu ?? LARGEST_TUN_UNIT),
    versions: (given["versions"] as VersionRange | undefined) ?? { min: OLDEST_VERSION, cur: NEWEST_VERSION },
    ...endpointUuid(given["uuid"] as string | undefined, side, platform.name),
    window: given["window"] as number | undefined,
    depth: given["depth"] as Depth | undefined,
    untilEof: given["untilEof"] === true,
    stallDelay: millis(given["stall"] as number),
    judge: given["judge"] as JudgeMode,
    trace: trace === undefined ? undefined : { path: resolve(trace), limit: traceLimit },
    incidents,
    misbehave,
    capture,
    links,
    poolSize: (given["linkEids"] as number | undefined) ?? DEFAULT_POOL_SIZE,
    agent: {
      controlPath,
      controlGroup,
      ownFiles: [...places, ...others],
      demux,
      inbox,
      largestFileBytes: given["inboxLimit"] as number,
      inboxQuotaBytes: given["inboxQuota"] as number,
    },
  };
}

/** EIDs of the two sides where none is given. */
const DEFAULT_EIDS: Readonly<Record<RoleName, Eid>> = { host: DEFAULT_HOST_EID, bmc: DEFAULT_BMC_EID };

/** The options that decide on EIDs, which are the kernel's matter with `owner=kernel`. */
const OPTIONS_OF_OWNERS = {
  linkEids: "--link-eids",
  eidPool: "--eid-pool",
  static: "--static",
  staticPool: "--static-pool",
  state: "--state",
} as const;

/** Throws a Failure where an agent is asked for more than to join the channel and the kernel. */
function checkPassage(
  { name }: TunLinkSpec,
  links: readonly LinkSpec[],
  mtu: number | undefined,
  given: Readonly<Record<string, unknown>>,
): void {
  const refuse = (why: string): Failure => new Failure("options", `${name} with owner=kernel ${why}`);
  const other = links.find((link) => link.name !== name);
  if (other !== undefined) {
    throw refuse(`joins the channel and the kernel, and no other link: leave ${other.name} out, or owner=kernel`);
  }
  for (const [option, text] of Object.entries(OPTIONS_OF_OWNERS)) {
    if (given[option] !== undefined) {
      throw refuse(`leaves EIDs to the kernel's bus owner (mctpd): leave ${text} out, or owner=kernel`);
    }
  }
  if (mtu !== undefined && mtu > LARGEST_TUN_UNIT) {
    throw refuse(
      `carries packets of at most ${String(LARGEST_TUN_UNIT)} payload bytes: give --mtu that or less, or leave it out`,
    );
  }
}

function readCapture(given: Readonly<Record<string, unknown>>): CaptureTarget | undefined {
  const [pcap, limit] = [given["pcap"] as string | undefined, given["pcapLimit"] as number | undefined];
  if (pcap === undefined && limit !== undefined) {
    throw new Failure("options", "--pcap-limit needs a capture to end: give its file with --pcap, or leave it out");
  }
  if (pcap !== "-") return pcap === undefined ? undefined : { path: pcap, limit };
  if (isTerminal("stdout")) {
    throw new Failure("capture-terminal", "a capture is not for a terminal: name a file with --pcap, or give a pipe");
  }
  return { path: undefined, limit };
}

/** Whether boards of others are used is for all boards of an agent. */
function trusting<Place extends PlatformSpec | LinkSpec>(spec: Place, allowForeign: boolean): Place {
  return spec.kind === "shm" && allowForeign ? { ...spec, allowForeign } : spec;
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function readLinks(links: readonly string[] = [], { path }: PlatformSpec): readonly LinkSpec[] {
  const specs = links.map(parseLink);
  const kernel = specs.find(({ kind }) => kind === "tun");
  if (kernel !== undefined && hasBecomeUser()) {
    throw new Failure(
      "tun-user",
      `${kernel.name} needs the capability CAP_NET_ADMIN for as long as the agent runs, which --user gives up: leave --user out and have the service manager start the agent as that user with AmbientCapabilities=CAP_NET_ADMIN`,
    );
  }
  const double = specs.find(({ path }, index) => specs.findIndex((other) => other.path === path) < index);
  if (double !== undefined) throw new Failure("link-spec", `the link ${double.name} is named twice: name each once`);
  const eids = specs.flatMap((spec) => (spec.kind === "tun" && spec.eid !== undefined ? [spec.eid] : []));
  const twice = eids.find((one, index) => eids.indexOf(one) < index);
  if (twice !== undefined)
    throw new Failure("link-spec", `eid=${String(twice)} is given to two links: give each its own`);
  if (specs.some((spec) => spec.path === path)) {
    throw new Failure("link-spec", `the link shm:${path} is the agent's own board: name another`);
  }
  if (specs.length > LARGEST_PORT) {
    throw new Failure("link-spec", `${String(specs.length)} links are too many: at most ${String(LARGEST_PORT)}`);
  }
  return specs;
}

export function parsePoolSize(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= LARGEST_POOL_SIZE) return value;
  throw new InvalidArgumentError(`A number of EIDs is from 1 to ${String(LARGEST_POOL_SIZE)}.`);
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
  const bytes = readSize(text);
  if (bytes !== undefined) return bytes;
  throw new InvalidArgumentError("A size is a number of bytes, like 4096, 4K or 1M.");
}

export function parseDepth(text: string): Depth {
  if (text === "0" || text === "1") return text === "0" ? 0 : 1;
  throw new InvalidArgumentError("A depth is 0, registers alone, or 1, the raw KCS driver before the BMC.");
}

export function parseCount(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError(
    /^\d+$/.test(text) ? `Give a whole number up to ${String(Number.MAX_SAFE_INTEGER)}.` : "Give a whole number.",
  );
}

/** As parseCount, within bounds that the error names. */
export function countIn(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range =
    most === Number.MAX_SAFE_INTEGER ? `of ${String(least)} or more` : `from ${String(least)} to ${String(most)}`;
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a whole number ${range}.`);
  };
}
