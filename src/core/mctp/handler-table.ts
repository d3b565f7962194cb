/**
 * Who takes which message type. A handler belongs to the program above: what it throws is caught here, so that it ends
 * neither the other messages nor, on a board in memory, the call of the peer that sent this one (LPC-BUF-8).
 */
import type { Millis } from "../wire/units.ts";
import type { MctpCounters } from "./counters.ts";
import { MessageType, typeOf, type Message } from "./message.ts";

/** Takes the messages of one type that are no responses to own requests. */
export type MessageHandler = (message: Message, now: Millis) => void;

export interface HandlerFailure {
  readonly type: number;
  /** As it was named when it was added. */
  readonly handler: string;
  readonly error: unknown;
}

/** Message types that there can be. */
const TYPES = 128;

export class HandlerTable {
  readonly #counters: MctpCounters;
  readonly #tell: (failure: HandlerFailure) => void;
  /** By message type. */
  readonly #handlers: (MessageHandler | undefined)[] = new Array<undefined>(TYPES).fill(undefined);
  /** Their names, of those that have not failed so far. */
  readonly #names = new Map<number, string>();

  /** `tell` is told of the first failure of each handler; all are counted. */
  constructor(counters: MctpCounters, tell: (failure: HandlerFailure) => void) {
    this.#counters = counters;
    this.#tell = tell;
  }

  /** One handler a type; control is taken. */
  add(type: number, handler: MessageHandler, name: string): void {
    if (type === MessageType.CONTROL || this.#handlers[type] !== undefined) {
      throw new Error(`message type 0x${type.toString(16)} is taken`);
    }
    this.#handlers[type] = handler;
    this.#names.set(type, name);
  }

  /** Nothing takes messages of this type any more. */
  remove(type: number): void {
    this.#handlers[type] = undefined;
    this.#names.delete(type);
  }

  /** Hands a message to the handler of its type; false when there is none. */
  deliver(message: Message, now: Millis): boolean {
    const type = typeOf(message.bytes);
    const handler = this.#handlers[type];
    if (handler === undefined) return false;
    try {
      handler(message, now);
    } catch (error) {
      this.#counters.handlerFailed++;
      const name = this.#names.get(type);
      if (this.#names.delete(type) && name !== undefined) this.#tell({ type, handler: name, error });
    }
    return true;
  }
}
