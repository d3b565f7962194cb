/** What commands end with. */

/** Of the tools that ask an endpoint something. 1 is also that of every other failure. */
export const ExitStatus = {
  ANSWERED: 0,
  REFUSED: 1,
  TIMEOUT: 2,
  LINK_DOWN: 3,
  ERROR_CODE: 4,
  MALFORMED: 5,
  NOT_ASKED: 6,
  /** A mistake in the command line, of every command; as in sysexits.h. */
  USAGE: 64,
} as const;

/** Of `bmc isolation`; a failure of its own is UNKNOWN, too. */
export const IsolationStatus = {
  CLOSED: 0,
  OPEN: 1,
  UNKNOWN: 2,
} as const;

/** Of `host find`. */
export const FindStatus = {
  FOUND: 0,
  NONE: 1,
  UNKNOWN: 2,
} as const;

/** Of `conform`. */
export const ConformStatus = {
  KEPT: 0,
  BROKEN: 1,
  NOTHING_TESTED: 2,
} as const;

/** The worst of several statuses is the first that is not 0. */
export function endWith(status: number): void {
  if (status !== 0 && (process.exitCode ?? 0) === 0) process.exitCode = status;
}

/** Failures of arguments that do not go together: mistakes in the command line as those that the parser finds. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  "options",
  "destructive",
  "misbehave",
  "unknown-configuration",
  "trace-files",
  "trace-part",
]);

export function isUsage(code: string): boolean {
  return USAGE_CODES.has(code);
}

/** Codes of failures that say that there is no way to the destination, or no longer. */
export function isLinkDown(code: string): boolean {
  return code === "link-down" || code === "link-lost";
}
