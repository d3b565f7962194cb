/** Boards and doorbells that were planted, exchanged or taken away. */
import {
  chmodSync,
  chownSync,
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { BoardField } from "../../../src/platform/shared-file/layout.ts";
import { within } from "../pause.ts";
import { STRANGER, bmcOn, fifo, makeBoard, precious, refusal, type LocalAttack } from "./planting.ts";

const END_LIMIT_MILLISECONDS = 5000;
const BOARDS = "a board that others may write or exchange is refused";
const OPENING = "what is opened is judged by its descriptor";

export const BOARD_ATTACKS: readonly LocalAttack[] = [
  refusal("board-for-all", BOARDS, async (place) => {
    const board = await makeBoard(place);
    chmodSync(board, 0o666);
    return { args: bmcOn(place), says: /board .* is refused/, unchanged: [board] };
  }),
  refusal(
    "board-of-another",
    BOARDS,
    async (place) => {
      const board = await makeBoard(place);
      chownSync(board, STRANGER, STRANGER);
      return { args: bmcOn(place), says: /board .* is refused/, unchanged: [board] };
    },
    true,
  ),
  refusal("board-behind-link", BOARDS, async (place) => {
    const board = await makeBoard(place);
    renameSync(board, place.path("real"));
    symlinkSync(place.path("real"), board);
    return { args: bmcOn(place), says: /symbolic link/, unchanged: [place.path("real"), board] };
  }),
  refusal("board-with-huge-offset", "numbers out of a file are bounded before anything is allocated", async (place) => {
    const board = await makeBoard(place);
    const offset = Buffer.alloc(4);
    offset.writeUInt32LE(0x4000_0000);
    const fd = openSync(board, "r+");
    writeSync(fd, offset, 0, 4, BoardField.windowOffset);
    closeSync(fd);
    truncateSync(board, 0x4000_0000 + 64 * 1024);
    return { args: bmcOn(place), says: /board .* is damaged/, unchanged: [board] };
  }),
  refusal("board-is-fifo", OPENING, async (place) => {
    fifo(place.path("board"));
    return Promise.resolve({ args: bmcOn(place), says: /no.* a virtual board/, unchanged: [place.path("board")] });
  }),
  {
    name: "bell-behind-link",
    protects: "a doorbell is a FIFO of this user, or it is not rung",
    run: async (place) => {
      const file = precious(place);
      const before = readFileSync(file, "utf8");
      const bmc = await place.agent("bmc");
      rmSync(place.path("board.bmc-bell"));
      symlinkSync(file, place.path("board.bmc-bell"));
      const host = await place.agent("host");
      await host.line(/^channel up/);
      await place.run(["ping", "--count", "5", "--interval", "300", "--control", host.control]);
      const { counters } = await host.status();
      return [
        ...(readFileSync(file, "utf8") === before ? [] : ["the file behind the link was written to"]),
        ...(counters.drive.bellsRefused > 0 ? [] : ["bellsRefused has not counted"]),
        ...(bmc.isRunning ? [] : ["the BMC's agent ended"]),
      ];
    },
  },
  {
    name: "board-removed",
    protects: "the path of a board leads to what is mapped, or the agent ends in words",
    run: async (place) => {
      const agents = [await place.agent("bmc"), await place.agent("host")];
      await agents[1]!.line(/^channel up/);
      rmSync(place.path("board"));
      const troubles: string[] = [];
      for (const agent of agents) {
        const ended = await within(END_LIMIT_MILLISECONDS, agent.exited);
        if (ended === undefined) troubles.push(`the ${agent.name} goes on`);
        else if (ended.code !== 1) troubles.push(`the ${agent.name} ended by ${JSON.stringify(ended)}`);
        else if (!/removed|replaced/.test(agent.log + agent.errors)) troubles.push(`the ${agent.name} did not say why`);
      }
      return troubles;
    },
  },
];
