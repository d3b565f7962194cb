/** Requests that a side reads with a wrong CRC-32, as it may not answer them (LPC-BUF-5). */

const TAG = 0x07;
const TAG_OWNER = 0x08;
const SOM = 0x80;
const WHOLE_MESSAGE = 0xc0;
const HEADER_BYTES = 4;
const ANSWER_KEY = 0xffff;
/** Good requests that are remembered; beyond, no answer can be told to be another's. */
const REQUESTS_KEPT = 64;

/**
 * Whom a response goes to, and its tag. Not whom it comes from: a request to the null EID is answered from the EID that the
 * side has.
 */
function answerKey(destination: number, flags: number): number {
  return (destination << 8) | (flags & TAG);
}

/** Follows, in one session, what the side reads and what it answers. */
export class DamagedRequests {
  /** The response to the last damaged request: the EID that it comes from, above its answer key; -1 for none. */
  #damaged = -1;
  /** How many good requests were read whose response goes to the same EID with the same tag, and was not sent yet. */
  readonly #good = new Map<number, number>();
  #isLost = false;

  clear(): void {
    this.#damaged = -1;
    this.#good.clear();
    this.#isLost = false;
  }

  /** A packet was read: `bytes[at..at + length)`, header first. */
  read(bytes: Uint8Array, at: number, length: number, isDamaged: boolean): void {
    const flags = bytes[at + 3]!;
    if (length <= HEADER_BYTES || (flags & (SOM | TAG_OWNER)) !== (SOM | TAG_OWNER)) return;
    // The response goes from this packet's destination to its source.
    const key = answerKey(bytes[at + 2]!, flags);
    if (!isDamaged) {
      if (key === (this.#damaged & ANSWER_KEY)) this.#damaged = -1;
      if (this.#good.size >= REQUESTS_KEPT) this.#isLost = true;
      else this.#good.set(key, (this.#good.get(key) ?? 0) + 1);
    } else if ((flags & WHOLE_MESSAGE) === WHOLE_MESSAGE && !this.#isLost && !this.#good.has(key)) {
      this.#damaged = (bytes[at + 1]! << 16) | key;
    }
  }

  /** A packet is sent. True where it answers a damaged request, and no good one that was read before. */
  isAnsweredBy(bytes: Uint8Array, at: number, length: number): boolean {
    const flags = bytes[at + 3]!;
    if (length <= HEADER_BYTES || (flags & TAG_OWNER) !== 0 || (flags & SOM) === 0) return false;
    const key = answerKey(bytes[at + 1]!, flags);
    const waiting = this.#good.get(key) ?? 0;
    if (waiting > 1) this.#good.set(key, waiting - 1);
    else this.#good.delete(key);
    if (waiting > 0 || ((bytes[at + 2]! << 16) | key) !== this.#damaged) return false;
    this.#damaged = -1;
    return true;
  }
}
