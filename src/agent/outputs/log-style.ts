/**
 * How the lines of an agent's process look: for people, as JSON, or for systemd's journal, which has times of its own and
 * reads the priority at the beginning of a line (sd-daemon(3)).
 */
import debugFactory from "debug";
import { harmless, harmlessJson, type Harmless } from "../../core/wire/harmless.ts";
import { priorityText } from "../../platform/journal.ts";
import { LOG_EVENTS, type LogEvent, type LogLevel } from "../../platform/log-events.ts";

export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LogStyle {
  /** Lines that are less grave are not written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
}

const ALL_NAMESPACES = "mctp-lpc:*";

let style: LogStyle = { level: "info", format: "text" };

/** To be called before anything is logged. Level debug switches DEBUG output on, where the environment does not. */
export function setLogStyle(asked: LogStyle): void {
  style = asked;
  if (asked.level === "debug" && (process.env["DEBUG"] ?? "") === "") debugFactory.enable(ALL_NAMESPACES);
}

export function logStyle(): LogStyle {
  return style;
}

/** What a line is about, where it is about a port. */
export interface LineSource {
  /** Its name, like "the channel". */
  readonly port: string;
  /** The link itself, the endpoint at its other end, or files that it sends. */
  readonly about: "link" | "endpoint" | "files";
}

export interface LogRecord {
  readonly event: LogEvent;
  /** Whose agent it is: "host". */
  readonly side?: string;
  readonly of?: LineSource | undefined;
  /** Harmless, or made so here. */
  readonly text: string;
}

/** What a line begins with for people. */
export interface Beginning {
  /** With the time: "12:34:56.789 host ". */
  readonly usual: string;
  /** Where the journal has the time: "host: ". */
  readonly journal: string;
}

/** A line of this process. `now`: the date. */
export function styledLine(
  { event, side, of, text }: LogRecord,
  beginning: Beginning,
  isForJournal: boolean,
  now: Date = new Date(),
): Harmless {
  const { level } = LOG_EVENTS[event];
  const priority = isForJournal ? priorityText(level) : "";
  if (style.format === "json") {
    const record = { time: now.toISOString(), level, ...(side === undefined ? {} : { side }), event, ...of, text };
    return harmlessJson(`${priority}${JSON.stringify(record)}`);
  }
  return harmless(`${priority}${isForJournal ? beginning.journal : beginning.usual}${text}`);
}
