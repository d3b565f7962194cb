/** The floors of the house and the purity of its core are lint rules: these samples show that the rules bite. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { PROJECT } from "./requirements.ts";

/** Lints samples with the project's rules of restriction; jest cannot load ESLint's own modules. */
const LINT = `
  import { readFileSync } from "node:fs";
  import { ESLint } from "eslint";
  const eslint = new ESLint({
    overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
    ruleFilter: ({ ruleId }) => ruleId.startsWith("no-restricted-"),
  });
  const findings = [];
  for (const { path, code } of JSON.parse(readFileSync(0, "utf8"))) {
    const [{ messages }] = await eslint.lintText(code, { filePath: path });
    findings.push(messages.map(({ ruleId, message }) => ruleId ?? message));
  }
  console.log(JSON.stringify(findings));
`;

type Rule = "no-restricted-imports" | "no-restricted-globals" | "no-restricted-properties" | "no-restricted-syntax";

/** Where, what, and the rule that forbids it there; undefined where it is allowed. */
const SAMPLES: readonly (readonly [path: string, code: string, rule: Rule | undefined])[] = [
  ["src/core/wire/sample.ts", 'import { a } from "./bytes.ts"; a();', undefined],
  ["src/core/wire/sample.ts", 'import { a } from "../binding/bus.ts"; a();', "no-restricted-imports"],
  ["src/core/wire/sample.ts", 'import { a } from "node:zlib"; a();', "no-restricted-imports"],
  ["src/core/binding/sample.ts", 'import { a } from "../wire/bytes.ts"; a();', undefined],
  ["src/core/binding/sample.ts", 'import { a } from "../mctp/packet.ts"; a();', "no-restricted-imports"],
  [
    "src/core/binding/sample.ts",
    'import type { A } from "../platform/port.ts"; export type B = A;',
    "no-restricted-imports",
  ],
  ["src/core/mctp/sample.ts", 'import { a } from "./packet.ts"; a();', undefined],
  ["src/core/mctp/sample.ts", 'import { a } from "../binding/bus.ts"; a();', "no-restricted-imports"],
  ["src/core/mctp/control/sample.ts", 'import { a } from "../packet.ts"; a();', undefined],
  ["src/core/mctp/control/sample.ts", 'import { a } from "../../wire/bytes.ts"; a();', undefined],
  ["src/core/mctp/control/sample.ts", 'import { a } from "../../binding/bus.ts"; a();', "no-restricted-imports"],
  ["host/role/procedures.ts", 'import { a } from "../../src/core/binding/bus.ts"; a();', undefined],
  ["host/role/procedures.ts", 'import { a } from "./start-up.ts"; a();', undefined],
  ["host/role/procedures.ts", 'import { a } from "../platform.ts"; a();', "no-restricted-imports"],
  ["host/role/procedures.ts", 'import { a } from "../../src/core/mctp/packet.ts"; a();', "no-restricted-imports"],
  ["bmc/role/procedures.ts", 'import { a } from "../../host/role/state.ts"; a();', "no-restricted-imports"],
  ["bmc/role/procedures.ts", 'import { a } from "node:fs"; a();', "no-restricted-imports"],
  ["host/agent.ts", 'import { a } from "../src/agent/agent.ts"; a();', undefined],
  ["host/agent.ts", 'import { a } from "../bmc/agent.ts"; a();', "no-restricted-imports"],
  ["host/platform/sample.ts", 'import { a } from "../../bmc/agent.ts"; a();', "no-restricted-imports"],
  ["bmc/agent.ts", 'export { a } from "../host/agent.ts";', "no-restricted-imports"],
  ["bmc/agent.ts", 'import { a } from "../src/cli/main.ts"; a();', "no-restricted-imports"],
  ["src/platform/sample.ts", 'import { a } from "../node/port-bus.ts"; a();', "no-restricted-imports"],
  ["src/node/sample.ts", 'import { a } from "../platform/port.ts"; a();', undefined],
  ["src/node/sample.ts", 'import { a } from "../agent/agent.ts"; a();', "no-restricted-imports"],
  ["src/core/spec/sample.ts", 'import { a } from "./document.ts"; a();', undefined],
  ["src/core/spec/sample.ts", 'import { a } from "../binding/counters.ts"; a();', "no-restricted-imports"],
  ["src/core/pldm/sample.ts", 'import { a } from "../mctp/message.ts"; a();', undefined],
  ["src/core/pldm/sample.ts", 'import { a } from "../binding/layout.ts"; a();', "no-restricted-imports"],
  ["src/core/pldm/sample.ts", "export const a = (): number => Date.now();", "no-restricted-globals"],
  ["src/core/decode/sample.ts", 'import { a } from "../binding/layout.ts"; a();', undefined],
  ["src/core/decode/sample.ts", 'import { a } from "../agent/echo.ts"; a();', "no-restricted-imports"],
  ["src/api/sample.ts", 'import { a } from "../../host/role/side.ts"; a();', "no-restricted-imports"],
  ["src/agent/sample.ts", 'import { a } from "../../host/role/side.ts"; a();', "no-restricted-imports"],
  ["src/new-folder/sample.ts", 'import { a } from "../../host/role/side.ts"; a();', "no-restricted-imports"],
  [
    "src/cli/sample.ts",
    'import { a } from "../../host/role/side.ts"; import { b } from "../../bmc/role/side.ts"; a(b);',
    undefined,
  ],
  ["src/core/binding/sample.ts", "export const a = (): number => Math.max(1, 2);", undefined],
  ["src/core/binding/sample.ts", "export const a = (): number => Math.random();", "no-restricted-properties"],
  ["src/core/mctp/sample.ts", "export const a = (): number => Date.now();", "no-restricted-globals"],
  ["src/core/wire/sample.ts", "export const a = (): number => performance.now();", "no-restricted-globals"],
  ["host/role/state.ts", "export const a = (): unknown => process.env;", "no-restricted-globals"],
  ["host/role/start-up.ts", "export const a = (): unknown => setTimeout(() => undefined, 1);", "no-restricted-globals"],
  ["bmc/role/state.ts", 'export const a = (): void => console.log("a");', "no-restricted-globals"],
  ["bmc/role/side.ts", "export const a = (): unknown => Promise.resolve();", "no-restricted-globals"],
  ["src/core/mctp/sample.ts", "export const a = async (): Promise<void> => undefined;", "no-restricted-syntax"],
  ["src/core/mctp/sample.ts", "export type A = Promise<void>;", "no-restricted-syntax"],
  ["src/node/sample.ts", "export const a = async (): Promise<number> => Date.now() + Math.random();", undefined],
  ["test/sample.test.ts", 'test.only("a", () => undefined);', "no-restricted-properties"],
];

describe("lint", () => {
  let findings: readonly (readonly string[])[] = [];

  beforeAll(() => {
    const input = JSON.stringify(SAMPLES.map(([path, code]) => ({ path, code })));
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", LINT], {
      cwd: PROJECT,
      encoding: "utf8",
      input,
    });
    if (stdout === "") throw new Error(stderr);
    findings = JSON.parse(stdout) as readonly (readonly string[])[];
  }, 60_000);

  test.each(SAMPLES.map((sample, index) => [...sample, index] as const))(
    "%s: %s -> %s",
    (_path, _code, rule, index) => {
      expect([...new Set(findings[index])]).toEqual(rule === undefined ? [] : [rule]);
    },
  );
});
