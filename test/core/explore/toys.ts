/** Sides that do one simple thing, to see what the search makes of it. */
import type { BusAccess, Procedure, Progress } from "../../../src/core/binding/bus.ts";
import { BINDING_COUNTERS } from "../../../src/core/binding/counters.ts";
import { Side, type Role, type RoleName, type RoleState } from "../../../src/core/binding/side.ts";
import { createPacketMemory } from "../../../src/drive/packet-memory.ts";
import { NO_FAULTS, type Scenario } from "../../../src/core/explore/scenario.ts";
import type { SideModel } from "../../../src/core/explore/side-machine.ts";
import { zeroCounters } from "../../../src/core/wire/counters.ts";
import { millis } from "../../../src/core/wire/units.ts";

export interface ToyState extends RoleState {
  phase: { readonly name: string };
  count: number;
}

type Service = (state: ToyState) => Procedure<Progress>;

/** A side that runs `service` again and again; with `hasDeadline` its clock may call it, too. */
export function toy(role: RoleName, service: Service, hasDeadline = false): SideModel {
  const toyRole: Role<ToyState, undefined, BusAccess> = {
    name: role,
    sends: role === "host" ? "hostToBmc" : "bmcToHost",
    newState: () => ({
      phase: { name: "new" },
      channel: undefined,
      // As of a BMC that knows of a refusal: then a run of toys may end.
      closure: "versionRefused",
      stopping: false,
      count: 0,
      counters: zeroCounters(BINDING_COUNTERS),
    }),
    service,
    nextDeadline: () => (hasDeadline ? millis(1) : undefined),
  };
  return {
    role,
    create: (_life, state) =>
      new Side(toyRole, undefined, createPacketMemory(), (state as ToyState | undefined) ?? toyRole.newState()),
    rebase: () => undefined,
    judge: () => undefined,
  };
}

export function toyScenario(host: SideModel, bmc: SideModel, more: Partial<Scenario> = {}): Scenario {
  return {
    name: "toys",
    text: "",
    host,
    bmc,
    packets: { hostToBmc: 0, bmcToHost: 0 },
    payloadBytes: () => 3,
    faults: NO_FAULTS,
    spuriousRounds: false,
    latchedInterrupts: true,
    ends: "refused",
    needsTime: false,
    victim: undefined,
    patient: false,
    pieceBytes: undefined,
    ...more,
  };
}
