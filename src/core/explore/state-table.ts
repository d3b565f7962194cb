/**
 * The states found so far: rows of WIDTH 32-bit numbers, each kept once and whole, so that no two are taken for one.
 * A state is known by its index, which is also the order in which a breadth-first search found it.
 */

/** Numbers of a state. */
export const WIDTH = 6;

const FIRST_CAPACITY = 1 << 14;

export class StateTable {
  #states = new Int32Array(FIRST_CAPACITY * WIDTH);
  /** Open addressing, index + 1 of a state or 0. At most half full. */
  #slots = new Int32Array(FIRST_CAPACITY * 2);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#states.byteLength + this.#slots.byteLength;
  }

  /** The index of a state, which is added if it is new: then the count has grown. */
  add(state: Int32Array): number {
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(state) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]!;
      if (entry === 0) {
        const index = this.#count++;
        this.#states.set(state, index * WIDTH);
        this.#slots[slot] = index + 1;
        return index;
      }
      if (this.#equals(entry - 1, state)) return entry - 1;
    }
  }

  /** Copies a state into `into`. */
  read(index: number, into: Int32Array): void {
    const at = index * WIDTH;
    for (let field = 0; field < WIDTH; field++) into[field] = this.#states[at + field]!;
  }

  #equals(index: number, state: Int32Array): boolean {
    const at = index * WIDTH;
    for (let field = 0; field < WIDTH; field++) if (this.#states[at + field] !== state[field]) return false;
    return true;
  }

  #grow(): void {
    const states = new Int32Array(this.#states.length * 2);
    states.set(this.#states);
    this.#states = states;
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    const state = new Int32Array(WIDTH);
    for (let index = 0; index < this.#count; index++) {
      this.read(index, state);
      let slot = hashOf(state) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}

function hashOf(state: Int32Array): number {
  let hash = 0x9e3779b9;
  for (let field = 0; field < WIDTH; field++) {
    hash = Math.imul(hash ^ state[field]!, 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
