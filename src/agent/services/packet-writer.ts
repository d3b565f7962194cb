/**
 * Packets on their way to one client of a packet socket, one after the other: Node would send two that wait together as one.
 * What waits is bounded; a client that does not read loses what comes then, and holds up nothing.
 */
import type { Socket } from "node:net";

/** Packets and bytes that wait for one client, beside the one that the kernel does not take yet. */
export const WAITING_PACKETS = 64;
export const WAITING_BYTES: number = 256 * 1024;

export class PacketWriter {
  readonly #socket: Socket;
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;
  #isWriting = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** False: too much waits, this one is dropped. */
  write(packet: Uint8Array): boolean {
    if (!this.#socket.writable) return false;
    if (!this.#isWriting) {
      this.#send(packet);
      return true;
    }
    if (this.#waiting.length >= WAITING_PACKETS || this.#bytes + packet.length > WAITING_BYTES) return false;
    this.#waiting.push(packet);
    this.#bytes += packet.length;
    return true;
  }

  #send(packet: Uint8Array): void {
    this.#isWriting = true;
    this.#socket.write(packet, () => {
      this.#isWriting = false;
      const next = this.#waiting.shift();
      if (next === undefined || !this.#socket.writable) return;
      this.#bytes -= next.length;
      this.#send(next);
    });
  }
}
