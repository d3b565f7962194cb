/** The golden vectors as files: small, and as their schemas have them. */
import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { COPYRIGHT } from "../../spec/generator/licence.ts";
import { vectorArtefacts } from "../../spec/generator/vectors/vectors.ts";
import { PROJECT } from "../support/processes.ts";
import { VECTORS, readJson, type Fields } from "./vector-files.ts";

const LARGEST_FOLDER_BYTES = 2e6;
const artefacts = vectorArtefacts();

const committed = readdirSync(VECTORS, { recursive: true, encoding: "utf8" }).filter((name) =>
  statSync(join(VECTORS, name)).isFile(),
);

describe("the files", () => {
  test("there are no others, and the folder stays small", () => {
    const generated = artefacts.map(({ path }) => relative("spec/vectors", path));
    const others = committed.filter((name) => !generated.includes(name) && !name.startsWith("schema/"));
    expect(others.sort()).toEqual(["README.md", "mistakes.md"]);
    const bytes = committed.map((name) => statSync(join(VECTORS, name)).size);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(LARGEST_FOLDER_BYTES);
  });
});

describe("license and copyright", () => {
  const { license } = readJson(join(PROJECT, "package.json"));
  const NOTE = `SPDX-License-Identifier: ${String(license)}`;

  test("are in every file and schema, in README, and in the C header", () => {
    for (const { path, text } of artefacts)
      expect([path, JSON.parse(text)]).toEqual([path, expect.objectContaining({ license, copyright: COPYRIGHT })]);
    for (const name of committed.filter((file) => !file.endsWith(".json"))) {
      expect(readFileSync(join(VECTORS, name), "utf8")).toMatch(NOTE);
    }
    for (const name of committed.filter((file) => file.startsWith("schema/")))
      expect([name, readJson(join(VECTORS, name))["$comment"]]).toEqual([name, `${NOTE}; ${COPYRIGHT}`]);
    expect(readFileSync(join(PROJECT, "spec", "mctp_lpc.h"), "utf8")).toMatch(`/*\n * ${NOTE}\n * ${COPYRIGHT}\n`);
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
