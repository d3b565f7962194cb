/** What an attack is, and what one run of it has shown. */
import type { AgentStatus } from "../../src/agent/status.ts";
import type { AnswersSummary } from "./summary.ts";
import type { Place, Stage } from "./stage.ts";

export interface Attack {
  /** As --only has it. */
  readonly name: string;
  /** The hostile program; default: the one of that name. */
  readonly plays?: string;
  /** The rule that it tries: "a response is taken only from the port that its request left by". */
  readonly protects: string;
  readonly place: Place;
  readonly window?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * It spends what is not charged, payload that a service stores or a bridge forwards; or answers that it fetches, of which it
   * may have many at once. Default: neither.
   */
  readonly spends?: "payload" | "answers";
  /** While the attack goes on the honest endpoint comes anew: it gets its EID, and the log says so. */
  readonly honestReturns?: boolean;
  /** What got through, a sentence each; looked at after the attack. */
  readonly gotThrough?: (stage: Stage, status: AgentStatus) => readonly string[];
  /** Counters of the agent of which one at least must have counted: the attack has met the rule. */
  readonly counters?: readonly string[];
}

export interface AttackResult {
  readonly attack: Attack;
  readonly seconds: number;
  readonly tried: Readonly<Record<string, number>>;
  /** What got through or went wrong, a sentence each. */
  readonly gotThrough: readonly string[];
  /** Honest requests both ways, before the attack beside a busy process, and during it. */
  readonly before: AnswersSummary;
  readonly during: AnswersSummary;
  readonly toolsBefore: AnswersSummary;
  readonly toolsDuring: AnswersSummary;
  readonly files: number;
  /** Bytes that the agent held more than before, garbage collected, at the attack's end and while the attacker held still. */
  readonly heldBytes: number;
  /** The most that its own memory grew. */
  readonly grownBytes: number;
  /** Share of one processor, beyond what the honest traffic costs. */
  readonly processorShare: number;
  readonly logBytes: number;
  readonly stateWrites: number;
  readonly inboxBytes: number;
  readonly inboxFiles: number;
  /** Share of the time in which the agent waited for a processor; before and during. */
  readonly waitedBefore: number;
  readonly waited: number;
  /** Milliseconds: the longest that the loop was busy by itself, and late for whatever reason; before and during. */
  readonly busiestBefore: number;
  readonly busiest: number;
  readonly latest: number;
  /** Milliseconds from SIGTERM to the end while the attack goes on; undefined: it had to be killed. */
  readonly stopMilliseconds: number | undefined;
}
