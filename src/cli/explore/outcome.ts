/** How a run that went wrong ends, in words for its drawing. */
import { unreachable } from "../../core/wire/result.ts";
import type { FoundRun } from "./explorer.ts";

/** Undefined where a rule was broken: that, the last move says itself. */
export function outcomeText({ kind, cycle }: Pick<FoundRun, "kind" | "cycle">): string | undefined {
  switch (kind) {
    case "broken":
      return undefined;
    case "stuck":
      return "nothing more happens";
    case "circle":
      return `the last ${String(cycle.length)} moves again and again`;
    case "lost":
      return "from here nothing leads to an end any more";
    default:
      return unreachable(kind);
  }
}
