/** An agent as a process: lines for people, an orderly end on signals and when the board is lost. */
import { checkDescriptors } from "../platform/descriptors.ts";
import { endProcess } from "../platform/end-process.ts";
import { Failure } from "../platform/failure.ts";
import { RANDOM_UUID_NOTE } from "./identity.ts";
import { logLine } from "./log-limiter.ts";
import type { AgentRole } from "./control/control-socket.ts";
import type { LineOutput } from "./outputs/line-output.ts";
import { ServiceManager } from "./outputs/service-manager.ts";
import {
  boundDebug,
  complaint,
  logToStandardErrors,
  onOutputClosed,
  stamped,
  standardErrors,
  standardLog,
  standardLosses,
} from "./outputs/standard-outputs.ts";
import { LAST_LINE_LIMIT, LAST_RESORT, LOG_FLUSH_LIMIT } from "./outputs/stop-limits.ts";
import { shows, type LogEvent, type Tell } from "../platform/log-events.ts";
import { logStyle, type LineSource } from "./outputs/log-style.ts";
import type { AgentLog, RunOptions } from "./start-options.ts";

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What the commands that end in "run" run. */
interface ServedAgent {
  readonly failed: Promise<Failure>;
  /** Its first link in a sentence; `onState` is told when it may have changed. */
  readonly stateText?: string;
  onState?: (() => void) | undefined;
  /** Told each time the agent has served that link, once a second at least. */
  onServed?: (() => void) | undefined;
  start(): Promise<void>;
  stop(): Promise<void>;
  log: Tell;
}

/** Makes an agent, puts it on the bus, says so, and stays until it is to stop. Throws a Failure when it cannot go on. */
export async function runAgent(create: () => ServedAgent, options: RunOptions): Promise<void> {
  const {
    platform,
    eid,
    agent: { controlPath },
    untilEof,
    isRandom,
    capture,
  } = options;
  if (capture !== undefined && capture.path === undefined) logToStandardErrors();
  const ready = `on ${platform.name}, EID ${String(eid)}; control socket ${controlPath}`;
  await serve(create, isRandom === true ? [ready, RANDOM_UUID_NOTE] : [ready], untilEof);
}

/**
 * As runAgent, for an agent on no board. `ready`: what it says once it has started. Whatever hangs, the process has ended
 * STOP_LIMIT after the reason to stop: what an agent writes for people decides nothing. `end`: ends the process at once.
 */
export async function serve(
  create: () => ServedAgent,
  ready: readonly string[],
  untilEof: boolean,
  end: (status: number) => void = endProcess,
): Promise<void> {
  checkDescriptors();
  boundDebug(standardErrors());
  // From the first moment on: an agent that has touched the board must not end without leaving it.
  const { toStop, forget } = stopReason(untilEof);
  let hasLeft = false;
  /** When there was a reason to stop. */
  let since: number | undefined;
  const endInTime = (): void => {
    since = performance.now();
    lastResort(() => hasLeft, end);
  };
  void toStop.then(endInTime);
  let agent: ServedAgent | undefined;
  let manager: ServiceManager | undefined;
  try {
    agent = create();
    void agent.failed.then(endInTime);
    // Before root is given up, as another user may not reach the manager.
    manager = watchedBy(agent);
    await agent.start();
    for (const line of ready) agent.log(line, "started");
    manager?.ready(agent.stateText ?? "");
    const why = await Promise.race([toStop, agent.failed]);
    manager?.stopping(why instanceof Failure ? why.message : `stopping (${why})`);
    if (why instanceof Failure) {
      standardErrors().write(complaint(why.message));
      process.exitCode = 1;
    } else {
      agent.log(`stopping (${why})`, "stopping");
    }
  } finally {
    await agent?.stop();
    hasLeft = true;
    manager?.close();
    // Read, it would keep the process alive.
    if (untilEof) process.stdin.destroy();
    forget();
    const gone = since === undefined ? 0 : performance.now() - since;
    await endOutputs(Math.max(LOG_FLUSH_LIMIT, LAST_RESORT - LAST_LINE_LIMIT - gone), end);
  }
}

/** The service manager that started this process, which the agent's state and turns are told to. */
function watchedBy(agent: ServedAgent): ServiceManager | undefined {
  const manager = ServiceManager.of(process.env, (line, event) => {
    agent.log(line, event);
  });
  if (manager === undefined) return undefined;
  agent.onServed = () => {
    manager.served();
  };
  agent.onState = () => {
    if (agent.stateText !== undefined) manager.status(agent.stateText);
  };
  return manager;
}

/** Waits for what the log still holds, so many milliseconds. A process with a write that hangs does not end by itself. */
async function endOutputs(limit: number, end: (status: number) => void): Promise<void> {
  const [log, errors] = [standardLog(), standardErrors()];
  const isWritten = await log.flush(limit);
  if (!isWritten) errors.write(complaint("the log was not taken in time: its end is lost", "lines-lost"));
  if (!(await errors.flush(LAST_LINE_LIMIT)) || !isWritten) end(Number(process.exitCode ?? 0));
}

/** Ends the process in time where something hangs that the stop does not know of. Once is enough. */
function lastResort(hasLeft: () => boolean, end: (status: number) => void): void {
  setTimeout(() => {
    if (!hasLeft()) standardErrors().write(complaint(`the stop takes longer than ${String(LAST_RESORT)} ms: ended`));
    // The line gets its turn where standard error takes it.
    setTimeout(() => {
      end(hasLeft() ? Number(process.exitCode ?? 0) : 1);
    }, LAST_LINE_LIMIT).unref();
  }, LAST_RESORT).unref();
}

/** Writes lines as agents do, those that --log-level shows, and counts those that are lost. By default to standard output. */
export function agentLog(side: AgentRole, output: Pick<LineOutput, "write"> = standardLog()): AgentLog {
  const name = side === "endpoint" ? "end" : side;
  const wants = (event: LogEvent): boolean => shows(logStyle().level, event);
  const log = (line: string, event: LogEvent = "note", of?: LineSource): void => {
    if (wants(event)) output.write(stamped(name, { event, side, of, text: logLine(line) }));
  };
  return Object.assign(log, { losses: standardLosses, wants });
}

/**
 * Resolves on SIGINT, SIGTERM or SIGHUP, on the end of standard input where that is asked for, and when the reader of
 * the log has gone. A second signal ends the process at once; after `forget` the first does.
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
    onOutputClosed(() => {
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
