/**
 * A bus that plays a script: it answers accesses with what it was given, in order, and stops the procedure at the first
 * access that has no answer yet. Running a round again from its start, on a copy of the state and with one answer more,
 * is one step of a procedure: so sides are stepped, explored and cut off at any access, by the same code that runs in
 * an agent.
 */
import type { BusAccess } from "./access.ts";
import { AccessBus } from "./access-bus.ts";

/** Thrown at the access that the script does not answer. Made once for each bus: a stack trace would cost more than the run. */
class Suspension extends Error {
  override name = "Suspension";
}

/** What a run came to: the access that it waits for, or its result. */
export type ScriptedRun<Result> =
  | { readonly suspended: BusAccess; readonly result: undefined }
  | { readonly suspended: undefined; readonly result: Result };

export interface Script {
  /** How many accesses are answered. */
  readonly length: number;
  /** Answers access `index`: gives the register's value, or fills `into` of a window read. */
  answer(index: number, access: BusAccess): number;
}

export class ScriptedBus extends AccessBus {
  readonly #suspension = new Suspension("the script has no answer to this access");
  #script: Script = { length: 0, answer: () => 0 };
  #next = 0;
  #suspended: BusAccess | undefined = undefined;

  constructor() {
    super((access) => this.#answer(access));
  }

  /** Runs a procedure until it returns or makes an access that `script` does not answer. */
  run<Result>(script: Script, procedure: (bus: this) => Result): ScriptedRun<Result> {
    this.#script = script;
    this.#next = 0;
    this.#suspended = undefined;
    try {
      const result = procedure(this);
      if (this.#next < script.length) throw new Error("the procedure ended before its script");
      return { suspended: undefined, result };
    } catch (error) {
      if (error !== this.#suspension) throw error;
      return { suspended: this.#takeSuspended(), result: undefined };
    }
  }

  #takeSuspended(): BusAccess {
    if (this.#suspended === undefined) throw new Error("a suspension without an access");
    return this.#suspended;
  }

  #answer(access: BusAccess): number {
    if (this.#next < this.#script.length) return this.#script.answer(this.#next++, access);
    this.#suspended = access;
    throw this.#suspension;
  }
}
