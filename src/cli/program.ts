/** The one binary: its commands put together. */
import { Command } from "commander";
import { readFileSync } from "node:fs";
import { openBoardLink } from "../../bmc/board-link.ts";
import { bmcCommand } from "../../bmc/cli.ts";
import { hostCommand } from "../../host/cli.ts";
import { benchCommand } from "./bench/bench-command.ts";
import { boardCommand } from "./board.ts";
import { controlCommand } from "./messages/control.ts";
import { decodeCommand } from "./decode.ts";
import { assignCommand, endpointsCommand, routesCommand } from "./bus-owner.ts";
import { demoCommand } from "./demo/demo.ts";
import { endpointCommand } from "./endpoint.ts";
import { exploreCommand } from "./explore/explore-command.ts";
import { specCommand } from "./spec/spec-command.ts";
import { pldmCommand } from "./messages/pldm.ts";
import { requestCommand } from "./messages/request.ts";
import { statusCommand } from "./status.ts";
import { pingCommand, sendFileCommand } from "./tools.ts";
import { traceCommand } from "./trace/trace.ts";

function packageVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** A mistake in the command line ends like any other failure, help and version like success. */
function tame(command: Command): Command {
  command.exitOverride().showHelpAfterError("(add --help for what there is)");
  if (command.commands.length === 0) return command;
  for (const sub of command.commands) tame(sub);
  return command.helpCommand(false).addCommand(tame(helpCommand(command)));
}

/** In place of commander's own, which knows one word, and of an unknown one says nothing. */
function helpCommand(group: Command): Command {
  return new Command("help")
    .summary("display help for a command")
    .description("print what a command does and takes, as its --help does")
    .argument("[command...]", "the command, like host run (default: all that there are)")
    .action((words: readonly string[]) => {
      let found = group;
      for (const word of words) {
        const next = found.commands.find((command) => command.name() === word);
        if (next === undefined) return found.error(`error: unknown command '${word}'`);
        found = next;
      }
      found.outputHelp();
    });
}

/** A new one each time: commander keeps what it has parsed. */
export function createProgram(): Command {
  return tame(
    new Command("mctp-lpc")
      .description("MCTP over LPC: KCS byte commands and a reserved memory window between host and BMC")
      .version(packageVersion())
      // trace judge and trace have options of the same name.
      .enablePositionalOptions()
      .addCommand(demoCommand())
      .addCommand(hostCommand(openBoardLink))
      .addCommand(bmcCommand())
      .addCommand(endpointCommand())
      .addCommand(statusCommand())
      .addCommand(pingCommand())
      .addCommand(sendFileCommand())
      .addCommand(requestCommand())
      .addCommand(controlCommand())
      .addCommand(pldmCommand())
      .addCommand(decodeCommand())
      .addCommand(endpointsCommand())
      .addCommand(routesCommand())
      .addCommand(assignCommand())
      .addCommand(boardCommand())
      .addCommand(traceCommand())
      .addCommand(exploreCommand())
      .addCommand(benchCommand())
      .addCommand(specCommand())
      .addHelpText(
        "after",
        `
Two terminals:
  mctp-lpc bmc run --platform shm:/dev/shm/board
  mctp-lpc host run --platform shm:/dev/shm/board
All at once:
  mctp-lpc demo
What the rules are:
  mctp-lpc spec
Set DEBUG=mctp-lpc:* for what goes on inside.`,
      ),
  );
}
