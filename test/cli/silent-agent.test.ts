import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { Sandbox, finish, pause, type Finished } from "../support/processes.ts";

/** The tools give an agent five seconds, beside their own start. */
const LIMIT_MILLISECONDS = 30_000;
const SILENT = /^mctp-lpc: the agent at .* does not answer: it may be stopped or hung; .*board show/;

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

async function run(...args: readonly string[]): Promise<Finished> {
  return finish(await sandbox.launch(args), LIMIT_MILLISECONDS);
}

describe("an agent that is stopped", () => {
  test("no tool waits for it for ever, each says what to look at; status shows the others", async () => {
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
      const tools = [["status"], ["send-file", process.execPath, "--agent", "bmc"]];
      const [status, file] = await Promise.all(tools.map((words) => run(...words)));
      expect(file).toMatchObject({ code: 1, overdue: false, stdout: "", stderr: expect.stringMatching(SILENT) });
      const { code, stdout, stderr, overdue } = status!;
      expect({ code, overdue }).toEqual({ code: 1, overdue: false });
      expect(stdout).toMatch(/^host on /);
      expect(stdout).not.toMatch(/^BMC on /m);
      expect(stderr).toMatch(SILENT);
    } finally {
      stopped.kill("SIGCONT");
    }
  });
});
