/**
 * A side that breaks a rule on purpose, to see what the rule is for: something stands between the side's procedures and
 * their bus that changes what they do at named steps, or changes the side's state around a round.
 */
import type { BusAccess } from "../binding/access.ts";
import type { Progress } from "../binding/bus.ts";
import type { Millis } from "../wire/units.ts";
import { AccessBus, makeForBmc, makeForHost, type MakeAccess } from "../binding/access-bus.ts";
import type { SideModel } from "./side-machine.ts";

export interface Alteration<State> {
  /** Carries out a round; `state` may be changed before and after. Without it a round is what it was. */
  round?(state: State, run: () => Progress): Progress;
  /** Carries out an access of the procedures; `make` makes one on the board. Without it each is made as it is. */
  access?(access: BusAccess, make: MakeAccess, state: State): number;
}

/** The model with an alteration, which begins anew with each round so that it may remember things within one. */
export function altered<State>(model: SideModel, begin: (now: Millis) => Alteration<State>): SideModel {
  return {
    ...model,
    create: (life, before) => {
      const side = model.create(life, before);
      const state = side.state as unknown as State;
      const ownRound = side.service.bind(side);
      side.service = (bus, now) => {
        const alteration = begin(now);
        const make: MakeAccess =
          model.role === "host" ? (access) => makeForHost(bus, access) : (access) => makeForBmc(bus, access);
        const between = new AccessBus((access) => alteration.access?.(access, make, state) ?? make(access));
        const run = (): Progress => ownRound(between, now);
        return alteration.round?.(state, run) ?? run();
      };
      return side;
    },
  };
}

/**
 * The accesses of some steps are not made. What they would have brought about does not come: a round that left one out
 * is followed by the next at once.
 */
export function leavingOut(model: SideModel, ...steps: readonly string[]): SideModel {
  if (steps.length === 0) return model;
  return altered(model, () => {
    let hasLeftOut = false;
    return {
      access: (access, make) => {
        if (!steps.includes(access.step)) return make(access);
        hasLeftOut = true;
        return 0;
      },
      round: (_state, run) => {
        const progress = run();
        return hasLeftOut ? "again" : progress;
      },
    };
  });
}
