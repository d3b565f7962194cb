/** A local program that floods the control socket of an agent. The place of its attack is the path of that socket. */
import { connect, type Socket } from "node:net";
import type { Hostile, MakeHostile } from "./hostile.ts";

const CLIENTS = 8;
/** More than the agent takes at once. */
const MANY_CLIENTS = 200;
/** No endpoint has this EID. */
const NOBODY = 99;
const MEBIBYTE = 1024 * 1024;
/** Of which no further bytes are sent before the agent has read some. */
const UNSENT_LIMIT_BYTES = 8 * MEBIBYTE;

const call = (id: unknown, method: unknown, params?: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, ...(params === undefined ? {} : { params }) });
const line = (value: string): Buffer => Buffer.from(`${value}\n`);
const batch = (count: number, method: string): Buffer =>
  line(`[${Array.from({ length: count }, (_, id) => call(id, method)).join(",")}]`);

const STATUS_LINES: Buffer = Buffer.concat(Array.from({ length: 1000 }, (_, id) => line(call(id, "status"))));
const PING_LINES: Buffer = Buffer.concat(
  Array.from({ length: 1000 }, (_, id) => line(call(id, "ping", { eid: NOBODY, count: 10, interval: 0 }))),
);
const BATCH: Buffer = batch(60_000, "status");
const SMALL_BATCHES: Buffer = Buffer.concat(Array.from({ length: 100 }, () => batch(32, "status")));
/** Sent to nobody that answers, so that they wait. */
const SENDS: Buffer = Buffer.concat(
  Array.from({ length: 500 }, (_, id) => line(call(id, "send", { hex: `7f${"00".repeat(4000)}`, eid: NOBODY }))),
);
const ODD: Buffer = Buffer.concat(
  [
    "null",
    "1",
    '"x"',
    "[]",
    "[[]]",
    "{}",
    '{"jsonrpc":"2.0"}',
    call(1, "__proto__"),
    call(1, "constructor", {}),
    call(1, "status", { __proto__: 1 }),
    call({}, "status"),
    call(1, "request", { hex: "7g" }),
    call(1, "ping", { count: 1e308 }),
    call(1, "assign", { eid: -1 }),
    call(1, "sendFile", { path: "/dev/zero" }),
    call(1, "sendFile", { path: "x".repeat(10_000) }),
    "[".repeat(10_000),
  ].map(line),
);

interface Program {
  /** What a client writes, again and again. */
  readonly bytes: Buffer;
  readonly clients?: number;
  /** Whether answers are read. */
  readonly reads?: boolean;
  /** The client goes once it has written that, and another comes. */
  readonly vanishes?: boolean;
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  "status-lines": { bytes: STATUS_LINES },
  "large-batches": { bytes: BATCH },
  "small-batches": { bytes: SMALL_BATCHES },
  "ping-and-go": { bytes: PING_LINES, vanishes: true },
  "unread-answers": { bytes: STATUS_LINES, reads: false },
  "endless-line": { bytes: Buffer.alloc(MEBIBYTE, 0x61) },
  "many-clients": { bytes: line(call(1, "status")), clients: MANY_CLIENTS, vanishes: true },
  "odd-calls": { bytes: ODD, vanishes: true },
  "waiting-sends": { bytes: SENDS },
};

class Client {
  readonly #path: string;
  readonly #program: Program;
  #socket: Socket | undefined;
  #written = 0;

  constructor(path: string, program: Program) {
    this.#path = path;
    this.#program = program;
  }

  /** Writes as much as the agent takes; true when it has connected anew. */
  step(count: (bytes: number) => void): boolean {
    const { bytes, reads = true, vanishes = false } = this.#program;
    if (this.#socket === undefined || this.#socket.destroyed) {
      const socket = connect(this.#path).on("error", () => undefined);
      if (reads) socket.on("data", () => undefined);
      this.#socket = socket;
      this.#written = 0;
      return true;
    }
    if (vanishes && this.#written > 0) {
      if (this.#socket.writableLength === 0) this.#socket.destroy();
      return false;
    }
    if (this.#socket.writableLength > UNSENT_LIMIT_BYTES) return false;
    this.#socket.write(bytes);
    this.#written += bytes.length;
    count(bytes.length);
    return false;
  }

  close(): void {
    this.#socket?.destroy();
  }
}

function clients(program: Program): MakeHostile {
  return ({ board: path }): Hostile => {
    const all = Array.from({ length: program.clients ?? CLIENTS }, () => new Client(path, program));
    let [turn, connections, bytes] = [0, 0, 0];
    return {
      step: () => {
        const client = all[turn++ % all.length]!;
        const isNew = client.step((written) => {
          bytes += written;
        });
        if (isNew) connections++;
      },
      get tried() {
        return { connections, bytes };
      },
      close: () => {
        for (const client of all) client.close();
      },
    };
  };
}

export const SOCKET_ATTACKS: Readonly<Record<string, MakeHostile>> = Object.fromEntries(
  Object.entries(PROGRAMS).map(([name, program]) => [name, clients(program)]),
);
