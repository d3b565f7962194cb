/** An agent as a process: lines for people, an orderly end on signals. */

import type { RunOptions } from "./run-options.ts";

/** What `host run` and `bmc run` run. */
interface ServedAgent {
  start(): Promise<void>;
  stop(): Promise<void>;
  log(line: string): void;
}

/** Makes an agent, puts it on the bus, says so, and stays until it is to stop. */
export async function runAgent(create: () => ServedAgent, options: RunOptions): Promise<void> {
  const {
    platform,
    eid,
    agent: { controlPath },
    untilEof,
  } = options;
  // From the first moment on: an agent that has touched the board must not end without leaving it.
  const toStop = stopReason(untilEof);
  const agent = create();
  try {
    await agent.start();
    agent.log(`on ${platform.name}, EID ${String(eid)}; control socket ${controlPath}`);
    agent.log(`stopping (${await toStop})`);
  } finally {
    await agent.stop();
    if (untilEof) process.stdin.destroy();
  }
}

/** Writes one line with the time, as agents do. */
export function agentLog(side: "host" | "bmc"): (line: string) => void {
  const name = side === "host" ? "host" : "bmc ";
  return (line) => {
    process.stdout.write(`${new Date().toISOString().slice(11, 23)} ${name} ${line}\n`);
  };
}

/**
 * Resolves on SIGINT, SIGTERM or SIGHUP, on the end of standard input where that is asked for, and when nobody reads
 * the output any more. A second signal ends the process at once.
 */
function stopReason(untilEof: boolean): Promise<string> {
  return new Promise((resolve) => {
    if (untilEof) {
      process.stdin.resume().once("end", () => {
        resolve("end of input");
      });
    }
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, resolve);
    process.stdout.on("error", () => {
      resolve("nobody reads the output");
    });
  });
}
