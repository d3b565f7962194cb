/** Files of traces as commands name them, and what is wrong with those that cannot be read. */
import { traceRejectText, type TraceReject } from "../../core/trace/format.ts";
import { Failure, errnoOf, pathTrouble } from "../../platform/failure.ts";
import { system, type FileType } from "../../platform/system.ts";

/** Stands for standard input, and for standard output where a file is written. */
export const STANDARD_STREAM = "-";

export function nameOf(file: string): string {
  return file === STANDARD_STREAM ? "standard input" : file;
}

export function unreadableTrace(file: string, error: unknown): Failure {
  const trouble =
    errnoOf(error) === "ENOENT"
      ? "there is no such file; an agent writes one with --trace or --pcap"
      : pathTrouble(error);
  return new Failure("trace-unreadable", `cannot read ${nameOf(file)}: ${trouble}`, { cause: error });
}

/**
 * Opens a trace to read it, behind a symbolic link, too. Throws a Failure for what is of no such type: a device has no
 * end. An error of the system goes on, for some are no trouble yet.
 */
export function openTrace(file: string, types: readonly FileType[]): number {
  const fd = system.open(file, "readNamed");
  try {
    const { type } = system.stat(fd);
    if (types.includes(type)) return fd;
    throw new Failure(
      "trace-unreadable",
      `cannot read ${nameOf(file)}: it is a ${type}; give a file, or - for standard input`,
    );
  } catch (error) {
    system.close(fd);
    throw error;
  }
}

const OTHER_REASONS: ReadonlySet<TraceReject["reason"]> = new Set(["notJson", "notAnObject", "badNumber"] as const);

/** What is wrong with a trace. What is no row from its first line on is hardly a trace at all. */
export function invalidTrace(file: string, reject: TraceReject): Failure {
  const isOther = reject.line === 1 && OTHER_REASONS.has(reject.reason);
  const advice = isOther ? "; a trace is a file that an agent wrote with --trace or --pcap" : "";
  return new Failure("trace-invalid", `${nameOf(file)}, ${traceRejectText(reject)}${advice}`);
}

/** The text for a last line that was not written to its end, as an agent leaves it that was killed, or a full disk. */
export function cutLineText(file: string, { line }: TraceReject): string {
  return `${nameOf(file)}, line ${String(line)} ends in the middle: it is left out`;
}

/** The same of a capture. */
export function cutCaptureText(file: string): string {
  return `${nameOf(file)} ends in the middle of a packet: it is left out`;
}

/** For a capture that cannot be read on; `why`: "a block's length is wrong". */
export function damagedCapture(file: string, why: string): Failure {
  return new Failure("trace-invalid", `${nameOf(file)} is a capture that cannot be read from here on: ${why}`);
}

/** For a capture without the accesses that are needed. */
export function packetsAlone(file: string): Failure {
  return new Failure(
    "trace-packets",
    `${nameOf(file)} is a capture of MCTP packets alone, and this needs the accesses of the registers and the window: an agent records them with --pcap or --trace; mctp-lpc trace draws the packets, decode explains them`,
  );
}

/** For a capture of neither accesses nor MCTP packets. */
export function emptyCapture(file: string, others: number): Failure {
  const found =
    others === 0 ? "it holds no packet" : `none of its ${String(others)} packets is MCTP by its link type and protocol`;
  return new Failure(
    "trace-empty",
    `${nameOf(file)} is a capture without accesses and without MCTP packets: ${found}; an agent writes a capture with --pcap`,
  );
}

/** For two traces that are to be merged, at a row that has no time. */
export function timelessTrace(file: string, n: number): Failure {
  return new Failure(
    "trace-time",
    `${nameOf(file)}, row ${String(n)} has no time: two traces can be merged only if every row has one`,
  );
}

/** For traces without an access. */
export function emptyTrace(files: readonly string[]): Failure {
  return new Failure(
    "trace-empty",
    `no access in ${files.map(nameOf).join(" and ")}: an agent writes accesses with --trace, or trace dump gets them from it`,
  );
}

/** The one or two files that a command was given. Throws a Failure for more, an empty name, and one that is given twice. */
export function filesOfBus(files: readonly string[]): readonly [first: string, second?: string] {
  const [first = STANDARD_STREAM, second, ...more] = files;
  if (more.length > 0) {
    throw new Failure("trace-files", "a bus has two sides: give one trace, or that of the host and that of the BMC");
  }
  if (files.includes("")) {
    throw new Failure("trace-files", "the name of a trace is empty: name a file, or - for standard input");
  }
  if (second === undefined) return [first];
  if (first === second) throw new Failure("trace-files", `${nameOf(first)} is given twice`);
  return [first, second];
}
