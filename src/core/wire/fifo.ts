/** A queue whose first entry is taken without moving the others: a ring that grows. */
export class Fifo<Entry> {
  #ring: (Entry | undefined)[] = new Array<Entry | undefined>(8).fill(undefined);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The entry that `shift` would take. */
  get first(): Entry | undefined {
    return this.#ring[this.#head];
  }

  push(entry: Entry): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = entry;
    this.#length++;
  }

  shift(): Entry | undefined {
    const entry = this.#ring[this.#head];
    if (entry === undefined) return undefined;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length--;
    return entry;
  }

  /** Empties the queue; gives what was in it, oldest first. */
  takeAll(): readonly Entry[] {
    const entries: Entry[] = [];
    for (let entry = this.shift(); entry !== undefined; entry = this.shift()) entries.push(entry);
    return entries;
  }

  #grow(): void {
    const { length } = this.#ring;
    const entries = [...this.#ring.slice(this.#head), ...this.#ring.slice(0, this.#head)];
    this.#ring = [...entries, ...new Array<undefined>(length).fill(undefined)];
    this.#head = 0;
  }
}
