/** `mctp-lpc trace dump`: the last bus accesses of a running agent, as a trace. */
import { Command } from "commander";
import { notEmpty } from "../../agent/run-options.ts";
import { addAgentOptions, withAgent, type AgentChoice } from "../agent-choice.ts";
import { writeResult } from "../output.ts";

export function dumpCommand(): Command {
  return addAgentOptions(new Command("dump"))
    .summary("write the last bus accesses of a running agent as a trace")
    .description(
      "Writes what an agent on a board has recorded of its own bus accesses, whether or not it was started with --trace: the last few thousand, of window accesses the first 256 bytes. Reads of STR that found the same again and again are in it as the first and the last of them.",
    )
    .option("-o, --output <file>", "write to this file (default: standard output)", notEmpty("A trace", "host.jsonl"))
    .addHelpText(
      "after",
      `
Times are those of the rounds of service, not of each access: judge and draw the
trace of each side by itself.

Examples:
  mctp-lpc trace dump --agent bmc | mctp-lpc trace judge -
  mctp-lpc trace dump -p shm:/dev/shm/board --agent host --output host.jsonl`,
    )
    .action(async (given: AgentChoice & { output?: string }) => {
      const { trace } = await withAgent(given, (client) => client.call("recorder", {}));
      if (given.output === undefined) process.stdout.write(trace);
      else writeResult("trace", given.output, trace, 0o600);
    });
}
