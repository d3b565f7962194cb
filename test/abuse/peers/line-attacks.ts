/** A device on a serial line that means harm: noise, frames of floods, forged answers. It holds the other end of the line. */
import { closeSync, readSync, writeSync } from "node:fs";
import { FrameEncoder } from "../../../src/core/serial/framing.ts";
import type { PseudoTerminal } from "../../support/pty.ts";
import { echoResponse, fileClosed } from "./forged.ts";
import type { Hostile, Target } from "./hostile.ts";
import { control, packet, request, response } from "./packets.ts";

const GET_ENDPOINT_ID = 0x02;
/** Of the agent's answers, read at once. */
const CHUNK_BYTES = 4096;
const SOM = 0x80;
const TO = 0x08;

/** What the line says: the bytes number `turn`. */
type Speech = (turn: number, target: Target) => Uint8Array;

const encoder = new FrameEncoder("data");

/** A packet in its frame. */
function framed(bytes: Buffer): Buffer {
  const parts = { header: bytes.readUInt32BE(0), message: bytes, start: 4, end: bytes.length };
  return Buffer.from(encoder.encode(parts));
}

export const LINE_SPEECHES: Readonly<Record<string, Speech>> = {
  "line-noise": (turn) => Buffer.from(Array.from({ length: 64 }, (_, at) => (turn * 31 + at * 7) & 0xff)),
  "line-flags": () => Buffer.alloc(64, 0x7e),
  "line-control": (turn, { victim }) =>
    framed(request(victim, 125 + (turn % 100), turn, control(turn & 31, GET_ENDPOINT_ID))),
  "line-starts": (turn, { victim }) =>
    framed(packet(victim, turn % 250, SOM | TO | (turn & 7), Buffer.alloc(64, 0x7f))),
  "line-forged": (turn, { victim, honest }) =>
    framed(response(victim, honest, turn, turn % 16 < 8 ? echoResponse : fileClosed)),
};

/** Speaks as fast as the line takes it. `terminal` is the attacker's, and not blocking: the agent has its path. */
export function lineAttack(terminal: PseudoTerminal, speech: Speech, target: Target): Hostile {
  const { master } = terminal;
  const answers = Buffer.alloc(CHUNK_BYTES);
  let [turn, bytes, heard] = [0, 0, 0];
  let unsaid = Buffer.alloc(0);
  return {
    step: () => {
      if (unsaid.length === 0) unsaid = Buffer.from(speech(turn++, target));
      const written = nowOrNever(() => writeSync(master, unsaid));
      bytes += written;
      unsaid = unsaid.subarray(written);
      if (written === 0) heard += nowOrNever(() => readSync(master, answers));
    },
    get tried() {
      return { pieces: turn, bytes, heard };
    },
    close: () => {
      closeSync(master);
      terminal.remove();
    },
  };
}

/** What a call that does not block gives; 0 where it would. */
function nowOrNever(call: () => number): number {
  try {
    return call();
  } catch {
    return 0;
  }
}
