/** Figures that have a limit: beside Node alone on the same machine and in the same run, or by themselves. */
import { PROGRAM } from "../package.ts";
import { agentEffort, measureAgents, measureBareWakeUp } from "./agent-figures.ts";
import { measureInstallation } from "./installation.ts";
import { figureText, table } from "./machine.ts";
import { measureIdle, measureStarts, type StartFigures } from "./starts.ts";
import { measureTests } from "./test-run.ts";

export interface Goal {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly figure: number;
  /** The figure that it is compared with, in the same unit, and what is held against the limit. */
  readonly beside?: number;
  readonly how: "by itself" | "times that" | "more than that";
  readonly compared: number;
  readonly atMost: number;
  readonly met: boolean;
}

interface GoalEffort {
  readonly quick: boolean;
  /** Run `npm test` as well, which takes minutes. */
  readonly tests: boolean;
}

export async function measureGoals(
  { quick, tests }: GoalEffort,
  tell: (line: string) => void,
): Promise<readonly Goal[]> {
  tell("starts of the program");
  const { version, status, agent } = await measureStarts(quick ? 1 : 11);
  const goals = [
    ...startGoals("version", "mctp-lpc --version, beside node -e 0", version, 1.2, 1.2),
    ...startGoals("status", "mctp-lpc status of a running agent, beside node -e 0", status, 1.9, 2.1),
    ...startGoals("agent", "an agent from its start to an open channel, beside node -e 0", agent, 2.4, 2.7),
  ];
  tell("an idle agent");
  const { cpuPercent, residentBytes, nodeBytes } = await measureIdle(quick ? 0.2 : 5);
  const memory = { figure: residentBytes / 1e6, beside: nodeBytes / 1e6, compared: (residentBytes - nodeBytes) / 1e6 };
  const memoryOf = "resident memory of an idle agent, beside a Node that waits";
  goals.push(goal("idle-memory", memoryOf, "MB", memory, 20, "more than that"));
  goals.push(alone("idle-cpu", "CPU time of the same, of one core", "%", cpuPercent, 1));
  tell("agents that sleep, and agents in conversation");
  const effort = agentEffort(quick);
  const wakeUp = await measureAgents(PROGRAM, "wakeUp", effort);
  const wakeUpCpu = await measureAgents(PROGRAM, "wakeUpCpu", effort);
  const conversation = await measureAgents(PROGRAM, "conversation", effort);
  const bare = await measureBareWakeUp(effort);
  const woken = { figure: wakeUp, beside: bare, compared: wakeUp / bare };
  const wakeUpOf = "ping every 100 ms between sleeping agents, beside two Node processes over FIFOs";
  goals.push(
    goal("wake-up", wakeUpOf, "us", woken, 2.8, "times that"),
    alone("wake-up-cpu", "CPU time of both agents for it", "ms", wakeUpCpu / 1000, 2.6),
    alone("conversation", "least round trip of pings without a pause", "us", conversation, 12),
  );
  tell("an installation for production");
  const { packages, bytes } = measureInstallation();
  goals.push(
    alone("packages", "packages of an installation for production", "packages", packages, 30),
    alone("installed", "bytes of the same", "MB", bytes / 1e6, 9),
  );
  if (tests) {
    tell("npm test");
    const { cpuSeconds, longestSuite } = await measureTests();
    goals.push(
      alone("tests-cpu", "CPU time of npm test", "min", cpuSeconds / 60, 6),
      alone("tests-longest", `the longest suite, ${longestSuite.path}`, "s", longestSuite.seconds, 40),
    );
  }
  return goals;
}

function startGoals(
  name: string,
  what: string,
  { own, node, timesNode, timesNodeCpu }: StartFigures,
  atMost: number,
  cpuAtMost: number,
): readonly Goal[] {
  const wall = { figure: own.milliseconds, beside: node.milliseconds, compared: timesNode };
  const cpu = { figure: own.cpuMilliseconds, beside: node.cpuMilliseconds, compared: timesNodeCpu };
  return [
    goal(`start-${name}`, what, "ms", wall, atMost, "times that"),
    goal(`start-${name}-cpu`, "CPU time of the same", "ms", cpu, cpuAtMost, "times that"),
  ];
}

function alone(name: string, what: string, unit: string, figure: number, atMost: number): Goal {
  return goal(name, what, unit, { figure, compared: figure }, atMost, "by itself");
}

function goal(
  name: string,
  what: string,
  unit: string,
  figures: Pick<Goal, "figure" | "beside" | "compared">,
  atMost: number,
  how: Goal["how"],
): Goal {
  return { name, what, unit, ...figures, how, atMost, met: figures.compared <= atMost };
}

export function goalLines(goals: readonly Goal[]): readonly string[] {
  return [
    ...table(
      ["row", "unit", "this", "beside", "compared", "at most", ""],
      goals.map(({ name, unit, figure, beside, compared, how, atMost, met }) => [
        name,
        unit,
        figureText(figure),
        beside === undefined ? "-" : figureText(beside),
        how === "times that" ? `${compared.toFixed(2)} x` : how === "more than that" ? `+${compared.toFixed(1)}` : "-",
        String(atMost),
        met ? "met" : "missed",
      ]),
    ),
    "",
    ...goals.map(({ name, what }) => `  ${name}: ${what}`),
  ];
}
