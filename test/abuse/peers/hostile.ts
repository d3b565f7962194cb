/** What a hostile program is to the process that runs it. */

/** What the attacker knows of its victim. */
export interface Target {
  /** The attacked board, or the pseudo-terminal that the attacker has made. */
  readonly board: string;
  /** EID of the attacked agent. */
  readonly victim: number;
  /** EID of the honest endpoint on another port. */
  readonly honest: number;
  /** UUID of that endpoint, 16 bytes in hexadecimal digits. */
  readonly honestUuid: string;
  /** An EID that is kept for an endpoint which is not there. */
  readonly kept: number;
}

export interface Hostile {
  /** One small piece of the attack; it is called as often as the processor allows. */
  step(): void;
  /** How often what was tried, for people: "sessions", 1200. */
  readonly tried: Readonly<Record<string, number>>;
  close(): void;
}

export type MakeHostile = (target: Target) => Hostile;
