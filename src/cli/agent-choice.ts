/** Which running agent a tool speaks to. */
import { Option, type Command } from "commander";
import { connectOne, type AgentChoice, type Patience } from "../agent/control/choose-agent.ts";
import { AGENT_ROLES, type AgentRole } from "../agent/control/control-socket.ts";
import type { AgentClient } from "../agent/control/methods.ts";
import { notEmpty } from "../agent/not-empty.ts";
import { AGENT_VARIABLE, PLATFORM_VARIABLE } from "../agent/variables.ts";

/** `roles`: whose agents can do what the command asks for; --agent is shown only where there is a choice. */
export function addAgentOptions(command: Command, roles: readonly AgentRole[] = AGENT_ROLES): Command {
  const agent = new Option(
    "-a, --agent <side>",
    roles.includes("endpoint") ? "the agent of this side, or an endpoint on a line" : "the agent of this side",
  );
  // Where there is no choice the environment has none to make.
  if (roles.length > 1) agent.env(AGENT_VARIABLE);
  return command
    .addOption(agent.choices([...roles]).hideHelp(roles.length === 1))
    .addOption(
      new Option("-p, --platform <spec>", "the agent on this platform or line, like shm:/dev/shm/board")
        .env(PLATFORM_VARIABLE)
        .argParser(notEmpty("A platform", "shm:/dev/shm/board")),
    )
    .option("--control <path>", "the agent with this control socket", notEmpty("A control socket", "./agent.sock"));
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
