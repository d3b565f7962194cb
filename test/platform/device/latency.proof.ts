/**
 * How late agents on devices find what the other side has done, by the clock of the FUSE board, beside a program that does
 * nothing but look; and what an agent costs that has nothing to do. The figures are printed.
 */
import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";
import { readFileSync } from "node:fs";
import { BOARD_HOSTS, BoardAgents } from "../../support/board-agents.ts";
import { boardOfFile, needsFuseMapping } from "../../support/fuse-board.ts";
import type { BoardAccess } from "../../support/fuse-board/accesses.ts";
import { DATA, STATUS, nodeOf, readAt } from "../../support/node-calls.ts";
import { pause } from "../../support/processes.ts";

const PINGS = 200;
/** What polling may add to the time of the accesses themselves while traffic flows. */
const ADDED_LIMIT_MILLISECONDS = 1;
const PAUSE_MILLISECONDS = 50;
const IDLE_MILLISECONDS = 3000;
/** Without an event for a while an agent wakes every 16 ms, and looks some times then. */
const LOOKS_LIMIT_A_SECOND = 5 * (1000 / 16);
/** Of one processor. */
const IDLE_LIMIT_PERCENT = 5;
/** Of the clock that /proc counts processor time in. */
const TICK_MILLISECONDS = 10;

const board = boardOfFile();
const { openNode, closeNode, host: hostPort } = nodeOf(board);

type Side = BoardAccess["side"];

/** From the write of IDR to its read by the BMC, and from the write of ODR to its read by the host, each in ms. */
function gapsOf(reader: Side): readonly number[] {
  const register = reader === "bmc" ? "IDR" : "ODR";
  const gaps: number[] = [];
  let written: number | undefined;
  for (const { access, register: of, at } of board().accesses()) {
    if (of !== register) continue;
    if (access === "writes") written = at;
    else if (written !== undefined) {
      gaps.push(at - written);
      written = undefined;
    }
  }
  return gaps.sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], part: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  if (value === undefined) throw new Error("the board has no accesses recorded");
  return value;
}

function print(what: string, sorted: readonly number[], bare: number): void {
  const [median, ninth] = [quantile(sorted, 0.5), quantile(sorted, 0.9)];
  const added = (median - bare).toFixed(3);
  process.stdout.write(
    `${what}: median ${median.toFixed(3)} ms, 9 of 10 within ${ninth.toFixed(3)} ms; ${added} ms added to ${bare.toFixed(3)} ms of bare accesses\n`,
  );
}

/** Milliseconds of processor time that a process has had. */
function processorTime(pid: number): number {
  const [, fields = ""] = readFileSync(`/proc/${String(pid)}/stat`, "utf8").split(") ");
  const [user, system] = fields.split(" ").slice(11, 13).map(Number);
  return (user! + system!) * TICK_MILLISECONDS;
}

describe.each(BOARD_HOSTS)("LPC-KCS-10: BMC on raw-kcs:, host on $kind", ({ kind, placeOn }) => {
  let agents: BoardAgents;
  beforeAll(() => {
    agents = new BoardAgents(board, placeOn);
  });
  afterEach(() => agents.end());
  afterAll(() => agents.dispose());

  /** The least that a byte takes: one look, and the read. */
  function bareGap(): number {
    const node = openNode();
    board().control("forget");
    for (let count = 0; count < PINGS; count++) {
      hostPort.write(0xff);
      readAt(node, 1, STATUS);
      readAt(node, 1, DATA);
    }
    closeNode(node);
    return quantile(gapsOf("bmc"), 0.5);
  }

  async function startBoth(): Promise<void> {
    const bmc = await agents.start("bmc");
    const host = await agents.start("host");
    await Promise.all([host.line(/^channel up/), bmc.line(/^discovered EID 9/)]);
  }

  for (const handling of [0, 4]) {
    const peer = handling === 0 ? "quick" : `one that takes ${String(handling)} ms for each byte`;
    needsFuseMapping(`in traffic polling adds at most 1 ms to an access, the BMC being ${peer}`, async () => {
      const bare = bareGap();
      board().control("reset");
      await startBoth();
      board().control(`handlingMilliseconds=${String(handling)}`);
      board().control("forget");
      const { answered } = await agents.agent("host").call("ping", { count: PINGS, interval: 0 });
      expect(answered).toBe(PINGS);
      // A slow BMC finds a byte after it is done with the one before: only the host's waiting is polling.
      const readers: readonly Side[] = handling === 0 ? ["bmc", "host"] : ["host"];
      for (const reader of readers) {
        const gaps = gapsOf(reader);
        expect(gaps.length).toBeGreaterThan(PINGS);
        print(`${kind} ${reader} reads, the BMC ${peer}`, gaps, bare);
        expect(quantile(gaps, 0.5) - bare).toBeLessThanOrEqual(ADDED_LIMIT_MILLISECONDS);
      }
    });
  }

  needsFuseMapping("after a pause its eighth is added at most, however long agents have been idle before", async () => {
    await startBoth();
    await pause(1000);
    board().control("forget");
    await agents.agent("host").call("ping", { count: PINGS / 4, interval: PAUSE_MILLISECONDS });
    const gaps = gapsOf("bmc");
    print(`${kind} bmc reads after ${String(PAUSE_MILLISECONDS)} ms without an event, or within a packet`, gaps, 0);
    expect(quantile(gaps, 0.5)).toBeLessThanOrEqual(PAUSE_MILLISECONDS / 8);
  });

  needsFuseMapping("an agent without anything to do sleeps between its looks", async () => {
    await startBoth();
    await pause(1000);
    const sides: readonly Side[] = ["host", "bmc"];
    const [looksBefore, timesBefore] = [
      board().state().looks,
      sides.map((side) => processorTime(agents.agent(side).pid)),
    ];
    const began = performance.now();
    await pause(IDLE_MILLISECONDS);
    const took = performance.now() - began;
    const { looks } = board().state();
    for (const [index, side] of sides.entries()) {
      const looked = ((looks[side] - looksBefore[side]) * 1000) / took;
      const percent = ((processorTime(agents.agent(side).pid) - timesBefore[index]!) * 100) / took;
      process.stdout.write(
        `${kind} idle ${side}: ${looked.toFixed(0)} looks a second, ${percent.toFixed(1)} % of a processor\n`,
      );
      expect(looked).toBeLessThan(LOOKS_LIMIT_A_SECOND);
      expect(percent).toBeLessThan(IDLE_LIMIT_PERCENT);
    }
  });
});
