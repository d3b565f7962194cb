/** Streams both ways against a peer that polls: neither direction keeps the other waiting. */
import { describe, expect, test } from "@jest/globals";
import type { Depth } from "../../src/core/binding/kcs-word.ts";
import type { Direction, RoleName } from "../../src/core/binding/side.ts";
import { testMessage } from "../support/endpoints.ts";
import { Pair } from "../support/pair.ts";
import { PollingPeer, type PollOrder } from "../support/polling-peer.ts";

const POLL = 5;
const SECONDS = 10;
const MESSAGE_BYTES = 64;
/** Messages that our endpoint always has queued. */
const QUEUED = 4;

/** Messages a second each way, ours and the peer's, our side having `role`. */
function rates(role: RoleName, depth: Depth, order: PollOrder): { readonly ours: number; readonly peers: number } {
  const pair = new Pair({ host: { mtu: MESSAGE_BYTES }, depth }).bringUp();
  const peerRole: RoleName = role === "host" ? "bmc" : "host";
  const direction: Direction = role === "host" ? "hostToBmc" : "bmcToHost";
  const { side, endpoint } = pair.member(role)!;
  const { session } = side;
  pair.end(peerRole, "killed");
  // The peer has the driver's node open as our BMC had.
  pair.board.openBmcNode();
  const peer = new PollingPeer(peerRole, pair.board, session!, MESSAGE_BYTES, order);
  // Its stream is there before ours: one that answers what it has just read would else never begin.
  peer.poll();
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
  const cases = (["host", "bmc"] as const).flatMap((role) =>
    ([0, 1] as const).flatMap((depth) =>
      (["readsFirst", "writesFirst"] as const).map((order) => [role, depth, order] as const),
    ),
  );

  test.each(cases)("LPC-KCS-12: our %s, depth %p, against a peer that polls every 5 ms and %s", (...given) => {
    const { ours, peers } = rates(...given);
    expect(ours).toBeGreaterThanOrEqual(0.9 * peers);
    expect(Math.min(ours, peers)).toBeGreaterThanOrEqual(90);
  });
});
