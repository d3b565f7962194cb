/** Chooses packets by EID and message type. The type stands in the first packet of a message alone, so it is remembered. */
import { Flag, HEADER_BYTES, destinationOf, sourceOf } from "../mctp/packet.ts";
import { typeOf } from "../mctp/message.ts";
import { readU32be } from "../wire/bytes.ts";

/** Messages of several packets whose types are remembered; the oldest is forgotten. */
const MESSAGES_KEPT = 256;
/** Source, destination, TO and tag: what tells messages apart that are under way at once. */
const MESSAGE_MASK = 0x00ff_ff0f;

export interface PacketChoice {
  /** Of the source or the destination. */
  readonly eid?: number | undefined;
  readonly type?: number | undefined;
}

export class PacketFilter {
  readonly #choice: PacketChoice;
  readonly #types = new Map<number, number>();

  constructor(choice: PacketChoice) {
    this.#choice = choice;
  }

  /** Takes every packet in order: the header at least. `type`: of its message, where it is known. */
  take(packet: Uint8Array): { readonly isChosen: boolean; readonly type: number | undefined } {
    const header = readU32be(packet, 0);
    const type = this.#typeOf(header, packet.subarray(HEADER_BYTES));
    const { eid, type: wanted } = this.#choice;
    const isOfEid = eid === undefined || sourceOf(header) === eid || destinationOf(header) === eid;
    return { isChosen: isOfEid && (wanted === undefined || type === wanted), type };
  }

  #typeOf(header: number, payload: Uint8Array): number | undefined {
    const message = header & MESSAGE_MASK;
    const isFirst = (header & Flag.SOM) !== 0;
    const type = isFirst && payload.length > 0 ? typeOf(payload) : isFirst ? undefined : this.#types.get(message);
    this.#types.delete(message);
    if (type !== undefined && (header & Flag.EOM) === 0) {
      const [oldest] = this.#types.keys();
      if (oldest !== undefined && this.#types.size >= MESSAGES_KEPT) this.#types.delete(oldest);
      this.#types.set(message, type);
    }
    return type;
  }
}
