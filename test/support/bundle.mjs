/** Before the first test: the processes that tests start run the sources as they are now. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export default function bundle() {
  const program = join(import.meta.dirname, "..", "..", "src", "cli", "bundle.mjs");
  execFileSync(process.execPath, [program], { stdio: ["ignore", "ignore", "pipe"] });
}
