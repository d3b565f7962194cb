/** The folder of the specification, which checkout and package hold alike. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../platform/failure.ts";
import { PACKAGE_FOLDER } from "../package.ts";
import { BODY_FILE, readSpecification, type Specification } from "../../core/spec/specification.ts";

export const SPECIFICATION_FOLDER: string = join(PACKAGE_FOLDER, "spec");

/** Reads the Markdown files of a folder. Throws a Failure where there is no specification. */
export function readSpecificationFolder(folder: string): Specification {
  if (!existsSync(join(folder, BODY_FILE))) {
    throw new Failure("no-specification", `there is no specification in ${folder}: install the package again`);
  }
  const names = readdirSync(folder).filter((name) => name.endsWith(".md"));
  return readSpecification(names.map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") })));
}
