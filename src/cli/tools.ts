/** The tools that speak to a running agent: status, ping, send-file. */
import { Command, InvalidArgumentError } from "commander";
import { resolve } from "node:path";
import type { AgentStatus } from "../agent/agent.ts";
import type { EndpointAgentStatus } from "../agent/endpoint-agent.ts";
import type { PingReply, PingSummary } from "../agent/echo.ts";
import type { FileProgress, SentFile } from "../agent/files/file-sender.ts";
import type { ControlClient } from "../agent/control/control-socket.ts";
import { RANGES } from "../agent/control/control-methods.ts";
import { countIn, notEmpty, parseEid } from "../agent/run-options.ts";
import { isBaseName } from "../agent/files/vendor-messages.ts";
import { messageTypeName } from "../core/mctp/message.ts";
import { Failure, messageOf } from "../platform/failure.ts";
import { addAgentOptions, connectAll, connectOne, type AgentChoice } from "./agent-choice.ts";
import { rangeText } from "./messages/asking.ts";
import { bridgeLines, endpointStatusLines, pathLines } from "./bridge-text.ts";
import { busLines } from "./bus-text.ts";
import { counted, counterLines, incidents } from "./counters-text.ts";
import { ProgressLine, amountText, byteText, rateText, timeText } from "./terminal.ts";

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

/* ---- status ---- */

export function statusCommand(): Command {
  return addAgentOptions(new Command("status"))
    .description("show what running agents say of themselves: channel, endpoints, traffic, and all that went wrong")
    .option("--counters", "every counter that is not zero, not only what went wrong")
    .option("--json", "as JSON, one object an agent in an array")
    .addHelpText("after", "\nExamples:\n  mctp-lpc status\n  mctp-lpc status --agent bmc --json")
    .action(async (given: AgentChoice & { counters?: true; json?: true }) => {
      const clients = await connectAll(given);
      try {
        const statuses = await statusesOf(clients);
        if (given.json === true) {
          printJson(statuses.map((status) => ({ ...status, counted: counted(status.counters) })));
          return;
        }
        const all = given.counters === true;
        for (const status of statuses) {
          const lines = status.role === "endpoint" ? endpointStatusLines(status, all) : statusLines(status, all);
          for (const line of lines) print(line);
        }
      } finally {
        for (const client of clients) client.close();
      }
    });
}

/** Of all that answer; one that does not is told of, and hides none of the others. Throws when none answers. */
async function statusesOf(clients: readonly ControlClient[]): Promise<readonly (AgentStatus | EndpointAgentStatus)[]> {
  const answers = await Promise.allSettled(clients.map((client) => client.call("status", {})));
  const failures = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as unknown] : []));
  if (failures.length === answers.length) throw failures[0];
  for (const failure of failures) {
    process.stderr.write(`mctp-lpc: ${messageOf(failure)}\n`);
    process.exitCode = 1;
  }
  return answers.flatMap((answer) =>
    answer.status === "fulfilled" ? [answer.value as AgentStatus | EndpointAgentStatus] : [],
  );
}

/** An agent of control-socket version 1 may tell no notes, and nothing of its bus. */
type ToldStatus = Omit<AgentStatus, "notes" | "bus"> & Partial<Pick<AgentStatus, "notes" | "bus">>;

/** `all`: ordinary counters, too, each with the requirement that it counts by. */
export function statusLines(status: ToldStatus, all: boolean): readonly string[] {
  const { binding, mctp } = status.counters;
  const count = (from: Readonly<Record<string, number>>, name: string, what: string): string =>
    amountText(from[name] ?? 0, what);
  const peer = status.role === "host" ? "BMC" : "host";
  const there =
    status.peerAttached === undefined ? "" : status.peerAttached ? `, a ${peer} is there` : `, no ${peer} there`;
  const lines = [
    `${status.role === "host" ? "host" : "BMC"} on ${status.platform}${there} (process ${String(status.processId)}, up ${status.uptimeSeconds.toFixed(0)} s, polling ${status.poll})`,
    `  channel    ${channelText(status)}, sessions so far: ${String(binding["sessionsOpened"] ?? 0)}`,
    `  endpoint   EID ${String(status.eid)}, UUID ${status.uuid}; at the other end EID ${String(status.peerEid)}`,
    ...status.endpoints.map(
      ({ eid, uuid, controlVersions, messageTypes }) =>
        `  discovered EID ${String(eid)}: MCTP ${controlVersions.join(", ")}; ${messageTypes.map(messageTypeName).join(", ") || "control only"}; UUID ${uuid ?? "none"}`,
    ),
    ...(status.notes ?? []).map((note) => `  note       ${note}`),
    `  sent       ${count(binding, "packetsSent", "packet")}, ${count(mctp, "messagesSent", "message")}, ${byteText(mctp["bytesSent"] ?? 0)}`,
    `  received   ${count(binding, "packetsReceived", "packet")}, ${count(mctp, "messagesReceived", "message")}, ${byteText(mctp["bytesReceived"] ?? 0)}, ${amountText(status.filesReceived, "file")}`,
  ];
  if (status.bridge !== undefined) lines.push(...bridgeLines(status.bridge));
  lines.push(...pathLines(status.paths));
  lines.push(...(status.bus === undefined ? [] : busLines(status.bus)));
  const wrong = incidents(status.counters);
  lines.push(wrong.length === 0 ? "  incidents  none" : "  incidents");
  lines.push(...counterLines(wrong).map((line) => `    ${line}`));
  if (!all) return lines;
  const ordinary = counted(status.counters).filter(({ incident }) => !incident);
  return [...lines, "  counters", ...counterLines(ordinary).map((line) => `    ${line}`)];
}

function channelText({ channel }: ToldStatus): string {
  if (!channel.up) return `down (${channel.reason})`;
  const { hostToBmc, bmcToHost } = channel.mtu;
  return `up, version ${String(channel.version)}, MTU ${String(hostToBmc)} host to BMC, ${String(bmcToHost)} BMC to host`;
}

/* ---- ping ---- */

export function pingCommand(): Command {
  return addAgentOptions(new Command("ping"))
    .description("have an agent send echo messages and time the answers; exit status 1 if one was lost")
    .argument("[eid]", "endpoint to ping (default: the one at the other end)", parseEid)
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
      "\nExamples:\n  mctp-lpc ping --agent host\n  mctp-lpc ping 9 --agent bmc --count 1000 --interval 0 --size 4096",
    )
    .action(async (eid: number | undefined, given: AgentChoice & PingArguments) => {
      const client = await connectOne(given, (_method, reply) => {
        if (given.json !== true && given.count <= 20) printReply(reply as PingReply, given.size);
      });
      try {
        const summary = (await client.call("ping", {
          ...(eid === undefined ? {} : { eid }),
          count: given.count,
          bytes: given.size,
          interval: given.interval,
          timeout: given.timeout,
        })) as PingSummary;
        if (given.json === true) printJson(summary);
        else print(summaryText(summary));
        if (summary.answered < summary.sent) process.exitCode = 1;
      } finally {
        client.close();
      }
    });
}

interface PingArguments {
  readonly count: number;
  readonly size: number;
  readonly interval: number;
  readonly timeout: number;
  readonly json?: true;
}

function printReply({ sequence, microseconds }: PingReply, size: number): void {
  const outcome = microseconds === undefined ? "no answer" : timeText(microseconds);
  print(`echo ${String(sequence)}, ${amountText(size, "byte")}: ${outcome}`);
}

function summaryText(summary: PingSummary): string {
  const head = `${String(summary.answered)} of ${String(summary.sent)} answered`;
  const { minimumMicroseconds: least, medianMicroseconds: median, maximumMicroseconds: most } = summary;
  if (least === undefined || median === undefined || most === undefined) return head;
  return `${head}; round trip least ${timeText(least)}, median ${timeText(median)}, most ${timeText(most)}`;
}

/* ---- send-file ---- */

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
  return addAgentOptions(new Command("send-file"))
    .description(
      "have an agent send a file to the other side, whose agent must run with --inbox; the transfer survives a lost channel and a restarted peer, and the copy is compared by SHA-256 before it takes its name",
    )
    .argument("<file>", "the file", notEmpty("A file", "firmware.bin"))
    .option("--to <eid>", "endpoint to send it to (default: the one at the other end)", parseEid)
    .option("--name <name>", "its name at the other side (default: its own)", parseFileName)
    .option(
      "--patience <seconds>",
      `give up after so long without progress, ${rangeText(PATIENCE_SECONDS)}`,
      countIn(...PATIENCE_SECONDS),
      30,
    )
    .option("--json", "what came of it as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  mctp-lpc send-file --agent host firmware.bin\n  mctp-lpc send-file --agent bmc log.txt --name bmc-log.txt",
    )
    .action(async (file: string, given: SendFileArguments) => {
      try {
        const sent = await sendFileBy(file, given);
        if (given.json === true) printJson({ outcome: "sent", ...sent });
        else print(sentText(sent));
      } catch (error) {
        // The error goes to standard error all the same.
        if (given.json === true && error instanceof Failure) {
          printJson({ outcome: "failed", code: error.code, message: error.message });
        }
        throw error;
      }
    });
}

interface SendFileArguments extends AgentChoice {
  readonly to?: number;
  readonly name?: string;
  readonly patience: number;
  readonly json?: true;
}

async function sendFileBy(file: string, given: SendFileArguments): Promise<SentFile> {
  const progress = new ProgressLine(process.stderr);
  const client = await connectOne(given, (_method, parameters) => {
    const { bytes, totalBytes, resumptions } = parameters as FileProgress;
    const again = resumedText(resumptions);
    if (given.json !== true) {
      progress.update(bytes / Math.max(1, totalBytes), `${byteText(bytes)} of ${byteText(totalBytes)}${again}`);
    }
  });
  try {
    return (await client.call("sendFile", {
      path: resolve(file),
      patience: given.patience * 1000,
      ...(given.to === undefined ? {} : { eid: given.to }),
      ...(given.name === undefined ? {} : { name: given.name }),
    })) as SentFile;
  } finally {
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
