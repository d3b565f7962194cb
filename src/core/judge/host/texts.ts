/** Words that several findings share. */
import type { VersionRange } from "../../binding/versions.ts";
import type { Cause } from "../finding.ts";

export const FIELDS_TOO_LATE: Cause = {
  name: "fieldsAfterInitialise",
  text: "the fields are written behind the Initialise that they belong to",
};

export function rangeText({ min, cur }: VersionRange): string {
  return `${String(min)} to ${String(cur)}`;
}
