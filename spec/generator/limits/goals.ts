/** What an agent promises whatever strangers do: `npm run abuse` measures it. */
import { BYTES_OF_ALL_CLIENTS, BYTES_OF_CLIENT } from "../../../src/agent/control/clients-memory.ts";
import { CLIENT_LIMIT } from "../../../src/agent/control/control-socket.ts";
import { LOG_BYTES_A_MINUTE } from "../../../src/agent/log-limiter.ts";
import { MOST_BYTES_A_PORT } from "../../../src/agent/port-memory.ts";
import { SAVE_INTERVAL_MILLISECONDS } from "../../../src/node/kept-assignments.ts";
import { ALL_LINKS_SHARE, DEFAULT_FLOOD_SHARE } from "../../../src/node/processor-share.ts";
import { STOP_LIMIT } from "../../../src/agent/outputs/stop-limits.ts";
import { percentText, sizeText, timeText } from "./limit.ts";

const MEBIBYTE = 1024 * 1024;

/** Bytes that the peers of one port can make an agent hold, and that all clients of its control socket can. */
export const HELD_BYTES_GOAL: number = 40 * MEBIBYTE;
/** Milliseconds that a request on another port takes, 99 in 100, on a quiet machine. */
export const LATENCY_GOAL = 50;
/** Milliseconds that the event loop is kept busy at once. */
export const STALL_GOAL = 50;

/** Rows of the table of goals: what, goal. */
export function goalRows(): readonly (readonly [what: string, goal: string])[] {
  const bounds = sizeText(MOST_BYTES_A_PORT);
  return [
    ["What gets through of an attack", "nothing"],
    [
      "Memory that the peers of one port make the agent hold",
      `${sizeText(HELD_BYTES_GOAL)}; the bounds below add up to ${bounds}`,
    ],
    [
      "Memory that all clients of the control socket make it hold",
      `${sizeText(HELD_BYTES_GOAL)}; what they have sent and have not read is at most ${sizeText(BYTES_OF_ALL_CLIENTS + CLIENT_LIMIT * BYTES_OF_CLIENT)}`,
    ],
    [
      "Processor time of one port, payload that is kept or forwarded left out",
      `${percentText(DEFAULT_FLOOD_SHARE)} of one processor (\`--flood-share\`); all ports ${percentText(ALL_LINKS_SHARE)}`,
    ],
    ["Log about one port", `${sizeText(LOG_BYTES_A_MINUTE)} a minute`],
    ["Writes of the state file that peers bring about", `one in ${timeText(SAVE_INTERVAL_MILLISECONDS)}`],
    ["Stall of the event loop", timeText(STALL_GOAL)],
    [
      "Honest requests on other ports, and of local tools",
      `none lost, 99 of 100 within ${timeText(LATENCY_GOAL)} on a quiet machine`,
    ],
    ["Files, EIDs and lines of the log of another port", "none lost"],
    ["From SIGTERM to the end, the attack going on", timeText(STOP_LIMIT)],
  ];
}
