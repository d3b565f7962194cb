/** A faulty program, and the requirement that it breaks. */

export type Side = "host" | "bmc";

/** A requirement of this specification, or what clause 2 makes normative where no requirement repeats it. */
export type Identifier = `LPC-${string}-${number}` | "DSP0236";

/** What a tester has to see: a program's start, its start on a board that was used, a session, or its end. */
export type Occasion = "start" | "restart" | "session" | "stop";

export interface FaultyProgram {
  readonly side: Side;
  readonly fault: string;
  /** What it does wrong. */
  readonly wrong: string;
  /** What a strict reader names first. */
  readonly requirement: Identifier;
  /** Equally right; two at most. */
  readonly or: readonly Identifier[];
  readonly why: string;
  readonly occasion: Occasion;
}

export interface More {
  readonly or?: readonly Identifier[];
  readonly occasion?: Occasion;
}

/** A program of one side, its side left out. */
export type Entry = readonly [fault: string, wrong: string, requirement: Identifier, why: string, more?: More];

interface BothMore extends More {
  /** For the BMC, where another requirement binds it. */
  readonly bmc?: Identifier;
  readonly bmcOr?: readonly Identifier[];
}

export function program(
  side: Side,
  fault: string,
  wrong: string,
  requirement: Identifier,
  why: string,
  more: More = {},
): FaultyProgram {
  return { side, fault, wrong, requirement, or: more.or ?? [], why, occasion: more.occasion ?? "session" };
}

/** The same fault in a host and in a BMC: two programs. */
export function both(
  fault: string,
  wrong: string,
  requirement: Identifier,
  why: string,
  more: BothMore = {},
): readonly FaultyProgram[] {
  const bmcMore = more.bmcOr === undefined ? more : { ...more, or: more.bmcOr };
  return [
    program("host", fault, wrong, requirement, why, more),
    program("bmc", fault, wrong, more.bmc ?? requirement, why, bmcMore),
  ];
}
