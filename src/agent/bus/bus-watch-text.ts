/** What an agent says of its bus. */
import type { Finding } from "../../core/judge/finding.ts";

/** One line: who broke which requirement, what was seen, what it should have been, and a guess at why. */
export function describeFinding({ side, requirement, seen, expected, cause }: Finding): string {
  const who = side === "host" ? "host" : "BMC";
  const guess = cause === undefined ? "" : ` (${cause.text})`;
  return `the ${who} broke ${requirement}: ${seen}, expected ${expected}${guess}`;
}
