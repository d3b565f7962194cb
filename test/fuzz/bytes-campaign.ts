/** A fuzzer of byte readers that is led by coverage: an input is kept when it makes something run that never ran before. */
import { SeededRandom } from "../../src/platform/faulty.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { spoilt } from "./messages.ts";
import type { Target } from "./target.ts";

export interface Led {
  begin(): void;
  isNew(): boolean;
  readonly points: number;
}

export interface BytesLimits {
  readonly seed: number;
  readonly inputs: number;
  readonly seconds: number;
}

export interface BytesCampaign {
  readonly inputs: number;
  readonly milliseconds: number;
  readonly points: number;
  /** The inputs worth keeping, each of which adds to what the others make run. */
  readonly kept: readonly Uint8Array[];
  readonly finding: { readonly what: string; readonly bytes: Uint8Array } | undefined;
}

const LONGEST = 4096;

export function fuzzBytes(
  target: Target,
  corpus: readonly Uint8Array[],
  coverage: Led,
  limits: BytesLimits,
): BytesCampaign {
  const random = new SeededRandom(limits.seed);
  const kept: Uint8Array[] = [];
  const began = performance.now();
  let inputs = 0;
  const result = (finding: BytesCampaign["finding"]): BytesCampaign => ({
    inputs,
    milliseconds: performance.now() - began,
    points: coverage.points,
    kept,
    finding,
  });
  const given = [new Uint8Array(0), ...target.seeds, ...corpus];
  while (inputs < limits.inputs && performance.now() - began < limits.seconds * 1000) {
    const bytes = given[inputs] ?? mutant(random, kept);
    inputs++;
    coverage.begin();
    const what = failureOf(target, bytes);
    if (what !== undefined) return result({ what, bytes: reduced(target, bytes) });
    if (coverage.isNew()) kept.push(bytes);
  }
  return result(undefined);
}

function failureOf(target: Target, bytes: Uint8Array): string | undefined {
  try {
    // What keeps the bytes must not see them change.
    target.run(Uint8Array.from(bytes));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function mutant(random: SeededRandom, kept: readonly Uint8Array[]): Uint8Array {
  // What was found last leads furthest.
  const from = random.chance(0.3) ? Math.max(0, kept.length - 8) : 0;
  const one = kept[from + random.below(kept.length - from)] ?? new Uint8Array(0);
  const other = kept[random.below(kept.length)] ?? one;
  const at = random.below(one.length + 1);
  const joined = random.chance(0.25)
    ? Uint8Array.from([...one.subarray(0, at), ...other.subarray(random.below(other.length + 1))])
    : one;
  return spoilt(random, joined).subarray(0, LONGEST);
}

/** Shorter, as long as it fails. */
function reduced(target: Target, bytes: Uint8Array): Uint8Array {
  let smallest = bytes;
  for (let size = Math.ceil(bytes.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length;) {
      const candidate = Uint8Array.from([...smallest.subarray(0, at), ...smallest.subarray(at + size)]);
      if (failureOf(target, candidate) === undefined) at += size;
      else smallest = candidate;
    }
  }
  return smallest;
}

/* ---- The corpus in a file: one input a line, in hexadecimal ---- */

export function encodeCorpus(inputs: readonly Uint8Array[]): string {
  return inputs.map((bytes) => `${toHex(bytes)}\n`).join("");
}

export function decodeCorpus(text: string): readonly Uint8Array[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => Uint8Array.from(Buffer.from(line, "hex")));
}
