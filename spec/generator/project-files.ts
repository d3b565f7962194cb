/** Files of the project, as the generator and the tests of the project read them. */
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";

export interface ProjectFile {
  /** From the project's folder. */
  readonly path: string;
  readonly text: string;
}

/** All files below these folders of the project at `root` whose names end so, in the order of their paths. */
export function projectFiles(root: string, folders: readonly string[], ending: RegExp): readonly ProjectFile[] {
  return folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path: relative(root, path), text: readFileSync(path, "utf8") }));
}
