/**
 * When the bus owner's assignments are written to their file. A new assignment binds the bus owner and is
 * written at once; who was seen last changes as often as a peer likes, and waits.
 */
import type { StateFile } from "./state-file.ts";
import type { BusOwner } from "../core/mctp/bus-owner/bus-owner.ts";
import { encodeMemory } from "../core/mctp/bus-owner/memory.ts";
import { LARGEST_PORT } from "../core/mctp/bridge/routes.ts";
import { messageOf } from "../platform/failure.ts";

const SAVE_INTERVAL_MILLISECONDS = 1000;
/** One for each port: a peer that is another device each time it comes has it no better than that. */
const LARGEST_HASTE = LARGEST_PORT + 1;

export type AssignmentStore = Pick<StateFile, "content" | "write">;

export class KeptAssignments {
  readonly #owner: BusOwner;
  readonly #store: AssignmentStore | undefined;
  readonly #tell: (line: string) => void;
  /** What the file holds, or is about to. */
  #text: string | undefined;
  /** The same without its order, which says who was seen last. */
  #given: string | undefined;
  #savedAt = Number.NEGATIVE_INFINITY;
  #later: NodeJS.Timeout | undefined;
  /** Written at once since this moment. */
  #hasty = { since: Number.NEGATIVE_INFINITY, count: 0 };
  #troubleTold: string | undefined;

  constructor(owner: BusOwner, store: AssignmentStore | undefined, tell: (line: string) => void) {
    this.#owner = owner;
    this.#store = store;
    this.#tell = tell;
    this.#text = store?.content;
    if (this.#text === encodeMemory(owner.memory)) this.#given = givenOf(owner);
  }

  /** Something that is remembered may have changed. */
  changed(): void {
    if (this.#store === undefined || encodeMemory(this.#owner.memory) === this.#text) return;
    const wait = this.#savedAt + SAVE_INTERVAL_MILLISECONDS - performance.now();
    if (wait <= 0 || (givenOf(this.#owner) !== this.#given && this.#mayHasten())) this.#saveNow();
    else {
      this.#later ??= setTimeout(() => {
        this.#saveNow();
      }, wait);
    }
  }

  /** Writes what there is, and waits for what is being written. Rejects with a Failure. */
  async save(): Promise<void> {
    clearTimeout(this.#later);
    this.#later = undefined;
    const text = encodeMemory(this.#owner.memory);
    if (this.#store === undefined) return;
    if (text !== this.#text) this.#savedAt = performance.now();
    this.#text = text;
    this.#given = givenOf(this.#owner);
    try {
      await this.#store.write(text);
      this.#troubleTold = undefined;
    } catch (error) {
      this.#text = undefined;
      this.#given = undefined;
      throw error;
    }
  }

  #saveNow(): void {
    this.save().catch((error: unknown) => {
      const trouble = messageOf(error);
      if (trouble === this.#troubleTold) return;
      this.#troubleTold = trouble;
      this.#tell(`${trouble}; assignments are not remembered`);
    });
  }

  #mayHasten(): boolean {
    const now = performance.now();
    if (now - this.#hasty.since >= SAVE_INTERVAL_MILLISECONDS) this.#hasty = { since: now, count: 0 };
    return this.#hasty.count++ < LARGEST_HASTE;
  }
}

function givenOf({ memory }: BusOwner): string {
  return encodeMemory([...memory].sort((one, other) => one.eid - other.eid));
}
