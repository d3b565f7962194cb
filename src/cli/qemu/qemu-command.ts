/** `mctp-lpc qemu`: its command line. What `start` does is in start-machine.ts. */
import { Command, InvalidArgumentError, Option } from "commander";
import { notEmpty } from "../../agent/not-empty.ts";
import { readSize } from "../../platform/kind.ts";
import { DEFAULT_MACHINE, MACHINES } from "../../platform/qemu/machines.ts";
import type { StartArguments } from "./start-machine.ts";

const GIBIBYTE = 1024 * 1024 * 1024;

export function qemuCommand(): Command {
  const start = new Command("start")
    .description(
      "Starts QEMU with an ASPEED BMC for the agents of both sides, and stays until it is interrupted (Ctrl-C, SIGTERM). Then it ends QEMU and removes what it made. The BMC's processor stands still: the agents reach the registers of its LPC controller, and its memory is a file.",
    )
    .argument("<folder>", "for what QEMU needs; made, for this user alone", notEmpty("A folder", "/dev/shm/machine"))
    .addOption(
      new Option("--machine <name>", "QEMU's name of the machine")
        .choices(Object.keys(MACHINES))
        .default(DEFAULT_MACHINE),
    )
    .option("--memory <bytes>", "memory of the machine, like 1G (default: what it usually has)", parseMemory)
    .option(
      "--memory-file <path>",
      "file of the machine's memory (default: one in the folder)",
      notEmpty("A memory file", "/dev/shm/memory"),
    )
    .option("--until-eof", "stop when standard input ends, too")
    .option("--print", "print QEMU's command line and start nothing")
    .addHelpText(
      "after",
      [
        "",
        "The agents then run on qemu:FOLDER. Give the command a terminal of its own, or",
        "end its line with &: QEMU ends with it.",
        "",
        "Examples:",
        "  mctp-lpc qemu start /dev/shm/machine",
        "  mctp-lpc qemu start /dev/shm/machine --machine ast2500-evb --print",
      ].join("\n"),
    )
    .action(async (folder: string, given: Omit<StartArguments, "folder">) => {
      const { startMachine } = await import("./start-machine.ts");
      await startMachine({ ...given, folder });
    });
  return new Command("qemu").addCommand(start);
}

/** As other sizes, and in G: memory is large. */
function parseMemory(text: string): number {
  const gibibytes = /^(\d{1,3})G$/i.exec(text)?.[1];
  const bytes = gibibytes === undefined ? readSize(text) : Number(gibibytes) * GIBIBYTE;
  if (bytes !== undefined && bytes > 0) return bytes;
  throw new InvalidArgumentError("A memory is a number of bytes, like 512M or 1G.");
}
