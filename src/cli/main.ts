/** The one binary: its commands put together, and what happens to their failures. */
import { Command, CommanderError } from "commander";
import { readFileSync } from "node:fs";
import { openBoardLink } from "../../bmc/board-link.ts";
import { bmcCommand } from "../../bmc/cli.ts";
import { hostCommand } from "../../host/cli.ts";
import { Failure } from "../platform/failure.ts";
import { benchCommand } from "./bench.ts";
import { boardCommand } from "./board.ts";
import { controlCommand } from "./control.ts";
import { decodeCommand } from "./decode.ts";
import { assignCommand, endpointsCommand, routesCommand } from "./bus-owner.ts";
import { demoCommand } from "./demo.ts";
import { endpointCommand } from "./endpoint.ts";
import { exploreCommand } from "./explore.ts";
import { specCommand } from "./spec.ts";
import { watchOutput } from "./output.ts";
import { pldmCommand } from "./pldm.ts";
import { requestCommand } from "./request.ts";
import { pingCommand, sendFileCommand, statusCommand } from "./tools.ts";
import { traceCommand } from "./trace.ts";

function packageVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** A mistake in the command line ends like any other failure, help and version like success. */
function tame(command: Command): Command {
  command.exitOverride().showHelpAfterError("(add --help for what there is)");
  for (const sub of command.commands) tame(sub);
  return command;
}

const program = tame(
  new Command("mctp-lpc")
    .description("MCTP over LPC: KCS byte commands and a reserved memory window between host and BMC")
    .version(packageVersion())
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

watchOutput();

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode || (process.exitCode ?? 0);
  } else {
    const text = error instanceof Failure ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`mctp-lpc: ${text ?? "unknown failure"}\n`);
    process.exitCode ||= 1;
  }
}
