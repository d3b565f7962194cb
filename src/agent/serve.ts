/** An agent as a process: lines for people, an orderly end on signals. */

import type { RunOptions } from "./run-options.ts";

/** Puts an agent on the bus, says so, and stays until it is to stop. */
export async function runAgent(
  agent: { start(): Promise<void>; stop(): Promise<void>; log(line: string): void },
  { platform, eid, agent: { controlPath }, untilEof }: RunOptions,
): Promise<void> {
  try {
    await agent.start();
  } catch (error) {
    await agent.stop();
    throw error;
  }
  agent.log(`on ${platform.name}, EID ${String(eid)}; control socket ${controlPath}`);
  await serveUntilSignal(agent, untilEof);
}

/** Writes one line with the time, as agents do. */
export function agentLog(side: "host" | "bmc"): (line: string) => void {
  const name = side === "host" ? "host" : "bmc ";
  return (line) => {
    process.stdout.write(`${new Date().toISOString().slice(11, 23)} ${name} ${line}\n`);
  };
}

/**
 * Stays until SIGINT, SIGTERM or SIGHUP, or the end of standard input where that is asked for, then stops the agent. A
 * second signal ends the process at once.
 */
async function serveUntilSignal(
  agent: { stop(): Promise<void>; log(line: string): void },
  untilEof: boolean,
): Promise<void> {
  const why = await new Promise<string>((resolve) => {
    if (untilEof) {
      process.stdin.resume().once("end", () => {
        resolve("end of input");
      });
    }
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, resolve);
    // Whoever reads the lines may go first.
    process.stdout.on("error", () => {
      resolve("SIGHUP");
    });
  });
  agent.log(`stopping (${why})`);
  await agent.stop();
  if (untilEof) process.stdin.destroy();
}
