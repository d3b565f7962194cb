/** Floods of packets: forged answers, messages that are too long, answers that are never fetched, control requests without end. */
import { Operation, encodeVendorRequest } from "../../../src/agent/files/vendor-messages.ts";
import { echoResponse, fileClosed, fileOpened, fileTaken } from "./forged.ts";
import { control, packet, request, response } from "./packets.ts";
import type { MakeHostile, Target } from "./hostile.ts";
import { RawHost } from "./raw-host.ts";

const SET_ENDPOINT_ID = 0x01;
const GET_ENDPOINT_ID = 0x02;
const ROUTING_INFORMATION_UPDATE = 0x09;
const TYPE_CONTROL = 0x00;
const TYPE_VENDOR = 0x7f;
const TYPE_UNKNOWN = 0x5a;
const MEBIBYTE = 1024 * 1024;
const SOM = 0x80;
const TO = 0x08;
/** EIDs that the attacker makes up. */
const [FIRST_SOURCE, SOURCES] = [125, 100];

/** A flood whose packet number `turn` is made by `make`; `reads`: whether answers are fetched. */
function packetFlood(make: (turn: number, target: Target, host: RawHost) => Buffer, reads = true): MakeHostile {
  return (target) => {
    const host = new RawHost(target.board);
    host.reads = reads;
    let answers = 0;
    const player = {
      next: () => make(host.packetsSent, target, host),
      received: () => {
        answers++;
      },
    };
    return {
      step: () => {
        host.step(player);
      },
      get tried() {
        return { packets: host.packetsSent, answers };
      },
      close: () => {
        host.platform.close();
      },
    };
  };
}

const sourceAt = (turn: number): number => FIRST_SOURCE + (turn % SOURCES);
const echo = (bytes: number): Uint8Array =>
  encodeVendorRequest({ operation: Operation.ECHO, data: Buffer.alloc(bytes, 0x45) });
const SMALL_ECHO = echo(16);

/** Answers to whatever an agent may be waiting for from the honest endpoint: an echo, each step of a file, who it is. */
const FORGED: readonly Uint8Array[] = [
  echoResponse,
  fileOpened,
  fileTaken,
  fileClosed,
  Uint8Array.of(TYPE_CONTROL, 0, GET_ENDPOINT_ID, 0, 0x66, 0, 0),
];

let longControl: Buffer | undefined;
let longMessage: Buffer | undefined;

export const PACKET_FLOODS: Readonly<Record<string, MakeHostile>> = {
  /** Answers "from" the honest endpoint, of every kind and tag. */
  "forged-answers": packetFlood((turn, { victim, honest }) =>
    response(victim, honest, turn, FORGED[(turn >> 3) % FORGED.length]!),
  ),
  /** Requests "from" the honest endpoint and from the agent itself. */
  "forged-requests": packetFlood((turn, { victim, honest }) =>
    request(victim, turn % 2 === 0 ? honest : victim, turn >> 1, openOf(`forged-${String(turn % 10)}`)),
  ),
  /** Packets that claim to come from the honest endpoint, or from the agent, and are to be forwarded. */
  "forged-transit": packetFlood((turn, { victim, honest }) =>
    request(honest, turn % 2 === 0 ? honest : victim, turn >> 1, SMALL_ECHO),
  ),
  /** Set Endpoint ID of a mebibyte, from every source. */
  "large-control": packetFlood((turn, { victim }, host) => {
    longControl ??= Buffer.alloc(Math.min(MEBIBYTE, host.largestPacket - 4));
    longControl.set(control(turn & 31, SET_ENDPOINT_ID, 0, 9));
    return request(victim, sourceAt(turn), turn, longControl);
  }),
  /** Messages in one packet, as large as the window's buffer. */
  "large-packets": packetFlood((turn, { victim }, host) => {
    longMessage ??= Buffer.alloc(host.largestPacket - 4, TYPE_VENDOR);
    return request(victim, sourceAt(turn), turn, longMessage);
  }),
  /** First packets of long messages from every source, none of which goes on. */
  unfinished: packetFlood((turn, { victim }) =>
    packet(victim, sourceAt(turn), SOM | TO | (turn & 7), Buffer.alloc(200 * 1024, TYPE_VENDOR)),
  ),
  /** Control requests of the largest size from every source, each another one. */
  repeats: packetFlood((turn, { victim }) => {
    const message = Buffer.alloc(64);
    message.set(control(turn & 31, SET_ENDPOINT_ID, 0, 9));
    message.writeUInt32BE(turn, 8);
    return request(victim, sourceAt(turn), turn, message);
  }),
  "get-eid": packetFlood((turn, { victim }) =>
    request(victim, sourceAt(turn), turn, control(turn & 31, GET_ENDPOINT_ID)),
  ),
  "never-fetched": packetFlood(
    (turn, { victim }) => request(victim, sourceAt(turn), turn, turn % 2 === 0 ? echo(8192) : control(turn & 31, 2)),
    false,
  ),
  routes: packetFlood((turn, { victim }) => {
    const entries = Array.from({ length: 14 }, (_, at) => [0, 1 + ((turn + at) % 9), 8 + ((turn * 7 + at) % 240), 9]);
    return request(victim, sourceAt(turn), turn, control(turn & 31, ROUTING_INFORMATION_UPDATE, 14, ...entries.flat()));
  }),
  /** For the honest endpoint: payload that a bridge forwards. */
  transit: packetFlood((turn, { honest }) => request(honest, sourceAt(turn), turn, SMALL_ECHO)),
  /** For the agent's own echo service, and the answers are fetched: payload that a service takes. */
  echo: packetFlood((turn, { victim }) => request(victim, sourceAt(turn), turn, SMALL_ECHO)),
  /** Long messages of a type that nobody takes, of bytes that act on a terminal. */
  unhandled: packetFlood((turn, { victim }) =>
    request(victim, sourceAt(turn), turn, Buffer.concat([Buffer.of(TYPE_UNKNOWN), Buffer.alloc(4096, "\u001b[2J\n")])),
  ),
  /** Packets to nowhere, of no version, from nobody, with no payload; about a quarter of them are echoes that are answered. */
  "no-packets": packetFlood((turn, { victim }) => {
    const bytes = request(turn % 5 === 0 ? 250 : victim, [0, 255, 8, sourceAt(turn)][turn & 3]!, turn, SMALL_ECHO);
    if (turn % 3 === 0) bytes[0] = 0;
    return turn % 7 === 0 ? bytes.subarray(0, 4 + (turn % 2)) : bytes;
  }),
};

function openOf(name: string): Uint8Array {
  return encodeVendorRequest({ operation: Operation.FILE_OPEN, size: 4, sha256: Buffer.alloc(32), name });
}
