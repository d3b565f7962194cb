/** The two roles as the explorer runs them. */
import { BMC_ROLE } from "../../../bmc/role/side.ts";
import { BMC_DEFAULTS, type BmcConfig, type BmcState } from "../../../bmc/role/state.ts";
import { HOST_ROLE } from "../../../host/role/side.ts";
import { HOST_DEFAULTS, type HostConfig, type HostState } from "../../../host/role/state.ts";
import { Side } from "../../core/binding/side.ts";
import { amendPhase } from "../../core/binding/transitions.ts";
import { createPacketMemory } from "../../core/binding/packet-memory.ts";
import { judgeAccess } from "../../core/explore/rules.ts";
import { DUE, type AnySide, type SideModel } from "../../core/explore/side-machine.ts";
import { millis, type Millis } from "../../core/wire/units.ts";

/** A window of which the explorer keeps every byte. */
export const WINDOW_BYTES = 4096;

const NEVER = millis(Number.POSITIVE_INFINITY);
const memory = createPacketMemory();

function back(moment: Millis, elapsed: Millis): Millis {
  return millis(Math.max(0, moment - elapsed));
}

/** Our host; the configuration of each life is the list's, the last one's for all that follow. */
export function hostModel(...lives: readonly Partial<HostConfig>[]): SideModel {
  return {
    role: "host",
    create: (life, state) => {
      const own = lives[Math.min(life, lives.length - 1)];
      const config = {
        ...HOST_DEFAULTS,
        windowBytes: WINDOW_BYTES,
        refusedDelay: DUE,
        stallDelay: NEVER,
        stopLimit: DUE,
        ...own,
      };
      return new Side(HOST_ROLE, config, memory, state as HostState | undefined);
    },
    rebase: (state, elapsed) => {
      const host = state as unknown as HostState;
      const { phase } = host;
      if (phase.name === "resting" || phase.name === "stopping") {
        amendPhase(host, { ...phase, until: back(phase.until, elapsed) });
      }
      if (host.channel !== undefined) host.channel.transmitSince = millis(0);
    },
    judge: (side, access) => judgeAccess(side, access, WINDOW_BYTES) ?? judgeTerms(side),
  };
}

/** A host has no memory for larger packets than it asked for. */
function judgeTerms({ config, session }: AnySide): string | undefined {
  const { mtu = Number.POSITIVE_INFINITY } = config as HostConfig;
  if (session === undefined || session.mtu.bmcToHost <= mtu) return undefined;
  return "the host is in a session of larger packets than it asked for (LPC-MTU-6)";
}

/** Our BMC. */
export function bmcModel(...lives: readonly Partial<BmcConfig>[]): SideModel {
  return {
    role: "bmc",
    create: (life, state) => {
      const own = lives[Math.min(life, lives.length - 1)];
      const config = {
        ...BMC_DEFAULTS,
        windowBytes: WINDOW_BYTES,
        announceLimit: DUE,
        announcePoll: NEVER,
        stallDelay: NEVER,
        ...own,
      };
      return new Side(BMC_ROLE, config, memory, state as BmcState | undefined);
    },
    rebase: (state, elapsed) => {
      const bmc = state as unknown as BmcState;
      const { phase } = bmc;
      if (phase.name === "announcing") {
        amendPhase(bmc, { ...phase, until: back(phase.until, elapsed), lookAt: back(phase.lookAt, elapsed) });
      }
      bmc.askedMtu = undefined;
      if (bmc.channel !== undefined) bmc.channel.transmitSince = millis(0);
    },
    judge: (side, access) => judgeAccess(side, access, WINDOW_BYTES),
  };
}
