/** Accesses that were made, as the answers to one who has to make the same ones in the same order. */
import type { BusAccess, WindowWrite } from "../../../src/core/binding/access.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";

/** The steps whose accesses may be one (10.7, 11.5). */
const DIVISIBLE = /^(H3|B5)\.[123]$/;

export interface Made {
  readonly access: BusAccess;
  /** What a register read gave. */
  readonly answer: number;
}

/** An access that was not made. */
export class WrongAccess extends Error {
  override name = "WrongAccess";
}

export class Replies {
  readonly #made: readonly Made[];
  #next = 0;

  constructor(made: readonly Made[]) {
    this.#made = made;
  }

  /** Answers the access that comes next. Throws for any other. */
  answer(access: BusAccess): number {
    const made = this.#made[this.#next];
    if (made === undefined)
      throw new WrongAccess(`nothing more was done, but the program goes on: ${accessText(access)}`);
    if (access.kind === "writeWindow" && DIVISIBLE.test(access.step)) {
      this.#expectSame(this.#takePacket(access.end - access.start), access);
      return 0;
    }
    this.#next++;
    this.#expectSame(made.access, access);
    if (access.kind === "readWindow" && made.access.kind === "readWindow") {
      const { into, at, length } = made.access;
      access.into.set(into.subarray(at, at + length), access.at);
    }
    return made.answer;
  }

  end(): void {
    const made = this.#made[this.#next];
    if (made !== undefined) throw new WrongAccess(`the program is done, but then came ${accessText(made.access)}`);
  }

  /** The writes of one packet, in the order of its steps and without a gap, as one of this many bytes. */
  #takePacket(length: number): BusAccess {
    let packet: WindowWrite | undefined;
    let step = "";
    for (; this.#next < this.#made.length; this.#next++) {
      const { access } = this.#made[this.#next]!;
      if (access.kind !== "writeWindow" || !DIVISIBLE.test(access.step) || access.step <= step) break;
      const piece = access.bytes.subarray(access.start, access.end);
      const before = packet?.bytes ?? new Uint8Array(0);
      if (packet !== undefined && access.offset !== packet.offset + before.length) break;
      if (before.length >= length && piece.length > 0) break;
      const bytes = Uint8Array.from([...before, ...piece]);
      packet = { ...(packet ?? access), bytes, start: 0, end: bytes.length };
      step = access.step;
    }
    return packet ?? this.#made[this.#next]!.access;
  }

  #expectSame(made: BusAccess, access: BusAccess): void {
    const [listing, program] = [accessText(made), accessText(access)];
    if (listing !== program) throw new WrongAccess(`${listing}; in the program ${program}`);
  }
}

/** "H1.2 writeWindow 8: 00000000" */
export function accessText(access: BusAccess): string {
  const head = `${access.step} ${access.kind}`;
  switch (access.kind) {
    case "readStatus":
    case "readData":
      return head;
    case "writeStatus":
    case "writeData":
      return `${head} ${toHex(Uint8Array.of(access.value))}`;
    case "readWindow":
      return `${head} ${String(access.offset)} for ${String(access.length)}`;
    case "writeWindow":
      return `${head} ${String(access.offset)}: ${toHex(access.bytes.subarray(access.start, access.end))}`;
  }
}
