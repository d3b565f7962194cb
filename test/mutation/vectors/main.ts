import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { loadCode } from "../../support/vectors/code.ts";
import { MISTAKES } from "../mistakes.ts";
import { VectorSet, findMistakes } from "./find.ts";
const PROJECT = resolve(fileURLToPath(import.meta.url), "..", "..", "..", "..", "..");
const own = new VectorSet(PROJECT).firstFailure(await loadCode(resolve(PROJECT, "dist")));
console.log("own", own);
for (const { mistake, failure } of await findMistakes(PROJECT, MISTAKES)) console.log(failure === undefined ? "-" : "+", mistake.name, failure?.vector ?? "", failure?.found.slice(0, 100) ?? "");
