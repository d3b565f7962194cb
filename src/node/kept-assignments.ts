/**
 * When the bus owner's assignments are written to their file: once a second at most, for a peer can be another device as
 * often as it likes; at once where an operator gave one, and at a stop.
 */
import type { StateFile } from "./state-file.ts";
import type { BusOwner } from "../core/mctp/bus-owner/bus-owner.ts";
import { encodeMemory } from "../core/mctp/bus-owner/memory.ts";
import { Failure, messageOf } from "../platform/failure.ts";
import type { Tell } from "../platform/log-events.ts";

/** Milliseconds from one write that peers bring about to the next. */
export const SAVE_INTERVAL_MILLISECONDS = 1000;
/** Milliseconds that a write may take; after them it has failed, though its disk may still finish it. */
export const SAVE_LIMIT_MILLISECONDS = 5000;

export type AssignmentStore = Pick<StateFile, "content" | "write">;

export class KeptAssignments {
  /** Writes that failed, or took longer than the limit. */
  writesFailed = 0;
  readonly #owner: BusOwner;
  readonly #store: AssignmentStore | undefined;
  readonly #tell: Tell;
  /** What the file holds, or is about to. */
  #text: string | undefined;
  #savedAt = Number.NEGATIVE_INFINITY;
  #later: NodeJS.Timeout | undefined;
  #troubleTold: string | undefined;

  constructor(owner: BusOwner, store: AssignmentStore | undefined, tell: Tell) {
    this.#owner = owner;
    this.#store = store;
    this.#tell = tell;
    this.#text = store?.content;
  }

  /** Something that is remembered may have changed. */
  changed(): void {
    if (this.#store === undefined || this.#later !== undefined) return;
    const wait = this.#savedAt + SAVE_INTERVAL_MILLISECONDS - performance.now();
    if (wait <= 0) this.#saveChanges();
    else {
      this.#later = setTimeout(() => {
        this.#later = undefined;
        this.#saveChanges();
      }, wait);
    }
  }

  /** Writes what there is, and waits for what is being written, no longer than the limit. Rejects with a Failure. */
  async save(): Promise<void> {
    clearTimeout(this.#later);
    this.#later = undefined;
    const text = encodeMemory(this.#owner.memory);
    if (this.#store === undefined) return;
    if (text !== this.#text) this.#savedAt = performance.now();
    this.#text = text;
    try {
      await inTime(this.#store.write(text));
      this.#troubleTold = undefined;
    } catch (error) {
      this.writesFailed++;
      this.#text = undefined;
      throw error;
    }
  }

  #saveChanges(): void {
    if (encodeMemory(this.#owner.memory) === this.#text) return;
    this.save().catch((error: unknown) => {
      const trouble = messageOf(error);
      if (trouble === this.#troubleTold) return;
      this.#troubleTold = trouble;
      this.#tell(`${trouble}; assignments are not remembered`, "state-not-saved");
    });
  }
}

async function inTime(write: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const limit = String(SAVE_LIMIT_MILLISECONDS);
      reject(new Failure("state-write", `the state file was not written within ${limit} ms: its disk hangs`));
    }, SAVE_LIMIT_MILLISECONDS);
    // A stop has a shorter limit of its own.
    timer.unref();
  });
  try {
    await Promise.race([write, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
