/** An agent as a process: lines for people, an orderly end on signals and when the board is lost. */
import { harmless } from "../core/wire/harmless.ts";
import { checkDescriptors } from "../platform/descriptors.ts";
import { Failure } from "../platform/failure.ts";
import { onOutputLost, writeLine } from "../platform/standard-streams.ts";
import { RANDOM_UUID_NOTE } from "./identity.ts";
import { logLine } from "./log-limiter.ts";
import type { AgentRole } from "./control/control-socket.ts";
import type { RunOptions } from "./start-options.ts";

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What the commands that end in "run" run. */
interface ServedAgent {
  readonly failed: Promise<Failure>;
  start(): Promise<void>;
  stop(): Promise<void>;
  log(line: string): void;
}

/** Makes an agent, puts it on the bus, says so, and stays until it is to stop. Throws a Failure when it cannot go on. */
export async function runAgent(create: () => ServedAgent, options: RunOptions): Promise<void> {
  const {
    platform,
    eid,
    agent: { controlPath },
    untilEof,
    isRandom,
  } = options;
  const ready = `on ${platform.name}, EID ${String(eid)}; control socket ${controlPath}`;
  await serve(create, isRandom === true ? [ready, RANDOM_UUID_NOTE] : [ready], untilEof);
}

/** As runAgent, for an agent on no board. `ready`: what it says once it has started. */
export async function serve(create: () => ServedAgent, ready: readonly string[], untilEof: boolean): Promise<void> {
  checkDescriptors();
  // From the first moment on: an agent that has touched the board must not end without leaving it.
  const { toStop, forget } = stopReason(untilEof);
  let agent: ServedAgent | undefined;
  try {
    agent = create();
    await agent.start();
    for (const line of ready) agent.log(line);
    const why = await Promise.race([toStop, agent.failed]);
    if (why instanceof Failure) throw why;
    agent.log(`stopping (${why})`);
  } finally {
    await agent?.stop();
    // Read, it would keep the process alive.
    if (untilEof) process.stdin.destroy();
    forget();
  }
}

/** Writes one line with the time, as agents do. */
export function agentLog(side: AgentRole): (line: string) => void {
  const name = side === "endpoint" ? "end " : side.padEnd(4);
  return (line) => {
    writeLine("stdout", harmless(`${new Date().toISOString().slice(11, 23)} ${name} ${logLine(line)}`));
  };
}

/**
 * Resolves on SIGINT, SIGTERM or SIGHUP, on the end of standard input where that is asked for, and when the
 * output was closed. A second signal ends the process at once; after `forget` the first does.
 */
function stopReason(untilEof: boolean): { readonly toStop: Promise<string>; readonly forget: () => void } {
  let stop: (why: string) => void = () => undefined;
  const toStop = new Promise<string>((resolve) => {
    stop = resolve;
    if (untilEof) {
      process.stdin.resume().once("end", () => {
        resolve("end of input");
      });
    }
    for (const name of STOP_SIGNALS) process.once(name, stop);
    onOutputLost(() => {
      resolve("the output was closed");
    });
  });
  return {
    toStop,
    forget: () => {
      for (const name of STOP_SIGNALS) process.off(name, stop);
    },
  };
}
