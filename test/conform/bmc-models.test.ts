/** Models of deployed BMCs in a conformance run: they fail where Annex A.2 says that they do, and nowhere else. */
import { expect, test } from "@jest/globals";
import { Side, type RoleState } from "../../src/core/binding/side.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { DEPLOYED_BMC, type DeployedBmcConfig, type DeployedBmcState } from "../support/deployed/deployed-bmc.ts";
import type { AnySide } from "./stepped-driver.ts";
import { conformVirtually, failuresOf } from "./virtual-bench.ts";

const LIMIT_MILLISECONDS = 120_000;

async function requirementsBroken(changes: Partial<DeployedBmcConfig>): Promise<readonly string[]> {
  const config = {
    versions: { min: 1, cur: 3 },
    mtu: undefined,
    windowBytes: 64 * 1024,
    keepsPackets: false,
    waitsForRoom: false,
    rewritesRefused: false,
    ...changes,
  };
  const make = (state?: RoleState): AnySide =>
    new Side(DEPLOYED_BMC, config, createPacketMemory(), state as DeployedBmcState | undefined) as unknown as AnySide;
  const run = await conformVirtually("bmc", { make, poll: 1 });
  return [...new Set(failuresOf(run).map((line) => line.split(": ")[1]!))].sort();
}

test(
  "a BMC of the published C implementation breaks LPC-MTU-8, LPC-KCS-2 (F22), LPC-ERR-5 (U5) and LPC-BMC-1 (U9)",
  async () => {
    expect(await requirementsBroken({})).toEqual(["LPC-BMC-1", "LPC-ERR-5", "LPC-KCS-2", "LPC-MTU-8"]);
  },
  LIMIT_MILLISECONDS,
);

test(
  "one that waits for OBF = 0 alone breaks LPC-BMC-13 (U10) as well",
  async () => {
    expect(await requirementsBroken({ waitsForRoom: true })).toContain("LPC-BMC-13");
  },
  LIMIT_MILLISECONDS,
);
