/** The platforms on which the BMC side runs. */
import type { PlatformSpec } from "../src/agent/platforms.ts";
import type { BmcPlatform } from "../src/platform/port.ts";
import { makeBoard } from "../src/platform/shared-file/board-file.ts";
import { attachBmc } from "../src/platform/shared-file/shared-file.ts";

export interface PlatformOptions {
  /** Window bytes of a virtual board that does not exist yet. */
  readonly windowBytes: number;
  readonly doorbell: boolean;
  readonly log: (line: string) => void;
}

/** Opens a platform; a virtual board that does not exist is made. Throws a Failure. */
export function openBmcPlatform(spec: PlatformSpec, options: PlatformOptions): BmcPlatform {
  if (makeBoard(spec.path, options.windowBytes)) {
    options.log(`made the board ${spec.path}, window ${String(options.windowBytes)} bytes`);
  }
  return attachBmc(spec.path, { doorbell: options.doorbell });
}
