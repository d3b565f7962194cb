/** From a platform's spec on the command line, like `shm:/dev/shm/board`, to the platform. */
import { resolve } from "node:path";
import { Failure } from "./failure.ts";

/** A spec taken apart: the scheme before the first colon and the rest, the path made absolute. */
export interface PlatformSpec {
  readonly scheme: "shm";
  readonly path: string;
  /** The spec written in full. */
  readonly name: string;
}

export function parsePlatform(text: string): PlatformSpec {
  const colon = text.indexOf(":");
  const scheme = text.slice(0, Math.max(0, colon));
  const rest = text.slice(colon + 1);
  if (scheme !== "shm") {
    throw new Failure(
      "platform-spec",
      colon < 0
        ? `"${text}" names no platform: write shm:${text} for a virtual board in that file`
        : `the platform "${scheme}:" is not known: there is shm:PATH, a virtual board in a file`,
    );
  }
  if (rest === "") throw new Failure("platform-spec", "shm: needs a path, as in shm:/dev/shm/board");
  const path = resolve(rest);
  return { scheme, path, name: `shm:${path}` };
}
