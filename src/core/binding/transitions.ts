/**
 * Tables of states: which state leads to which, by which step of the specification. The code moves along the edges of
 * its table only, because nothing else compiles; the figures of the specification are drawn from the same tables.
 */

/** One edge; from which state it leads is the key of its list in the table. */
export interface Transition<State extends string> {
  readonly to: State;
  /** The specification's step, like "H1.3"; several where both sides, or several steps, take the edge. */
  readonly step: string;
  /** What has happened, in a few words. */
  readonly when: string;
}

/** A list of edges for every state. What checks a table is its use: its states are its keys, and `to` names no other. */
export type TransitionTable<State extends string> = Readonly<Record<State, readonly Transition<State>[]>>;
type Checked<Table> = TransitionTable<keyof Table & string>;

/** What every one of the boxes `{ of: … }` holds: an intersection, taken by way of a parameter's position. */
type InEvery<Box> = (Box extends unknown ? (box: Box) => void : never) extends (box: infer Every) => void
  ? Every extends { readonly of: infer Common }
    ? Common
    : never
  : never;

type StepTo<Edge, To> = Edge extends { readonly to: To; readonly step: infer Step } ? Step : never;

/**
 * The steps by which a table leads from each of the states `From` to each of the states `To`: `never`, which no value
 * has, if one of them has no such edge.
 */
export type StepBetween<Table extends Checked<Table>, From extends keyof Table, To> = InEvery<
  From extends unknown ? (To extends unknown ? { readonly of: StepTo<Table[From][number], To> } : never) : never
>;

/** The states to which a table leads from every one of the states `From`. */
export type NextState<Table extends Checked<Table>, From extends keyof Table> = InEvery<
  From extends unknown ? { readonly of: Table[From][number]["to"] } : never
>;

/** The phase where its place in the code leaves one name only. Throws for another: a fault of this program. */
export function phaseNamed<Phase extends { readonly name: string }, Name extends Phase["name"]>(
  phase: Phase,
  name: Name,
): Extract<Phase, { readonly name: Name }> {
  if (phase.name !== name) throw new Error(`the phase is ${phase.name}, not ${name}`);
  return phase as Extract<Phase, { readonly name: Name }>;
}

/** Replaces a role's phase. Throws when `from` is not the phase any more: a fault of this program. */
export function replacePhase<Phase extends { readonly name: string }>(
  state: { readonly phase: Phase },
  from: Phase,
  to: Phase,
): void {
  if (state.phase !== from) throw new Error(`a move from ${from.name}, but the phase is ${state.phase.name}`);
  (state as { phase: Phase }).phase = to;
}
