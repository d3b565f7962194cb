/**
 * The other side of a program under test: a host or a BMC that is scripted step by step, on a board in a file. It follows the
 * protocol where the script says nothing else, and answers the program's requests.
 */
import type { HostPort, Window } from "../../../src/platform/port.ts";
import { crc32 } from "../../../src/core/wire/crc.ts";
import { pause } from "../../support/processes.ts";

const TX_BEGIN = 0x01;
const RX_COMPLETE = 0x02;
const SOM_AND_EOM = 0xc0;
const TAG_OWNER = 0x08;
const RAW_BYTES = 256;
const LIMIT_MILLISECONDS = 3000;

/** A packet as it lay in the buffer at its Tx Begin. */
export interface Packet {
  readonly length: number;
  readonly raw: Buffer;
  /** MCTP packet, as the length field has it. */
  readonly bytes: Buffer;
  readonly trailer: number;
  readonly crc: number;
  readonly session: number;
}

export interface Sending {
  /** The length field, in place of the packet's length. */
  readonly length?: number;
  /** Added to the trailer. */
  readonly spoil?: number;
}

/** The program under test. */
export interface Program {
  /** Starts it, unless it runs. */
  launch(): void;
  /** Ends it in order. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export abstract class Opposite {
  abstract readonly side: "host" | "bmc";
  /** What the program wrote, byte by byte. */
  readonly bytes: number[] = [];
  readonly packets: Packet[] = [];
  version = 0;
  session = 0;
  incoming = { offset: 0, size: 0 };
  outgoing = { offset: 0, size: 0 };
  /** Whether it reads the register that the program writes. */
  reads = true;
  /** Whether it gives buffers back. */
  completes = true;
  /** Whether it answers the program's requests. */
  answers = true;
  readonly queue: number[] = [];
  /** Tx Begins that it wrote. */
  begins = 0;
  protected readonly port: HostPort;
  readonly window: Window;
  readonly program: Program;
  readonly #inFull: number;
  readonly #outFull: number;

  constructor(
    port: HostPort,
    window: Window,
    flags: { readonly inFull: number; readonly outFull: number },
    program: Program,
  ) {
    this.port = port;
    this.window = window;
    this.program = program;
    this.#inFull = flags.inFull;
    this.#outFull = flags.outFull;
  }

  /** Opens a session with the program, which it starts if need be. `mtu` is what this side has. */
  abstract open(mtu?: number, versions?: readonly [number, number]): Promise<void>;
  /** Whether the program has left its session. */
  abstract ended(): boolean;
  /** Ends the session, and opens the next one with it. */
  abstract reopen(): Promise<void>;

  get status(): number {
    return this.port.readStatus();
  }

  get own(): number {
    return this.side === "host" ? 9 : 8;
  }

  get peer(): number {
    return this.side === "host" ? 8 : 9;
  }

  get(offset: number, bytes = 4): number {
    const field = Buffer.alloc(bytes);
    this.window.read(offset, field, 0, bytes);
    return field.readUIntBE(0, bytes);
  }

  put(offset: number, value: number, bytes = 4): void {
    const field = Buffer.alloc(bytes);
    field.writeUIntBE(value, 0, bytes);
    this.window.write(offset, field, 0, bytes);
  }

  /** The byte that stands in the register, whether it was read before or not. */
  take(): number {
    return this.port.readData();
  }

  get inIsFull(): boolean {
    return (this.status & this.#inFull) !== 0;
  }

  get outIsFull(): boolean {
    return (this.status & this.#outFull) !== 0;
  }

  /** Overwrites what stands there. */
  force(byte: number): void {
    this.port.writeData(byte);
  }

  /** One look at the registers. */
  look(): void {
    if (this.reads && this.inIsFull) {
      const byte = this.take();
      this.bytes.push(byte);
      this.read(byte);
    }
    const next = this.queue[0];
    if (next !== undefined && !this.outIsFull) {
      this.queue.shift();
      this.port.writeData(next);
      if (next === TX_BEGIN) this.begins++;
    }
  }

  protected read(byte: number): void {
    if (byte !== TX_BEGIN || this.version === 0) return;
    const packet = this.buffer();
    this.packets.push(packet);
    if (this.completes) this.queue.push(RX_COMPLETE);
    if (this.answers) this.#answer(packet.bytes);
  }

  /** What lies in the buffer that this side receives by. */
  buffer(): Packet {
    const raw = Buffer.alloc(Math.min(RAW_BYTES, this.window.size - this.incoming.offset));
    this.window.read(this.incoming.offset, raw, 0, raw.length);
    const length = raw.readUInt32BE(0);
    const end = 4 + Math.min(length, raw.length - 8);
    const bytes = raw.subarray(4, end);
    return { length, raw, bytes, trailer: raw.readUInt32BE(end), crc: crc32(bytes), session: this.session };
  }

  /** Success for each request, with what its command needs. */
  #answer(packet: Buffer): void {
    const [, , source = 0, flags = 0, type, instance = 0, command = 0] = packet;
    if (type !== 0 || (flags & 0xc8) !== 0xc8 || (instance & 0xc0) !== 0x80) return;
    const data: Record<number, readonly number[]> = {
      1: [0, 9, 0],
      2: [this.own, this.side === "host" ? 0 : 0x10, 0],
      3: Array.from({ length: 16 }, (_, i) => i + 1),
      4: [1, 0xf1, 0xf3, 0xf1, 0x00],
      5: [0],
    };
    this.send([
      1,
      source,
      this.own,
      SOM_AND_EOM | (flags & 7),
      0,
      instance & 0x1f,
      command,
      0,
      ...(data[command] ?? []),
    ]);
  }

  /** Puts a packet into the buffer and queues its Tx Begin. */
  send(packet: readonly number[], sending: Sending = {}): void {
    this.write(packet, sending);
    this.queue.push(TX_BEGIN);
  }

  write(
    packet: readonly number[],
    { length = packet.length, spoil = 0 }: Sending = {},
    at: number = this.outgoing.offset,
  ): void {
    const frame = Buffer.alloc(packet.length + 8);
    frame.writeUInt32BE(length, 0);
    frame.set(packet, 4);
    frame.writeUInt32BE((crc32(Buffer.from(packet)) ^ spoil) >>> 0, 4 + packet.length);
    this.window.write(at, frame, 0, frame.length);
  }

  /** A control request in one packet. */
  request(message: readonly number[], { tag = 1, destination = 0 } = {}): readonly number[] {
    return [1, destination, this.own, SOM_AND_EOM | TAG_OWNER | tag, ...message];
  }

  /** The program's first packet of a response with this tag, from `from` on. */
  response(tag = 1, from = 0): Packet | undefined {
    return this.packets.slice(from).find(({ bytes }) => ((bytes[3] ?? 0) & 0x8f) === (0x80 | tag));
  }

  /** Sends a control request; its response, its bytes from the type on, or undefined when there is none in time. */
  async ask(message: readonly number[], milliseconds = 400, destination = 0): Promise<readonly number[] | undefined> {
    const from = this.packets.length;
    this.send(this.request(message, { destination }));
    await this.until(() => this.response(1, from) !== undefined, milliseconds);
    const response = this.response(1, from);
    return response && [...response.bytes.subarray(4)];
  }

  async until(holds: () => boolean, milliseconds = LIMIT_MILLISECONDS): Promise<boolean> {
    const end = performance.now() + milliseconds;
    for (;;) {
      this.look();
      if (holds()) return true;
      if (performance.now() > end) return false;
      await pause(1);
    }
  }

  async run(milliseconds: number): Promise<void> {
    await this.until(() => false, milliseconds);
  }

  count(byte: number, from = 0): number {
    return this.bytes.slice(from).filter((one) => one === byte).length;
  }

  /** Waits until nothing was said for a while. */
  async quiet(milliseconds = 120): Promise<void> {
    let heard = this.bytes.length;
    let since = performance.now();
    await this.until(() => {
      if (this.bytes.length !== heard) {
        heard = this.bytes.length;
        since = performance.now();
      }
      return performance.now() - since > milliseconds;
    });
  }
}
