/**
 * Records every move of both roles from phase to phase. To be imported before anything that imports the roles: what is
 * imported afterwards moves by way of the record.
 */
import { jest } from "@jest/globals";
import type * as BmcTransitions from "../../bmc/role/transitions.ts";
import type * as HostTransitions from "../../host/role/transitions.ts";
import type { RoleName } from "../../src/core/binding/side.ts";

/** The moves made, as "closing H1.4 fencingClose". */
export const moves: Readonly<Record<RoleName, Set<string>>> = { host: new Set(), bmc: new Set() };

interface State {
  readonly phase: { readonly name: string };
}
type Move = (state: State, step: string, to: { readonly name: string }) => void;

function recording<Module extends { readonly move: unknown }>(role: RoleName, actual: Module): Module {
  const move: Move = (state, step, to) => {
    const from = state.phase.name;
    (actual.move as Move)(state, step, to);
    moves[role].add(`${from} ${step} ${to.name}`);
  };
  return { ...actual, move };
}

jest.mock("../../host/role/transitions.ts", () =>
  recording("host", jest.requireActual<typeof HostTransitions>("../../host/role/transitions.ts")),
);
jest.mock("../../bmc/role/transitions.ts", () =>
  recording("bmc", jest.requireActual<typeof BmcTransitions>("../../bmc/role/transitions.ts")),
);
