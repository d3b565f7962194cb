/** What profiles of deployed hosts set: the same in the table of the source, in the help and in Annex A. */
import { describe, expect, test } from "@jest/globals";
import { Command } from "commander";
import { addBusOwnerOptions, applyHostProfile } from "../../bmc/bus-owner-options.ts";
import { bmcCommand } from "../../bmc/cli.ts";
import { DEPLOYED_HOST_MTU, HOST_PROFILES, HOST_PROFILE_NAMES } from "../../bmc/host-profiles.ts";
import { addRunOptions } from "../../src/agent/run-options.ts";
import { eid } from "../../src/core/wire/units.ts";
import { cellOf, readSpecification, tableOf } from "../project/tables.ts";

/** `discover` and `mtu` as a command line brings them about. */
function applied(...options: readonly string[]): readonly unknown[] {
  const command = addBusOwnerOptions(addRunOptions(new Command("run"), "bmc", eid(8)));
  command.parse(["--platform", "shm:/board", ...options], { from: "user" });
  const { discover, mtu } = applyHostProfile(command, command.opts());
  return [discover, mtu];
}

function helpText(): string {
  let text = "";
  const run = bmcCommand().commands.find((command) => command.name() === "run");
  run?.configureOutput({ writeOut: (part) => (text += part) });
  run?.outputHelp();
  return text;
}

describe("--host-profile", () => {
  test.each(HOST_PROFILE_NAMES)("%s sets what the table says", (name) => {
    const { discover, mtu } = HOST_PROFILES[name];
    expect(applied("--host-profile", name)).toEqual([discover, mtu]);
  });

  test("without one, and with the standard one, the defaults hold", () => {
    expect([applied(), applied("--host-profile", "standard")]).toEqual([
      ["announced", "largest"],
      ["announced", "largest"],
    ]);
  });

  test("an option that is given wins, be it the default", () => {
    expect(applied("--host-profile", "hostboot", "--discover", "announced")).toEqual(["announced", "largest"]);
    expect(applied("--discover", "always", "--host-profile", "hostboot", "--mtu", "4096")).toEqual(["always", 4096]);
    expect(applied("--host-profile", "libmctp", "--no-discovery")).toEqual(["never", "largest"]);
    expect(applied("--host-profile", "edk2", "--mtu", "largest")).toEqual(["always", "largest"]);
  });

  test("LPC-MTU-3: hosts that need an MTU of 32768 get no smaller one by their profile", () => {
    for (const name of ["hostboot", "skiboot"] as const) {
      const { mtu } = HOST_PROFILES[name];
      expect(mtu === "largest" ? DEPLOYED_HOST_MTU : mtu).toBeGreaterThanOrEqual(DEPLOYED_HOST_MTU);
    }
  });
});

describe("the table of profiles", () => {
  const inSource = HOST_PROFILE_NAMES.map((name) => {
    const { discover, mtu, because } = HOST_PROFILES[name];
    return { name, discover, mtu: String(mtu), because };
  });

  test("is printed by bmc run --help", () => {
    const [, text = ""] = /\nHost profiles[^\n]*\n([^]*?)\n\n/.exec(helpText()) ?? [];
    const printed = [...text.matchAll(/^ {2}(\w+) +--discover (\w+) --mtu (\w+)\n +(.+)$/gm)].map(
      ([, name, discover, mtu, because]) => ({ name, discover, mtu, because }),
    );
    expect(printed).toEqual(inSource);
  });

  test("is in Annex A", () => {
    const rows = tableOf(readSpecification("annex-open-points.md"), "profile", "--discover", "--mtu", "because");
    const told = rows.map((row) => ({
      name: cellOf(row, "profile"),
      discover: cellOf(row, "--discover"),
      mtu: cellOf(row, "--mtu"),
      because: cellOf(row, "because"),
    }));
    expect(told).toEqual(inSource);
  });
});
