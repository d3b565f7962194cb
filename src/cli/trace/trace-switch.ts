/** `mctp-lpc trace start` and `trace stop`: the trace of a running agent, switched on and off. */
import { Command } from "commander";
import { resolve } from "node:path";
import { RANGES } from "../../agent/control/methods.ts";
import { notEmpty } from "../../agent/not-empty.ts";
import type { AgentChoice } from "../../agent/control/choose-agent.ts";
import { addAgentOptions, withAgent } from "../agent-choice.ts";
import { ExitStatus, endWith } from "../exit-status.ts";
import { countIn } from "../../agent/run-options.ts";
import { complain, print } from "../output.ts";
import { amountText, byteText } from "../terminal.ts";

export function startCommand(): Command {
  return addAgentOptions(new Command("start"), ["host", "bmc"])
    .summary("have a running agent write a trace")
    .description(
      "Has a running agent write every bus access to a file from now on, as --trace does. The agent writes it as its own user, where it may write: only that user and root may ask for it. The file is new, or an older trace.",
    )
    .argument("<file>", "the file", notEmpty("A trace", "host.jsonl"))
    .option("--limit <count>", "end the trace after so many accesses, 1 or more", countIn(...RANGES.traceLimit))
    .addHelpText(
      "after",
      `
"mctp-lpc status" says which trace an agent writes. The accesses that opened the
session stand first in it, told again from the agent's memory.

Examples:
  mctp-lpc trace start --agent host host.jsonl
  mctp-lpc trace start --agent bmc /var/tmp/bmc.jsonl --limit 1000000
  mctp-lpc trace stop --agent host`,
    )
    .action(async (file: string, given: AgentChoice & { limit?: number }) => {
      const { limit } = given;
      const parameters = { path: resolve(file), ...(limit === undefined ? {} : { limit }) };
      const { path } = await withAgent(given, (client) => client.call("startTrace", parameters));
      print(`the agent writes ${path}; "mctp-lpc trace stop" ends it`);
    });
}

export function stopCommand(): Command {
  return addAgentOptions(new Command("stop"), ["host", "bmc"])
    .summary("end the trace that a running agent writes")
    .description("Ends the trace that a running agent writes, whoever started it, and says what it holds.")
    .addHelpText(
      "after",
      `
Example:
  mctp-lpc trace stop --agent host`,
    )
    .action(async (given: AgentChoice) => {
      const { path, accesses, bytes, lost } = await withAgent(given, (client) => client.call("stopTrace", {}));
      print(`${path}: ${amountText(accesses, "access")}, ${byteText(bytes)}`);
      if (lost === 0) return;
      complain(`mctp-lpc: ${amountText(lost, "row")} at its end could not be written`);
      endWith(ExitStatus.REFUSED);
    });
}
