/** What `mctp-lpc trace` shows of a capture of packets alone: a ladder, or an object for each packet. */
import type { CapturedMctp } from "../../core/capture/captured-trace.ts";
import { PacketLadder, PacketTexts } from "../../core/decode/packet-ladder.ts";
import { destinationOf, HEADER_BYTES, sourceOf } from "../../core/mctp/packet.ts";
import { readU32be, toHex } from "../../core/wire/bytes.ts";
import { print, printJsonLine } from "../output.ts";
import { bold } from "../styled.ts";
import { columnsOf } from "../terminal.ts";

export interface PacketPart {
  readonly from: number;
  readonly to: number;
  readonly json: boolean;
}

export class PacketOutput {
  readonly #part: PacketPart;
  readonly #texts = new PacketTexts();
  #ladder: PacketLadder | undefined;
  #count = 0;
  #shown = 0;

  constructor(part: PacketPart) {
    this.#part = part;
  }

  /** Packets so far, and those of them that were shown. */
  get counts(): { readonly all: number; readonly shown: number } {
    return { all: this.#count, shown: this.#shown };
  }

  take(packet: CapturedMctp): void {
    const n = this.#count++;
    const since = packet.nanoseconds?.toString();
    if (n === 0) this.#ladder = new PacketLadder({ width: columnsOf("stdout"), since });
    // Messages are put together of packets that are not shown, too.
    const items = this.#texts.of(packet);
    if (n < this.#part.from || n > this.#part.to) return;
    if (this.#part.json) printJsonLine(objectOf(n, packet, items));
    else this.#draw(packet, items);
    this.#shown++;
  }

  #draw(packet: CapturedMctp, items: readonly string[]): void {
    const ladder = (this.#ladder ??= new PacketLadder());
    if (this.#shown === 0) print([bold(ladder.header)]);
    const { way, text } = ladder.line(packet, items);
    print([{ text, style: way === "out" ? "host" : "bmc" }]);
  }
}

function objectOf(n: number, packet: CapturedMctp, items: readonly string[]): unknown {
  const { link, way, nanoseconds, bytes, length } = packet;
  const header = bytes.length < HEADER_BYTES ? undefined : readU32be(bytes, 0);
  return {
    kind: "packet",
    n,
    t: nanoseconds?.toString(),
    link,
    way,
    ...(header === undefined ? {} : { source: sourceOf(header), destination: destinationOf(header) }),
    length,
    bytes: toHex(bytes),
    text: items.join(" · "),
  };
}
