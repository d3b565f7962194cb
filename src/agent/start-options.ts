/** What an agent is started with, however it was read: run-options.ts reads a command line. */
import type { Depth } from "../core/binding/kcs-word.ts";
import type { VersionRange } from "../core/binding/versions.ts";
import type { Eid, Millis } from "../core/wire/units.ts";
import type { PollMode } from "../node/runner.ts";
import type { Group } from "../platform/accounts.ts";
import type { LinkSpec, PlatformSpec } from "../platform/kinds.ts";
import type { JudgeMode } from "./bus/bus-watch.ts";
import type { NamedFile } from "./distinct-files.ts";
import type { MisbehaveOptions } from "./misbehaviour/arm.ts";
import type { CaptureTarget } from "./outputs/capture-output.ts";
import type { LineSource } from "./outputs/log-style.ts";
import type { LineLosses } from "./outputs/output-counters.ts";
import type { DemuxOptions } from "./services/demux-server.ts";
import type { TraceTarget } from "./outputs/trace-file.ts";
import type { LogEvent } from "../platform/log-events.ts";

export interface AgentOptions {
  /** Where the control socket is. */
  readonly controlPath: string;
  /** Its members may use the control socket, beside the agent's user and root. */
  readonly controlGroup?: Group | undefined;
  /** Where programs for mctp-demux-daemon are served; undefined: nowhere. */
  readonly demux?: DemuxOptions | undefined;
  /** Folder for received files; undefined refuses them. */
  readonly inbox: string | undefined;
  readonly largestFileBytes: number;
  /** Bytes that one peer may keep in the inbox. Default: 256 MiB. */
  readonly inboxQuotaBytes?: number | undefined;
  /** Files that the agent uses: none of them may be what a tool has it write. */
  readonly ownFiles?: readonly NamedFile[] | undefined;
  /** One line each time something happened, with texts of peers as they are: what writes it makes them harmless. */
  readonly log: AgentLog;
}

/** Takes lines; any function of a line will do. */
export interface AgentLog {
  (line: string, event?: LogEvent, of?: LineSource): void;
  /** Whether it shows lines of a kind; by default it shows all. */
  readonly wants?: (event: LogEvent) => boolean;
  /** What it could not write, as `status` shows it. */
  readonly losses?: LineLosses;
}

export interface RunOptions {
  readonly platform: PlatformSpec;
  readonly poll: PollMode;
  /** Share of one processor that each link may cost, above 0 to 1. Default: DEFAULT_FLOOD_SHARE. */
  readonly floodShare?: number | undefined;
  readonly eid: Eid;
  readonly mtu: number | undefined;
  readonly versions: VersionRange;
  readonly uuid: Uint8Array;
  /** The UUID is another at each start, which the agent says. */
  readonly isRandom?: boolean | undefined;
  /** Window bytes that a virtual board must have; undefined: as it is, or the default where it is made. */
  readonly window?: number | undefined;
  /** Depth, likewise. */
  readonly depth?: Depth | undefined;
  readonly stallDelay: Millis;
  readonly untilEof: boolean;
  /** Which accesses are judged. Default: ring. */
  readonly judge?: JudgeMode | undefined;
  readonly trace: TraceTarget | undefined;
  /** Folder for the last accesses before an incident; undefined keeps none. */
  readonly incidents?: string | undefined;
  /** Rules that the agent breaks on purpose. Default: none. */
  readonly misbehave?: MisbehaveOptions | undefined;
  /** Where packets and accesses are captured for Wireshark. */
  readonly capture?: CaptureTarget | undefined;
  /** Further links, to which the agent is a bridge. */
  readonly links?: readonly LinkSpec[] | undefined;
  /** EIDs to ask the bus owner for, for what is on them. */
  readonly poolSize?: number | undefined;
  readonly agent: Omit<AgentOptions, "log">;
}
