/** `shm:PATH`: a virtual board in a file, made where there is none. */
import type { Depth } from "../../core/binding/kcs-word.ts";
import { choice, size, type Kind } from "../kind.ts";
import { openBmcOfBoard, openHostOfBoard } from "./shared-file.ts";
import type { SharedFileSpec } from "./spec.ts";

type Values = {
  readonly window: number | undefined;
  readonly depth: Depth | undefined;
};

export const sharedFileKind: Kind<SharedFileSpec, Values> = {
  name: "shm",
  uses: {
    host: "a virtual board in a file",
    bmc: "a virtual board in a file",
    link: "a second board, on which the agent is the BMC",
  },
  place: "PATH",
  example: "/dev/shm/board",
  isVirtual: true,
  keys: {
    window: size("bytes of the board's window", "4K to 16M", "1M where it is made"),
    depth: choice<Depth | undefined>(
      "bytes before the BMC beside IDR",
      { "0": 0, "1": 1 },
      "0 where it is made",
      undefined,
    ),
  },
  spec: (path, { window, depth }) => ({ kind: "shm", path, name: `shm:${path}`, windowBytes: window, depth }),
  openHost: openHostOfBoard,
  openBmc: openBmcOfBoard,
};
