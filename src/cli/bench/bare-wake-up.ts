/**
 * Two Node processes that do nothing but wake each other through FIFOs: what any two that sleep on this machine need.
 * This file is the program of both; it loads nothing of this package.
 */
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

const [, program, role, own, peer, count, interval] = argv;
const RING = Uint8Array.of(1);

function run(ownPath: string, peerPath: string): void {
  const flags = constants.O_RDWR | constants.O_NONBLOCK;
  const out = openSync(peerPath, flags);
  const ring = (): void => void writeSync(out, RING);
  let rung: () => void = ring;
  const options = { fd: openSync(ownPath, flags), readable: true, writable: false };
  const onread = {
    buffer: Buffer.alloc(64),
    callback: () => {
      rung();
      return true;
    },
  };
  const bell = new Socket({ ...options, onread } as ConstructorParameters<typeof Socket>[0]);
  bell.resume();
  process.stdin.resume().on("end", () => process.exit());
  if (role === "ask") {
    const times: number[] = [];
    let asked = 0;
    rung = () => {
      times.push(performance.now() - asked);
      if (times.length < Number(count)) setTimeout(ask, Number(interval));
      else {
        process.stdout.write(JSON.stringify(times));
        bell.destroy();
        closeSync(out);
        process.stdin.destroy();
      }
    };
    const ask = (): void => {
      asked = performance.now();
      ring();
    };
    setTimeout(ask, 1000);
  }
}

if (program === fileURLToPath(import.meta.url) && own !== undefined && peer !== undefined) run(own, peer);
