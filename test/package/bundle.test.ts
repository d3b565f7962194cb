/** `mctp-lpc/core` for browsers: a bundler takes it without a module of Node, and it works where there is nothing of Node. */
import { expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { PROJECT } from "./installed.ts";

/** Jest's realms are not for esbuild, so that a process of its own bundles, and then runs the bundle in an empty world. */
const BUNDLE = `
  import { createContext, runInContext } from "node:vm";
  import { build } from "esbuild";
  const { outputFiles, metafile } = await build({
    entryPoints: [process.argv[1]],
    bundle: true,
    platform: "browser",
    format: "iife",
    globalName: "core",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const world = createContext({});
  runInContext(outputFiles[0].text, world);
  const told = runInContext(\`
    const side = core.createHostSide({}, core.createPacketMemory());
    const bus = new core.ScriptedBus();
    const { suspended } = bus.run({ length: 0, answer: () => 0 }, (scripted) => side.service(scripted, 0));
    JSON.stringify({ step: suspended.step, node: typeof process + typeof Buffer + typeof require });
  \`, world);
  console.log(JSON.stringify({ inputs: Object.keys(metafile.inputs), ...JSON.parse(told) }));
`;

test("mctp-lpc/core bundles for a browser and runs in one", () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", BUNDLE, join(PROJECT, "src", "core.ts")],
    { cwd: PROJECT, encoding: "utf8" },
  );
  expect(stderr).toBe("");
  const { inputs, step, node } = JSON.parse(stdout) as { inputs: readonly string[]; step: string; node: string };
  expect(inputs.filter((path) => !/^(src\/core(\.ts$|\/)|(host|bmc)\/role\/)/.test(path))).toEqual([]);
  expect(inputs.length).toBeGreaterThan(50);
  expect(step).toBe("H0.1");
  expect(node).toBe("undefinedundefinedundefined");
}, 60_000);
