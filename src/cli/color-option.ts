/** The option --color of every command that paints. */
import { Option, type Command } from "commander";
import { COLOR_MODES, setColours, type ColorMode } from "./terminal.ts";

export function addColorOption(command: Command): Command {
  return command
    .addOption(
      new Option("--color <when>", "paint the output; auto: on a terminal, unless NO_COLOR is set")
        .choices([...COLOR_MODES])
        .default("auto"),
    )
    .hook("preAction", (_hooked, called) => {
      setColours((called.opts()["color"] as ColorMode | undefined) ?? "auto");
    });
}

/** The same of commands below a group, by their names. */
export function withColorBelow(group: Command, names: readonly string[]): Command {
  for (const command of group.commands) if (names.includes(command.name())) addColorOption(command);
  return group;
}
