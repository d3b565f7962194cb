/**
 * Lines about what peers do, in a budget of bytes for each port and kind, which its peer does not set (LPC-SEC-4): what one
 * port spends is not missing to another, and a peer's storm of one kind leaves the other kinds. What is left out is counted,
 * and told in one line for each port.
 */
import type { Clock } from "../node/clock.ts";
import type { LineSource } from "./outputs/log-style.ts";
import { Budget } from "../core/wire/budget.ts";
import { harmless, shortened, type Harmless } from "../core/wire/harmless.ts";
import type { LogEvent } from "../platform/log-events.ts";

/** What lines are about: the link itself, the endpoint at its other end, files that it sends. */
export type LineKind = "link" | "endpoint" | "files";
export const LINE_KINDS: readonly LineKind[] = ["link", "endpoint", "files"];

/** Bytes of all lines about one port in any minute. */
export const LOG_BYTES_A_MINUTE: number = 64 * 1024;
/** Of these the bytes of each kind; the rest is for the lines that tell what was left out. */
export const BYTES_OF_KIND: Readonly<Record<LineKind, number>> = {
  link: 28 * 1024,
  endpoint: 16 * 1024,
  files: 16 * 1024,
};
/** Characters of a line; what is longer is cut. */
export const LONGEST_LOG_LINE = 1000;
/** What a line costs beside its text: time stamp and newline. */
const LINE_OVERHEAD_BYTES = 64;
const SECONDS_A_MINUTE = 60;
/** From the first line that is left out until this is told. */
const TELL_DELAY_MILLISECONDS = 10_000;

type LimitedLog = (line: Harmless, event: LogEvent, of?: LineSource) => void;

interface PortLines {
  readonly budgets: Readonly<Record<LineKind, Budget>>;
  readonly leftOut: Record<LineKind, number>;
  timer: NodeJS.Timeout | undefined;
}

/** A line as the log has it, harmless and of bounded length: what peers wrote takes more characters there than it had. */
export function logLine(text: string): Harmless {
  return shortened(harmless(text), LONGEST_LOG_LINE);
}

export class LogLimiter {
  readonly #log: LimitedLog;
  readonly #wants: (event: LogEvent) => boolean;
  readonly #clock: Clock;
  /** By the name of the port. */
  readonly #ports = new Map<string, PortLines>();
  /** Lines that were never written. */
  linesLeftOut = 0;

  /** `wants`: lines of kinds that are not shown cost nothing. */
  constructor(log: LimitedLog, clock: Clock, wants: (event: LogEvent) => boolean = () => true) {
    this.#wants = wants;
    this.#log = log;
    this.#clock = clock;
  }

  /** `port`: its name, as the line that tells of lines left out shows it. */
  write(port: string, kind: LineKind, line: string, event: LogEvent = "note"): void {
    if (!this.#wants(event)) return;
    const lines = this.#linesOf(port);
    const text = logLine(line);
    if (lines.budgets[kind].take(Buffer.byteLength(text) + LINE_OVERHEAD_BYTES, this.#clock.now())) {
      this.#log(text, event, { port, about: kind });
      return;
    }
    this.linesLeftOut++;
    lines.leftOut[kind]++;
    lines.timer ??= setTimeout(() => {
      this.#tell(port, lines);
    }, TELL_DELAY_MILLISECONDS).unref();
  }

  /** Tells at once what was left out. */
  flush(): void {
    for (const [port, lines] of this.#ports) this.#tell(port, lines);
  }

  #linesOf(port: string): PortLines {
    const known = this.#ports.get(port);
    if (known !== undefined) return known;
    const budgetOf = (kind: LineKind): Budget => Budget.within(BYTES_OF_KIND[kind], SECONDS_A_MINUTE);
    const lines: PortLines = {
      budgets: { link: budgetOf("link"), endpoint: budgetOf("endpoint"), files: budgetOf("files") },
      leftOut: { link: 0, endpoint: 0, files: 0 },
      timer: undefined,
    };
    this.#ports.set(port, lines);
    return lines;
  }

  #tell(port: string, lines: PortLines): void {
    clearTimeout(lines.timer);
    lines.timer = undefined;
    const counted = LINE_KINDS.filter((kind) => lines.leftOut[kind] > 0);
    if (counted.length === 0) return;
    const parts = counted.map((kind) => `${String(lines.leftOut[kind])} about ${TEXT_OF_KIND[kind]}`);
    for (const kind of counted) lines.leftOut[kind] = 0;
    const limit = `${String(LOG_BYTES_A_MINUTE / 1024)} KiB a minute`;
    this.#log(
      logLine(`${port}: lines left out, ${parts.join(", ")}: one port may cause ${limit} (LPC-SEC-4)`),
      "lines-lost",
    );
  }
}

const TEXT_OF_KIND: Readonly<Record<LineKind, string>> = {
  link: "the link",
  endpoint: "the endpoint on it",
  files: "files",
};
