/** `mctp-lpc host find`: where this machine's firmware and kernel say that the binding is, as platforms for `--platform`. */
import { Command } from "commander";
import { resolve } from "node:path";
import { notEmpty } from "../agent/not-empty.ts";
import { findHostInterfaces, type FoundInterface, type HostSearch } from "../platform/discovery/find-host.ts";
import { Failure } from "../platform/failure.ts";
import { system } from "../platform/system.ts";
import { FindStatus } from "./exit-status.ts";
import { printJson, printLines } from "./output.ts";
import { bold, faint, plain, type Line } from "./styled.ts";

interface Given {
  readonly root: string;
  readonly json?: true;
}

export function findCommand(): Command {
  return new Command("find")
    .summary("look where this machine's firmware says that the channel is")
    .description(
      "Looks into the SMBIOS table (structures of type 42, as Annex J of the specification has them), the device tree and debugfs for the ports and the window of this binding, and prints the platform to use. Nothing is written, and no port is touched.",
    )
    .option(
      "--root <folder>",
      "look into a copy of another machine's /sys and /proc",
      notEmpty("A folder", "./server-7"),
      "/",
    )
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Only root may read the SMBIOS table and debugfs.

Exit status: 0 something was found, 1 nothing, 2 nothing, but not all could be
read.

Examples:
  mctp-lpc host find
  mctp-lpc host find --root ./server-7 --json`,
    )
    .action(({ root, json }: Given) => {
      // A failure is no finding: it ends with this, too.
      process.exitCode = FindStatus.UNKNOWN;
      const search = findHostInterfaces(checkedRoot(root));
      if (json === true) printJson(search);
      else printLines(searchLines(search));
      process.exitCode = statusOf(search);
    });
}

/** Throws a Failure where it is no folder: nothing found in it would say nothing. */
function checkedRoot(text: string): string {
  const root = resolve(text);
  if (system.lookUp(root)?.type === "folder") return root;
  throw new Failure("find-root", `${root}: no folder: give the one that holds the copies of sys and proc`);
}

function statusOf({ found, troubles }: HostSearch): number {
  if (found.length > 0) return FindStatus.FOUND;
  return troubles.length > 0 ? FindStatus.UNKNOWN : FindStatus.NONE;
}

function searchLines({ found, others, looked, troubles }: HostSearch): readonly Line[] {
  const verdict =
    found.length > 0
      ? []
      : ["Nothing was found. The vendor of the machine knows the ports and the window: see docs/boards.md."];
  return [
    ...found.flatMap(foundLines),
    ...others.map((text) => [plain(`also there: ${text}`)]),
    ...troubles.map((text) => [plain(`not read: ${text}`)]),
    ...looked.map((text) => [faint(`looked at ${text}`)]),
    ...verdict.map((text) => [plain(text)]),
  ];
}

function foundLines({ platform, ground, source, warnings }: FoundInterface): readonly Line[] {
  const reason = ground === "described" ? `described by ${source}` : `not described; by ${source}`;
  return [
    [bold(`--platform ${platform}`)],
    [plain(`  ${reason}`)],
    ...warnings.map((text) => [{ text: `  ${text}`, style: "unusual" as const }]),
  ];
}
