/** Has the program's roles tell of their moves. To be imported before anything that imports the roles. */
import { jest } from "@jest/globals";
import type * as BmcTransitions from "../../../bmc/role/transitions.ts";
import type * as HostTransitions from "../../../host/role/transitions.ts";
import type { Move } from "./machine.ts";

/** The moves made, in their order. */
export const shippedMoves: Move[] = [];

interface State {
  readonly phase: { readonly name: string };
}
type MakeMove = (state: State, step: string, to: { readonly name: string }) => void;

function telling<Module extends { readonly move: unknown }>(actual: Module): Module {
  const move: MakeMove = (state, step, to) => {
    const from = state.phase.name;
    (actual.move as MakeMove)(state, step, to);
    shippedMoves.push({ step, from, to: to.name });
  };
  return { ...actual, move };
}

jest.mock("../../../host/role/transitions.ts", () =>
  telling(jest.requireActual<typeof HostTransitions>("../../../host/role/transitions.ts")),
);
jest.mock("../../../bmc/role/transitions.ts", () =>
  telling(jest.requireActual<typeof BmcTransitions>("../../../bmc/role/transitions.ts")),
);
