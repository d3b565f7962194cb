/** What a bus owner does on one port at a time: a conversation with the endpoint, or a pause before the next. */
import type { RouterPort, Timed } from "../core/mctp/bridge/router-port.ts";
import { runSequence, type ControlSequence, type SequenceTicket } from "../core/mctp/control/request.ts";
import { later, type Millis } from "../core/wire/units.ts";
import type { Clock } from "./clock.ts";

/** `join`: its discovery, or a part of it; `check`: whether it is there; `change`: of its EID, by an operator. */
export type Topic = "join" | "check" | "change";

interface Conversation {
  readonly topic: Topic;
  ticket?: SequenceTicket;
}

export class PortTalk implements Timed {
  readonly #port: RouterPort;
  readonly #clock: Clock;
  #underWay: Conversation | undefined;
  #due: { readonly at: Millis; readonly action: () => void } | undefined;
  #isOver = false;

  constructor(port: RouterPort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
    port.router.keepTime(this);
  }

  /** What the conversation under way is about. */
  get topic(): Topic | undefined {
    return this.#underWay?.topic;
  }

  /** Begins a conversation, in place of a pause. `done` is called once, unless `end` comes before. */
  converse<Value>(topic: Topic, sequence: ControlSequence<Value>, done: (value: Value) => void): void {
    this.#due = undefined;
    // In place before the first request, which a peer in the same turn may answer at once.
    const conversation: Conversation = { topic };
    this.#underWay = conversation;
    const finish = (value: Value): void => {
      this.#underWay = undefined;
      done(value);
    };
    const { endpoint } = this.#port.router;
    conversation.ticket = runSequence(endpoint, sequence, this.#clock.now(), finish, this.#port.local);
  }

  /** Has something done after a pause, in place of what was to be done. */
  later(pause: Millis, action: () => void): void {
    if (!this.#isOver) this.#due = { at: later(this.#clock.now(), pause), action };
  }

  /** Nothing more comes of conversation and pause. */
  end(): void {
    this.#due = undefined;
    this.#underWay?.ticket?.cancel(this.#clock.now());
    this.#underWay = undefined;
  }

  /** `end`, and no further pause. */
  stop(): void {
    this.#isOver = true;
    this.end();
  }

  nextDeadline(): Millis | undefined {
    return this.#due?.at;
  }

  expire(): void {
    const due = this.#due;
    this.#due = undefined;
    due?.action();
  }
}
