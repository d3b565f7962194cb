/** `mctp-lpc trace pcap`: a trace as a capture for Wireshark, tshark and other programs. */
import { basename } from "node:path";
import { Command, Option } from "commander";
import { notEmpty } from "../../agent/run-options.ts";
import { TraceCapture } from "../../core/capture/trace-capture.ts";
import type { RoleName } from "../../core/binding/side.ts";
import { isLifeRow, type TraceEntry } from "../../core/trace/format.ts";
import { Failure } from "../../platform/failure.ts";
import { isTerminal, outputDrained, writeBytes } from "../../platform/standard-streams.ts";
import { openResult, type ResultFile } from "../output.ts";
import { packageVersion } from "../package.ts";
import { STANDARD_STREAM, emptyTrace } from "./trace-files.ts";
import { forEachRow, openRows } from "./trace-source.ts";

interface PcapArguments {
  readonly output?: string;
  readonly side?: RoleName;
}

export function pcapCommand(): Command {
  return new Command("pcap")
    .summary("write a trace as a capture for Wireshark")
    .description(
      "Writes what an agent recorded with --trace as a pcapng capture of two interfaces: the MCTP packets as Linux captures them (LINKTYPE_LINUX_SLL2), and each access of the KCS registers and the window (LINKTYPE_USER0, Annex G.8). The traces of both sides of one run are merged by time. Of longer packets a trace has the beginning; the capture says how long they were.",
    )
    .argument("<file...>", "a trace, or those of both sides; - reads standard input")
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
  const rows = openRows(files, false);
  const source = files.map((file) => (file === STANDARD_STREAM ? "standard input" : basename(file))).join(" and ");
  let file: ResultFile | undefined;
  let capture: TraceCapture | undefined;
  let accesses = 0;
  const write = (block: Uint8Array): void => {
    if (file === undefined) writeBytes("stdout", block);
    else file.write(block);
  };
  const begin = (row: TraceEntry): TraceCapture => {
    // Nothing is made for a file that is no trace.
    if (output !== undefined) file = openResult("capture", output);
    const recorded = files.length > 1 || row.side === "lab" ? "bmc" : row.side;
    const made = new TraceCapture({ application: `mctp-lpc ${packageVersion()}`, source, side: side ?? recorded });
    made.head().forEach(write);
    return made;
  };
  try {
    await forEachRow(
      rows,
      (row) => {
        capture ??= begin(row);
        capture.row(row).forEach(write);
        if (!isLifeRow(row)) accesses++;
        return true;
      },
      () => undefined,
    );
    if (accesses === 0) throw emptyTrace(files);
  } finally {
    file?.close();
  }
  await outputDrained();
}
