/** What a client has sent and the agent has not taken yet, in lines; it never holds more than a limit of bytes. */

const NEWLINE = 0x0a;
const EMPTY = Buffer.alloc(0);
/** What is not given back when all lines are taken. */
const KEPT_BYTES = 64 * 1024;

export class LineBuffer {
  readonly #longestLine: number;
  readonly #limit: number;
  #bytes: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  /** Where the search for the next end of a line begins. */
  #searched = 0;
  /** The next line is longer than a line may be; `next` gives no more lines. */
  isTooLong = false;

  /** `longestLine`: bytes without the newline; `limit`: bytes of all lines that wait, one of them unfinished. */
  constructor(longestLine: number, limit: number) {
    this.#longestLine = longestLine;
    this.#limit = limit;
  }

  /** Bytes of memory that the lines take. */
  get heldBytes(): number {
    return this.#bytes.length;
  }

  /** False: that is more than the limit, and was not taken. */
  push(part: Uint8Array): boolean {
    const length = this.#end - this.#start + part.length;
    if (length > this.#limit) return false;
    if (this.#end + part.length > this.#bytes.length) this.#makeRoom(length);
    this.#bytes.set(part, this.#end);
    this.#end += part.length;
    return true;
  }

  /** The next whole line without its newline; undefined: none has ended yet, or it is too long. */
  next(): string | undefined {
    const at = this.#bytes.subarray(0, this.#end).indexOf(NEWLINE, this.#searched);
    const end = at < 0 ? this.#end : at;
    this.isTooLong = end - this.#start > this.#longestLine;
    if (this.isTooLong) return undefined;
    if (at < 0) {
      this.#searched = end;
      return undefined;
    }
    const line = this.#bytes.toString("utf8", this.#start, end);
    this.#start = end + 1;
    this.#searched = this.#start;
    if (this.#start === this.#end) this.clear();
    return line;
  }

  clear(): void {
    this.#start = this.#end = this.#searched = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = EMPTY;
  }

  /** Room for so many bytes: those that there are move to the start, of larger memory where that is needed. */
  #makeRoom(length: number): void {
    const size = length > this.#bytes.length / 2 ? Math.min(2 * length, this.#limit) : this.#bytes.length;
    const bytes = size === this.#bytes.length ? this.#bytes : Buffer.allocUnsafeSlow(size);
    this.#bytes.copy(bytes, 0, this.#start, this.#end);
    this.#searched -= this.#start;
    this.#end -= this.#start;
    this.#start = 0;
    this.#bytes = bytes;
  }
}
