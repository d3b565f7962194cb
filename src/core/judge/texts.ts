/** Texts that findings against both sides have in common. */
import type { Terms } from "./context.ts";
import { hexOffset } from "./side-watch.ts";

/** Sizes in bytes and offsets: the bmcToHost buffer first. */
export function layoutText({ layout: { bmcToHost, hostToBmc } }: Pick<Terms, "layout">): string {
  return `${String(bmcToHost.size)} bytes at ${hexOffset(bmcToHost.offset)} and ${String(hostToBmc.size)} at ${hexOffset(hostToBmc.offset)}`;
}
