/** Floods of register accesses, as fast as they go: what a host or a BMC can do without a single valid packet. */
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { MAGIC, encodeU32 } from "../../../src/core/binding/control-region.ts";
import { Command, Status } from "../../../src/core/binding/registers.ts";
import { bellPath } from "../../../src/platform/shared-file/layout.ts";
import { attachBmc } from "../../../src/platform/shared-file/shared-file.ts";
import { control, packet, request, WHOLE } from "./packets.ts";
import type { Hostile, MakeHostile, Target } from "./hostile.ts";
import { RawHost } from "./raw-host.ts";

const UNITS_OF_STARTS = 64;
const GET_ENDPOINT_ID = 0x02;
const TO = 0x08;
const SOM = 0x80;

/** A flood of a host: `step` works the registers, `turn` counts what it has managed to write. */
function hostFlood(what: string, step: (host: RawHost, turn: number, target: Target) => boolean): MakeHostile {
  return (target) => {
    const host = new RawHost(target.board);
    let turn = 0;
    return {
      step: () => {
        if (step(host, turn, target)) turn++;
      },
      get tried() {
        return { [what]: turn, "register accesses": host.accesses };
      },
      close: () => {
        host.platform.close();
      },
    };
  };
}

/** Packets of which each is sent in a session, opened where there is none. */
function inSession(host: RawHost, next: () => Buffer): boolean {
  const before = host.packetsSent;
  host.step({ next, received: () => undefined });
  return host.packetsSent > before;
}

export const REGISTER_FLOODS: Readonly<Record<string, MakeHostile>> = {
  initialise: hostFlood("start-ups", (host, turn) => {
    host.drain();
    host.propose(turn % 2, turn % 2 === 0 ? 0 : 2);
    return host.write(Command.INITIALISE);
  }),
  "tx-begin": hostFlood("Tx Begins", (host) => {
    host.drain();
    return host.write(Command.TX_BEGIN);
  }),
  garbage: hostFlood("bytes", (host, turn) => {
    host.drain();
    return host.write(turn & 0xff);
  }),
  fences: hostFlood("fences", (host) => {
    host.drain();
    return host.write(Command.DUMMY);
  }),
  events: hostFlood("reads of ODR", (host) => {
    host.platform.port.readData();
    return true;
  }),
  /** Starts of messages, each with another tag and source, none with an end. */
  starts: hostFlood("starts of messages", (host, turn, { victim }) =>
    inSession(host, () => packet(victim, 8 + (turn % 200), SOM | TO | (turn & 7), Buffer.alloc(UNITS_OF_STARTS, 0x7f))),
  ),
  /** Lengths that no buffer holds. */
  lengths: hostFlood("frames", (host, turn) => {
    if (!host.step({ next: () => undefined, received: () => undefined })) return false;
    host.frame(Buffer.alloc(4), turn % 2 === 0 ? 0xffff_ffff : 0);
    return host.write(Command.TX_BEGIN);
  }),
  /** One Get Endpoint ID in each session, and then the next session. */
  sessions: hostFlood("sessions", (host, turn, { victim }) => {
    const ask = (): Buffer | undefined =>
      host.packetsSent > turn ? undefined : request(victim, 9, turn, control(turn & 31, GET_ENDPOINT_ID));
    host.step({ next: ask, received: () => undefined });
    return host.packetsSent > turn && host.isIdle && host.close();
  }),
  /** Nothing is done twice alike: what the agent says of each is more to log. */
  "log-storm": hostFlood("violations", (host, turn) => {
    host.drain();
    if (turn % 16 < 8) {
      host.propose(turn & 0xff, (turn >> 3) & 0xff);
      return host.write(Command.INITIALISE);
    }
    if (turn % 16 === 8) {
      host.propose(1, 2);
      return host.write(Command.INITIALISE);
    }
    host.frame(packet(turn & 0xff, turn & 0xff, WHOLE, Buffer.alloc(turn % 4, turn)), turn % 3 === 0 ? -1 : undefined);
    return host.write(turn % 2 === 0 ? Command.TX_BEGIN : 0x10 + (turn & 0x3f));
  }),
  bell,
  "bmc-status": bmcFlood(
    "changes of STR",
    (turn) => [Status.OBF, 0x81, 0xc1, 0x81][turn & 3]!,
    () => Command.DUMMY,
  ),
  "bmc-bytes": bmcFlood(
    "bytes",
    () => 0xc1,
    (turn) => turn & 0xff,
  ),
};

/** Nothing but rings, of the bell that the BMC has put beside the board. */
function bell({ board }: Target): Hostile {
  const host = new RawHost(board);
  const bell = openSync(bellPath(board, "bmc"), constants.O_WRONLY | constants.O_NONBLOCK);
  const rings = Buffer.alloc(512, 1);
  let rung = 0;
  return {
    step: () => {
      try {
        rung += writeSync(bell, rings);
      } catch {
        // Full: the next step tries again.
      }
    },
    get tried() {
      return { rings: rung };
    },
    close: () => {
      closeSync(bell);
      host.platform.close();
    },
  };
}

function bmcFlood(what: string, status: (turn: number) => number, byte: (turn: number) => number): MakeHostile {
  return ({ board }) => {
    const bmc = attachBmc(board, { doorbell: true });
    const { port, window } = bmc;
    window.write(0, Buffer.concat([encodeU32(MAGIC), Buffer.from([0, 1, 0, 3])]), 0, 8);
    let turn = 0;
    return {
      step: () => {
        port.writeStatus(status(turn));
        const now = port.readStatus();
        if ((now & Status.OBF) === 0) {
          port.writeData(byte(turn));
          turn++;
        }
        if ((now & Status.IBF) !== 0) port.readData();
      },
      get tried() {
        return { [what]: turn };
      },
      close: () => {
        bmc.close();
      },
    };
  };
}
