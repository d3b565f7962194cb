/** The peer of the fairness benchmark against this program's sides, in steps of its polls. */
import { describe, expect, test } from "@jest/globals";
import { BMC_EID, HOST_EID, openBmc, openHost } from "../../src/cli/bench/pair.ts";
import { SLOW_PEER_MESSAGE_BYTES, SlowBmc, SlowHost } from "../../src/cli/bench/slow-peer.ts";
import { MessageType } from "../../src/core/mctp/message.ts";
import { millis } from "../../src/core/wire/units.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import type { HostPort } from "../../src/platform/port.ts";

const MTU = 64;
const POLL_MILLISECONDS = 5;
const STEPS = 200;

type Side = "host" | "bmc";

/** The same port; `then` is called when a byte has been read. */
function telling<Port extends HostPort>(port: Port, then: () => void): Port {
  const readData = (): number => {
    const value = port.readData();
    then();
    return value;
  };
  return { ...port, readData };
}

/**
 * Our side sends a message when the channel opens. It runs before each poll of the peer and, if it is `prompt`, as soon
 * as the peer has read a byte, before the peer writes its next one.
 */
function run(side: Side, prompt: boolean) {
  const board = new LoopbackBoard();
  let now = millis(0);
  let bytesTaken = 0;
  const taken = (): void => {
    bytesTaken++;
    if (prompt) own.driver.expire(now);
  };
  const own = side === "host" ? openHost(board.host, 3, MTU) : openBmc(board.bmc, 3, MTU);
  const peer =
    side === "host"
      ? new SlowBmc({ ...board.bmc, port: telling(board.bmc.port, taken) }, BMC_EID, HOST_EID)
      : new SlowHost({ ...board.host, port: telling(board.host.port, taken) }, HOST_EID, BMC_EID);
  const lengths: number[] = [];
  let sent = 0;
  own.endpoint.handle(MessageType.VENDOR_IANA, ({ bytes }) => {
    lengths.push(bytes.length);
  });
  const message = new Uint8Array(SLOW_PEER_MESSAGE_BYTES);
  message[0] = MessageType.VENDOR_IANA;
  own.endpoint.onLinkChange = () => {
    own.endpoint.send(side === "host" ? BMC_EID : HOST_EID, message, now, () => {
      sent++;
    });
  };
  let mostTaken = 0;
  for (let step = 0; step < STEPS; step++) {
    now = millis(now + POLL_MILLISECONDS);
    own.driver.expire(now);
    const before = bytesTaken;
    peer.poll();
    mostTaken = Math.max(mostTaken, bytesTaken - before);
  }
  return { isUp: own.endpoint.isUp, sent, lengths, peer, mostTaken };
}

describe.each<Side>(["host", "bmc"])("our %s beside a slow peer", (side) => {
  test("opens a channel and takes the peer's stream", () => {
    const { isUp, lengths, peer, mostTaken } = run(side, false);
    expect(isUp).toBe(true);
    expect(lengths.length).toBeGreaterThan(STEPS / 4);
    expect(new Set(lengths)).toEqual(new Set([SLOW_PEER_MESSAGE_BYTES]));
    // The peer may not have taken the last Rx Complete yet.
    expect([0, 1]).toContain(lengths.length - peer.sent);
    // One byte a poll.
    expect(mostTaken).toBe(1);
  });

  test("gets its message through", () => {
    const { sent, peer } = run(side, true);
    expect({ sent, received: peer.received }).toEqual({ sent: 1, received: 1 });
  });
});
