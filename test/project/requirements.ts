/** The project's folder and its specification, as the tests of the project read them. */
import { join, resolve } from "node:path";
import { readSpecificationFolder } from "../../src/cli/spec/folder.ts";
import type { Specification } from "../../src/core/spec/specification.ts";

export const PROJECT: string = resolve(__dirname, "..", "..");

export const specification: Specification = readSpecificationFolder(join(PROJECT, "spec"));
