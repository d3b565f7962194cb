/** The functions of the two roles, and the endpoint above them, that vectors are played against: this project's, or those of a copy with a mistake. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as HostSideFile from "../../../host/role/side.ts";
import type { SideCode } from "../../../spec/generator/vectors/bench.ts";
import type * as LayoutFile from "../../../src/core/binding/layout.ts";
import type * as EndpointFile from "../../../src/core/mctp/endpoint.ts";
import type * as VersionsFile from "../../../src/core/binding/versions.ts";

export interface RoleCode
  extends
    SideCode,
    Pick<typeof HostSideFile, "createHostSide">,
    Pick<typeof LayoutFile, "askedSize" | "bufferBytes" | "largestMtu">,
    Pick<typeof EndpointFile, "EndpointCore">,
    Pick<typeof VersionsFile, "negotiateVersion"> {}

/** Of JavaScript, below the folder where the code was built. */
const FILES = [
  "bmc/role/side.js",
  "host/role/side.js",
  "host/role/state.js",
  "src/core/binding/layout.js",
  "src/core/binding/side.js",
  "src/core/binding/versions.js",
  "src/core/mctp/endpoint.js",
];

/** The code that was built into this folder. */
export async function loadCode(folder: string): Promise<RoleCode> {
  const modules = await Promise.all(
    FILES.map((file) => import(pathToFileURL(join(folder, file)).href) as Promise<unknown>),
  );
  return Object.assign({}, ...modules) as RoleCode;
}
