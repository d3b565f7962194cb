/** `mctp-lpc trace pcap`: a trace as a capture for Wireshark, tshark and other programs. */
import { basename } from "node:path";
import { Command, Option } from "commander";
import { notEmpty } from "../../agent/not-empty.ts";
import { JudgedCapture } from "../../core/capture/judged-capture.ts";
import type { RoleName } from "../../core/binding/side.ts";
import { isLifeRow, type TraceEntry } from "../../core/trace/format.ts";
import { Failure } from "../../platform/failure.ts";
import { isTerminal, outputDrained, writeBytes } from "../../platform/standard-streams.ts";
import type { TraceHead } from "../../core/trace/head.ts";
import { factsOf, sidesOfFiles } from "../judge/bus-trace.ts";
import { JointRecording } from "../judge/joint-recording.ts";
import { complain, openResult, type ResultFile } from "../output.ts";
import { packageVersion } from "../package.ts";
import { STANDARD_STREAM, emptyTrace, filesOfBus } from "./trace-files.ts";
import { FileSource, forEachRow, type NamedSource, type RowSource } from "./trace-source.ts";

interface PcapArguments {
  readonly output?: string;
  readonly side?: RoleName;
}

export function pcapCommand(): Command {
  return new Command("pcap")
    .summary("write a trace as a capture for Wireshark")
    .description(
      "Writes what an agent recorded with --trace as a pcapng capture of two interfaces: the MCTP packets as Linux captures them (LINKTYPE_LINUX_SLL2), and each access of the KCS registers and the window with what a judge finds wrong (LINKTYPE_USER0, Annex G.8). The traces of both sides of one run are merged by time. Of longer packets a trace has the beginning; the capture says how long they were.",
    )
    .argument("<file...>", "a trace or capture, or those of both sides; - reads standard input")
    .option("-o, --output <file>", "write to this file (default: standard output)", notEmpty("A capture", "bus.pcapng"))
    .addOption(
      new Option(
        "--side <side>",
        "whose packets are incoming and outgoing (default: the trace's; of both, the BMC's)",
      ).choices(["host", "bmc"]),
    )
    .addHelpText(
      "after",
      `
Times count from the start of the machine, as in the trace.

Examples:
  mctp-lpc trace pcap bmc.jsonl --output bus.pcapng
  mctp-lpc trace pcap host.jsonl bmc.jsonl | tshark -r - -O mctp
  tail -n +1 -f bmc.jsonl | mctp-lpc trace pcap - | wireshark -k -i -`,
    )
    .action(async (files: readonly string[], given: PcapArguments) => {
      if (given.output === undefined && isTerminal("stdout")) {
        throw new Failure("capture-terminal", "a capture is not for a terminal: name a file with --output, or a pipe");
      }
      await writeCapture(files, given);
    });
}

async function writeCapture(files: readonly string[], { output, side }: PcapArguments): Promise<void> {
  const rows = openRecording(files);
  let file: ResultFile | undefined;
  let capture: JudgedCapture | undefined;
  let accesses = 0;
  const write = (block: Uint8Array): void => {
    if (file === undefined) writeBytes("stdout", block);
    else file.write(block);
  };
  const begin = (row: TraceEntry, sides: readonly RoleName[] | undefined): JudgedCapture => {
    // Nothing is made for a file that is no trace.
    if (output !== undefined) file = openResult("capture", output);
    const made = captureOf(files, rows.head, sides, side ?? recordedSide(files, row));
    made.head().forEach(write);
    return made;
  };
  // Read before the rows are, whose head says it otherwise.
  const sides = await sidesOfHeadless(files);
  try {
    await forEachRow(
      rows,
      (row) => {
        capture ??= begin(row, sides);
        if (rows.isOver === true) capture.endJudgement().forEach(write);
        capture.row(row).forEach(write);
        if (!isLifeRow(row)) accesses++;
        return true;
      },
      () => undefined,
    );
    capture?.endJudgement().forEach(write);
    if (accesses === 0) throw emptyTrace(files);
  } finally {
    file?.close();
  }
  await outputDrained();
}

/** The rows of one trace or of two; of two, all of both, and where only one of them goes on. */
function openRecording(files: readonly string[]): RowSource & Partial<Pick<JointRecording, "isOver">> {
  const warn = (text: string): void => {
    complain(`mctp-lpc: ${text}`);
  };
  const [first, second] = filesOfBus(files);
  if (second === undefined) return new FileSource(first, warn);
  const named = (file: string): NamedSource => ({ file, rows: new FileSource(file, warn) });
  return new JointRecording(named(first), named(second), warn, true);
}

/** Files that cannot be read are refused when their rows are. */
async function sidesOfHeadless(files: readonly string[]): Promise<readonly RoleName[] | undefined> {
  try {
    return await sidesOfFiles(files);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function captureOf(
  files: readonly string[],
  head: TraceHead | undefined,
  sides: readonly RoleName[] | undefined,
  side: RoleName,
): JudgedCapture {
  const known = head?.sides ?? sides;
  if (known === undefined) {
    complain("mctp-lpc: the trace has no head that says whose accesses it holds: captured without findings");
  }
  const source = files.map((file) => (file === STANDARD_STREAM ? "standard input" : basename(file))).join(" and ");
  const options = { application: `mctp-lpc ${packageVersion()}`, source, side, head };
  return new JudgedCapture(options, known === undefined ? undefined : factsOf(head, known));
}

function recordedSide(files: readonly string[], row: TraceEntry): RoleName {
  return files.length > 1 || row.side === "lab" ? "bmc" : row.side;
}
