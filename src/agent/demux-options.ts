/** The option --demux of every agent, from the command line to where the socket is. */
import { resolve } from "node:path";
import { Failure } from "../platform/failure.ts";
import { isAbstract } from "../platform/unix-address.ts";
import type { Group } from "../platform/accounts.ts";
import { defaultDemuxPath } from "./control/control-folder.ts";
import type { DemuxOptions } from "./services/demux-server.ts";

/** Bytes of a name without a file, as the kernel takes them. */
const LONGEST_NAME = 107;

/** `given`: true for an option without a value. Throws a Failure. */
export function readDemux(
  given: string | true | undefined,
  group: Group | undefined,
  side: string,
  place: string,
): DemuxOptions | undefined {
  if (given === undefined) return undefined;
  if (given === true) return { address: defaultDemuxPath(side, place), group };
  if (given === "" || given === "@") {
    throw new Failure(
      "options",
      "--demux takes a path like ./mctp.demux, a name like @mctp-mux, or nothing: a path beside the control socket's",
    );
  }
  if (!isAbstract(given)) return { address: resolve(given), group };
  if (Buffer.byteLength(given) > LONGEST_NAME || given.includes("\0")) {
    throw new Failure(
      "options",
      `the name of --demux is too long: at most ${String(LONGEST_NAME - 1)} bytes behind "@"`,
    );
  }
  return { address: given, group };
}
