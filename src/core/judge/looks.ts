/**
 * Findings from what a BMC can look at beside its accesses: the counts that a virtual board keeps of its registers, and the
 * host's fields at a moment when they have to be zero.
 */
import { Field, decodeControlRegion } from "../binding/control-region.ts";
import type { Finding } from "./finding.ts";

const BESIDE_ACCESSES = { side: "host", kind: "wire", access: -1, step: undefined } as const;

/** `lost`: host bytes that IDR held, by the board's counts, and that neither the BMC nor its driver read (LPC-KCS-2). */
export function findOverwritten(lost: number): Finding {
  return {
    ...BESIDE_ACCESSES,
    requirement: "LPC-KCS-2",
    seen: `${lost === 1 ? "one byte" : `${String(lost)} bytes`} more written to IDR than read from it, by the board's counts`,
    expected: "an STR read that shows IBF = 0 comes before every byte",
    bytes: undefined,
    offset: undefined,
    cause: { name: "byteOverwritten", text: "the host overwrites a byte in IDR that the BMC has not read" },
  };
}

/**
 * `region`: the fields of the control region when the BMC has read the first fence behind a close. Until the second has
 * left IDR the host may propose nothing (LPC-HOST-4): versions that stand there belong to an Initialise before them.
 */
export function findEarlyInitialise(region: Uint8Array): Finding | undefined {
  const { min, cur } = decodeControlRegion(region).hostVersions;
  if (min === 0 && cur === 0) return undefined;
  return {
    ...BESIDE_ACCESSES,
    requirement: "LPC-HOST-5",
    seen: `host versions ${String(min)} to ${String(cur)} stand in the window behind an Initialise that was read with 0 to 0`,
    expected: "the fields are written first, then their Initialise",
    bytes: region.slice(Field.hostVersionMin, Field.negotiatedVersion),
    offset: Field.hostVersionMin,
    cause: { name: "fieldsAfterInitialise", text: "the fields are written behind their Initialise" },
  };
}
