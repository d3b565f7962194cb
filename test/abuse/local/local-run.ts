/** Runs local attacks, those of another user where this one may be another. */
import { LocalPlace } from "./local-place.ts";
import type { LocalAttack } from "./planting.ts";

export interface LocalResult {
  readonly name: string;
  readonly protects: string;
  /** Why it was not tried. */
  readonly skipped?: string;
  /** What got through or went wrong, a sentence each. */
  readonly gotThrough: readonly string[];
}

/** `program`: the built one. */
export async function runLocalAttack(
  { name, protects, needsRoot, run }: LocalAttack,
  program: string,
): Promise<LocalResult> {
  if (needsRoot === true && process.getuid?.() !== 0) {
    return { name, protects, skipped: "another user's part takes root", gotThrough: [] };
  }
  const place = new LocalPlace(program);
  try {
    return { name, protects, gotThrough: await run(place) };
  } finally {
    await place.dispose();
  }
}
