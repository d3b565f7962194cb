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

/** An import of this module, in this file, and whether it is allowed there. */
const IMPORTS: readonly (readonly [path: string, module: string, isAllowed: boolean])[] = [
  ["src/core/wire/sample.ts", "./bytes.ts", true],
  ["src/core/wire/sample.ts", "../binding/bus.ts", false],
  ["src/core/wire/sample.ts", "node:zlib", false],
  ["src/core/binding/sample.ts", "../wire/bytes.ts", true],
  ["src/core/binding/sample.ts", "../mctp/packet.ts", false],
  ["src/core/mctp/sample.ts", "../binding/bus.ts", false],
  ["src/core/mctp/control/sample.ts", "../packet.ts", true],
  ["src/core/mctp/control/sample.ts", "../../binding/bus.ts", false],
  ["src/core/spec/sample.ts", "../binding/counters.ts", false],
  ["src/core/pldm/sample.ts", "../mctp/message.ts", true],
  ["src/core/pldm/sample.ts", "../binding/layout.ts", false],
  ["src/core/decode/sample.ts", "../binding/layout.ts", true],
  ["src/core/decode/sample.ts", "../agent/echo.ts", false],
  ["host/role/procedures.ts", "../../src/core/binding/bus.ts", true],
  ["host/role/procedures.ts", "../../src/core/mctp/packet.ts", false],
  ["host/role/procedures.ts", "../platform.ts", false],
  ["bmc/role/procedures.ts", "../../host/role/state.ts", false],
  ["bmc/role/procedures.ts", "node:fs", false],
  ["host/agent.ts", "../src/agent/agent.ts", true],
  ["host/agent.ts", "../bmc/agent.ts", false],
  ["host/platform/sample.ts", "../../bmc/agent.ts", false],
  ["bmc/agent.ts", "../src/cli/main.ts", false],
  ["src/platform/sample.ts", "../node/port-bus.ts", false],
  ["src/node/sample.ts", "../platform/port.ts", true],
  ["src/node/sample.ts", "../agent/agent.ts", false],
  ["src/api/sample.ts", "../../host/role/side.ts", false],
  ["src/new-folder/sample.ts", "../../host/role/side.ts", false],
  ["src/cli/sample.ts", "../../host/role/side.ts", true],
];

/** Other code, and the rule that forbids it there; undefined where it is allowed. */
const CODE: readonly (readonly [path: string, code: string, rule: Rule | undefined])[] = [
  ["src/core/binding/sample.ts", "export const a = (): number => Math.max(1, 2);", undefined],
  ["src/core/binding/sample.ts", "export const a = (): number => Math.random();", "no-restricted-properties"],
  ["src/core/mctp/sample.ts", "export const a = (): number => Date.now();", "no-restricted-globals"],
  ["host/role/state.ts", "export const a = (): unknown => process.env;", "no-restricted-globals"],
  ["bmc/role/side.ts", "export const a = (): unknown => Promise.resolve();", "no-restricted-globals"],
  ["src/core/mctp/sample.ts", "export const a = async (): Promise<void> => undefined;", "no-restricted-syntax"],
  ["src/node/sample.ts", "export const a = async (): Promise<number> => Date.now() + Math.random();", undefined],
  ["test/sample.test.ts", 'test.only("a", () => undefined);', "no-restricted-properties"],
];

const SAMPLES: typeof CODE = [
  ...IMPORTS.map(
    ([path, module, isAllowed]) =>
      [path, `import { a } from "${module}"; a();`, isAllowed ? undefined : "no-restricted-imports"] as const,
  ),
  ...CODE,
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
