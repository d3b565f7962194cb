/** `mctp-lpc trace dump`: the last bus accesses of a running agent, as a trace. */
import { Command } from "commander";
import { writeFileSync } from "node:fs";
import { notEmpty } from "../../agent/run-options.ts";
import { Failure, pathTrouble } from "../../platform/failure.ts";
import { addAgentOptions, connectOne, type AgentChoice } from "../agent-choice.ts";

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
      const client = await connectOne(given);
      try {
        const { trace } = await client.call("recorder", {});
        if (given.output === undefined) process.stdout.write(trace);
        else save(given.output, trace);
      } finally {
        client.close();
      }
    });
}

function save(file: string, trace: string): void {
  try {
    writeFileSync(file, trace, { mode: 0o600 });
  } catch (error) {
    throw new Failure("trace", `cannot write the trace ${file}: ${pathTrouble(error)}`, { cause: error });
  }
}
