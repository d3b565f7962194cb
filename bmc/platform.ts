/** The platforms on which the BMC side runs. */
import type { PlatformSpec } from "../src/platform/platform-spec.ts";
import type { Depth } from "../src/core/binding/kcs-word.ts";
import type { BmcPlatform } from "../src/platform/port.ts";
import { boardText, makeBoard } from "../src/platform/shared-file/board-file.ts";
import { attachBmc } from "../src/platform/shared-file/shared-file.ts";

export interface PlatformOptions {
  /** Window bytes of a virtual board that does not exist yet. */
  readonly windowBytes: number;
  /** Depth of such a board. Default: 0. */
  readonly depth?: Depth | undefined;
  readonly doorbell: boolean;
  readonly log: (line: string) => void;
}

/** Opens a platform; a virtual board that does not exist is made. Throws a Failure. */
export function openBmcPlatform(spec: PlatformSpec, options: PlatformOptions): BmcPlatform {
  const { windowBytes, depth = 0 } = options;
  if (makeBoard(spec.path, windowBytes, depth)) {
    options.log(`made the board ${spec.path}, ${boardText(windowBytes, depth)}`);
  }
  return attachBmc(spec.path, { doorbell: options.doorbell });
}
