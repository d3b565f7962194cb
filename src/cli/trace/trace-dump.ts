/** `mctp-lpc trace dump`: the last bus accesses of a running agent, as a trace. */
import { Command, Option } from "commander";
import { notEmpty } from "../../agent/not-empty.ts";
import type { AgentChoice } from "../../agent/control/choose-agent.ts";
import { addAgentOptions, withAgent } from "../agent-choice.ts";
import { decodeTrace } from "../../core/trace/format.ts";
import { harmlessJson } from "../../core/wire/harmless.ts";
import { printText, writeResult } from "../output.ts";
import { Failure } from "../../platform/failure.ts";
import { STANDARD_STREAM, invalidTrace } from "./trace-files.ts";

export function dumpCommand(): Command {
  return addAgentOptions(new Command("dump"), ["host", "bmc"])
    .summary("write the last bus accesses of a running agent as a trace")
    .description(
      "Writes the last few thousand bus accesses that an agent on a board has recorded, with or without --trace. A window access has its first 256 bytes. Of repeated reads of STR with the same value it has the first and the last. Where the session was opened longer ago, the accesses that opened it stand first.",
    )
    .argument("[file]", "write to this file; - is standard output", notEmpty("A trace", "host.jsonl"), STANDARD_STREAM)
    .addOption(
      new Option("-o, --output <file>", "the same as the argument")
        .argParser(notEmpty("A trace", "host.jsonl"))
        .hideHelp(),
    )
    .addHelpText(
      "after",
      `
Accesses of one round of service have the same time, so two dumps cannot be
merged: judge and draw the trace of each side by itself.

Examples:
  mctp-lpc trace dump --agent bmc | mctp-lpc trace judge -
  mctp-lpc trace dump -p shm:/dev/shm/board --agent host host.jsonl`,
    )
    .action(async (named: string, given: AgentChoice & { output?: string }) => {
      if (given.output !== undefined && named !== STANDARD_STREAM) {
        throw new Failure("options", "the file is named twice: as the argument and with --output; name it once");
      }
      const file = given.output ?? named;
      const { trace } = await withAgent(given, (client) => client.call("recorder", {}));
      const read = decodeTrace(trace);
      if (!read.ok) throw invalidTrace("what the agent gave", read.reject);
      // It has line ends between its rows alone.
      const text = harmlessJson(trace);
      if (file === STANDARD_STREAM) printText(text);
      else writeResult("trace", file, text, 0o600);
    });
}
