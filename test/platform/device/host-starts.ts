/** Starts of the host on a FUSE board, counted: `npm test` has few of them, `npm run proofs` many. */
import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";
import { BOARD_HOSTS, BoardAgents } from "../../support/board-agents.ts";
import { boardOfFile, needsFuseMapping } from "../../support/fuse-board.ts";

/** How long a slow BMC works on each byte that it reads. */
const SLOW_MILLISECONDS = 300;

/** How often the host is started, on each kind of host, with a BMC that is quick and with one that is slow. */
export interface Starts {
  readonly quick: number;
  readonly slow: number;
}

export function hostStarts(starts: Starts): void {
  const board = boardOfFile();
  describe.each(BOARD_HOSTS)("LPC-KCS-13: BMC on raw-kcs:, host on $kind", ({ placeOn }) => {
    let agents: BoardAgents;
    beforeAll(() => {
      agents = new BoardAgents(board, placeOn);
    });
    afterEach(() => agents.end());
    afterAll(() => agents.dispose());

    for (const [speed, count, handling] of [
      ["a quick BMC", starts.quick, 0],
      [`a BMC that works ${String(SLOW_MILLISECONDS)} ms on each byte`, starts.slow, SLOW_MILLISECONDS],
    ] as const) {
      needsFuseMapping(`${String(count)} starts of the host with ${speed}, none refused or begun again`, async () => {
        const bmc = await agents.start("bmc");
        board().control(`handlingMilliseconds=${String(handling)}`);
        for (let start = 0; start < count; start++) await agents.startHostOnce();
        board().control("handlingMilliseconds=0");
        const { counters } = await bmc.status();
        expect(counters.binding).toMatchObject({ sessionsOpened: count, versionRefused: 0, unknownCommand: 0 });
      });
    }
  });
}
