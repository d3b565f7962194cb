/** `mctp-lpc trace judge`: its command line. What it does is in judge/run.ts. */
import { Command } from "commander";
import { parseDepth, parseSize } from "../../agent/run-options.ts";
import type { JudgeArguments } from "./run.ts";

export function judgeCommand(): Command {
  return new Command("judge")
    .summary("say which requirements a trace keeps and which it breaks")
    .description(
      "Checks every access of a trace against the specification: each requirement that a bus shows is kept, broken or not exercised. A finding names the access, what was seen, what was expected, the bytes and a guess at the mistake. A peer that keeps none of the start-up rules is an older one: a note says so, and it is no finding.",
    )
    .argument("<file...>", "a trace or capture, or those of both sides of one run; - reads standard input")
    .option("--depth <bytes>", "depth of the path into the BMC, 0 or 1, for a trace that does not say it", parseDepth)
    .option("--window <bytes>", "size of the window, like 64K or 1M, for a trace that does not say it", parseSize)
    .option("--json", "print JSON, one object a line, told apart by kind: head, finding, olderPeer, verdict")
    .addHelpText(
      "after",
      `
Exit status:
  0  no finding                   2  no trace, or a damaged one
  1  findings                    64  wrong command line

The trace is read as it grows: findings are printed as soon as they are known,
Ctrl-C ends it with the verdict. With the trace of one side alone, the judge
infers what the other side wrote from what this side read. One line of a trace
has at most 33 MB: an access to all of a 16 MiB window.

With --json a finding has rule (wire: binds every peer, draft: a rule of this
specification), access (counted from 0), row (as the trace numbers it) and bytes
(hexadecimal). The verdict has the standing of each requirement and side.

Examples:
  mctp-lpc trace judge host.jsonl bmc.jsonl
  tail -n +1 -f bmc.jsonl | mctp-lpc trace judge -
  mctp-lpc trace judge old.jsonl --depth 1 --window 64K
  mctp-lpc trace judge host.jsonl --json | jq 'select(.kind == "finding") | .requirement'
  mctp-lpc trace host.jsonl --from 38 --to 46        draws the rows round a finding
  mctp-lpc spec --requirement LPC-BUF-3              prints the rule behind it`,
    )
    .action(async (files: readonly string[], given: Omit<JudgeArguments, "windowBytes"> & { window?: number }) => {
      // Loaded only when it is needed: an agent that idles should not carry it.
      const { judgeFiles } = await import("./run.ts");
      const { window, ...others } = given;
      await judgeFiles(files, { ...others, windowBytes: window });
    });
}
