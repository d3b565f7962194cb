/** The tools that have a running agent do something: ping, send-file. */
import { Command, InvalidArgumentError, Option } from "commander";
import { resolve } from "node:path";
import type { PingReply, PingSummary } from "../agent/echo.ts";
import type { SentFile } from "../agent/files/file-sender.ts";
import { RANGES } from "../agent/control/methods.ts";
import { countIn, notEmpty, parseEid } from "../agent/run-options.ts";
import { isBaseName } from "../agent/files/vendor-messages.ts";
import { Failure } from "../platform/failure.ts";
import { addAgentOptions, connectOne, type AgentChoice } from "./agent-choice.ts";
import { ExitStatus, endWith, isLinkDown } from "./exit-status.ts";
import { print, printJson } from "./output.ts";
import { ProgressLine, amountText, byteText, rangeText, rateText, timeText } from "./terminal.ts";
import { WaitLine } from "./wait-line.ts";

/* ---- ping ---- */

/** Replies of more echoes than this are counted, not listed. */
const LISTED_REPLIES = 20;

export function pingCommand(): Command {
  return (
    addAgentOptions(new Command("ping"))
      .description("have an agent send echo messages and time the answers")
      // Earlier releases took the destination as an argument: it still works, and help shows the option alone.
      .usage("[options]")
      .argument("[eid]", "", parseEid)
      .option("--eid <eid>", "destination, 8 to 254 (default: the EID at the other end)", parseEid)
      .option("-c, --count <number>", `how many, ${rangeText(RANGES.pingCount)}`, countIn(...RANGES.pingCount), 4)
      .option(
        "-s, --size <bytes>",
        `data bytes in each, ${rangeText(RANGES.pingBytes)}`,
        countIn(...RANGES.pingBytes),
        56,
      )
      .option(
        "-i, --interval <milliseconds>",
        `pause between them, ${rangeText(RANGES.pingInterval)}`,
        countIn(...RANGES.pingInterval),
        200,
      )
      .option(
        "-t, --timeout <milliseconds>",
        `how long to wait for an answer, ${rangeText(RANGES.pingTimeout)}`,
        countIn(...RANGES.pingTimeout),
        1000,
      )
      .option("--json", "the summary as JSON")
      .addHelpText(
        "after",
        `
Exit status:
  0  every echo was answered      3  no channel: nothing was sent
  1  one was lost, or no agent   64  wrong command line

Examples:
  mctp-lpc ping --agent host
  mctp-lpc ping --agent bmc --eid 9 --count 1000 --interval 0 --size 4096`,
      )
      .action(async (eid: number | undefined, given: PingArguments) => {
        const summary = await pingBy({ ...given, eid: given.eid ?? eid });
        if (given.json === true) printJson(summary);
        else print(summaryText(summary));
        if (summary.answered < summary.sent + (summary.notAsked ?? 0)) endWith(ExitStatus.REFUSED);
      })
  );
}

interface PingArguments extends AgentChoice {
  readonly eid?: number | undefined;
  readonly count: number;
  readonly size: number;
  readonly interval: number;
  readonly timeout: number;
  readonly json?: true;
}

async function pingBy(given: PingArguments): Promise<PingSummary> {
  const { eid, count, size, interval, timeout, json } = given;
  const client = await connectOne(given);
  const progress = new ProgressLine(process.stderr);
  let answered = 0;
  const tell = (reply: PingReply): void => {
    if (reply.microseconds !== undefined) answered++;
    if (json === true || count > LISTED_REPLIES) {
      progress.update(`${String(answered)} of ${String(reply.sequence)} answered, ${String(count)} to send`);
    } else print(replyText(reply, given));
  };
  try {
    const options = { count, bytes: size, interval, timeout, ...(eid === undefined ? {} : { eid }) };
    return await client.call("ping", options, tell);
  } catch (error) {
    if (error instanceof Failure && isLinkDown(error.code)) endWith(ExitStatus.LINK_DOWN);
    throw error;
  } finally {
    progress.clear();
    client.close();
  }
}

function replyText(reply: PingReply, { size, timeout }: PingArguments): string {
  const { sequence, microseconds, notAsked = `no answer in ${String(timeout)} ms` } = reply;
  const outcome = microseconds === undefined ? notAsked : timeText(microseconds);
  return `echo ${String(sequence)}, ${amountText(size, "byte")}: ${outcome}`;
}

function summaryText(summary: PingSummary): string {
  const unasked = summary.notAsked === undefined ? "" : `, ${String(summary.notAsked)} not asked`;
  const head = `${String(summary.answered)} of ${String(summary.sent)} answered${unasked}`;
  const { minimumMicroseconds: least, medianMicroseconds: median, maximumMicroseconds: most } = summary;
  if (least === undefined || median === undefined || most === undefined) return head;
  return `${head}; round trip least ${timeText(least)}, median ${timeText(median)}, most ${timeText(most)}`;
}

/* ---- send-file ---- */

const DEFAULT_TIMEOUT = 30_000;
const PATIENCE_SECONDS = [0, RANGES.patienceMilliseconds[1] / 1000] as const;
const LONGEST_NAME_BYTES = 255;

function parseFileName(text: string): string {
  const length = Buffer.byteLength(text);
  if (length > LONGEST_NAME_BYTES) {
    throw new InvalidArgumentError(
      `The name has ${String(length)} bytes: choose one of at most ${String(LONGEST_NAME_BYTES)}.`,
    );
  }
  if (isBaseName(text)) return text;
  throw new InvalidArgumentError("Give the name of a file, without folders.");
}

export function sendFileCommand(): Command {
  return (
    addAgentOptions(new Command("send-file"))
      .description(
        "have an agent send a file to the other side, whose agent must run with --inbox; the transfer survives a lost channel and a restarted peer, and the copy is compared by SHA-256 before it takes its name",
      )
      .argument("<file>", "the file", notEmpty("A file", "firmware.bin"))
      .option("--eid <eid>", "destination, 8 to 254 (default: the EID at the other end)", parseEid)
      .option("--name <name>", "its name at the other side (default: its own)", parseFileName)
      .option(
        "-t, --timeout <milliseconds>",
        `give up after so long without progress, ${rangeText(RANGES.patienceMilliseconds)} (default: ${String(DEFAULT_TIMEOUT)})`,
        countIn(...RANGES.patienceMilliseconds),
      )
      .option("--json", "what came of it as JSON")
      // The names of earlier releases.
      .addOption(new Option("--to <eid>").argParser(parseEid).hideHelp().conflicts("eid"))
      .addOption(
        new Option("--patience <seconds>")
          .argParser(countIn(...PATIENCE_SECONDS))
          .hideHelp()
          .conflicts("timeout"),
      )
      .addHelpText(
        "after",
        `
A transfer without a channel says so at once and waits for it, up to --timeout.

Exit status: 0 sent, 1 not sent, 64 wrong command line.

Examples:
  mctp-lpc send-file --agent host firmware.bin
  mctp-lpc send-file --agent bmc log.txt --name bmc-log.txt`,
      )
      .action(async (file: string, given: SendFileArguments) => {
        try {
          const sent = await sendFileBy(file, given);
          if (given.json === true) printJson({ outcome: "sent", ...sent });
          else print(sentText(sent));
        } catch (error) {
          // The message goes to standard error as well.
          if (given.json === true && error instanceof Failure) {
            printJson({ outcome: "failed", code: error.code, message: error.message });
          }
          throw error;
        }
      })
  );
}

interface SendFileArguments extends AgentChoice {
  readonly eid?: number;
  readonly to?: number;
  readonly name?: string;
  readonly timeout?: number;
  readonly patience?: number;
  readonly json?: true;
}

async function sendFileBy(file: string, given: SendFileArguments): Promise<SentFile> {
  const { eid = given.to, name, patience = DEFAULT_TIMEOUT / 1000, timeout = patience * 1000 } = given;
  const client = await connectOne(given);
  const progress = new ProgressLine(process.stderr);
  const wait = new WaitLine(progress, `giving up after ${timeText(timeout * 1000)} (--timeout)`);
  progress.update(`the agent reads ${file}`);
  try {
    const parameters = {
      path: resolve(file),
      patience: timeout,
      ...(eid === undefined ? {} : { eid }),
      ...(name === undefined ? {} : { name }),
    };
    return await client.call("sendFile", parameters, (state) => {
      if ("waiting" in state) {
        wait.waits(state.waiting);
        return;
      }
      wait.end();
      const { bytes, totalBytes, resumptions } = state;
      progress.update(`${byteText(bytes)} of ${byteText(totalBytes)}${resumedText(resumptions)}`);
    });
  } finally {
    wait.end();
    progress.clear();
    client.close();
  }
}

function resumedText(resumptions: number): string {
  if (resumptions === 0) return "";
  return resumptions === 1 ? ", resumed once" : `, resumed ${String(resumptions)} times`;
}

function sentText({ name, bytes, heldBytes, milliseconds, sha256, resumptions }: SentFile): string {
  const again = resumedText(resumptions);
  const held = heldBytes === 0 ? "" : ` (${byteText(heldBytes)} were there already)`;
  const rate = rateText(bytes - heldBytes, milliseconds);
  return `${name}: ${byteText(bytes)}${held} in ${timeText(milliseconds * 1000)}, ${rate}${again}\nSHA-256 ${sha256}, the same at both sides`;
}
