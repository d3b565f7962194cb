/** `status`: of agents that are there, of one that is not, and again and again. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Sandbox, finish, pause, type AgentProcess } from "../support/processes.ts";
import { runHere } from "./run-here.ts";

let sandbox: Sandbox;
let host: AgentProcess;
let bmc: AgentProcess;
beforeAll(async () => {
  sandbox = new Sandbox();
  ({ host, bmc } = await sandbox.pair());
});
afterAll(() => sandbox.dispose());

/** Watches the host's agent until `words` were printed behind a ping; then Ctrl-C. */
async function watched(words: RegExp, ...options: readonly string[]): Promise<string> {
  const child = await sandbox.launch(["status", "--control", host.control, "--watch", "1", ...options]);
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => (text += part));
  while (text === "") await pause(20);
  await host.call("ping", { count: 3, interval: 0 });
  while (!words.test(text)) await pause(20);
  const ended = finish(child);
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 0, signal: null, stderr: "" });
  return text;
}

test("--watch in a pipe: the status once, then a block a change with the growth and rate of counters", async () => {
  const text = await watched(/packetsSent/);
  expect(text).toMatch(/^host on shm:.*\n {2}channel {4}up/);
  expect(text).toMatch(
    /\n\d\d:\d\d:\d\d host on shm:.*\n {2}sent .*\n {2}received .*\n {4}packetsSent +\+3 +\d+\.\d\/s\n/,
  );
  expect(text.match(/channel/g)).toHaveLength(1);
});

test("--watch --json: an array a line, where something has changed", async () => {
  const lines = (await watched(/\n[^]*\n/, "--json")).trimEnd().split("\n");
  const sent = lines.map((line) => (JSON.parse(line) as { counters: { binding: { packetsSent: number } } }[])[0]!);
  expect(sent[1]!.counters.binding.packetsSent - sent[0]!.counters.binding.packetsSent).toBe(3);
});

test("endpoints --watch: the list, then what has changed; with --json an array of endpoints a line", async () => {
  const watch = async (...options: readonly string[]): Promise<string> => {
    const child = await sandbox.launch(["endpoints", "--control", bmc.control, "--watch", "1", ...options]);
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (part: string) => (text += part));
    while (!text.includes("present") && !text.includes('"present"')) await pause(20);
    await bmc.call("assign", { eid: options.length === 0 ? 30 : 31 });
    while (text.split(/EID 3|"eid":3/).length < 2 + options.length) await pause(20);
    const ended = finish(child);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, signal: null, stderr: "" });
    return text;
  };
  expect(await watch()).toMatch(
    /^endpoints:\nEID 9 +present .*\n\d\d:\d\d:\d\d endpoints\nEID 30 +present .*\nEID 9 +not listed any more\n/,
  );
  const lines = (await watch("--json")).trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { eid: number }[]).map(({ eid }) => eid))).toEqual([[30], [31]]);
});

test("on a board without agents it names those that run, and how to choose", async () => {
  const own = await sandbox.launch(["host", "run", "-p", `shm:${sandbox.path("one")}`, "--until-eof"]);
  try {
    let found = await runHere(sandbox, "status");
    while (found.code !== 0) found = await runHere(sandbox, "status");
    const { code, stderr } = await runHere(sandbox, "status", "-p", "shm:/other");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `mctp-lpc: no agent on shm:/other is running; those of this user are: host on shm:${sandbox.path("one")}. Choose one with --platform and --agent\n`,
    });
  } finally {
    own.stdin?.end();
  }
});
