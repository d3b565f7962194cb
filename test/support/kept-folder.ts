/**
 * Folders that are made once and kept in the user's cache (XDG_CACHE_HOME), each below the hash of what it is made of: what is
 * downloaded for tests.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const KEPT_MILLISECONDS = 7 * 24 * 3600 * 1000;

/**
 * The folder `name` of the cache `cache` for what is made of these files; `make` fills it. A folder is there when it is
 * whole. What was made a week ago is removed before another is made.
 */
export function keptFolder(
  cacheName: string,
  name: string,
  sources: readonly string[],
  make: (folder: string) => void,
): string {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), cacheName);
  const folder = join(cache, `${name}-${hashOf(sources)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  // Others may use what is new.
  for (const old of readdirSync(cache).map((entry) => join(cache, entry))) {
    if (statSync(old).mtimeMs < Date.now() - KEPT_MILLISECONDS) rmSync(old, { recursive: true, force: true });
  }
  const draft = mkdtempSync(join(cache, ".making-"));
  try {
    make(draft);
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

function hashOf(sources: readonly string[]): string {
  const hash = createHash("sha256");
  for (const source of sources) {
    const names = statSync(source).isDirectory()
      ? readdirSync(source, { recursive: true, encoding: "utf8" }).sort()
      : [""];
    for (const name of names) {
      const path = join(source, name);
      if (statSync(path).isFile()) hash.update(`${source} ${name}\0`).update(readFileSync(path));
    }
  }
  return hash.digest("hex").slice(0, 16);
}
