/**
 * A peer that means harm, as a process of its own: `node flooder.mjs BOARD KIND SECONDS`. It works the registers and the
 * window as fast as it can and tells at its end how many bytes it wrote.
 */
import { openSync, writeSync, constants } from "node:fs";
import { Buffer } from "node:buffer";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { attachBmc, attachHost } from "../../dist/src/platform/shared-file/shared-file.js";

const [, , board, kind, seconds] = process.argv;
const IBF = 0x02;
const OBF = 0x01;
const CHANNEL_ACTIVE = 0x40;
const HOST_VERSIONS = 0x08;
const CONTROL_BYTES = 0x20;

/* ---- As the host ---- */

/** Registers and window of the host's side; a command is written when IDR has room, never mind what is in ODR. */
class HostileHost {
  #platform = attachHost(board, { doorbell: true });
  #fields = Buffer.alloc(CONTROL_BYTES);
  written = 0;

  write(command) {
    const { port } = this.#platform;
    if ((port.readStatus() & IBF) !== 0) return false;
    port.writeData(command);
    this.written++;
    return true;
  }

  drain() {
    const { port } = this.#platform;
    const status = port.readStatus();
    if ((status & OBF) !== 0) port.readData();
    return status;
  }

  /** Reads ODR whether there is anything in it or not: an event for the BMC each time. */
  poke() {
    this.#platform.port.readData();
    this.written++;
  }

  propose(min, cur) {
    this.#platform.window.write(HOST_VERSIONS, Buffer.from([0, min, 0, cur]), 0, 4);
  }

  /** Where the host writes its packets. */
  get #txOffset() {
    this.#platform.window.read(0, this.#fields, 0, CONTROL_BYTES);
    return this.#fields.readUInt32BE(0x18);
  }

  frame(bytes) {
    this.#platform.window.write(this.#txOffset, bytes, 0, bytes.length);
  }

  close() {
    this.#platform.close();
  }
}

let turn = 0;
const HOST_FLOODS = {
  /** Sessions opened and closed, one after the other. */
  initialise: (host) => {
    host.drain();
    host.propose(turn % 2 === 0 ? 0 : 1, turn % 2 === 0 ? 0 : 2);
    if (host.write(0x00)) turn++;
  },
  txBegin: (host) => {
    host.drain();
    host.write(0x01);
  },
  garbage: (host) => {
    host.drain();
    if (host.write(turn & 0xff)) turn++;
  },
  fences: (host) => {
    host.drain();
    host.write(0xff);
  },
  /** Starts of messages in version 2, each with another tag and source, none with an end. */
  starts: (host) => {
    const status = host.drain();
    if ((status & CHANNEL_ACTIVE) === 0) {
      host.propose(1, 2);
      host.write(0x00);
      return;
    }
    if ((status & IBF) !== 0) return;
    const frame = Buffer.alloc(72, 0x7f);
    frame.writeUInt32BE(68, 0);
    frame.set([0x01, 8, 8 + (turn % 200), 0x88 | (turn & 7)], 4);
    turn++;
    host.frame(frame);
    host.write(0x01);
  },
  /** Lengths that no buffer holds. */
  lengths: (host) => {
    const status = host.drain();
    if ((status & CHANNEL_ACTIVE) === 0) {
      host.propose(1, 3);
      host.write(0x00);
      return;
    }
    host.frame(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    host.write(0x01);
  },
  events: (host) => {
    host.poke();
  },
  /** Nothing but rings, of the bell that the BMC has put beside the board. */
  bell: (host) => {
    host.bell ??= openSync(`${board}.bmc-bell`, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      host.written += writeSync(host.bell, Buffer.alloc(512, 1));
    } catch {
      // Full: try again.
    }
  },
};

/* ---- As the BMC ---- */

const BMC_FLOODS = {
  /** STR up and down, with a dummy each time. */
  status: (bmc) => {
    const { port } = bmc.platform;
    port.writeStatus([0x01, 0x81, 0xc1, 0x81][turn & 3]);
    if ((port.readStatus() & OBF) === 0) {
      port.writeData(0xff);
      bmc.written++;
      turn++;
    }
    if ((port.readStatus() & IBF) !== 0) port.readData();
  },
  bytes: (bmc) => {
    const { port } = bmc.platform;
    port.writeStatus(0xc1);
    if ((port.readStatus() & OBF) === 0) {
      port.writeData(turn & 0xff);
      bmc.written++;
      turn++;
    }
    if ((port.readStatus() & IBF) !== 0) port.readData();
  },
};

const isHost = kind in HOST_FLOODS;
const peer = isHost
  ? new HostileHost()
  : { platform: attachBmc(board, { doorbell: true }), written: 0, close: () => peer.platform.close() };
const step = (isHost ? HOST_FLOODS : BMC_FLOODS)[kind];
if (!isHost) peer.platform.window.write(0, Buffer.from("4d43545000010003", "hex"), 0, 8);
process.stdout.write("flooding\n");
const end = performance.now() + Number(seconds) * 1000;
while (performance.now() < end) for (let count = 0; count < 200; count++) step(peer);
peer.close();
process.stdout.write(`${String(peer.written)}\n`);
process.exit(0);
