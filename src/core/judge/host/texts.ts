/** Words that several findings share. */
import type { VersionRange } from "../../binding/versions.ts";
import type { Terms } from "../context.ts";
import type { Cause } from "../finding.ts";
import { hexOffset } from "../side-watch.ts";

export const FIELDS_TOO_LATE: Cause = {
  name: "fieldsAfterInitialise",
  text: "the fields are written behind the Initialise that they belong to",
};

export function rangeText({ min, cur }: VersionRange): string {
  return `${String(min)} to ${String(cur)}`;
}

export function layoutText({ layout: { bmcToHost, hostToBmc } }: Pick<Terms, "layout">): string {
  return `${String(bmcToHost.size)} bytes at ${hexOffset(bmcToHost.offset)} and ${String(hostToBmc.size)} at ${hexOffset(hostToBmc.offset)}`;
}
