/** Deployed sides as the explorer runs them, and ours with something left out. */
import type { BusAccess, Procedure, Progress } from "../../../src/binding/bus.ts";
import { Side, type RoleState } from "../../../src/binding/side.ts";
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import { createPacketMemory } from "../../../src/drive/packet-memory.ts";
import type { SideModel } from "../../../src/explore/side-machine.ts";
import { DEPLOYED_BMC, type DeployedBmcConfig, type DeployedBmcState } from "./deployed-bmc.ts";
import { DEPLOYED_HOST, type DeployedHostConfig, type DeployedHostState } from "./deployed-host.ts";
import type { DeployedState } from "./deployed-side.ts";

const memory = createPacketMemory();

const DEFAULTS = {
  versions: { min: 1, cur: 3 },
  mtu: 64,
  windowBytes: WINDOW_BYTES,
  keepsPackets: false,
};

type AnySide = ReturnType<SideModel["create"]>;

/** Of what a deployed side does, only what it does to itself is judged. */
function judgeMistake(side: AnySide): string | undefined {
  return (side.state as DeployedState).mistake;
}

/** The configuration of each life is the list's, the last one's for all that follow. */
export function deployedHost(...lives: readonly Partial<DeployedHostConfig>[]): SideModel {
  return {
    role: "host",
    create: (life, state) => {
      const own = lives[Math.min(life, lives.length - 1)];
      const config = { ...DEFAULTS, emptiesOdr: false, ...own };
      return new Side(DEPLOYED_HOST, config, memory, state as DeployedHostState | undefined);
    },
    rebase: () => undefined,
    judge: judgeMistake,
    leeway: { overwrites: true, intrudes: true, opensEarly: true },
  };
}

export function deployedBmc(...lives: readonly Partial<DeployedBmcConfig>[]): SideModel {
  return {
    role: "bmc",
    create: (life, state) => {
      const own = lives[Math.min(life, lives.length - 1)];
      const config = { ...DEFAULTS, waitsForRoom: false, rewritesRefused: false, ...own };
      return new Side(DEPLOYED_BMC, config, memory, state as DeployedBmcState | undefined);
    },
    rebase: () => undefined,
    judge: judgeMistake,
    leeway: { overwrites: true },
  };
}

type Service<State> = (round: Procedure<Progress>, state: State) => Procedure<Progress>;

/** A side whose rounds are carried out by `service`, which may make other accesses of them. */
export function altered<State extends RoleState>(model: SideModel, service: Service<State>): SideModel {
  return {
    ...model,
    create: (life, state) => {
      const side = model.create(life, state);
      const role: typeof side.role = {
        ...side.role,
        service: (own, config, tools, now) =>
          service(side.role.service(own, config, tools, now, undefined), own as unknown as State),
      };
      return new Side<RoleState, unknown, BusAccess>(role, side.config, memory, side.state);
    },
  };
}
