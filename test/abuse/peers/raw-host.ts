/**
 * A host that plays the registers and the window of a board as it likes. It opens sessions and moves packets as the binding
 * says where an attack needs that, and breaks every rule where that is the attack.
 */
import { decodeControlRegion, CONTROL_FIELDS_BYTES, Field } from "../../../src/core/binding/control-region.ts";
import { Command, Status } from "../../../src/core/binding/registers.ts";
import { attachHost } from "../../../src/platform/shared-file/shared-file.ts";
import type { HostPlatform } from "../../../src/platform/port.ts";

/** Without a CRC: the cheapest for the attacker. */
const VERSION = 2;
const LENGTH_BYTES = 4;

/** What an attack has to say once a session is open. */
export interface PacketPlayer {
  /** The next packet, from its header on; undefined: nothing now. */
  next(): Buffer | undefined;
  received(packet: Buffer): void;
  /** A session was opened. */
  opened?(): void;
}

export class RawHost {
  readonly platform: HostPlatform;
  /** Commands and reads of ODR so far. */
  accesses = 0;
  packetsSent = 0;
  sessions = 0;
  /** Whether packets of the BMC are read: one that is not holds the BMC's answers up. */
  reads = true;
  readonly #fields = Buffer.alloc(CONTROL_FIELDS_BYTES);
  #txOffset = 0;
  #rxOffset = 0;
  #isOpen = false;
  #isOutstanding = false;
  #owesRxComplete = false;

  constructor(board: string) {
    this.platform = attachHost(board, { doorbell: true });
  }

  /** Bytes of the largest packet that the BMC's buffer takes. */
  get largestPacket(): number {
    return this.layout().hostToBmc.size - LENGTH_BYTES;
  }

  layout(): ReturnType<typeof decodeControlRegion>["layout"] {
    this.platform.window.read(0, this.#fields, 0, CONTROL_FIELDS_BYTES);
    return decodeControlRegion(this.#fields).layout;
  }

  /** Writes a command where IDR has room, whatever is in ODR. */
  write(command: number): boolean {
    const { port } = this.platform;
    if ((port.readStatus() & Status.IBF) !== 0) return false;
    port.writeData(command);
    this.accesses++;
    return true;
  }

  /** Reads what is in ODR away; gives the status. */
  drain(): number {
    const { port } = this.platform;
    const status = port.readStatus();
    if ((status & Status.OBF) !== 0) port.readData();
    this.accesses++;
    return status;
  }

  propose(min: number, cur: number): void {
    this.platform.window.write(Field.hostVersionMin, Buffer.from([min >> 8, min, cur >> 8, cur]), 0, 4);
  }

  /** Writes a frame whose length field says `length`, be it true or not. */
  frame(packet: Buffer, length: number = packet.length): void {
    const frame = Buffer.alloc(LENGTH_BYTES + packet.length);
    frame.writeUInt32BE(length >>> 0, 0);
    packet.copy(frame, LENGTH_BYTES);
    this.platform.window.write(this.#txOffset, frame, 0, frame.length);
  }

  /** One step of an orderly session in which `player` speaks. True while the session is open. */
  step(player: PacketPlayer): boolean {
    const { port } = this.platform;
    const status = port.readStatus();
    if ((status & Status.OBF) !== 0) this.#take(port.readData(), player);
    if ((status & Status.CHANNEL_ACTIVE) === 0) {
      this.#isOpen = this.#isOutstanding = this.#owesRxComplete = false;
      if ((status & Status.IBF) === 0) {
        this.propose(1, VERSION);
        this.write(Command.INITIALISE);
      }
      return false;
    }
    if (!this.#isOpen) this.#open(player);
    if ((port.readStatus() & Status.IBF) !== 0) return true;
    if (this.#owesRxComplete) {
      this.write(Command.RX_COMPLETE);
      this.#owesRxComplete = false;
    } else if (!this.#isOutstanding) {
      const packet = player.next();
      if (packet === undefined) return true;
      this.frame(packet);
      this.write(Command.TX_BEGIN);
      this.#isOutstanding = true;
      this.packetsSent++;
    }
    return true;
  }

  /** Closes the session; the next step opens another. */
  close(): boolean {
    this.propose(0, 0);
    if (!this.write(Command.INITIALISE)) return false;
    this.#isOpen = false;
    return true;
  }

  /** True once the BMC has taken the last packet. */
  get isIdle(): boolean {
    return this.#isOpen && !this.#isOutstanding;
  }

  #open(player: PacketPlayer): void {
    const { bmcToHost, hostToBmc } = this.layout();
    this.#rxOffset = bmcToHost.offset;
    this.#txOffset = hostToBmc.offset;
    this.#isOpen = true;
    this.#isOutstanding = this.#owesRxComplete = false;
    this.sessions++;
    player.opened?.();
  }

  #take(command: number, player: PacketPlayer): void {
    this.accesses++;
    if (command === Command.RX_COMPLETE) this.#isOutstanding = false;
    if (command !== Command.TX_BEGIN || !this.#isOpen || !this.reads) return;
    const length = Buffer.alloc(LENGTH_BYTES);
    const { window } = this.platform;
    window.read(this.#rxOffset, length, 0, LENGTH_BYTES);
    const packet = Buffer.alloc(Math.min(length.readUInt32BE(0), window.size - this.#rxOffset - LENGTH_BYTES));
    window.read(this.#rxOffset + LENGTH_BYTES, packet, 0, packet.length);
    this.#owesRxComplete = true;
    player.received(packet);
  }
}
