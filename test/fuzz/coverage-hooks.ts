/** Module hooks that count which statements and branches of the modules under test run, as istanbul's instrumenter has it. */
import { createRequire } from "node:module";

interface Instrumenter {
  instrumentSync(code: string, path: string): string;
}
interface Loaded {
  readonly source?: string | ArrayBuffer | NodeJS.TypedArray;
}

const { createInstrumenter } = createRequire(import.meta.url)("istanbul-lib-instrument") as {
  createInstrumenter(options: object): Instrumenter;
};
const instrumenter = createInstrumenter({ esModules: true, compact: true, coverageVariable: "__fuzzCoverage__" });
let pattern = /$^/;

/** `pattern` chooses the modules by the end of their address. */
export function initialize(data: { readonly pattern: string }): void {
  pattern = new RegExp(data.pattern);
}

export async function load(
  url: string,
  context: object,
  next: (url: string, context: object) => Promise<Loaded>,
): Promise<Loaded> {
  const loaded = await next(url, context);
  if (!pattern.test(url) || loaded.source === undefined) return loaded;
  const { source } = loaded;
  const code = typeof source === "string" ? source : new TextDecoder().decode(source);
  return { ...loaded, source: instrumenter.instrumentSync(code, url) };
}
