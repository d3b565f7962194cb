/** The recipe of docs/yocto: what it names is there, its checksum is that of the licence, its shell code is valid. */
import { describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../support/processes.ts";

const FOLDER = join(PROJECT, "docs", "yocto");
const { version, license } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as {
  readonly version: string;
  readonly license: string;
};
const recipe = readFileSync(join(FOLDER, `mctp-lpc_${version}.bb`), "utf8");
/** What `npm pack` and `npm install` make, as the page beside the recipe says. */
const MADE = [`mctp-lpc-${version}.tgz`, "node_modules.tar.gz"];

describe("the recipe", () => {
  test("is the only one, of this version and licence", () => {
    expect(readdirSync(FOLDER).filter((name) => name.endsWith(".bb"))).toEqual([`mctp-lpc_${version}.bb`]);
    expect(recipe).toContain(`LICENSE = "${license}"`);
    const [, file = "", sum] = /file:\/\/([^;]+);md5=([0-9a-f]{32})"/.exec(recipe) ?? [];
    expect(
      createHash("md5")
        .update(readFileSync(join(PROJECT, file)))
        .digest("hex"),
    ).toBe(sum);
  });

  test("takes files that there are, and installs each of them", () => {
    const taken = [...recipe.matchAll(/file:\/\/([^;"\s\\]+)/g)]
      .map(([, name = ""]) => name.replace("${PV}", version))
      .filter((name) => name !== "LICENSE");
    expect(taken).toEqual(expect.arrayContaining(MADE));
    const page = readFileSync(join(FOLDER, "README.md"), "utf8");
    for (const name of taken) {
      expect(page).toContain(name);
      if (MADE.includes(name)) continue;
      expect([name, existsSync(join(PROJECT, "docs", "examples", "deploy", name))]).toEqual([name, true]);
      expect(recipe).toContain(`\${WORKDIR}/${name} `);
    }
  });

  test("installs the program where the unit calls it, and depends on Node.js", () => {
    const [, target = ""] = /ln -s (\S+) \$\{D\}\$\{bindir\}\/mctp-lpc\n/.exec(recipe) ?? [];
    expect(existsSync(join(PROJECT, target.replace("../lib/mctp-lpc/", "")))).toBe(true);
    const unit = readFileSync(join(PROJECT, "docs/examples/deploy/mctp-lpc-bmc.service"), "utf8");
    expect(unit).toContain("ExecStart=/usr/bin/mctp-lpc bmc run");
    expect(recipe).toMatch(/^RDEPENDS:\$\{PN\} = "nodejs"$/m);
  });

  test("its do_install is valid shell code, and needs nothing that the recipe removes", () => {
    const [, body = ""] = /^do_install\(\) \{\n([^]*?)\n\}$/m.exec(recipe) ?? [];
    expect(body).not.toBe("");
    expect(spawnSync("sh", ["-n"], { input: body, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    expect(/rm -rf (.*)/.exec(body)?.[1]).not.toContain("dist/bin");
  });
});
