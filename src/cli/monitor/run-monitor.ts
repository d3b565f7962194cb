/** Follows an agent's bus over its control socket, judges it, and ends with Ctrl-C, the agent or the reader of the output. */
import type { AgentClient } from "../../agent/control/methods.ts";
import type { MonitorEnd, MonitorHead, MonitorRows } from "../../agent/bus/monitors.ts";
import { TraceJudge } from "../../core/judge/report.ts";
import { RowsOfAccesses } from "../../core/judge/rows-of-accesses.ts";
import { readTraceRow, traceRejectText, type TraceEntry } from "../../core/trace/format.ts";
import { isHead, readHead, type TraceHead } from "../../core/trace/head.ts";
import { isObject } from "../../core/trace/json-line.ts";
import { Failure } from "../../platform/failure.ts";
import { isOutputBehind, onOutputLost, outputDrained } from "../../platform/standard-streams.ts";
import { SILENCE_MILLISECONDS, type AgentChoice } from "../../agent/control/choose-agent.ts";
import { withAgent } from "../agent-choice.ts";
import { ExitStatus, endWith } from "../exit-status.ts";
import { complain } from "../output.ts";
import { amountText } from "../terminal.ts";
import { withinTime } from "../../node/within-time.ts";
import { CaptureOutput } from "./capture-output.ts";
import { ObjectOutput, TraceOutput } from "./json-outputs.ts";
import { LadderOutput } from "./ladder-output.ts";
import type { MonitorOutput } from "./monitor-output.ts";
import { selectionOf, type SelectionArguments } from "./selection.ts";

export interface MonitorArguments extends AgentChoice, SelectionArguments {
  readonly json?: true;
  readonly pcap?: string;
}

/** Milliseconds without a row after which what waits for more of them is told. */
const IDLE = 300;
/** Milliseconds between two complaints about accesses that were lost. */
const COMPLAINTS = 1000;

/** Prints until the end. Throws a Failure where no agent can be followed, and for rows that are none. */
export async function runMonitor(given: MonitorArguments): Promise<void> {
  await withAgent(given, async (client) => new Monitor(client, await outputOf(client, given)).run(), "endless");
}

async function outputOf(client: AgentClient, { json, pcap, ...chosen }: MonitorArguments): Promise<MonitorOutput> {
  if (pcap !== undefined) {
    const status = await withinTime(client.call("status", {}), SILENCE_MILLISECONDS);
    return new CaptureOutput(pcap, status?.platform ?? "a board");
  }
  const selection = selectionOf(chosen);
  if (json !== true) return new LadderOutput(selection);
  return selection === undefined ? new TraceOutput() : new ObjectOutput(selection);
}

class Monitor {
  readonly #client: AgentClient;
  readonly #output: MonitorOutput;
  readonly #places = new RowsOfAccesses();
  readonly #losses = new Losses();
  #judge: TraceJudge | undefined;
  #isAgain = false;
  #idle: NodeJS.Timeout | undefined;
  #begun!: () => void;
  #fail!: (why: unknown) => void;

  constructor(client: AgentClient, output: MonitorOutput) {
    this.#client = client;
    this.#output = output;
  }

  async run(): Promise<void> {
    let stop!: () => void;
    const stopped = new Promise<undefined>((resolve) => {
      stop = (): void => {
        resolve(undefined);
      };
    });
    const failed = new Promise<never>((_resolve, reject) => {
      this.#fail = reject;
    });
    const begun = new Promise<true>((resolve) => {
      this.#begun = (): void => {
        resolve(true);
      };
    });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
    const forget = onOutputLost(stop);
    this.#idle = setTimeout(() => {
      this.#output.settle(true);
    }, IDLE);
    const call = this.#client.call("monitor", {}, (told) => {
      this.#take(told);
    });
    try {
      const end = await Promise.race([call, stopped, failed, silence(Promise.race([begun, call, stopped]))]);
      if (end !== undefined) tellEnd(end);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "agent-gone") throw error;
      complain("mctp-lpc: the agent has gone without a word: it was killed, or has failed; no more accesses come");
      endWith(ExitStatus.REFUSED);
    } finally {
      clearTimeout(this.#idle);
      call.catch(() => undefined);
      this.#output.end();
      this.#losses.flush();
      forget();
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
    }
  }

  /** Called with what the agent says: a mistake in it ends the monitor. */
  #take(told: MonitorHead | MonitorRows): void {
    try {
      if ("head" in told) this.#begin(told);
      else this.#rows(told);
    } catch (error) {
      this.#fail(error);
    }
    if (!isOutputBehind()) return;
    this.#client.pause();
    void outputDrained().then(() => {
      this.#client.resume();
    });
  }

  #begin({ head: told, excused }: MonitorHead): void {
    const head = headOf(told);
    this.#begun();
    this.#output.begin(head);
    const { version, sides, depth, windowBytes, lives, times } = head;
    this.#judge = new TraceJudge(
      { version, sides, depth, windowBytes, lives, times },
      {
        onFinding: (finding) => {
          const isExcused = sides.includes(finding.side) && excused.includes(finding.requirement);
          // What was found before this monitor began is in the agent's log.
          if (isExcused || this.#isAgain) return;
          this.#output.finding({ finding, row: this.#places.of(finding.access)?.n });
        },
      },
    );
  }

  #rows({ rows, lost }: MonitorRows): void {
    const judge = this.#judge;
    if (judge === undefined) throw badAgent("it sent rows before their head");
    if (lost > 0) {
      this.#losses.add(lost);
      this.#output.lost(lost);
    }
    for (const told of rows) {
      const row = rowOf(told);
      this.#isAgain = row.again === true;
      this.#output.row(row);
      this.#places.push(row, judge.accesses);
      judge.push(row);
    }
    this.#output.settle(false);
    this.#idle?.refresh();
  }
}

/** Complains of what was lost, together for a while. */
class Losses {
  #untold = 0;
  #timer: NodeJS.Timeout | undefined;

  add(accesses: number): void {
    this.#untold += accesses;
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, COMPLAINTS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#untold === 0) return;
    complain(
      `mctp-lpc: ${amountText(this.#untold, "access")} not shown: the bus was faster than this monitor, and the agent does not wait for it`,
    );
    this.#untold = 0;
  }
}

/** Rejects where the agent does not begin in time. */
async function silence(begun: Promise<unknown>): Promise<never> {
  const answer = await withinTime(
    begun.then(
      () => true,
      () => true,
    ),
    SILENCE_MILLISECONDS,
  );
  if (answer === undefined) {
    throw new Failure(
      "agent-silent",
      'the agent does not answer: it may be stopped or hung; "mctp-lpc board show PATH" says which process it is',
    );
  }
  return new Promise(() => undefined);
}

function tellEnd({ ended }: MonitorEnd): void {
  complain(`mctp-lpc: the agent has ${ended}: no more accesses come`);
}

function headOf(told: unknown): TraceHead {
  const head = isObject(told) && isHead(told) ? readHead(told) : undefined;
  if (head === undefined || "reason" in head) throw badAgent("the head of its rows is none");
  return head;
}

function rowOf(told: unknown): TraceEntry {
  const row = readTraceRow(told);
  if (!row.ok) throw badAgent(traceRejectText(row.reject));
  return row.value;
}

function badAgent(what: string): Failure {
  return new Failure("monitor-invalid", `what the agent sends is no bus: ${what}; restart it with this mctp-lpc`);
}
