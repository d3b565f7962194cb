/** docs/man: one page for each command, without a mistake that groff knows of, and all of them in the package. */
import { expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS } from "../../src/cli/commands.ts";
import { roff, roffLine } from "../../spec/generator/man/roff.ts";
import { PROJECT } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";

const FOLDER = join(PROJECT, "docs", "man");
const PAGES = readdirSync(FOLDER).sort();

test("there is a page for the program and for each command, and npm links all of them", () => {
  expect(PAGES).toEqual(
    ["mctp-lpc", ...Object.keys(COMMANDS).map((name) => `mctp-lpc-${name}`)].map((name) => `${name}.1`).sort(),
  );
  const { man, files } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as {
    readonly man: readonly string[];
    readonly files: readonly string[];
  };
  expect([...man].sort()).toEqual(PAGES.map((name) => `./docs/man/${name}`));
  expect(files).toContain("docs/man");
});

test("no text is a request, and none has a character that is not ASCII", () => {
  expect(roffLine(".so /etc/passwd")).toBe("\\&.so /etc/passwd");
  expect(roffLine("'quoted'")).toBe("\\(aqquoted\\(aq");
  expect(roff("a\\b … --x")).toBe("a\\eb \\[u2026] \\-\\-x");
  for (const page of PAGES) expect(readFileSync(join(FOLDER, page), "utf8")).toMatch(/^[\n -~]*$/);
});

needsTool("groff")("groff warns of nothing, and shows the options of a command", () => {
  for (const page of PAGES) {
    const { status, stderr } = spawnSync("groff", ["-man", "-ww", "-z", "-Tutf8", join(FOLDER, page)], {
      encoding: "utf8",
    });
    expect([page, status, stderr]).toEqual([page, 0, ""]);
  }
  const { stdout } = spawnSync("groff", ["-man", "-Tascii", "-P-cbou", join(FOLDER, "mctp-lpc-ping.1")], {
    encoding: "utf8",
  });
  expect(stdout).toMatch(/NAME\n +mctp-lpc-ping - time echo messages between the agents\n/);
  expect(stdout).toContain("-a, --agent <side>");
});
