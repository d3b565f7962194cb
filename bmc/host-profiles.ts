/**
 * What `bmc run --host-profile` sets for hosts that are deployed: defaults, which explicit options override. Help and
 * the specification's Annex A show this table.
 */
import { BTU } from "../src/core/binding/layout.ts";
import type { DiscoverMode } from "../src/node/discover-mode.ts";

export interface HostProfile {
  /** `--discover` */
  readonly discover: DiscoverMode;
  /** `--mtu` */
  readonly mtu: number | "largest";
  /** Why, for people. */
  readonly because: string;
}

/** The MTU that hostboot and skiboot ask for; they take no less. */
export const DEPLOYED_HOST_MTU = 32768;

export const HOST_PROFILE_NAMES = ["standard", "hostboot", "skiboot", "edk2", "libmctp"] as const;
export type HostProfileName = (typeof HOST_PROFILE_NAMES)[number];

export const HOST_PROFILES: Readonly<Record<HostProfileName, HostProfile>> = {
  standard: {
    discover: "announced",
    mtu: "largest",
    because: "a host of this specification announces itself",
  },
  hostboot: {
    discover: "never",
    mtu: "largest",
    because: `asserts on unknown message types; takes no MTU below ${String(DEPLOYED_HOST_MTU)}`,
  },
  skiboot: {
    discover: "never",
    mtu: "largest",
    because: `knows PLDM alone; takes no MTU below ${String(DEPLOYED_HOST_MTU)}`,
  },
  edk2: {
    discover: "always",
    mtu: BTU,
    because: "waits for its EID unasked; counts the header into its MTU: 60 bytes",
  },
  libmctp: {
    discover: "always",
    mtu: "largest",
    because: "never announces itself; drops control responses while it transmits",
  },
};

/** The options that a profile stands for, as on a command line. */
export function profileOptions({ discover, mtu }: HostProfile): string {
  return `--discover ${discover} --mtu ${String(mtu)}`;
}

/** For the end of the help: what each profile sets, and why, a paragraph of at most 80 columns. */
export function profileHelp(): string {
  const lines = HOST_PROFILE_NAMES.flatMap((name) => [
    `  ${name.padEnd(10)}${profileOptions(HOST_PROFILES[name])}`,
    `  ${" ".repeat(10)}${HOST_PROFILES[name].because}`,
  ]);
  return ["Host profiles (--host-profile) set what no explicit option sets:", ...lines].join("\n");
}
