/** `npm run fuzz -- --target NAME`: one reader of bytes, its modules instrumented before they are loaded. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Coverage, instrument } from "./coverage.ts";

const UNDER_TEST =
  /\/dist\/src\/(core\/(binding|decode|mctp|pldm|serial|trace|vendor-messages|wire)|agent\/files\/vendor-messages)/;

export interface BytesOptions {
  readonly target: string;
  readonly seed: number;
  readonly seconds: number;
  readonly inputs: number;
  /** Folder of the corpora. */
  readonly corpus: string;
  /** The corpus file is written anew with what was worth keeping. */
  readonly keep: boolean;
}

/** Prints what was done; false when something was found. */
export async function fuzzTarget(options: BytesOptions, print: (line: string) => void): Promise<boolean> {
  instrument(UNDER_TEST);
  const { TARGETS } = await import("./targets.ts");
  const { decodeCorpus, encodeCorpus, fuzzBytes } = await import("./bytes-campaign.ts");
  const target = TARGETS.find(({ name }) => name === options.target);
  if (target === undefined)
    throw new Error(`there is no target ${options.target}: ${TARGETS.map(({ name }) => name).join(", ")}`);
  const path = join(options.corpus, `${target.name}.txt`);
  const corpus = existsSync(path) ? decodeCorpus(readFileSync(path, "latin1")) : [];
  const { inputs, milliseconds, points, kept, finding } = fuzzBytes(target, corpus, new Coverage(), options);
  const rate = Math.round(inputs / (milliseconds / 1000));
  print(
    `${target.name}: ${String(inputs)} inputs (${String(rate)}/s), seed ${String(options.seed)}, ${String(points)} points covered, ${String(kept.length)} inputs kept of a corpus of ${String(corpus.length)}`,
  );
  if (options.keep) {
    mkdirSync(options.corpus, { recursive: true });
    const seeded = new Set([...target.seeds, new Uint8Array(0)].map((bytes) => Buffer.from(bytes).toString("hex")));
    writeFileSync(path, encodeCorpus(kept.filter((bytes) => !seeded.has(Buffer.from(bytes).toString("hex")))));
  }
  if (finding === undefined) return true;
  print(`found: ${finding.what}\n  bytes ${Buffer.from(finding.bytes).toString("hex")}`);
  return false;
}
