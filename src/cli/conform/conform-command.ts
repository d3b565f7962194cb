/** `mctp-lpc conform`: its command line. What it does is in run.ts. */
import { Command, InvalidArgumentError, Option } from "commander";
import { notEmpty } from "../../agent/not-empty.ts";
import type { RoleName } from "../../core/binding/side.ts";
import { kindsText } from "../../platform/kinds.ts";
import { FAST_SILENCE, USUAL_SILENCE } from "./silence.ts";
import type { ConformArguments } from "./run.ts";

const DEFAULT_TIMEOUT = 2000;

export function conformCommand(): Command {
  return new Command("conform")
    .description(
      "Tests an implementation of one side of the binding, requirement by requirement, by playing the other.",
    )
    .addCommand(sideCommand("bmc"))
    .addCommand(sideCommand("host"));
}

function sideCommand(tested: RoleName): Command {
  const word = tested === "bmc" ? "BMC" : "host";
  const played = tested === "bmc" ? "host" : "BMC";
  const use = tested === "bmc" ? "host" : "bmc";
  return new Command(tested)
    .summary(`test a ${word} by playing the ${played}`)
    .description(
      `Plays the ${played} against the ${word} that runs at the other end of a platform, case by case, and says of each requirement of the specification that binds a ${word} whether it was kept, broken (with values, the ladder of accesses and the clause) or not exercised. On a virtual board every case is played; elsewhere those that deployed implementations are known to survive. At the end the channel is closed and the control region restored.`,
    )
    .option(
      "-p, --platform <spec>",
      `where the ${played}'s end is: ${kindsText(use)}`,
      notEmpty("A platform", "shm:/dev/shm/board"),
    )
    .option(
      "--only <names>",
      "cases for these requirements (LPC-BUF-4, LPC-BUF), of these names or groups alone, and the cases that they need; several with commas",
      parseNames,
    )
    .option("--list", "print the cases, and play none")
    .option(
      "--fast",
      `leave out the cases that --list calls slow, and take silences of ${String(FAST_SILENCE)} ms: faults that a ${word} shows later are not seen`,
    )
    .option("--destructive", "play cases, too, that an implementation may not survive; --list says what they may do")
    .addOption(
      new Option(
        "--restart-command <command>",
        `a shell command that kills the ${word} and starts it again, for cases of restarts; ends when that is done`,
      ).argParser(notEmpty("A command", "./restart.sh")),
    )
    .addOption(
      new Option("--restart-by-hand", `have the person at the terminal restart the ${word}`).conflicts(
        "restartCommand",
      ),
    )
    .addOption(
      new Option(
        "--stop-command <command>",
        `a shell command that asks the ${word} to stop in order and does not wait for its end, for cases of stops; a restart brings it back`,
      ).argParser(notEmpty("A command", "./stop.sh")),
    )
    .option("--timeout <ms>", `wait so long for what the ${word} has to do`, parseMilliseconds, DEFAULT_TIMEOUT)
    .option(
      "--silence <ms>",
      `take the ${word} to have nothing to say after so long (default: ${String(USUAL_SILENCE)}, with --fast ${String(FAST_SILENCE)})`,
      parseMilliseconds,
    )
    .option("--json", "print the report as JSON, and nothing else")
    .option("--junit <file>", "write the report as JUnit XML, too", notEmpty("A report", "conform.xml"))
    .option("--html <file>", "write the report as an HTML page, too", notEmpty("A report", "conform.html"))
    .option("--trace <file>", "write every access of the run to this file", notEmpty("A trace", "conform.jsonl"))
    .addHelpText(
      "after",
      `
Exit status:
  0  no requirement was broken    2  nothing could be tested
  1  some were                   64  wrong command line

Start the ${word} first, on the same platform. The side that is played belongs to
this command: no other ${played} may run there.

Examples:
  mctp-lpc conform ${tested} --platform shm:/dev/shm/board
  mctp-lpc conform ${tested} -p shm:/dev/shm/board --only LPC-BUF,LPC-KCS-2
  mctp-lpc conform ${tested} -p shm:/dev/shm/board --html report.html --junit report.xml
  mctp-lpc conform ${tested} -p shm:/dev/shm/board --restart-command './restart.sh'
  mctp-lpc conform ${tested} --list`,
    )
    .action(async (given: ConformArguments) => {
      // Loaded only when it is needed: cases and reports are large.
      const { conform } = await import("./run.ts");
      await conform(tested, given);
    });
}

function parseNames(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name) => name !== "")) return names;
  throw new InvalidArgumentError("Names are divided by commas, like LPC-BUF-4,close/in-session.");
}

function parseMilliseconds(text: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new InvalidArgumentError("A time is 1 to 999999 milliseconds.");
}
