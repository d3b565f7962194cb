/** What either scripted peer does to the project's side in a session. */
import { Command } from "../../../src/core/binding/registers.ts";
import { testMessage } from "../../support/endpoints.ts";
import { frameOf, packetOf } from "../../support/frames.ts";
import type { ScriptedPeer } from "./scripted-peer.ts";
import type { Stage } from "./stage.ts";

/** Rounds of what may depend on who had the turn last. */
const ROUNDS = 3;

/**
 * Packets that are right or wrong, one after the other: payloads up to `limit`, and lengths about `reach`, the largest
 * payload that a receiver takes. Then messages of the project's side.
 */
export function sendEveryPacket(stage: Stage, peer: ScriptedPeer, limit: number, reach: number): void {
  const { version } = peer;
  for (const payload of [0, 1, 2, 3, 59, 60, 64, 65, 66, 100, limit - 1, limit]) {
    if (payload <= limit) peer.send(peer.frame(payload, payload));
  }
  for (const length of [0, 1, 3, 4 + reach + 1, 4 + reach + 4, 4 + reach + 5, 2060, 0x1_0000, 0xffff_ffff]) {
    peer.send(frameOf(version, packetOf(40), length));
    peer.send(peer.frame(20));
  }
  if (version === 1)
    for (const payload of [65, 68, 69, 100, 500, Math.min(reach, 4000)]) peer.send(peer.frame(payload));
  if (version === 3) for (const payload of [10, 64, limit]) sendDamaged(peer, payload);
  for (const length of [1, 60, 64, 65, 200, 1000]) {
    stage.send(peer.answers, testMessage(length));
    peer.serve();
  }
}

/** A frame with a wrong trailer, and one with a wrong payload. */
function sendDamaged(peer: ScriptedPeer, payload: number): void {
  const frame = peer.frame(payload);
  frame[frame.length - 1]! ^= 0x40;
  peer.send(frame);
  frame[frame.length - 1]! ^= 0x40;
  frame[9]! ^= 0x01;
  peer.send(frame);
}

/** Rx Complete comes while Tx Begin of the project's side waits for its register, and again. */
export function completeTooEarly(stage: Stage, peer: ScriptedPeer): void {
  for (let round = 0; round < ROUNDS; round++) {
    // Its answer to this packet, or the first one's Tx Begin, fills the register.
    peer.put(peer.sendsAt, peer.frame(10));
    peer.write(Command.TX_BEGIN);
    stage.settle();
    stage.send(peer.answers, testMessage(40, 1));
    stage.send(peer.answers, testMessage(50, 2));
    stage.settle();
    peer.write(Command.RX_COMPLETE);
    stage.settle();
    peer.write(Command.RX_COMPLETE);
    stage.settle();
    peer.serve();
  }
}

/** A second Tx Begin while the project's side owes Rx Complete. */
export function beginTwice(stage: Stage, peer: ScriptedPeer): void {
  for (let round = 0; round < ROUNDS; round++) {
    stage.send(peer.answers, testMessage(40));
    // Its own Tx Begin fills the register, so that Rx Complete has to wait.
    stage.settle();
    peer.put(peer.sendsAt, peer.frame(10));
    peer.write(Command.TX_BEGIN);
    stage.settle();
    peer.write(Command.TX_BEGIN);
    stage.settle();
    peer.serve();
  }
}
