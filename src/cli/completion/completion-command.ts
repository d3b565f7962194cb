/** `mctp-lpc completion`: scripts for shells, made of the commands themselves. */
import { Argument, Command } from "commander";
import { packageVersion } from "../package.ts";
import { printLines } from "../output.ts";
import { bashScript } from "./bash-script.ts";
import { completionTree } from "./completion-tree.ts";

/** `loadAll`: the commands of the program. */
export function completionCommand(loadAll: () => Promise<readonly Command[]>): Command {
  return new Command("completion")
    .description(
      "Prints a script that lets a shell complete commands, options, values that are chosen from a list, and file names.",
    )
    .addArgument(new Argument("<shell>", "which shell's").choices(["bash"]))
    .addHelpText(
      "after",
      `
Examples:
  mctp-lpc completion bash > ~/.local/share/bash-completion/completions/mctp-lpc
  mctp-lpc completion bash > /etc/bash_completion.d/mctp-lpc`,
    )
    .action(async () => {
      printLines(bashScript(completionTree(await loadAll()), packageVersion()));
    });
}
