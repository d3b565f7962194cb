/**
 * A hostile peer as a process of its own: `node peer.js NAME BOARD`. It says "ready PATH", where it made a pseudo-terminal of
 * it; gets the target, a line of JSON, on standard input; attacks until that ends; and tells what it tried, a line of JSON.
 * The name "burner" keeps a processor as busy and attacks nothing.
 */
import { constants } from "node:fs";
import { createInterface } from "node:readline";
import { PseudoTerminal } from "../../support/pty.ts";
import { DEMUX_ATTACKS } from "./demux-attacks.ts";
import { EID_ATTACKS } from "./eid-attacks.ts";
import { FILE_ATTACKS } from "./file-attacks.ts";
import type { Hostile, MakeHostile, Target } from "./hostile.ts";
import { LINE_SPEECHES, lineAttack } from "./line-attacks.ts";
import { PACKET_FLOODS } from "./packet-floods.ts";
import { REGISTER_FLOODS } from "./register-floods.ts";
import { SOCKET_ATTACKS } from "./socket-attacks.ts";

/** Between two looks at whether the attack has ended, in milliseconds and steps. */
const SLICE_MILLISECONDS = 5;
const STEPS_PER_LOOK = 100;

const BURNER: MakeHostile = () => {
  let sum = 0;
  return { step: () => void (sum += Math.sqrt(sum + 1)), tried: {}, close: () => undefined };
};
const MAKERS: Readonly<Record<string, MakeHostile>> = {
  burner: BURNER,
  ...REGISTER_FLOODS,
  ...PACKET_FLOODS,
  ...FILE_ATTACKS,
  ...EID_ATTACKS,
  ...SOCKET_ATTACKS,
  ...DEMUX_ATTACKS,
};

const [, , name = "", board = ""] = process.argv;
const speech = LINE_SPEECHES[name];
const terminal = speech === undefined ? undefined : new PseudoTerminal(constants.O_NONBLOCK);
process.stdout.write(`ready ${terminal?.path ?? board}\n`);

let hasEnded = false;
const input = createInterface({ input: process.stdin });
input.once("close", () => {
  hasEnded = true;
});
input.once("line", (line) => {
  void attack({ ...(JSON.parse(line) as Omit<Target, "board">), board });
});

function hostileOf(target: Target): Hostile {
  if (speech !== undefined && terminal !== undefined) return lineAttack(terminal, speech, target);
  const make = MAKERS[name];
  if (make === undefined) throw new Error(`no attack is called ${name}`);
  return make(target);
}

async function attack(target: Target): Promise<void> {
  const hostile = hostileOf(target);
  const isEnded = (): boolean => hasEnded;
  while (!isEnded()) {
    const end = performance.now() + SLICE_MILLISECONDS;
    while (performance.now() < end) for (let step = 0; step < STEPS_PER_LOOK; step++) hostile.step();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const tried = { ...hostile.tried };
  hostile.close();
  process.stdout.write(`${JSON.stringify(tried)}\n`, () => {
    process.exit(0);
  });
}
