/** What the demo shows: the bus as a ladder, the agents' lines, progress, the summary. */
import { setTimeout as pause } from "node:timers/promises";
import type { AgentStatus } from "../../agent/status.ts";
import type { PingSummary } from "../../agent/echo.ts";
import type { FileProgress, SentFile } from "../../agent/files/file-sender.ts";
import { Ladder, type LadderLine } from "../../core/trace/ladder.ts";
import type { TraceEntry } from "../../core/trace/format.ts";
import { counterLines, incidents } from "../counters-text.ts";
import type { TraceTail } from "./demo-agents.ts";
import { print } from "../output.ts";
import { bold, faint, type Line } from "../styled.ts";
import { ProgressLine, amountText, byteText, columnsOf, rateText, timeText } from "../terminal.ts";

const LOOK_MILLISECONDS = 25;
/** Rows of the two processes are put in order once they are this old. */
const SETTLED_NANOSECONDS = 60_000_000n;

export class DemoView {
  readonly #progress = new ProgressLine("stdout");
  readonly #ladder: Ladder;
  readonly #rows: TraceEntry[] = [];
  readonly #lines: { readonly at: bigint; readonly line: Line }[] = [];
  #tails: readonly TraceTail[] = [];
  #linesLeft: number;
  #timer: NodeJS.Timeout | undefined;
  #what = "";
  #started = 0;
  #headed = false;
  #closed = false;

  constructor(ladderLines: number) {
    this.#ladder = new Ladder({ width: columnsOf("stdout") });
    this.#linesLeft = ladderLines;
  }

  heading(text: string): void {
    this.#print([bold(text)]);
  }

  /** While the ladder is drawn, an agent's line waits for the accesses that came before it. */
  agentLine(side: "host" | "bmc", text: string): void {
    const line: Line = [{ text, style: side }];
    if (this.#closed) return;
    if (this.#timer === undefined) this.#print(line);
    else this.#lines.push({ at: process.hrtime.bigint(), line });
  }

  /** Draws what the traces tell, as it comes. */
  watch(tails: readonly TraceTail[]): void {
    this.#tails = tails;
    this.#timer = setInterval(() => {
      this.#draw(process.hrtime.bigint() - SETTLED_NANOSECONDS);
    }, LOOK_MILLISECONDS);
  }

  /** Waits until the ladder shows all that has happened so far, or all that it may. */
  async ladderDone(): Promise<void> {
    await pause(Number(SETTLED_NANOSECONDS / 1_000_000n) + LOOK_MILLISECONDS);
    this.#draw(process.hrtime.bigint());
    this.#stopDrawing();
  }

  /** What the demo waits for, until a line is printed. */
  waitsFor(what: string): void {
    this.#progress.update(`waiting for ${what}`);
  }

  beginProgress(what: string): void {
    this.#what = what;
    this.#started = performance.now();
  }

  progress({ bytes, totalBytes }: FileProgress): void {
    const share = bytes / Math.max(1, totalBytes);
    const rate = rateText(bytes, performance.now() - this.#started);
    this.#progress.update(`${this.#what}: ${(100 * share).toFixed(0).padStart(3)} %, ${byteText(bytes)}, ${rate}`);
  }

  endProgress({ bytes, milliseconds, sha256 }: SentFile): void {
    this.#progress.clear();
    this.#print(
      `${this.#what}: ${byteText(bytes)} in ${timeText(1000 * milliseconds)}, ${rateText(bytes, milliseconds)}, SHA-256 ${sha256.slice(0, 16)}… the same at both sides`,
    );
  }

  summaryLine(line: string): void {
    this.#print(line);
  }

  /** What the agents say while they are stopped is not shown any more. */
  close(): void {
    this.#closed = true;
    this.#stopDrawing();
    this.#progress.clear();
  }

  #draw(until: bigint): void {
    for (const tail of this.#tails) this.#rows.push(...tail.read());
    this.#rows.sort((one, other) => Number(BigInt(one.t ?? 0) - BigInt(other.t ?? 0)));
    const settled = this.#rows.findIndex(({ t }) => BigInt(t ?? 0) > until);
    for (const row of this.#rows.splice(0, settled < 0 ? this.#rows.length : settled)) {
      this.#printLines(BigInt(row.t ?? 0));
      for (const line of this.#ladder.push(row)) this.#ladderLine(line);
    }
    this.#printLines(until);
  }

  #printLines(until: bigint): void {
    while (this.#lines[0] !== undefined && this.#lines[0].at <= until) this.#print(this.#lines.shift()?.line ?? []);
  }

  #ladderLine({ side, text }: LadderLine): void {
    if (this.#linesLeft === 0) return;
    if (!this.#headed) {
      this.#headed = true;
      this.#print([bold(this.#ladder.header)]);
    }
    this.#print([{ text, style: side }]);
    this.#linesLeft--;
    if (this.#linesLeft === 0) this.#print([faint("… and so on: --ladder LINES shows more")]);
  }

  #stopDrawing(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#printLines(process.hrtime.bigint());
  }

  #print(line: string | Line): void {
    this.#progress.clear();
    print(line);
  }
}

export interface DemoOutcome {
  readonly there: SentFile;
  readonly back: SentFile;
  readonly pings: { readonly hostToBmc: PingSummary; readonly bmcToHost: PingSummary };
  readonly bmc: AgentStatus;
  readonly host: AgentStatus;
}

/** The end of the demo in figures. */
export function summaryLines(outcome: DemoOutcome): readonly string[] {
  const { there, back, pings, bmc, host } = outcome;
  const { channel } = host;
  const terms = channel.up
    ? `version ${String(channel.version)}, MTU ${String(channel.mtu.hostToBmc)} host to BMC, ${String(channel.mtu.bmcToHost)} BMC to host`
    : `down: ${channel.reason}`;
  const wrong = [...labelled("host", host), ...labelled("BMC", bmc)];
  return [
    "",
    "summary",
    `  channel      ${terms}`,
    `  host to BMC  ${trafficText(host)}, file at ${rateText(there.bytes, there.milliseconds)}, round trip ${roundTrip(pings.hostToBmc)}`,
    `  BMC to host  ${trafficText(bmc)}, file at ${rateText(back.bytes, back.milliseconds)}, round trip ${roundTrip(pings.bmcToHost)}`,
    `  files        the same: SHA-256 ${there.sha256}`,
    `  incidents    ${wrong.length === 0 ? "none" : ""}`.trimEnd(),
    ...wrong.map((line) => `    ${line}`),
  ];
}

function trafficText({ counters }: AgentStatus): string {
  const { binding, mctp } = counters;
  return `${amountText(binding["packetsSent"] ?? 0, "packet")}, ${byteText(mctp["bytesSent"] ?? 0)}`;
}

function roundTrip({ minimumMicroseconds, medianMicroseconds }: PingSummary): string {
  return `${timeText(medianMicroseconds ?? 0)} median, ${timeText(minimumMicroseconds ?? 0)} least`;
}

function labelled(name: string, status: AgentStatus): readonly string[] {
  return counterLines(incidents(status.counters)).map((line) => `${name.padEnd(4)}  ${line}`);
}
