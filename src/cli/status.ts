/** `mctp-lpc status`: what running agents say of themselves, once or again and again. */
import { Command } from "commander";
import type { AgentStatus, EndpointAgentStatus } from "../agent/status.ts";
import type { MisbehaviourStatus } from "../agent/misbehaviour/misbehaviour.ts";
import { messageTypeName } from "../core/mctp/message.ts";
import { messageOf } from "../platform/failure.ts";
import { connectAll, type AgentChoice } from "../agent/control/choose-agent.ts";
import { addAgentOptions } from "./agent-choice.ts";
import { programLines } from "./programs-text.ts";
import { bridgeLines, endpointStatusLines, pathLines } from "./bridge-text.ts";
import { busLines } from "./bus-text.ts";
import { counted, countedLines } from "./counters-text.ts";
import { complain, print, printJson } from "./output.ts";
import { watchMilliseconds, watchOption, watchStatus, type Look } from "./status-watch.ts";
import { amountText, byteText } from "./terminal.ts";

type AnyStatus = AgentStatus | EndpointAgentStatus;

interface StatusArguments extends AgentChoice {
  readonly counters?: true;
  readonly json?: true;
  readonly watch?: number | true;
}

export function statusCommand(): Command {
  return addAgentOptions(new Command("status"))
    .description(
      "Shows channel, endpoints and traffic of running agents, and every counter of a drop, a refusal or a recovery.",
    )
    .option("--counters", "every counter that is not zero")
    .addOption(watchOption())
    .option("--json", "as JSON, one object an agent in an array; with --watch an array a line")
    .addHelpText(
      "after",
      `
On a terminal, --watch redraws the status with the changes since the last look
and their rates. In a pipe it prints one block for each change.

Examples:
  mctp-lpc status
  mctp-lpc status --agent bmc --json
  mctp-lpc status --watch 5`,
    )
    .action(async (given: StatusArguments) => {
      if (given.watch === undefined) {
        await showOnce(given);
        return;
      }
      await watchStatus(() => lookNow(given), watchMilliseconds(given.watch), given.json === true);
    });
}

interface Answers {
  readonly statuses: readonly AnyStatus[];
  /** Why the others have not answered. */
  readonly failures: readonly string[];
}

/** Asks all agents that the choice leaves; one that does not answer hides none of the others. Throws when none does. */
async function askAll(choice: AgentChoice): Promise<Answers> {
  const clients = await connectAll(choice);
  const answers = await Promise.allSettled(clients.map((client) => client.call("status", {})));
  for (const client of clients) client.close();
  const reasons = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as unknown] : []));
  if (reasons.length === answers.length) throw reasons[0];
  return {
    statuses: answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : [])),
    failures: reasons.map(messageOf),
  };
}

async function showOnce(given: StatusArguments): Promise<void> {
  const { statuses, failures } = await askAll(given);
  for (const failure of failures) {
    complain(`mctp-lpc: ${failure}`);
    process.exitCode = 1;
  }
  if (given.json === true) printJson(statuses.map(withCounted));
  else for (const status of statuses) for (const line of linesOf(status, given.counters === true)) print(line);
}

async function lookNow(given: StatusArguments): Promise<readonly Look[]> {
  const { statuses, failures } = await askAll(given);
  return [
    ...statuses.map((status) => ({
      name: `${status.role} on ${status.platform}`,
      lines: linesOf(status, given.counters === true),
      counts: new Map(counted(status.counters).map(({ name, count }) => [name, count])),
      json: withCounted(status),
    })),
    ...failures.map((message) => ({
      name: message,
      lines: [message],
      counts: new Map<string, number>(),
      json: { message },
    })),
  ];
}

function withCounted(status: AnyStatus): object {
  return { ...status, counted: counted(status.counters) };
}

function linesOf(status: AnyStatus, isAll: boolean): readonly string[] {
  return status.role === "endpoint" ? endpointStatusLines(status, isAll) : statusLines(status, isAll);
}

/** An agent of control-socket version 1 may tell no notes, nothing of its bus, and nothing of programs. */
type LaterFields = "notes" | "bus" | "programs";
type ToldStatus = Omit<AgentStatus, LaterFields> & Partial<Pick<AgentStatus, LaterFields>>;

/** `all`: ordinary counters, too, each with the requirement that it counts by. */
export function statusLines(status: ToldStatus, all: boolean): readonly string[] {
  const { binding, mctp } = status.counters;
  const count = (from: Readonly<Record<string, number>>, name: string, what: string): string =>
    amountText(from[name] ?? 0, what);
  const peer = status.role === "host" ? "BMC" : "host";
  const there =
    status.peerAttached === undefined ? "" : status.peerAttached ? `, a ${peer} is there` : `, no ${peer} there`;
  return [
    `${status.role === "host" ? "host" : "BMC"} on ${status.platform}${there} (process ${String(status.processId)}, up ${status.uptimeSeconds.toFixed(0)} s, polling ${status.poll})`,
    `  channel    ${channelText(status)}, sessions so far: ${String(binding["sessionsOpened"] ?? 0)}`,
    `  endpoint   EID ${String(status.eid)}, UUID ${status.uuid}; at the other end EID ${String(status.peerEid)}`,
    ...status.endpoints.map(
      ({ eid, uuid, controlVersions, messageTypes, bridge }) =>
        `  discovered EID ${String(eid)}: MCTP ${controlVersions.join(", ")}; ${messageTypes.map(messageTypeName).join(", ") || "control only"}; UUID ${uuid ?? "none"}${bridge === undefined ? "" : `; behind EID ${String(bridge)}`}`,
    ),
    ...(status.notes ?? []).map((note) => `  note       ${note}`),
    `  sent       ${count(binding, "packetsSent", "packet")}, ${count(mctp, "messagesSent", "message")}, ${byteText(mctp["bytesSent"] ?? 0)}`,
    `  received   ${count(binding, "packetsReceived", "packet")}, ${count(mctp, "messagesReceived", "message")}, ${byteText(mctp["bytesReceived"] ?? 0)}, ${amountText(status.filesReceived, "file")}`,
    ...(status.bridge === undefined ? [] : bridgeLines(status.bridge)),
    ...pathLines(status.paths),
    ...programLines(status.programs),
    ...(status.bus === undefined ? [] : busLines(status.bus)),
    ...(status.trace === undefined ? [] : [traceLine(status.trace)]),
    ...(status.misbehaviour === undefined ? [] : misbehaviourLines(status.misbehaviour)),
    ...countedLines(status.counters, all),
  ];
}

function traceLine({ path, accesses, bytes }: NonNullable<AgentStatus["trace"]>): string {
  return `  trace      ${path}: ${amountText(accesses, "access")}, ${byteText(bytes)} so far`;
}

function misbehaviourLines({ done }: MisbehaviourStatus): readonly string[] {
  return [
    "  misbehaves on purpose (--misbehave)",
    ...done.map(({ entry, breaks, times }) => `    ${entry} (${breaks}): ${amountText(times, "time")}`),
  ];
}

function channelText({ channel }: ToldStatus): string {
  if (!channel.up) return `down (${channel.reason})`;
  const { hostToBmc, bmcToHost } = channel.mtu;
  return `up, version ${String(channel.version)}, MTU ${String(hostToBmc)} host to BMC, ${String(bmcToHost)} BMC to host`;
}
