/**
 * Records every move of both roles from phase to phase. To be imported before anything that imports the roles: what is
 * imported afterwards moves by way of the record.
 */
import { jest } from "@jest/globals";
import type * as BmcTransitions from "../../bmc/role/transitions.ts";
import type * as HostTransitions from "../../host/role/transitions.ts";
import type { RoleName } from "../../src/core/binding/side.ts";

/** The moves made, as "closing H1.3 fencingClose". */
export const moves: Readonly<Record<RoleName, Set<string>>> = { host: new Set(), bmc: new Set() };

type Move = (state: never, from: { readonly name: string }, step: string, to: { readonly name: string }) => void;

function recording<Module extends { readonly move: unknown }>(role: RoleName, actual: Module): Module {
  const move: Move = (state, from, step, to) => {
    moves[role].add(`${from.name} ${step} ${to.name}`);
    (actual.move as Move)(state, from, step, to);
  };
  return { ...actual, move };
}

jest.mock("../../host/role/transitions.ts", () =>
  recording("host", jest.requireActual<typeof HostTransitions>("../../host/role/transitions.ts")),
);
jest.mock("../../bmc/role/transitions.ts", () =>
  recording("bmc", jest.requireActual<typeof BmcTransitions>("../../bmc/role/transitions.ts")),
);
