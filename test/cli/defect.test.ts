import { expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PROJECT } from "../support/processes.ts";

const DEFECT = pathToFileURL(join(PROJECT, "dist", "src", "cli", "defect.js")).href;
const HOSTILE = "\u001b[2J\u202e\n    at evil (evil.js:1:1)\nmctp-lpc: all is well";

test.each([
  ["thrown where no command catches it", `setImmediate(() => { throw new TypeError(text); });`, "TypeError: "],
  ["of a promise that nothing waits for", `void Promise.reject(new Error(text));`, "Error: "],
  ["that is no error", `setImmediate(() => { throw text; });`, ""],
])("a defect %s is told on a line, then its stack, and forges none", (_name, code, kind) => {
  const program = `import { watchDefects } from ${JSON.stringify(DEFECT)};
    const text = ${JSON.stringify(HOSTILE)};
    watchDefects();
    ${code}
    setTimeout(() => process.exit(0), 10_000);`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    timeout: 60_000,
  });
  const [first, ...frames] = stderr.trimEnd().split("\n");
  const shown = "<1b>[2J<202e><0a>    at evil (evil.js:1:1)<0a>mctp-lpc: all is well";
  expect({ status, stdout, first }).toEqual({ status: 1, stdout: "", first: `mctp-lpc: ${kind}${shown}` });
  for (const frame of frames) expect(frame).toMatch(/^ {4}at (?!evil)/);
  expect(frames.length > 0).toBe(kind !== "");
});
