/** mctp-lpc serve: a program that answers the requests of a message type, through a running agent. */
import { Command, InvalidArgumentError } from "commander";
import { connectOne } from "../../agent/control/choose-agent.ts";
import type { AgentChoice } from "../../agent/control/choose-agent.ts";
import { notEmpty } from "../../agent/not-empty.ts";
import { kindText } from "../../agent/services/message-kind.ts";
import { ANSWER_LIMIT, UNANSWERED_REQUESTS } from "../../agent/services/service-table.ts";
import { parseVersion } from "../../core/mctp/control/version-number.ts";
import { MESSAGE_TYPE_MASK, MessageType } from "../../core/mctp/message.ts";
import { Failure } from "../../platform/failure.ts";
import { addAgentOptions } from "../agent-choice.ts";
import { numberOption, numberUpTo } from "../number-options.ts";
import { complain, print } from "../output.ts";
import { Answering } from "./answering.ts";

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const LARGEST_PCI_ID = 0xffff;
const LARGEST_ENTERPRISE_NUMBER = 0xffff_ffff;

interface ServeArguments extends AgentChoice {
  readonly type: number;
  readonly pci?: number;
  readonly iana?: number;
  readonly set?: number;
  readonly typeVersion?: string;
  readonly exec: string;
  readonly hex?: true;
  readonly atOnce: number;
  readonly timeout: number;
}

export function serveCommand(): Command {
  const command = new Command("serve")
    .description(
      "Serves a message type through a running agent, until a signal stops it. The agent then announces the type in Get Message Type Support. For each request the program of --exec is run, without a shell: the request is its input, type byte first, its output the response. An empty output is silence.",
    )
    .argument("[words...]", "arguments of the program, behind --")
    .requiredOption(
      "--type <number>",
      "message type, like 0x7e, up to 0x7f (required)",
      numberUpTo(MESSAGE_TYPE_MASK, "A message type"),
    )
    .requiredOption("--exec <program>", "what answers each request (required)", notEmpty("A program", "./answer.sh"))
    .option(
      "--pci <id>",
      "of type 0x7e: messages of this PCI vendor alone, which Get Vendor Defined Message Support names",
      numberUpTo(LARGEST_PCI_ID, "A PCI vendor id"),
    )
    .option(
      "--iana <number>",
      "of type 0x7f: messages of this IANA enterprise number alone, likewise",
      numberUpTo(LARGEST_ENTERPRISE_NUMBER, "An enterprise number"),
    )
    .option(
      "--set <number>",
      "with --pci or --iana: 16 bits of the vendor's for that command (default: 0)",
      numberUpTo(LARGEST_PCI_ID, "A command set"),
    )
    .option(
      "--type-version <version>",
      "version that Get MCTP Version Support names (default: 1.0.0)",
      parseTypeVersion,
    )
    .option("--hex", "the request is a line of hexadecimal digits, and so is the response")
    .addOption(numberOption("--at-once <number>", "runs of the program at once", [1, UNANSWERED_REQUESTS], 4))
    .addOption(numberOption("-t, --timeout <milliseconds>", "how long a run may take", [1, ANSWER_LIMIT], 2000));
  return addAgentOptions(command)
    .addHelpText(
      "after",
      `
The program has MCTP_EID, the EID of who asks, and MCTP_TYPE in its
environment. Its response begins with the type byte, and has 64 KiB at most.
One that fails or takes too long is ended, and there is no response.

Exit status:
  0  stopped by a signal          1  refused, or the agent has gone
                                 64  wrong command line

Examples:
  mctp-lpc serve --agent bmc --type 0x7e --pci 0x1234 --exec ./answer.sh
  mctp-lpc serve --agent host --type 0x50 --hex --exec sed -- 's/^50../5081/'`,
    )
    .action(serve);
}

async function serve(words: readonly string[], given: ServeArguments): Promise<void> {
  const { type, exec, hex = false, atOnce, timeout, typeVersion } = given;
  const vendor = vendorGiven(given);
  const client = await connectOne(given);
  const answering = new Answering(client, { program: exec, words, atOnce, timeout, hex });
  const stopped = stopSignal();
  try {
    const name = `mctp-lpc serve --exec ${exec.slice(-100)} (process ${String(process.pid)})`;
    const serving = client.call(
      "serve",
      {
        type,
        name,
        ...(vendor === undefined ? {} : { vendor }),
        ...(given.set === undefined ? {} : { commandSet: given.set }),
        ...(typeVersion === undefined ? {} : { version: typeVersion }),
      },
      (told) => {
        if ("serves" in told) print(`serving ${kindText({ type, vendor })}`);
        else if ("dropped" in told) answering.drop(told.dropped);
        else answering.take(told);
      },
    );
    const why = await Promise.race([stopped.signal, serving]);
    if (why === null) throw new Failure("agent-gone", "the agent has gone");
    complain(`mctp-lpc: stopping (${why})`);
  } finally {
    stopped.forget();
    answering.end();
    client.close();
  }
}

function parseTypeVersion(text: string): string {
  if (parseVersion(text) !== undefined) return text;
  throw new InvalidArgumentError("A version is three digits, like 1.0.0, and perhaps a letter, like 1.0.0a.");
}

function vendorGiven({ type, pci, iana }: ServeArguments): number | undefined {
  const takesPci = pci === undefined || type === MessageType.VENDOR_PCI;
  const takesIana = iana === undefined || type === MessageType.VENDOR_IANA;
  if (!takesPci || !takesIana) {
    throw new Failure("options", "--pci goes with --type 0x7e, --iana with --type 0x7f: give the one of the type");
  }
  return pci ?? iana;
}

function stopSignal(): { readonly signal: Promise<string>; readonly forget: () => void } {
  let stop: (name: string) => void = () => undefined;
  const signal = new Promise<string>((resolve) => {
    stop = resolve;
  });
  for (const name of STOP_SIGNALS) process.once(name, stop);
  return {
    signal,
    forget: () => {
      for (const name of STOP_SIGNALS) process.off(name, stop);
    },
  };
}
