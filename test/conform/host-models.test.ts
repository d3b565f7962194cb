/** Models of deployed hosts in a conformance run: they fail where Annex A says that they do, and nowhere else. */
import { expect, test } from "@jest/globals";
import { Side, type RoleState } from "../../src/core/binding/side.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { DEPLOYED_HOST, type DeployedHostConfig, type DeployedHostState } from "../support/deployed/deployed-host.ts";
import type { AnySide } from "./stepped-driver.ts";
import { conformVirtually, failuresOf } from "./virtual-bench.ts";

const LIMIT_MILLISECONDS = 120_000;

async function requirementsBroken(changes: Partial<DeployedHostConfig> = {}): Promise<readonly string[]> {
  const config = {
    versions: { min: 1, cur: 3 },
    mtu: undefined,
    windowBytes: 64 * 1024,
    keepsPackets: false,
    emptiesOdr: false,
    looksAgain: false,
    forgetsAtLoss: false,
    ...changes,
  } as const;
  const make = (state?: RoleState): AnySide =>
    new Side(DEPLOYED_HOST, config, createPacketMemory(), state as DeployedHostState | undefined) as unknown as AnySide;
  const run = await conformVirtually("host", { make, poll: 1 });
  return [...new Set(failuresOf(run).map((line) => line.split(": ")[1]!))].sort();
}

test(
  "a host of the published C implementation breaks LPC-HOST-3 (K.1: it closes nothing) and LPC-HOST-14 (F12)",
  async () => {
    expect(await requirementsBroken()).toEqual(["LPC-HOST-14", "LPC-HOST-3"]);
  },
  LIMIT_MILLISECONDS,
);
