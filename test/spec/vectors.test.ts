/** The golden vectors as files: small, and as their schemas have them. */
import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { vectorArtefacts } from "../../spec/generator/vectors/vectors.ts";
import { PROJECT } from "../support/processes.ts";
import { VECTORS, readJson, type Fields } from "./vector-files.ts";

const LARGEST_FOLDER_BYTES = 1.5e6;
const artefacts = vectorArtefacts();

describe("the files", () => {
  const committed = readdirSync(VECTORS, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(VECTORS, name)).isFile(),
  );

  test("there are no others, and the folder stays small", () => {
    const generated = artefacts.map(({ path }) => relative("spec/vectors", path));
    const others = committed.filter((name) => !generated.includes(name) && !name.startsWith("schema/"));
    expect(others).toEqual(["README.md"]);
    const bytes = committed.map((name) => statSync(join(VECTORS, name)).size);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(LARGEST_FOLDER_BYTES);
  });
});

describe("the schemas", () => {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
  for (const name of readdirSync(join(VECTORS, "schema"))) ajv.addSchema(readJson(join(VECTORS, "schema", name)));

  function errorsOf(path: string, document: Fields): unknown {
    const schema = readJson(resolve(dirname(path), document["$schema"] as string));
    const validate = ajv.getSchema(schema["$id"] as string);
    if (validate === undefined) throw new Error(`no schema ${String(schema["$id"])}`);
    return validate(document) === true ? undefined : validate.errors;
  }

  const files = artefacts.map(({ path, text }) => [path, JSON.parse(text) as Fields] as const);

  test.each(files)("%s is as its schema has it", (path, document) => {
    expect(errorsOf(join(PROJECT, path), document)).toBeUndefined();
  });
});
