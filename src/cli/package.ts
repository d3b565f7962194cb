/** Where the package is: the checkout, or the folder that it is installed in. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of package.json. This module runs as a source, compiled below dist/ and as a part of the bundle. */
export const PACKAGE_FOLDER: string = nearestPackage(dirname(fileURLToPath(import.meta.url)));

/** The bundled programs: bundle.mjs makes them in the checkout, the package has no others. */
export const PROGRAM: string = join(PACKAGE_FOLDER, "dist", "bin", "mctp-lpc.js");
export const EXPLORE_WORKER: string = join(PACKAGE_FOLDER, "dist", "bin", "explore-worker.js");

export function packageVersion(): string {
  const text = readFileSync(join(PACKAGE_FOLDER, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

function nearestPackage(folder: string): string {
  const above = dirname(folder);
  return above === folder || existsSync(join(folder, "package.json")) ? folder : nearestPackage(above);
}
