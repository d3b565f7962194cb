/**
 * Tables of states: by which step of the specification a role goes from which states to which. A role's state changes
 * by `moveBy` alone, which looks its step up in the table; the figures of the specification are drawn from the same
 * tables.
 */

export interface Transition<State extends string> {
  readonly from: readonly State[];
  readonly to: State;
  /** What has happened, in a few words. */
  readonly when: string;
}

/** One transition for each step. */
export type TransitionTable<State extends string> = Readonly<Record<string, Transition<State>>>;

/** The name of the state to which a step of a table leads. */
export type Target<Table extends TransitionTable<string>, Step extends keyof Table> = Table[Step]["to"];

/** A state of a role: told apart by name, with what else belongs to it. */
interface Named {
  readonly name: string;
}

/** Replaces a role's phase by way of a step. Throws for a step that does not lead from the one to the other: a fault of this program. */
export function moveBy<Phase extends Named>(
  table: TransitionTable<Phase["name"]>,
  state: { readonly phase: Phase },
  step: string,
  to: Phase,
): void {
  const transition = table[step];
  const { phase } = state;
  if (transition === undefined || transition.to !== to.name || !transition.from.includes(phase.name)) {
    throw new Error(`step ${step} does not lead from ${phase.name} to ${to.name}`);
  }
  (state as { phase: Phase }).phase = to;
}

/** Changes what belongs to a phase without leaving it: for those who keep states comparable, see src/core/explore. */
export function amendPhase<Phase extends Named>(state: { readonly phase: Phase }, phase: Phase): void {
  if (state.phase.name !== phase.name) throw new Error(`the phase is ${state.phase.name}, not ${phase.name}`);
  (state as { phase: Phase }).phase = phase;
}
