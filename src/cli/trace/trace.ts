/** `mctp-lpc trace`: what an agent recorded, as a ladder for the terminal, a drawing or events for programs. */
import { Command, Option } from "commander";
import { notEmpty } from "../../agent/not-empty.ts";
import { parseCount } from "../../agent/run-options.ts";
import { judgeCommand } from "../judge/judge-command.ts";
import type { TraceArguments } from "./draw-trace.ts";
import { dumpCommand } from "./trace-dump.ts";
import { startCommand, stopCommand } from "./trace-switch.ts";
import { pcapCommand } from "./trace-pcap.ts";

export function traceCommand(): Command {
  return new Command("trace")
    .description(
      "Draws what an agent recorded with --trace or --pcap: who wrote and read which register, and what passed through the window, one line an access or a few that belong together. The traces of both sides of one run, recorded on one machine, are merged by time; with one alone, what its side reads is drawn as coming from the other. Of a capture of MCTP packets alone, as libmctp writes it, each packet is an arrow.",
    )
    .argument("<file...>", "a trace or capture, or those of both sides; - reads standard input")
    .option("--from <row>", "begin with this row, from 0; rows before it are read, but not drawn", parseCount)
    .option("--to <row>", "end with this row", parseCount)
    .option(
      "--svg <file>",
      "write an SVG drawing instead, with a description in words",
      notEmpty("A drawing", "ladder.svg"),
    )
    .addOption(new Option("--json", "print events instead, one JSON object a line").conflicts("svg"))
    .addOption(
      new Option("--follow", "go on drawing what is written to the files, until Ctrl-C").conflicts(["svg", "to"]),
    )
    .enablePositionalOptions()
    .addCommand(judgeCommand())
    .addCommand(startCommand())
    .addCommand(stopCommand())
    .addCommand(dumpCommand())
    .addCommand(pcapCommand())
    .addHelpText(
      "after",
      `
Lines are drawn as rows come, with the seconds since the first row. A pause of
100 ms or more is a line with the number of STR reads in it. Rows are numbered
from 0; two merged traces are numbered anew.

Examples:
  mctp-lpc trace host.jsonl bmc.jsonl
  mctp-lpc trace host.jsonl bmc.jsonl --from 64 --to 120 --svg ladder.svg
  mctp-lpc trace host.jsonl --json | head
  mctp-lpc trace --follow host.jsonl bmc.jsonl
  tail -n +1 -f bmc.jsonl | mctp-lpc trace -
  mctp-lpc trace judge host.jsonl bmc.jsonl
  mctp-lpc trace start --agent bmc bmc.jsonl
  mctp-lpc trace stop --agent bmc
  mctp-lpc trace dump --agent bmc bmc.jsonl
  mctp-lpc trace pcap host.jsonl bmc.jsonl --output bus.pcapng
  mctp-lpc trace bmc.pcapng
A file called judge, start, stop, dump or pcap is given as ./judge and so on.`,
    )
    .action(async (files: readonly string[], given: TraceArguments) => {
      // Loaded only when it is needed: an agent that idles should not carry it.
      const { drawTrace } = await import("./draw-trace.ts");
      await drawTrace(files, given);
    });
}
