/** The listings of annex M as they stand on the page, and machines that run a side of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BMC_DEFAULTS, type BmcConfig } from "../../../bmc/role/state.ts";
import { HOST_DEFAULTS, type HostConfig } from "../../../host/role/state.ts";
import type { AnyBus } from "../../../src/core/binding/access-bus.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { LONGEST_SLEEP } from "../../../src/node/runner.ts";
import { PROJECT } from "../../support/processes.ts";
import { Machine } from "./machine.ts";
import type { Configuration } from "./names.ts";
import { readListings } from "./parser.ts";
import type { Program } from "./syntax.ts";

export const PAGE: string = readFileSync(join(PROJECT, "spec", "annex-pseudocode.md"), "utf8");
export const LISTINGS: Program = readListings(PAGE);

export type EitherConfig = Partial<HostConfig & BmcConfig>;

/** What M.1 calls the terms of a side. */
export function configurationOf(config: EitherConfig): Configuration {
  const terms = { ...HOST_DEFAULTS, ...BMC_DEFAULTS, ...config };
  return {
    OWN_MIN: terms.versions.min,
    OWN_CUR: terms.versions.cur,
    OWN_MTU: terms.mtu ?? Number.POSITIVE_INFINITY,
    WINDOW: terms.windowBytes,
    T_ann: terms.announceLimit,
    T_poll: LONGEST_SLEEP,
    T_refused: terms.refusedDelay,
    T_stall: terms.stallDelay,
    T_stop: terms.stopLimit,
  };
}

/** A side before its first round. */
export function begunMachine(program: Program, role: RoleName, config: EitherConfig, bus: AnyBus): Machine {
  const machine = new Machine(program, configurationOf(config), bus);
  machine.call(`${role}_begin`);
  return machine;
}
