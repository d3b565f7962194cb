/** `mctp-lpc config`: the file that agents take options from. */
import { Command, Option } from "commander";
import { basename } from "node:path";
import { AGENT_ROLES, type AgentRole } from "../../agent/control/control-socket.ts";
import { mistakeText, readConfigFile } from "../../agent/config/config-file.ts";
import type { ConfigValue } from "../../agent/config/config-values.ts";
import { notEmpty } from "../../agent/not-empty.ts";
import { AGENT_VARIABLE } from "../../agent/variables.ts";
import { Failure } from "../../platform/failure.ts";
import { parseLine, parseLink, parsePlatform } from "../../platform/kinds.ts";
import { ExitStatus } from "../exit-status.ts";
import { complain, print } from "../output.ts";
import { amountText } from "../terminal.ts";
import { configText } from "./config-text.ts";

interface ConfigArguments {
  readonly agent?: AgentRole;
}

const FILE_OF = (side: AgentRole): string => `${side}.toml`;

export function configCommand(): Command {
  return new Command("config")
    .description("Checks or prints the TOML file that agents take options from (--config).")
    .addCommand(checkCommand())
    .addCommand(showCommand());
}

function checkCommand(): Command {
  return withAgent(new Command("check"))
    .summary("check a configuration file")
    .description(
      "Judges every key and value of a configuration file as the agent would, and names each mistake with its line. Nothing is opened but the file. Whether devices and folders are there, and options go together, the agent says when it starts.",
    )
    .argument("<file>", "the file", notEmpty("A configuration file", "/etc/mctp-lpc/bmc.toml"))
    .addHelpText(
      "after",
      `
Examples:
  mctp-lpc config check /etc/mctp-lpc/bmc.toml
  mctp-lpc config check --agent host ./try.toml`,
    )
    .action(async (path: string, given: ConfigArguments) => {
      const side = sideOf(given, path);
      const file = readConfigFile(path, await runCommandOf(side), `${side} run`, (value) => {
        judgeSpec(value, side);
      });
      for (const mistake of file.mistakes) complain(`mctp-lpc: ${mistakeText(path, mistake)}`);
      if (file.mistakes.length > 0) process.exitCode = ExitStatus.USAGE;
      else print(`${path}: ${amountText(file.values.length, "option")} of ${side} run, no mistake`);
    });
}

function showCommand(): Command {
  return withAgent(new Command("show"))
    .summary("print all options of an agent as a configuration file")
    .description(
      "Prints a configuration file with every option of an agent, what it does and its default: those that a file sets as it sets them, all others as comments.",
    )
    .argument("[file]", "a file that sets options", notEmpty("A configuration file", "/etc/mctp-lpc/bmc.toml"))
    .addHelpText(
      "after",
      `
Examples:
  mctp-lpc config show --agent bmc > bmc.toml
  mctp-lpc config show /etc/mctp-lpc/host.toml`,
    )
    .action(async (path: string | undefined, given: ConfigArguments) => {
      const side = sideOf(given, path);
      const run = await runCommandOf(side);
      const file = path === undefined ? undefined : readConfigFile(path, run, `${side} run`);
      const [first] = file?.mistakes ?? [];
      if (path !== undefined && first !== undefined) throw new Failure("config", mistakeText(path, first));
      for (const line of configText(run, `${side} run`, file?.values ?? [])) print(line);
    });
}

function withAgent(command: Command): Command {
  return command.addOption(
    new Option("-a, --agent <side>", "whose file it is (default: that of its name, like host.toml)")
      .choices([...AGENT_ROLES])
      .env(AGENT_VARIABLE),
  );
}

/** Throws a Failure where neither option nor name says it. */
function sideOf({ agent }: ConfigArguments, path: string | undefined): AgentRole {
  const named = AGENT_ROLES.find((side) => path !== undefined && basename(path) === FILE_OF(side));
  const side = agent ?? named;
  if (side !== undefined) return side;
  const why = path === undefined ? "no file is named" : `its name is none of ${AGENT_ROLES.map(FILE_OF).join(", ")}`;
  throw new Failure("options", `whose options these are is not known, as ${why}: say it with --agent`);
}

async function runCommandOf(side: AgentRole): Promise<Command> {
  const { bmcCommand, endpointCommand, hostCommand } = await import("../agent-commands.ts");
  const group = { host: () => hostCommand(), bmc: bmcCommand, endpoint: endpointCommand }[side]();
  return group.commands.find((command) => command.name() === "run")!;
}

/** Platform and links, which options take as they are. Throws a Failure. */
function judgeSpec({ key, value }: ConfigValue, side: AgentRole): void {
  if (side === "endpoint") {
    if (key === "link") parseLine(value as string);
  } else if (key === "platform") parsePlatform(value as string, side);
  else if (key === "link") (value as readonly string[]).forEach(parseLink);
}
