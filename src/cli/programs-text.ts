/** What `mctp-lpc status` says of programs that serve message types. */
import type { ProgramStatus } from "../agent/services/service-table.ts";
import { kindText } from "../agent/services/message-kind.ts";

/** Agents of before may tell none. */
export function programLines(programs: readonly ProgramStatus[] = []): readonly string[] {
  return programs.map(({ name, type, vendor, serves }) => {
    const what = serves ? "by" : "waited for by";
    return `  served     ${kindText({ type, vendor })} ${what} ${name}`;
  });
}
