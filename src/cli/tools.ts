/** The tools that have a running agent do something: ping, send-file. */
import { Command, InvalidArgumentError } from "commander";
import { resolve } from "node:path";
import type { PingReply, PingSummary } from "../agent/echo.ts";
import type { FileProgress, FileWaiting, SentFile } from "../agent/files/file-sender.ts";
import { RANGES } from "../agent/control/methods.ts";
import { notEmpty } from "../agent/not-empty.ts";
import { parseEid } from "../agent/run-options.ts";
import { isBaseName } from "../agent/files/vendor-messages.ts";
import { Failure, messageOf } from "../platform/failure.ts";
import type { AgentChoice } from "../agent/control/choose-agent.ts";
import { addAgentOptions, withAgent } from "./agent-choice.ts";
import { ExitStatus, endWith, isLinkDown } from "./exit-status.ts";
import { numberOption } from "./number-options.ts";
import { print, printJson, printLines } from "./output.ts";
import { ProgressLine, amountText, byteText, rateText, timeText } from "./terminal.ts";
import { WaitLine } from "./wait-line.ts";

const DESTINATION_HELP = "destination, 8 to 254 (default: the EID at the other end)";

/* ---- ping ---- */

/** Replies of more echoes than this are counted, not listed. */
const LISTED_REPLIES = 20;

export function pingCommand(): Command {
  return addAgentOptions(new Command("ping"))
    .description("Has an agent send echo messages and times the answers.")
    .option("--eid <eid>", DESTINATION_HELP, parseEid)
    .addOption(numberOption("-c, --count <number>", "how many", RANGES.pingCount, 4))
    .addOption(numberOption("-s, --size <bytes>", "data bytes in each", RANGES.pingBytes, 56))
    .addOption(numberOption("-i, --interval <milliseconds>", "pause between them", RANGES.pingInterval, 200))
    .addOption(numberOption("-t, --timeout <milliseconds>", "how long to wait for an answer", RANGES.pingTimeout, 1000))
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
    .action(async (given: PingArguments) => {
      const summary = await pingBy(given);
      if (given.json === true) printJson(summary);
      else print(summaryText(summary));
      if (summary.answered < summary.sent + (summary.notAsked ?? 0)) endWith(ExitStatus.REFUSED);
    });
}

interface PingArguments extends AgentChoice {
  readonly eid?: number;
  readonly count: number;
  readonly size: number;
  readonly interval: number;
  readonly timeout: number;
  readonly json?: true;
}

async function pingBy(given: PingArguments): Promise<PingSummary> {
  const { eid, count, size, interval, timeout, json } = given;
  const progress = new ProgressLine("stderr");
  let answered = 0;
  const tell = (reply: PingReply): void => {
    if (reply.microseconds !== undefined) answered++;
    if (json === true || count > LISTED_REPLIES) {
      progress.update(`${String(answered)} of ${String(reply.sequence)} answered, ${String(count)} to send`);
    } else print(replyText(reply, given));
  };
  const options = { count, bytes: size, interval, timeout, ...(eid === undefined ? {} : { eid }) };
  try {
    return await withAgent(given, (client) => client.call("ping", options, tell));
  } catch (error) {
    if (error instanceof Failure && isLinkDown(error.code)) endWith(ExitStatus.LINK_DOWN);
    throw error;
  } finally {
    progress.clear();
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
  return addAgentOptions(new Command("send-file"))
    .description(
      "Has an agent send a file to the other side, whose agent must run with --inbox. The transfer survives a lost channel and a restarted peer. The receiver compares the copy by SHA-256 before the file gets its name, and proves to the sender that it has stored it.",
    )
    .argument("<file>", "the file", notEmpty("A file", "firmware.bin"))
    .option("--eid <eid>", DESTINATION_HELP, parseEid)
    .option("--name <name>", "its name at the other side (default: its own)", parseFileName)
    .addOption(
      numberOption(
        "-t, --timeout <milliseconds>",
        "give up after so long without progress",
        RANGES.patienceMilliseconds,
        DEFAULT_TIMEOUT,
      ),
    )
    .option("--unproven", "take the word of a peer that does not prove that it stored the file, as an older release")
    .option("--json", "the outcome as JSON")
    .addHelpText(
      "after",
      `
Without a channel, send-file says so at once and waits for it, up to --timeout.

Exit status: 0 sent, 1 not sent, 64 wrong command line.

Examples:
  mctp-lpc send-file --agent host firmware.bin
  mctp-lpc send-file --agent bmc log.txt --name bmc-log.txt`,
    )
    .action(async (file: string, given: SendFileArguments) => {
      try {
        const sent = await sendFileBy(file, given);
        if (given.json === true) printJson({ outcome: "sent", ...sent });
        else printLines(sentLines(sent));
      } catch (error) {
        // The message goes to standard error as well.
        if (given.json === true && error instanceof Failure) {
          printJson({ outcome: "failed", code: error.code, message: messageOf(error) });
        }
        throw error;
      }
    });
}

interface SendFileArguments extends AgentChoice {
  readonly eid?: number;
  readonly name?: string;
  readonly timeout: number;
  readonly unproven?: true;
  readonly json?: true;
}

async function sendFileBy(file: string, given: SendFileArguments): Promise<SentFile> {
  const { eid, name, timeout } = given;
  const progress = new ProgressLine("stderr");
  const wait = new WaitLine(progress, `giving up after ${timeText(timeout * 1000)} (--timeout)`);
  const parameters = {
    path: resolve(file),
    patience: timeout,
    ...(eid === undefined ? {} : { eid }),
    ...(name === undefined ? {} : { name }),
    // Said only when it is meant: an older agent does not know the parameter.
    ...(given.unproven === undefined ? {} : { unproven: true }),
  };
  const tell = (state: FileProgress | FileWaiting): void => {
    if ("waiting" in state) {
      wait.waits(state.waiting);
      return;
    }
    wait.end();
    const { bytes, totalBytes, resumptions } = state;
    progress.update(`${byteText(bytes)} of ${byteText(totalBytes)}${resumedText(resumptions)}`);
  };
  try {
    return await withAgent(given, (client) => {
      progress.update(`the agent reads ${file}`);
      return client.call("sendFile", parameters, tell);
    });
  } finally {
    wait.end();
    progress.clear();
  }
}

function resumedText(resumptions: number): string {
  if (resumptions === 0) return "";
  return resumptions === 1 ? ", resumed once" : `, resumed ${String(resumptions)} times`;
}

function sentLines({ name, bytes, heldBytes, milliseconds, sha256, proven, resumptions }: SentFile): readonly string[] {
  const again = resumedText(resumptions);
  const held = heldBytes === 0 ? "" : ` (${byteText(heldBytes)} were there already)`;
  const rate = rateText(bytes - heldBytes, milliseconds);
  // An older agent says nothing of proofs.
  const proof = (proven as boolean | undefined) === true ? "" : ", as the peer says without a proof";
  return [
    `${name}: ${byteText(bytes)}${held} in ${timeText(milliseconds * 1000)}, ${rate}${again}`,
    `SHA-256 ${sha256}, the same at both sides${proof}`,
  ];
}
