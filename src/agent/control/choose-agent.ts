/** Which running agent is meant, of those that a choice leaves. */
import { resolve } from "node:path";
import { parseLine, platformName } from "../../platform/kinds.ts";
import { Failure } from "../../platform/failure.ts";
import { controlPathsOf, listControlPaths } from "./control-folder.ts";
import { connectControl, type AgentRole } from "./control-socket.ts";
import { agentClient, type AgentClient } from "./methods.ts";

/** An agent answers at once, or at least says that it lives; after so long without a word it is taken for hung. */
export const SILENCE_MILLISECONDS = 5000;

/** Whether a call fails when the agent says nothing for a while; `endless`: the agent may have nothing to say. */
export type Patience = "usual" | "endless";

export interface AgentChoice {
  /** Path of its control socket. */
  readonly control?: string;
  readonly agent?: AgentRole;
  /** Where it is: "shm:/dev/shm/board". */
  readonly platform?: string;
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
export async function connectOne(choice: AgentChoice, patience: Patience = "usual"): Promise<AgentClient> {
  const clients = await connectAll(choice, patience);
  const [only, ...others] = clients;
  if (only !== undefined && others.length === 0) return only;
  const names = await namesOf(clients);
  throw new Failure(
    "which-agent",
    `${String(clients.length)} agents are running: say which with --agent, --platform or --control (${names.join("; ")})`,
  );
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
