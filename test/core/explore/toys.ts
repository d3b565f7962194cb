/** Sides that do one simple thing, to see what the search makes of it. */
import type { Progress } from "../../../src/core/binding/bus.ts";
import { BINDING_COUNTERS } from "../../../src/core/binding/counters.ts";
import { Side, type Role, type RoleName, type RoleState } from "../../../src/core/binding/side.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import type { AnyBus } from "../../../src/core/binding/access-bus.ts";
import { NO_FAULTS, type Scenario } from "../../../src/core/explore/scenario.ts";
import type { SideModel } from "../../../src/core/explore/side-machine.ts";
import { zeroCounters } from "../../../src/core/wire/counters.ts";
import { millis, type Millis } from "../../../src/core/wire/units.ts";

export interface ToyState extends RoleState {
  phase: { readonly name: string };
  count: number;
}

/** A bus for those who do not care which side they are: data goes to the register that the side sends through. */
export class ToyBus {
  readonly #bus: AnyBus;
  readonly #isHost: boolean;

  constructor(bus: AnyBus, role: RoleName) {
    this.#bus = bus;
    this.#isHost = role === "host";
  }

  readStatus(): number {
    return this.#bus.readStatus("look");
  }

  readData(): number {
    return this.#isHost ? this.#bus.readOdr("read") : this.#bus.readIdr("read");
  }

  writeData(value: number): void {
    if (this.#isHost) this.#bus.writeIdr("write", value);
    else this.#bus.writeOdr("write", value);
  }

  writeStatus(value: number): void {
    this.#bus.writeStatus("write STR", value);
  }
}

export type Service = (bus: ToyBus, state: ToyState, now: Millis) => Progress;

/** A side that runs `service` again and again; with `hasDeadline` its clock may call it, too. */
export function toy(role: RoleName, service: Service, hasDeadline = false): SideModel {
  const toyRole: Role<ToyState, undefined, AnyBus> = {
    name: role,
    sends: role === "host" ? "hostToBmc" : "bmcToHost",
    newState: () => ({
      phase: { name: "new" },
      channel: undefined,
      // As of a BMC that knows of a refusal: then a run of toys may end.
      closeReason: "versionRefused",
      stopping: false,
      count: 0,
      counters: zeroCounters(BINDING_COUNTERS),
    }),
    service: (bus, state, _config, _tools, now) => service(new ToyBus(bus, role), state, now),
    nextDeadline: () => (hasDeadline ? millis(1) : undefined),
  };
  return {
    role,
    create: (_life, state) =>
      new Side(toyRole, undefined, createPacketMemory(), (state as ToyState | undefined) ?? toyRole.newState()),
    rebase: () => undefined,
    judge: () => undefined,
    leeway: { readsBlind: true },
  };
}

export function toyScenario(host: SideModel, bmc: SideModel, more: Partial<Scenario> = {}): Scenario {
  return {
    name: "toys",
    text: "",
    host,
    bmc,
    depth: 0,
    resetsTakeShadow: false,
    patience: { host: undefined, bmc: undefined },
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
