/** Which running agent a tool speaks to. */
import { Option, type Command } from "commander";
import { resolve } from "node:path";
import { controlPathsOf, listControlPaths } from "../agent/control/control-folder.ts";
import { AGENT_ROLES, connectControl, type AgentRole } from "../agent/control/control-socket.ts";
import { agentClient, type AgentClient } from "../agent/control/methods.ts";
import { notEmpty } from "../agent/run-options.ts";
import { parseLine, platformName } from "../platform/kinds.ts";
import { Failure } from "../platform/failure.ts";

/** An agent answers at once, or at least says that it lives; after so long without a word it is taken for hung. */
export const SILENCE_MILLISECONDS = 5000;

/** Whether a call fails when the agent says nothing for a while; `endless`: the agent may have nothing to say. */
export type Patience = "usual" | "endless";

export interface AgentChoice {
  readonly control?: string;
  readonly agent?: AgentRole;
  readonly platform?: string;
}

/** `roles`: whose agents can do what the command asks for; --agent is shown only where there is a choice. */
export function addAgentOptions(command: Command, roles: readonly AgentRole[] = AGENT_ROLES): Command {
  const agent = new Option(
    "-a, --agent <side>",
    roles.includes("endpoint") ? "the agent of this side, or an endpoint on a line" : "the agent of this side",
  );
  return command
    .addOption(agent.choices([...roles]).hideHelp(roles.length === 1))
    .option(
      "-p, --platform <spec>",
      "the agent on this platform or line, like shm:/dev/shm/board",
      notEmpty("A platform", "shm:/dev/shm/board"),
    )
    .option("--control <path>", "the agent with this control socket", notEmpty("A control socket", "./agent.sock"));
}

/** Sockets that the choice leaves, whether or not an agent listens. */
function candidates(choice: AgentChoice): readonly string[] {
  if (choice.control !== undefined) return [resolve(choice.control)];
  if (choice.platform === undefined) return listControlPaths(choice.agent);
  if (choice.platform.startsWith("serial:")) return controlPathsOf("endpoint", parseLine(choice.platform).name);
  const name = platformName(choice.platform);
  const sides = choice.agent === undefined ? (["host", "bmc"] as const) : [choice.agent];
  return sides.flatMap((side) => controlPathsOf(side, name));
}

/** All agents that the choice leaves and that answer. Throws a Failure when there is none. */
export async function connectAll(choice: AgentChoice, patience: Patience = "usual"): Promise<readonly AgentClient[]> {
  const paths = candidates(choice);
  const attempts = await connectTo(paths, patience);
  const clients = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
  if (clients.length > 0) return clients;
  const [first] = attempts;
  if (choice.control !== undefined && first?.status === "rejected") throw first.reason;
  throw new Failure("no-agent", await noAgentText(choice));
}

function connectTo(
  paths: readonly string[],
  patience: Patience = "usual",
): Promise<PromiseSettledResult<AgentClient>[]> {
  const silence = patience === "usual" ? SILENCE_MILLISECONDS : undefined;
  return Promise.allSettled(paths.map(async (path) => agentClient(await connectControl(path, silence))));
}

/** The one agent that the choice leaves. Throws a Failure when there are more. */
async function connectOne(choice: AgentChoice, patience: Patience): Promise<AgentClient> {
  const clients = await connectAll(choice, patience);
  const [only, ...others] = clients;
  if (only !== undefined && others.length === 0) return only;
  const names = await namesOf(clients);
  throw new Failure(
    "which-agent",
    `${String(clients.length)} agents are running: say which with --agent, --platform or --control (${names.join("; ")})`,
  );
}

/** Lends the one agent that the choice leaves to `use`, and closes the connection behind it. */
export async function withAgent<Value>(
  choice: AgentChoice,
  use: (client: AgentClient) => Promise<Value>,
  patience: Patience = "usual",
): Promise<Value> {
  const client = await connectOne(choice, patience);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

async function noAgentText({ agent, platform }: AgentChoice): Promise<string> {
  const attempts = await connectTo(listControlPaths());
  const names = await namesOf(attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : [])));
  if (names.length === 0) {
    return 'no agent of this user is running: start one with "mctp-lpc bmc run --platform shm:PATH", or name its socket with --control';
  }
  const asked = [
    ...(agent === undefined ? [] : [`of side ${agent}`]),
    ...(platform === undefined ? [] : [`on ${platform}`]),
  ];
  return `no agent ${asked.join(" ")} is running; those of this user are: ${names.join("; ")}. Choose one with --platform and --agent`;
}

/** "host on shm:/dev/shm/board": what agents say of themselves. Closes the clients. */
async function namesOf(clients: readonly AgentClient[]): Promise<readonly string[]> {
  const answers = await Promise.allSettled(clients.map((client) => client.call("status", {})));
  for (const client of clients) client.close();
  return answers.flatMap((answer) => {
    if (answer.status === "rejected") return [];
    const { role, platform } = answer.value;
    return [`${role} on ${platform}`];
  });
}
