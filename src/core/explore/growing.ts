/** A list of 32-bit numbers that grows. */
export class GrowingList {
  #items = new Int32Array(1 << 14);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#items.byteLength;
  }

  push(item: number): void {
    if (this.#length === this.#items.length) {
      const items = new Int32Array(this.#items.length * 2);
      items.set(this.#items);
      this.#items = items;
    }
    this.#items[this.#length++] = item;
  }

  at(index: number): number {
    return this.#items[index]!;
  }

  /** The items as they stand; not to be kept across a push. */
  get items(): Int32Array {
    return this.#items.subarray(0, this.#length);
  }
}
