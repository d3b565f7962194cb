/** `mctp-lpc demo`: its command line. What it does is in demo-run.ts. */
import { Command, Option } from "commander";
import type { DemoArguments } from "./demo-run.ts";
import { notEmpty } from "../../agent/not-empty.ts";
import { DEPTH_HELP, countIn, parseDepth, parseMtu, parseSize, parseVersions } from "../../agent/run-options.ts";
import { DEFAULT_WINDOW_BYTES } from "../../platform/shared-file/board-file.ts";
import { POLL_MODES } from "../../node/runner.ts";

const DEFAULT_LADDER_LINES = 48;

export function demoCommand(): Command {
  return new Command("demo")
    .description(
      "Makes a virtual board, runs the BMC's and the host's agent on it as two processes, sends a file from host to BMC and back, compares, pings both ways, and shows what goes over the bus. Leaves nothing behind.",
    )
    .option(
      "--file <path>",
      "the file to send, up to 64 MiB (default: the specification)",
      notEmpty("A file", "firmware.bin"),
    )
    .option("--window <bytes>", "size of the window, 4K to 16M (default: 1M)", parseSize)
    .option("--depth <bytes>", DEPTH_HELP, parseDepth)
    .option(
      "--mtu <bytes>",
      "largest payload of a packet, from 64 (default: as large as the window allows)",
      judged(parseMtu),
    )
    .option(
      "--versions <range>",
      "protocol versions of both sides, like 1-3 or 2 (default: 1-3)",
      judged(parseVersions),
    )
    .addOption(new Option("--poll <mode>", "how the agents wait (default: adaptive)").choices([...POLL_MODES]))
    .option("--ladder <lines>", "lines of the bus ladder shown, 0 or more", countIn(0), DEFAULT_LADDER_LINES)
    .addHelpText(
      "after",
      "\nExamples:\n  mctp-lpc demo\n  mctp-lpc demo --file /bin/sh --mtu 4096\n  mctp-lpc demo --versions 2 --window 64K --ladder 200",
    )
    .action(async (given: Omit<DemoArguments, "window" | "depth"> & Partial<DemoArguments>) => {
      // Loaded only when it is needed: an agent that idles should not carry it.
      const { Demo } = await import("./demo-run.ts");
      await new Demo({ ...given, window: given.window ?? DEFAULT_WINDOW_BYTES, depth: given.depth ?? 0 }).run();
    });
}

/** The agents get the text as it was given; a mistake in it is told before they start. */
function judged(parse: (text: string) => unknown): (text: string) => string {
  return (text) => {
    parse(text);
    return text;
  };
}
