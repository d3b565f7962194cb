/** Which running agent a tool speaks to. */
import { Option, type Command } from "commander";
import { resolve } from "node:path";
import {
  AGENT_ROLES,
  connectControl,
  defaultControlPath,
  listControlPaths,
  type AgentRole,
  type ControlClient,
  type Notify,
} from "../agent/control/control-socket.ts";
import { notEmpty } from "../agent/run-options.ts";
import { parseLine, parsePlatform } from "../platform/kinds.ts";
import { Failure } from "../platform/failure.ts";

/** An agent answers at once, or at least says that it lives; after so long without a word it is taken for hung. */
const SILENCE_MILLISECONDS = 5000;

export interface AgentChoice {
  readonly control?: string;
  readonly agent?: AgentRole;
  readonly platform?: string;
}

export function addAgentOptions(command: Command): Command {
  return command
    .addOption(
      new Option("-a, --agent <side>", "the agent of this side, or an endpoint on a line").choices([...AGENT_ROLES]),
    )
    .option(
      "-p, --platform <spec>",
      "the agent on this platform or line, like shm:/dev/shm/board",
      notEmpty("A platform", "shm:/dev/shm/board"),
    )
    .option("--control <path>", "the agent with this control socket", notEmpty("A control socket", "./agent.sock"));
}

/** Sockets that the choice leaves, without asking whether anybody listens. */
function candidates(choice: AgentChoice): readonly string[] {
  if (choice.control !== undefined) return [resolve(choice.control)];
  if (choice.platform === undefined) return listControlPaths(choice.agent);
  if (choice.platform.startsWith("serial:")) return [defaultControlPath("endpoint", parseLine(choice.platform).name)];
  const { name } = parsePlatform(choice.platform);
  const sides = choice.agent === undefined ? (["host", "bmc"] as const) : [choice.agent];
  return sides.map((side) => defaultControlPath(side, name));
}

/** All agents that the choice leaves and that answer. Throws a Failure when there is none. */
export async function connectAll(choice: AgentChoice, onNotify?: Notify): Promise<readonly ControlClient[]> {
  const paths = candidates(choice);
  const attempts = await Promise.allSettled(paths.map((path) => connectControl(path, onNotify, SILENCE_MILLISECONDS)));
  const clients = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
  if (clients.length > 0) return clients;
  const [first] = attempts;
  if (paths.length === 1 && first?.status === "rejected") throw first.reason;
  throw new Failure(
    "no-agent",
    'no agent of this user is running: start one with "mctp-lpc bmc run --platform shm:PATH", or name its socket with --control',
  );
}

/** The one agent that the choice leaves. Throws a Failure when there are more. */
export async function connectOne(choice: AgentChoice, onNotify?: Notify): Promise<ControlClient> {
  const clients = await connectAll(choice, onNotify);
  const [only, ...others] = clients;
  if (only !== undefined && others.length === 0) return only;
  for (const client of clients) client.close();
  throw new Failure(
    "which-agent",
    `${String(clients.length)} agents are running: say which with --agent, --platform or --control`,
  );
}
