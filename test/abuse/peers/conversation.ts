/**
 * Many endpoints behind one link that ask and wait for answers: each is a script that gives a request and gets what came
 * back, and has an EID of its own.
 */
import { isRequest, request, sourceOf, tagOf, destinationOf } from "./packets.ts";
import type { PacketPlayer } from "./raw-host.ts";

/** Gives messages from the type byte on; gets the answering message, or undefined when none came. */
export type Script = Generator<Uint8Array, void, Buffer | undefined>;

const ANSWER_LIMIT_MILLISECONDS = 1000;

interface Speaker {
  readonly eid: number;
  readonly script: Script;
  tag: number;
  /** What is to be sent; undefined while an answer is waited for, or the script has ended. */
  ready: Uint8Array | undefined;
  askedAt: number | undefined;
}

export class Conversation implements PacketPlayer {
  /** Requests sent, and answers that came. */
  asked = 0;
  answered = 0;
  readonly #to: number;
  readonly #speakers: readonly Speaker[];
  readonly #otherRequests: ((packet: Buffer) => Buffer | undefined) | undefined;
  readonly #owed: Buffer[] = [];
  #turn = 0;

  /** `otherRequests`: answers what the agent asks of its peer. */
  constructor(
    to: number,
    scripts: readonly (readonly [eid: number, script: Script])[],
    otherRequests?: (packet: Buffer) => Buffer | undefined,
  ) {
    this.#to = to;
    this.#otherRequests = otherRequests;
    this.#speakers = scripts.map(([eid, script]) => {
      const first = script.next();
      return { eid, script, tag: eid & 7, ready: first.done === true ? undefined : first.value, askedAt: undefined };
    });
  }

  next(): Buffer | undefined {
    const owed = this.#owed.shift();
    if (owed !== undefined) return owed;
    const now = performance.now();
    for (let looked = 0; looked < this.#speakers.length; looked++) {
      const speaker = this.#speakers[this.#turn++ % this.#speakers.length]!;
      if (speaker.askedAt !== undefined && now - speaker.askedAt > ANSWER_LIMIT_MILLISECONDS) {
        this.#goOn(speaker, undefined);
      }
      const { ready } = speaker;
      if (ready === undefined) continue;
      speaker.ready = undefined;
      speaker.askedAt = now;
      speaker.tag = (speaker.tag + 1) & 7;
      this.asked++;
      return request(this.#to, speaker.eid, speaker.tag, ready);
    }
    return undefined;
  }

  received(bytes: Buffer): void {
    if (isRequest(bytes)) {
      const answer = this.#otherRequests?.(bytes);
      if (answer !== undefined) this.#owed.push(answer);
      return;
    }
    const speaker = this.#speakers.find(({ eid }) => eid === destinationOf(bytes));
    if (speaker?.askedAt === undefined || speaker.tag !== tagOf(bytes) || sourceOf(bytes) !== this.#to) return;
    this.answered++;
    this.#goOn(speaker, bytes.subarray(4));
  }

  opened(): void {
    for (const speaker of this.#speakers) if (speaker.askedAt !== undefined) this.#goOn(speaker, undefined);
  }

  #goOn(speaker: Speaker, answer: Buffer | undefined): void {
    speaker.askedAt = undefined;
    const step = speaker.script.next(answer);
    speaker.ready = step.done === true ? undefined : step.value;
  }
}
