/** Every mistake that a side can break a rule with fails at least one vector, or the list says why none can. */
import { expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT } from "../project/requirements.ts";

const LIMIT_MILLISECONDS = 1_200_000;

test(
  "the vectors find what spec/vectors/mistakes.md says that they find",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "mctp-lpc-vectors-"));
    try {
      const page = join(folder, "mistakes.md");
      const program = join(PROJECT, "dist", "test", "mutation", "main.js");
      const args = [program, "--vectors", "--markdown", page];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        encoding: "utf8",
        timeout: LIMIT_MILLISECONDS,
      });
      expect({ status, stderr, wrong: /^wrong +(.*)$/m.exec(stdout)?.[1] }).toEqual({
        status: 0,
        stderr: "",
        wrong: "none",
      });
      expect(readFileSync(page, "utf8")).toBe(readFileSync(join(PROJECT, "spec", "vectors", "mistakes.md"), "utf8"));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  LIMIT_MILLISECONDS,
);
