/** What users get wrong with interfaces of the kernel: a sentence each, and nothing is left. */
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { Sandbox, type Finished } from "../support/processes.ts";
import { testUnless } from "../support/tools.ts";
import { isThere } from "./support/interfaces.ts";
import { whyNoMctp } from "./support/mctp-socket.ts";

const missing = whyNoMctp();
const kernelTest = testUnless(missing);

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(async () => {
  await sandbox.dispose();
});

function run(side: "host" | "bmc", ...words: readonly string[]): Promise<Finished> {
  return sandbox.run(side, "run", "--platform", `shm:${sandbox.path("board")}`, ...words);
}

describe("an interface that cannot be had", () => {
  kernelTest("a name that another program has", async () => {
    const first = await sandbox.bareAgent("bmc", "--link", "tun:mctptest2");
    await first.line(/control socket/);
    const second = await sandbox.run(
      "bmc",
      "run",
      "--platform",
      `shm:${sandbox.path("other")}`,
      "--link",
      "tun:mctptest2",
    );
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("there is an interface of this name; name another, or end the program that has it");
    expect(isThere("mctptest2")).toBe(true);
    await first.end("SIGKILL");
    expect(isThere("mctptest2")).toBe(false);
  });

  kernelTest("without the rights", async () => {
    const { code, stderr } = await run("bmc", "--link", "tun:mctptest3", "--user", "nobody");
    expect(code).toBe(1);
    expect(stderr).toContain("needs the capability CAP_NET_ADMIN");
    expect(isThere("mctptest3")).toBe(false);
  });

  kernelTest("an EID that the host's bus owner did not give", async () => {
    const bmc = await sandbox.agent("bmc");
    const host = await sandbox.agent("host", "--link", "tun:mctptest4,eid=200", "--link-eids", "4");
    await host.line(
      /^The kernel has no EID on tun:mctptest4: EID 200 is none of those that the bus owner gave this agent/,
    );
    await Promise.all([host.end("SIGTERM"), bmc.end("SIGTERM")]);
  });
});
