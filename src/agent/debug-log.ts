/** What goes on inside, for DEBUG=mctp-lpc:*. Lines of it hold what peers send, so each is made harmless. */
import debugFactory from "debug";
import { formatWithOptions } from "node:util";
import { harmless } from "../core/wire/harmless.ts";

/** Writes a line where its namespace is enabled; `format` and values as in console.log. */
export interface DebugLog {
  (format: string, ...values: readonly unknown[]): void;
  readonly enabled: boolean;
}

/** `namespace`: "mctp-lpc:bmc:mctp". */
export function debugLog(namespace: string): DebugLog {
  const debug = debugFactory(namespace);
  const write = (format: string, ...values: readonly unknown[]): void => {
    // Formatted only where it is shown, and each value on the line of its text.
    if (debug.enabled)
      debug("%s", harmless(formatWithOptions({ breakLength: Infinity, compact: true }, format, ...values)));
  };
  return Object.defineProperty(write, "enabled", { get: () => debug.enabled }) as DebugLog;
}
