/** `mctp-lpc monitor`: the bus of a running agent as it happens. */
import { Command, Option } from "commander";
import { notEmpty } from "../../agent/not-empty.ts";
import { parseEid } from "../../agent/run-options.ts";
import { addAgentOptions } from "../agent-choice.ts";
import type { MonitorArguments } from "./run-monitor.ts";
import { TYPE_NAMES, parseMessageType } from "./selection.ts";

const SELECTING = ["packets", "kcs", "findings", "eid", "type"];

export function monitorCommand(): Command {
  return addAgentOptions(new Command("monitor"), ["host", "bmc"])
    .description(
      "Draws what a running agent does on its bus as it happens, and in it what the judge finds, behind the access that breaks the rule. Begins with the next access, and ends with Ctrl-C or the agent.",
    )
    .option("--packets", "only MCTP packets, a line each")
    .option("--kcs", "only the KCS registers: bytes and the session bits of STR")
    .option("--findings", "only what the judge finds")
    .option("--eid <eid>", "only packets from or to this EID, 8 to 254", parseEid)
    .option(
      "--type <type>",
      `only packets of messages of this type, 0 to 0x7f, or ${[...TYPE_NAMES.keys()].join(", ")}`,
      parseMessageType,
    )
    .addOption(
      new Option(
        "--json",
        "a trace, which the other commands read; with an option above one JSON object a line, told apart by kind",
      ).conflicts("pcap"),
    )
    .addOption(
      new Option("--pcap <file>", "a pcapng capture instead, to a file or with - to a pipe")
        .argParser(notEmpty("A capture", "bus.pcapng"))
        .conflicts(SELECTING),
    )
    .addHelpText(
      "after",
      `
Of several of --packets, --kcs and --findings each adds what it names. The
accesses of one round of service have the same time. A monitor that is slower
than the bus loses accesses and says how many; the agent never waits for it.
Without the accesses that it lost the judge begins anew.

With --json, kind is kcs (a row of a trace), packet, finding or lost (accesses
that this monitor did not get).

Exit status: 0 ended by Ctrl-C or by a stop of the agent, 1 the agent has gone,
64 wrong command line.

Examples:
  mctp-lpc monitor --agent bmc
  mctp-lpc monitor --agent bmc --type control --findings
  mctp-lpc monitor --agent host --json > bus.jsonl; mctp-lpc trace judge bus.jsonl
  mctp-lpc monitor --agent bmc --eid 9 --json | jq -r .bytes
  mctp-lpc monitor --agent bmc --pcap - | wireshark -k -i -`,
    )
    .action(async (given: MonitorArguments) => {
      // Loaded only when it is needed.
      const { runMonitor } = await import("./run-monitor.ts");
      await runMonitor(given);
    });
}
