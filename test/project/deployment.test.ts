/** The units, rules and drop-ins of docs/examples/deploy fit each other, the program and systemd; a proof runs them. */
import { describe, expect, test } from "@jest/globals";
import type { Command } from "commander";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createProgram } from "../../src/cli/program.ts";
import { PROJECT, Sandbox } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";

const EXAMPLES = join(PROJECT, "docs", "examples", "deploy");
const FILES = readdirSync(EXAMPLES).sort();
const textOf = (name: string): string => readFileSync(join(EXAMPLES, name), "utf8");
const SERVICES = FILES.filter((name) => name.endsWith(".service"));
/** Drop-ins, and the unit that each is for. */
const DROP_INS = { "bmc-aspeed-mem.conf": "mctp-lpc-bmc.service", "host-x86.conf": "mctp-lpc-host.service" } as const;
const USER = "mctp-lpc";

/** Exposure as `systemd-analyze security` counts it, 0 (none) to 100: what each needs, and no more. */
const LARGEST_EXPOSURE: Readonly<Record<string, number>> = { "mctp-lpc-bmc.service": 10, "mctp-lpc-host.service": 18 };

/** The values of a setting, in their order. */
function settings(text: string, name: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

/** The words of a unit's command line, with its variables put in. */
function words(text: string): readonly string[] {
  const variables = new Map(
    settings(text, "Environment").flatMap((line) =>
      [...line.matchAll(/"([A-Z]+)=([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value] as const),
    ),
  );
  const line = settings(text, "ExecStart").at(-1)!;
  const put = line.replaceAll(/\$\{?([A-Z]+)\}?/g, (_all, name: string) => variables.get(name)!);
  return put.replaceAll("%t", "/run").replaceAll("%S", "/var/lib").split(/ +/).filter(Boolean);
}

/** The command that the words call. */
async function commandOf(given: readonly string[]): Promise<Command> {
  const program = await createProgram(given);
  return given.slice(0, 2).reduce((at, word) => at.commands.find((command) => command.name() === word)!, program);
}

describe("the examples for deploying", () => {
  test("are those that are described", () => {
    const page = readFileSync(join(PROJECT, "docs", "deploying.md"), "utf8");
    expect(FILES.filter((name) => !page.includes(`examples/deploy/${name})`))).toEqual([]);
    const named = [...page.matchAll(/examples\/deploy\/([^)]+)\)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !FILES.includes(name))).toEqual([]);
  });

  test.each(FILES.filter((name) => textOf(name).includes("ExecStart=/")))(
    "%s starts the program with options that it has",
    async (name) => {
      const [program, ...given] = words(textOf(name));
      expect(program).toBe("/usr/bin/mctp-lpc");
      const { options } = await commandOf(given);
      const used = given.filter((word) => word.startsWith("--"));
      expect(used).toContain("--platform");
      expect(used.filter((flag) => !options.some(({ long }) => long === flag))).toEqual([]);
    },
  );

  test("use one user and one group, which the other files make", () => {
    expect(textOf("mctp-lpc.sysusers.conf")).toMatch(new RegExp(`^u ${USER} `, "m"));
    for (const [, user] of textOf("mctp-lpc.tmpfiles.conf").matchAll(/^d \S+ \d+ (\S+ \S+) /gm)) {
      expect(user).toBe(`${USER} ${USER}`);
    }
    const bmc = textOf("mctp-lpc-bmc.service");
    expect([settings(bmc, "User"), settings(bmc, "Group")]).toEqual([[USER], [USER]]);
    const rules = [...textOf("70-mctp-lpc.rules").matchAll(/^KERNEL=="([^"]+)", GROUP="([^"]+)", MODE="0660"$/gm)];
    expect(rules.map(([, node = "", group = ""]) => [`/dev/${node} rw`, group])).toEqual(
      settings(bmc, "DeviceAllow").map((node) => [node, USER]),
    );
    for (const name of ["mctp-lpc-host.service", "bmc-aspeed-mem.conf"]) {
      const given = words(textOf(name));
      expect(given[given.indexOf("--user") + 1]).toBe(USER);
      // What the unit does not make itself is there, and may be written.
      const made = [...textOf("mctp-lpc.tmpfiles.conf").matchAll(/^d (\S+) /gm)].map(([, path]) => path);
      for (const flag of ["--inbox"]) expect(made).toContain(given[given.indexOf(flag) + 1]);
      expect(settings(textOf(name), "ReadWritePaths")).toEqual(["/run/mctp-lpc /var/lib/mctp-lpc"]);
    }
  });

  needsTool("systemd-analyze")("are units without a mistake that systemd knows of, drop-ins included", async () => {
    const sandbox = new Sandbox();
    try {
      for (const name of SERVICES) {
        writeFileSync(sandbox.path(name), textOf(name).replaceAll("/usr/bin/mctp-lpc", process.execPath));
      }
      const verified = (): string => {
        const { status, stdout, stderr } = spawnSync(
          "systemd-analyze",
          ["verify", "--man=no", "--recursive-errors=no", ...SERVICES.map((name) => sandbox.path(name))],
          { encoding: "utf8", env: sandbox.environment() },
        );
        return `${String(status)} ${stdout}${stderr}`;
      };
      expect(verified()).toBe("0 ");
      for (const [name, unit] of Object.entries(DROP_INS)) {
        mkdirSync(sandbox.path(`${unit}.d`));
        const text = textOf(name).replaceAll("/usr/bin/mctp-lpc", process.execPath);
        writeFileSync(join(sandbox.path(`${unit}.d`), name), text);
      }
      expect(verified()).toBe("0 ");
      writeFileSync(sandbox.path(SERVICES[0]!), "[Service]\nExecStart=/bin/true\nProtectSistem=strict\n");
      expect(verified()).toContain("ProtectSistem");
    } finally {
      await sandbox.dispose();
    }
  });

  needsTool("systemd-analyze")("leave open what agents need, and nothing more", async () => {
    for (const name of SERVICES) {
      const most = LARGEST_EXPOSURE[name]!;
      const exposed = (threshold: number): number | null =>
        spawnSync(
          "systemd-analyze",
          ["security", "--offline=true", "--no-pager", `--threshold=${String(threshold)}`, join(EXAMPLES, name)],
          { stdio: "ignore" },
        ).status;
      expect([name, exposed(most)]).toEqual([name, 0]);
      // A setting that is lost would raise it by more than this.
      expect([name, exposed(most - 2)]).not.toEqual([name, 0]);
    }
    await Promise.resolve();
  });
});
