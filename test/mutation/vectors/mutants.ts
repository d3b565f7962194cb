/** The code of the roles with a mistake in it, built into a folder of its own and loaded into this process. */
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadCode, type RoleCode } from "../../support/vectors/code.ts";
import { carriedOut, filesOf, type Mistake } from "../mistake.ts";
import { builtFile, transpiled } from "../scratch.ts";

/** All that the roles, and the endpoint, are made of. */
const FOLDERS = ["host/role", "bmc/role", "src/core/binding", "src/core/wire", "src/core/mctp"];

export async function loadMutant(project: string, folder: string, mistake: Mistake): Promise<RoleCode> {
  for (const part of FOLDERS) {
    for (const name of readdirSync(join(project, "dist", part), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".js")) continue;
      const path = join(folder, part, name);
      mkdirSync(dirname(path), { recursive: true });
      copyFileSync(join(project, "dist", part, name), path);
    }
  }
  writeFileSync(join(folder, "package.json"), readFileSync(join(project, "package.json")));
  for (const [file, text] of carriedOut(mistake, filesOf(project))) {
    const path = join(folder, builtFile(file));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, transpiled(file, text));
  }
  return loadCode(folder);
}
