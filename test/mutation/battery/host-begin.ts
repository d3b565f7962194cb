/** How the runs of the project's host against a scripted BMC begin. */
import type { HostConfig } from "../../../host/role/state.ts";
import type { Layout } from "../../../src/core/binding/control-region.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import { testMessage } from "../../support/endpoints.ts";
import { layoutOf, ScriptedBmc } from "./scripted-bmc.ts";
import type { Stage } from "./stage.ts";

export const SMALL: Partial<HostConfig> = { mtu: 64 };

export function begin(stage: Stage, config: Partial<HostConfig> = SMALL): ScriptedBmc {
  stage.startHost(config);
  return new ScriptedBmc(stage);
}

/** A session with this BMC, and a message in it. */
export function inSession(stage: Stage, version: Version = 3, layout: Layout = layoutOf(64)): ScriptedBmc {
  const bmc = begin(stage, { mtu: undefined, versions: { min: 1, cur: version } });
  bmc.version = version;
  bmc.layout = layout;
  bmc.bringUp();
  stage.send("hostToBmc", testMessage(30));
  bmc.serve();
  return bmc;
}
