/** Options of every agent that are about its process: where further options come from, and its log. */
import { Option, type Command } from "commander";
import { LOG_LEVELS, type LogLevel } from "../platform/log-events.ts";
import { addConfigOption } from "./config/config-option.ts";
import { LOG_FORMATS, setLogStyle, type LogFormat } from "./outputs/log-style.ts";

/** Adds the options. `required`: options without which there is nothing to do. */
export function addProcessOptions(command: Command, required: readonly string[]): Command {
  return addConfigOption(command, required)
    .addOption(
      new Option("--log-level <level>", "least grave lines of the log; debug: also what goes on inside")
        .choices([...LOG_LEVELS])
        .default("info"),
    )
    .addOption(
      new Option("--log-format <format>", "lines for people, or JSON objects with time, level and event")
        .choices([...LOG_FORMATS])
        .default("text"),
    )
    .hook("preAction", (_hooked, called) => {
      const { logLevel, logFormat } = called.opts<{ logLevel: LogLevel; logFormat: LogFormat }>();
      setLogStyle({ level: logLevel, format: logFormat });
    });
}
