/** `mctp-lpc metrics`: the counters of running agents for Prometheus. */
import { Command } from "commander";
import { connectAll, type AgentChoice } from "../../agent/control/choose-agent.ts";
import { expositionLines } from "../../agent/metrics/exposition.ts";
import { messageOf } from "../../platform/failure.ts";
import { addAgentOptions } from "../agent-choice.ts";
import { complain, printLines } from "../output.ts";

export function metricsCommand(): Command {
  return addAgentOptions(new Command("metrics"))
    .description(
      "Prints every counter and the state of running agents in Prometheus's text format, for the textfile collector of its node_exporter or a script. docs/monitoring.md lists the names.",
    )
    .addHelpText(
      "after",
      `
Examples:
  mctp-lpc metrics
  mctp-lpc metrics --control /run/mctp-lpc/bmc.sock > mctp.prom`,
    )
    .action(async (given: AgentChoice) => {
      const clients = await connectAll(given);
      const answers = await Promise.allSettled(clients.map((client) => client.call("metrics", {})));
      for (const client of clients) client.close();
      const reasons = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as unknown] : []));
      if (reasons.length === answers.length) throw reasons[0];
      for (const reason of reasons) {
        complain(`mctp-lpc: ${messageOf(reason)}`);
        process.exitCode = 1;
      }
      printLines(expositionLines(answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []))));
    });
}
