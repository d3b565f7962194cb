/** Defects of this program: what was thrown that is no failure, told with its stack, for the report of a bug. */
import { complain } from "./output.ts";
import { ExitStatus } from "./exit-status.ts";

const FRAME = /^ {4}at /;

/** What was thrown on one line, then the frames of the stack, innermost first. */
export function tellDefect(thrown: unknown): void {
  const head = String(thrown);
  const stack = (thrown instanceof Error ? thrown.stack : undefined) ?? "";
  // The stack begins with the message, lines of which could pass for frames.
  const frames = stack.startsWith(head) ? stack.slice(head.length) : "";
  complain(`mctp-lpc: ${head}`);
  for (const line of frames.split("\n")) if (FRAME.test(line)) complain(line);
}

/**
 * Defects that no command catches are told in the same way, where Node would write the message as it is. The process ends
 * at once, as it does without this.
 */
export function watchDefects(): void {
  process.on("uncaughtException", (thrown) => {
    tellDefect(thrown);
    process.exit(ExitStatus.REFUSED);
  });
}
