/** Deployed sides as the explorer runs them. */
import { Side, type RoleState } from "../../../src/core/binding/side.ts";
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import type { SideModel } from "../../../src/core/explore/side-machine.ts";
import { DEPLOYED_BMC, type DeployedBmcConfig, type DeployedBmcState } from "./deployed-bmc.ts";
import { DEPLOYED_HOST, type DeployedHostConfig, type DeployedHostState } from "./deployed-host.ts";
import { DRAINING_HOST, type DrainingHostState } from "./draining-host.ts";
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
      const config = { ...DEFAULTS, emptiesOdr: false, looksAgain: false, forgetsAtLoss: false, ...own };
      return new Side(DEPLOYED_HOST, config, memory, state as DeployedHostState | undefined);
    },
    rebase: () => undefined,
    judge: judgeMistake,
    leeway: { overwrites: true, intrudes: true, opensEarly: true, readsBlind: true },
  };
}

/** As skiboot and hostboot drive it. */
export function drainingHost(...lives: readonly Partial<DeployedHostConfig>[]): SideModel {
  return {
    ...deployedHost(),
    create: (life, state) => {
      const own = lives[Math.min(life, lives.length - 1)];
      const config = { ...DEFAULTS, emptiesOdr: false, looksAgain: false, forgetsAtLoss: false, ...own };
      return new Side(DRAINING_HOST, config, memory, state as DrainingHostState | undefined);
    },
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

/** The first life is a deployed side's, all others are ours: what it left behind meets another program. */
export function replaced(deployed: SideModel, ours: SideModel): SideModel {
  const isDeployed = (state: RoleState): boolean => "receiving" in state;
  return {
    ...deployed,
    create: (life, state) => (life === 0 ? deployed.create(0, state) : ours.create(life - 1, state)),
    rebase: (state, elapsed) => {
      if (!isDeployed(state)) ours.rebase(state, elapsed);
    },
    judge: (side, access) => (isDeployed(side.state) ? deployed : ours).judge(side, access),
  };
}
