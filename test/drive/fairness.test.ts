/** Streams both ways against a peer that polls: neither direction keeps the other waiting. */
import { describe, expect, test } from "@jest/globals";
import type { Depth } from "../../src/core/binding/kcs-word.ts";
import type { Direction, RoleName } from "../../src/core/binding/side.ts";
import { testMessage } from "../support/endpoints.ts";
import { Pair } from "../support/pair.ts";
import { PollingPeer } from "../support/polling-peer.ts";

const POLL = 5;
const SECONDS = 10;
const MESSAGE_BYTES = 64;
/** Messages that our endpoint always has queued. */
const QUEUED = 4;

/** Messages a second each way, ours and the peer's, our side having `role`. */
function rates(role: RoleName, depth: Depth): { readonly ours: number; readonly peers: number } {
  const pair = new Pair({ host: { mtu: MESSAGE_BYTES }, depth }).bringUp();
  const peerRole: RoleName = role === "host" ? "bmc" : "host";
  const direction: Direction = role === "host" ? "hostToBmc" : "bmcToHost";
  const { side, endpoint } = pair.member(role)!;
  const { session } = side;
  pair.end(peerRole, "killed");
  // The peer has the driver's node open as our BMC had.
  pair.board.openBmcNode();
  const peer = new PollingPeer(peerRole, pair.board, session!, MESSAGE_BYTES);
  const polls = (SECONDS * 1000) / POLL;
  for (let poll = 0; poll < polls; poll++) {
    while (endpoint.queued < QUEUED) pair.send(direction, testMessage(MESSAGE_BYTES));
    pair.settle();
    peer.poll();
    pair.pass(POLL);
  }
  const { packetsSent, packetsReceived, txBeginUnexpected, rxCompleteUnexpected, transmitStalled } =
    side.state.counters;
  expect(side.session).toBe(session);
  expect([txBeginUnexpected, rxCompleteUnexpected, transmitStalled]).toEqual([0, 0, 0]);
  // What is under way at the end is one packet each way at most.
  expect(Math.abs(packetsSent - peer.received)).toBeLessThanOrEqual(1);
  expect(Math.abs(packetsReceived - peer.sent)).toBeLessThanOrEqual(1);
  return { ours: packetsSent / SECONDS, peers: packetsReceived / SECONDS };
}

describe("LPC-KCS-12 streams both ways", () => {
  test.each([
    ["host", 0],
    ["host", 1],
    ["bmc", 0],
    ["bmc", 1],
  ] as const)("LPC-KCS-12: our %s, depth %p, against a peer that polls every 5 ms", (role, depth) => {
    const { ours, peers } = rates(role, depth);
    expect(ours).toBeGreaterThanOrEqual(0.9 * peers);
    expect(Math.min(ours, peers)).toBeGreaterThanOrEqual(90);
  });
});
