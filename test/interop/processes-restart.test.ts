import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { runHere } from "../cli/run-here.ts";
import { Sandbox, pause, within, type AgentProcess } from "../support/processes.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

const OTHER = { host: "bmc", bmc: "host" } as const;
/** An agent that waits for its peer stops without waiting: well below the patience of a file, 30 s. */
const STOP_LIMIT_MILLISECONDS = 10_000;
const NAME = { host: "host", bmc: "BMC" } as const;
/** What the other side says when a side has stopped in order. */
const FAREWELL = {
  host: /^Host closed the channel \(LPC-BMC-4\); waiting for it to open a new one$/,
  bmc: /^channel lost: the BMC cleared BMC Active: it stopped or restarts \(LPC-HOST-1, -9\); waiting for it to start$/,
} as const;

async function echoes(agent: AgentProcess): Promise<void> {
  expect(await agent.call("ping", { count: 3, interval: 0 })).toMatchObject({ answered: 3 });
}

describe("an agent that stops and comes back", () => {
  test.each([
    ["host", ["SIGTERM", "SIGHUP", "end of input"]],
    ["bmc", ["SIGINT"]],
  ] as const)(
    "the %s, by %j: loss and return are one line each at the other side; killed, it has left; back at once, it is as new",
    async (side, endings) => {
      const pair = await sandbox.pair();
      const survivor = pair[OTHER[side]];
      let leaving = pair[side];
      for (const ending of endings) {
        const goodbye = survivor.lines.length;
        const ended = ending === "end of input" ? leaving.endInput() : leaving.end(ending);
        expect(await ended).toEqual({ code: 0, signal: null });
        expect(leaving.lines.at(-1)).toBe(`stopping (${ending})`);
        expect(leaving.stderr).toBe("");
        expect(existsSync(leaving.control)).toBe(false);
        await survivor.line(FAREWELL[side], goodbye);
        expect(survivor.matching(/channel/, goodbye)).toHaveLength(1);

        const welcome = survivor.lines.length;
        leaving = await sandbox.agent(side);
        await Promise.all([survivor.line(/^channel up:/, welcome), leaving.line(/^channel up:/)]);
        const bmc = side === "bmc" ? leaving : survivor;
        await bmc.line(/^discovered/, side === "bmc" ? 0 : welcome);
        expect(survivor.matching(/channel/, welcome)).toHaveLength(1);
        await Promise.all([echoes(survivor), echoes(leaving)]);
      }
      expect(survivor.matching(/^channel up: version 3, MTU 524144/)).toHaveLength(1 + endings.length);
      expect(survivor.lines.at(-1)).not.toMatch(/lost/);

      // The board is looked at every second: that it leaves is told of one whose return was seen.
      const { uptimeSeconds: returned } = await survivor.status();
      await survivor.until(
        ({ peerAttached, uptimeSeconds }) => peerAttached === true && uptimeSeconds > returned + 2.5,
      );
      let mark = survivor.lines.length;
      await leaving.end("SIGKILL");
      await survivor.line(new RegExp(`^the ${NAME[side]} agent has left the board$`), mark);
      expect(await survivor.status()).toMatchObject({ peerAttached: false });
      leaving = await sandbox.agent(side);
      await survivor.line(new RegExp(`^the ${NAME[side]} agent is on the board$`), mark);
      await Promise.all([survivor.line(/^channel up:/, mark), leaving.line(/^channel up:/)]);

      await leaving.end("SIGTERM");
      mark = survivor.lines.length;
      const back = await sandbox.agent(side, "--mtu", "4096");
      await back.line(/^channel up: version 3, MTU 4096 \(session 1\)$/);
      await survivor.line(/^channel up: version 3, MTU 4096 /, mark);
      expect(survivor.matching(/^channel lost/, mark)).toHaveLength(0);
      // The bus owner discovers the host's endpoint meanwhile.
      await Promise.all([echoes(survivor), echoes(back)]);
    },
  );

  test.each(["host", "bmc"] as const)(
    "a %s alone on its board stops as readily, from its first line on",
    async (side) => {
      for (const line of [/control socket/, /^made the board/]) {
        rmSync(sandbox.path("board"), { force: true });
        const alone = await sandbox.bareAgent(side);
        await alone.line(line);
        expect(await within(STOP_LIMIT_MILLISECONDS, alone.end("SIGTERM"))).toEqual({ code: 0, signal: null });
        expect(readdirSync(sandbox.folder).sort()).toEqual(["board", "run", "tmp"]);
      }
    },
  );

  test("both stop: nothing but the board and what was received stays behind, and both come back on it", async () => {
    const { host, bmc } = await sandbox.pair("--trace", sandbox.path("trace"));
    await Promise.all([host.end("SIGTERM"), bmc.end("SIGTERM")]);
    expect(readdirSync(sandbox.folder).sort()).toEqual(["bmc-inbox", "board", "host-inbox", "run", "tmp", "trace"]);
    const again = await sandbox.pair();
    expect(again.bmc.matching(/^made the board/)).toHaveLength(0);
    await Promise.all([echoes(again.host), echoes(again.bmc)]);
  });
});

test("an agent stops as readily while a file waits for the channel to come back", async () => {
  const { host, bmc } = await sandbox.pair("--mtu", "64");
  const path = sandbox.path("waits.bin");
  writeFileSync(path, randomBytes(2 * 1024 * 1024));
  let sent = 0;
  const transfer = host.call("sendFile", { path }, () => sent++).catch((error: unknown) => error);
  while (sent === 0) await pause(1);
  const left = bmc.end("SIGTERM");
  await host.line(/^channel lost/);
  await pause(200);
  expect(await within(STOP_LIMIT_MILLISECONDS, host.end("SIGTERM"))).toEqual({ code: 0, signal: null });
  expect(await transfer).toMatchObject({ name: "Failure" });
  await left;
});

test("a second agent of a side is refused, the first does not notice", async () => {
  const pair = await sandbox.pair();
  for (const side of ["host", "bmc"] as const) {
    const before = await pair[side].status();
    const board = sandbox.path("board");
    const second = await runHere(sandbox, side, "run", "-p", `shm:${board}`, "--control", sandbox.path("other.sock"));
    expect(second).toMatchObject({
      code: 1,
      stdout: "",
      stderr: `mctp-lpc: the board ${board} has a ${NAME[side]} already: stop that agent or use another board\n`,
    });
    expect(existsSync(sandbox.path("other.sock"))).toBe(false);
    await Promise.all([echoes(pair.host), echoes(pair.bmc)]);
    const after = await pair[side].status();
    expect(after.counters.binding["sessionsOpened"]).toBe(before.counters.binding["sessionsOpened"]);
    expect(pair[side].matching(/^channel lost/)).toHaveLength(0);
  }
});
