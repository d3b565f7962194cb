/**
 * What stands in the hostToBmc buffer beside what the host announces: the tester puts a packet of its own there while the
 * buffer is its own, so that a Tx Begin without a packet, or ahead of it, is seen (LPC-HOST-11, LPC-BUF-7).
 */
import { equalBytes, readU32be } from "../core/wire/bytes.ts";
import { LENGTH_BYTES } from "../core/binding/packet-buffer.ts";
import { framingOf } from "../core/binding/versions.ts";
import type { Window } from "../platform/port.ts";
import { frameOf, type PlayedSession, type Player } from "./player.ts";

/** A packet that no host sends: a message of a type that is not assigned, from and for the null EID. */
const MARK: Uint8Array = Uint8Array.of(1, 0, 0, 0xc0, 0x7a, 0x5a, 0xa5, 0x5a, 0xa5, 0x3c, 0xc3);
/** Looks at a packet right behind its Tx Begin. */
const LOOKS = 3;

export class HostBuffer {
  /** Accesses to it are not recorded: what the tester writes there would make the judge doubt what it reads. */
  readonly #window: Window;
  #session: PlayedSession | undefined;
  #marked: Uint8Array | undefined;
  /** A packet of this session was completed before the mark. */
  #isLater = false;
  #taken: Uint8Array | undefined;

  constructor(window: Window) {
    this.#window = window;
  }

  forget(): void {
    this.#session = undefined;
    this.#marked = undefined;
    this.#taken = undefined;
  }

  /** Puts the tester's packet there. The buffer has to be the tester's: no session, or Rx Complete is owed to the host. */
  mark(session: PlayedSession, isLater: boolean): void {
    const { version, receives } = session;
    this.#session = session;
    this.#isLater = isLater;
    const frame = frameOf(version, MARK);
    this.#window.write(receives.offset, frame, 0, frame.length);
    this.#marked = frame;
    this.#taken = undefined;
  }

  /** The host has written to its buffer since the tester's packet was put there: a packet waits for its Tx Begin. */
  isWritten(session: PlayedSession): boolean {
    const { length } = this.#marked ?? new Uint8Array(0);
    return length > 0 && !equalBytes(this.#read(session.receives.offset, length), this.#marked!);
  }

  /** Tx Begin was read, and the tester's packet is still there. */
  get isUntouched(): boolean {
    return this.#session !== undefined && this.#marked !== undefined && !this.isWritten(this.#session);
  }

  /** As `isUntouched`, and some time has passed: `isWritten` says whether the packet has come in it. */
  breakUntouched(player: Player, isWritten: boolean): never {
    // Behind a packet of the session it may be the Tx Begin of that packet, written twice.
    if (this.#isLater && !isWritten) {
      player.broken(
        "LPC-HOST-16",
        "Tx Begin is read twice, and one packet was written",
        "one Tx Begin for each packet, the next behind the Rx Complete for the packet before",
      );
    }
    player.broken(
      "LPC-HOST-11",
      isWritten
        ? "Tx Begin is read, and its packet comes behind it"
        : "Tx Begin is read in a session in which no packet was written",
      "the whole packet is in the buffer before its Tx Begin",
    );
  }

  /** Tx Begin was read: the packet is there, and does not change any more. */
  judgeBegin(player: Player): void {
    const { session } = player;
    if (session === undefined) return;
    const first = this.#packet(session);
    for (let look = 0; look < LOOKS; look++) {
      if (equalBytes(this.#packet(session), first)) continue;
      player.broken(
        "LPC-HOST-11",
        "the packet in the buffer changes behind its Tx Begin",
        "the whole packet is in the buffer before its Tx Begin",
      );
    }
    this.#marked = undefined;
    this.#taken = first;
  }

  /** Rx Complete is about to be written: the packet is as it was when its Tx Begin was read. */
  judgeEnd(player: Player): void {
    const { session } = player;
    if (session === undefined || this.#taken === undefined) return;
    if (equalBytes(this.#packet(session), this.#taken)) return;
    player.broken(
      "LPC-BUF-7",
      "the packet in the buffer changes before its Rx Complete",
      "the buffer is left alone until Rx Complete is read or the session has ended",
    );
  }

  /** Length field, packet and trailer as far as they lie in the buffer. */
  #packet({ version, receives }: PlayedSession): Uint8Array {
    const end = Math.min(receives.size, this.#window.size - receives.offset);
    const field = this.#read(receives.offset, LENGTH_BYTES);
    const length = LENGTH_BYTES + readU32be(field, 0) + framingOf(version).trailerBytes;
    return this.#read(receives.offset, Math.min(length, end));
  }

  #read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#window.read(offset, bytes, 0, length);
    return bytes;
  }
}
