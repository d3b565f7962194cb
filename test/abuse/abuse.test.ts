/**
 * A handful of the attacks of `npm run abuse`, for a second each, on agents as processes with honest traffic on another port.
 * What does not depend on time is judged: what got through, what was lost, what is held, what was counted.
 */
import { describe, expect, test } from "@jest/globals";
import { HELD_BYTES_GOAL } from "../../spec/generator/limits/goals.ts";
import { MAIN } from "../support/processes.ts";
import type { AttackResult } from "./attack.ts";
import { PEER_ATTACKS } from "./peer-attacks.ts";
import { runAttack } from "./run-attack.ts";

const SECONDS = 1;

function attack(name: string): Promise<AttackResult> {
  const found = PEER_ATTACKS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no attack is called ${name}`);
  return runAttack(found, { program: MAIN, seconds: SECONDS, undisturbedSeconds: 0 });
}

function judge({ during, toolsDuring, files, gotThrough, heldBytes, tried }: AttackResult): void {
  expect(gotThrough).toEqual([]);
  expect(Math.max(...Object.values(tried))).toBeGreaterThan(0);
  expect({ lost: during.lost, toolsLost: toolsDuring.lost }).toEqual({ lost: 0, toolsLost: 0 });
  expect(during.sent).toBeGreaterThan(0);
  expect(files).toBeGreaterThan(0);
  expect(heldBytes).toBeLessThan(HELD_BYTES_GOAL);
}

describe("LPC-SEC-3, LPC-SEC-4 beside an attack on one port the others lose nothing, and nothing gets through", () => {
  test.each([
    ["forged-answers", "LPC-MCTP-21: answers that a host forges in the name of an endpoint on another board"],
    ["large-packets", "LPC-MCTP-7: messages of 8 MiB in one packet, from a hundred sources"],
    ["file-names", "files under the names of dot files, options, paths, escape sequences and forged lines of the log"],
    [
      "crowded-bridge",
      "LPC-MCTP-23: a bridge with all EIDs behind it, under others' EIDs and UUIDs, which notifies without end",
    ],
    [
      "insists-on-eid",
      "LPC-MCTP-17: a host that insists on the EIDs of others; its neighbour comes again and has its own",
    ],
  ])("%s: %s", async (name) => {
    judge(await attack(name));
  });
});

test.each([
  ["large-batches", "clients that flood the control socket with batches"],
  ["demux-requests", "clients of the demux socket that ask the honest endpoint without end"],
])("%s: %s lose no echo and no other client's call", async (name) => {
  const { gotThrough, during, toolsDuring } = await attack(name);
  expect(gotThrough).toEqual([]);
  expect({ lost: during.lost, toolsLost: toolsDuring.lost }).toEqual({ lost: 0, toolsLost: 0 });
});
