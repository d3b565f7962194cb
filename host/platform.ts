/** The platforms on which the host side runs. */
import type { PlatformSpec } from "../src/agent/platforms.ts";
import type { HostPlatform } from "../src/platform/port.ts";
import { makeBoard } from "../src/platform/shared-file/board-file.ts";
import { attachHost } from "../src/platform/shared-file/shared-file.ts";

export interface PlatformOptions {
  /** Window bytes of a virtual board that does not exist yet. */
  readonly windowBytes: number;
  readonly doorbell: boolean;
  readonly log: (line: string) => void;
}

/** Opens a platform; a virtual board that does not exist is made. Throws a Failure. */
export function openHostPlatform(spec: PlatformSpec, options: PlatformOptions): HostPlatform {
  if (makeBoard(spec.path, options.windowBytes)) {
    options.log(`made the board ${spec.path}, window ${String(options.windowBytes)} bytes`);
  }
  return attachHost(spec.path, { doorbell: options.doorbell });
}
