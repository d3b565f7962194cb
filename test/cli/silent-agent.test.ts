import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { Sandbox, finish, pause, type AgentProcess, type Finished } from "../support/processes.ts";

/** The tools give an agent five seconds, beside their own start. */
const LIMIT_MILLISECONDS = 15_000;

let sandbox: Sandbox;
let bmc: AgentProcess;
beforeAll(async () => {
  sandbox = new Sandbox();
  bmc = await sandbox.agent("bmc");
});
afterAll(() => sandbox.dispose());

async function run(...args: readonly string[]): Promise<Finished> {
  return finish(await sandbox.launch(args), LIMIT_MILLISECONDS);
}

describe("an agent that is stopped", () => {
  test("no tool waits for it for ever; each says what to look at", async () => {
    process.kill(bmc.pid, "SIGSTOP");
    try {
      const all = await Promise.all(
        [
          ["status"],
          ["ping", "-c", "1"],
          ["request", "--type", "0", "--hex", "80 02"],
          ["control", "get-eid"],
          ["endpoints"],
          ["send-file", process.execPath],
        ].map((args) => run(...args, "--control", bmc.control)),
      );
      for (const { code, overdue, stdout, stderr } of all) {
        expect({ code, overdue, stdout, stderr }).toEqual({
          code: 1,
          overdue: false,
          stdout: "",
          stderr: expect.stringMatching(
            /^mctp-lpc: the agent at .*bmc\.sock does not answer: it may be stopped or hung; .*board show/,
          ),
        });
      }
    } finally {
      process.kill(bmc.pid, "SIGCONT");
    }
  });

  test("status shows the others all the same", async () => {
    const place = ["-p", `shm:${sandbox.path("two")}`, "--until-eof"];
    const [stopped, working] = [
      await sandbox.launch(["bmc", "run", ...place]),
      await sandbox.launch(["host", "run", ...place]),
    ];
    await Promise.all([once(stopped.stdout!, "data"), once(working.stdout!, "data")]);
    while ((JSON.parse((await sandbox.run("status", "--json")).stdout || "[]") as unknown[]).length < 2)
      await pause(20);
    stopped.kill("SIGSTOP");
    try {
      const { code, stdout, stderr } = await run("status");
      expect(code).toBe(1);
      expect(stdout).toMatch(/^host on /);
      expect(stdout).not.toMatch(/^BMC on /m);
      expect(stderr).toMatch(/^mctp-lpc: the agent at .* does not answer/);
    } finally {
      stopped.kill("SIGCONT");
    }
  });
});
