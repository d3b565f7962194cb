/** The platforms on which the host side runs. */
import type { PlatformSpec } from "../src/platform/platform-spec.ts";
import type { Depth } from "../src/core/binding/kcs-word.ts";
import type { HostPlatform } from "../src/platform/port.ts";
import { boardText, makeBoard } from "../src/platform/shared-file/board-file.ts";
import { attachHost } from "../src/platform/shared-file/shared-file.ts";

export interface PlatformOptions {
  /** Window bytes of a virtual board that does not exist yet. */
  readonly windowBytes: number;
  /** Depth of such a board. Default: 0. */
  readonly depth?: Depth | undefined;
  readonly doorbell: boolean;
  readonly log: (line: string) => void;
}

/** Opens a platform; a virtual board that does not exist is made. Throws a Failure. */
export function openHostPlatform(spec: PlatformSpec, options: PlatformOptions): HostPlatform {
  const { windowBytes, depth = 0 } = options;
  if (makeBoard(spec.path, windowBytes, depth)) {
    options.log(`made the board ${spec.path}, ${boardText(windowBytes, depth)}`);
  }
  return attachHost(spec.path, { doorbell: options.doorbell });
}
