/** Agents that misbehave, as programs on a board: what they say, what their traces show, and what the other one says. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Sandbox } from "../../support/processes.ts";
import { runHere } from "../../cli/run-here.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

describe("an agent that misbehaves", () => {
  test("says so, counts it, shows it in its trace, and comes back from its restart", async () => {
    const [trace, control] = [sandbox.path("bmc.jsonl"), sandbox.path("host.jsonl")];
    const bmc = await sandbox.agent("bmc", "--trace", trace, "--misbehave", "wrong-crc@1,restart:200@2");
    const host = await sandbox.agent("host", "--trace", control);
    expect(bmc.matching(/misbehaves on purpose/)).toEqual([
      expect.stringContaining(
        "this BMC misbehaves on purpose (--misbehave): wrong-crc@1 breaks LPC-BUF-3, restart:200@2 breaks LPC-BMC-7",
      ),
    ]);
    await bmc.until(({ misbehaviour }) => misbehaviour?.done.every(({ times }) => times === 1) === true);
    await host.line(/session 2/);
    const pinged = await runHere(sandbox, "ping", "--control", host.control, "--count", "3");
    expect(pinged).toMatchObject({ code: 0 });
    const { stdout } = await runHere(sandbox, "status", "--control", bmc.control);
    expect(stdout).toContain(
      "  misbehaves on purpose (--misbehave)\n    wrong-crc@1 (LPC-BUF-3): 1 time\n    restart:200@2 (LPC-BMC-7): 1 time\n",
    );
    expect(
      bmc.matching(/misbehaved on purpose: (wrong-crc@1 \(LPC-BUF-3\)|restart:200@2 \(LPC-BMC-7\)), 1 time so far/),
    ).toHaveLength(2);
    expect(bmc.matching(/fault of this program/)).toEqual([]);
    expect(host.matching(/the BMC broke/)).toEqual([expect.stringContaining("the BMC broke LPC-BUF-3")]);
    expect((await bmc.status()).bus.findings.filter(({ side }) => side === "host")).toEqual([]);
    await Promise.all([host.endInput(), bmc.endInput()]);
    const judged = await runHere(sandbox, "trace", "judge", "--json", control, trace);
    const findings = judged.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; requirement?: string; side?: string })
      .filter(({ kind }) => kind === "finding");
    expect(findings.map(({ requirement, side }) => [requirement, side])).toEqual([["LPC-BUF-3", "bmc"]]);
  });

  test("stops at once, though it hangs, and accuses no host of fields that it wrote itself", async () => {
    const bmc = await sandbox.agent(
      "bmc",
      "-p",
      `shm:${sandbox.path("other")}`,
      "--misbehave",
      "hang:3600000,foreign-field",
    );
    const host = await sandbox.agent("host", "-p", `shm:${sandbox.path("other")}`);
    await bmc.line(/misbehaved on purpose: hang:3600000/);
    expect(bmc.matching(/misbehaved on purpose: foreign-field/)).toHaveLength(1);
    expect((await bmc.status()).bus.findings.filter(({ side }) => side === "host")).toEqual([]);
    await bmc.endInput();
    await host.line(/BMC cleared BMC Active/);
    await host.endInput();
  });
});

describe("the command line", () => {
  test("list and help print what there is, without a platform", async () => {
    for (const word of ["list", "help"]) {
      const { code, stdout, stderr } = await runHere(sandbox, "host", "run", "--misbehave", word);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/^Misbehaviours of a host.*\n[^]*\n {2}no-close\n/);
    }
  });

  test.each<readonly [words: readonly string[], says: string]>([
    [["--misbehave", "no-clse"], "did you mean no-close?"],
    [["--misbehave-seed", "4"], "--misbehave-seed is for --misbehave"],
    [["--destructive"], "--destructive is for --misbehave"],
    [["--misbehave", "no-close", "--misbehave-seed", "4294967296"], "Give a whole number from 0 to 4294967295."],
    [["-p", "powernv:", "--misbehave", "no-close"], "add --destructive"],
  ])("%j is refused", async (words, says) => {
    const board = ["host", "run", "-p", `shm:${sandbox.path("none")}`, "--control", sandbox.path("none.sock")];
    const { code, stdout, stderr } = await runHere(sandbox, ...board, ...words);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(stderr).toContain(says);
  });
});
