/** What a request is sent by, and how it can end. */
import type { Millis } from "../wire/units.ts";
import type { Message } from "./message.ts";

export interface RequestTiming {
  /** MT2: how long one attempt waits. */
  readonly attemptTimeout: Millis;
  /** MN1: attempts after the first. */
  readonly retries: number;
  /** The tag to use, 0 to 7; the request waits until it is free. Undefined: any that is free. */
  readonly tag?: number;
  /** A duty of the agent itself, as discovery and presence checks are: may use the tags and places kept for these. */
  readonly isDuty?: boolean;
  /** Asks whether somebody is there at all: no response is an answer, and no incident. */
  readonly isProbe?: boolean;
  /**
   * Whose request it is: those of one asker to an EID have places of their own, and askers take turns at its tags. Undefined: the
   * endpoint's own.
   */
  readonly asker?: object;
  /** Told of each attempt, from 1 on, as it is made. */
  readonly onAttempt?: (attempt: number, tag: number, now: Millis) => void;
  /** Told if the request has to wait for a tag before its first attempt. */
  readonly onWait?: (wait: TagWait) => void;
}

/** Why a request waits for a tag, and for how long at most. */
export interface TagWait {
  /** The request is given up unasked after so long. */
  readonly limit: Millis;
  /** When the first reuse hold-off of its tags is over; undefined: requests under way have all of them. */
  readonly freeIn: Millis | undefined;
}

/**
 * Why a request was never sent, which says nothing about its destination.
 *
 * - `noTag`: no tag came free within the time of all attempts (LPC-MCTP-4)
 * - `tooMany`: more requests to this EID wait for a tag than there are places for
 * - `queueFull`: the port had no room for it at any attempt (LPC-MCTP-7)
 * - `linkDown`: the port's link was down at every attempt
 */
export type NotAskedReason = "noTag" | "tooMany" | "queueFull" | "linkDown";

export const NOT_ASKED_TEXT: Readonly<Record<NotAskedReason, string>> = {
  noTag: "all its tags are in use or in reuse hold-off (LPC-MCTP-4)",
  tooMany: "too many requests to it wait for a tag already",
  queueFull: "too many messages to it wait to be sent (LPC-MCTP-7)",
  linkDown: "the channel is down",
};

/** `timeout`: not answered. `notAsked`: not one attempt was sent. */
export type RequestOutcome =
  | { readonly ok: true; readonly response: Message; readonly attempts: number }
  | { readonly ok: false; readonly reject: "timeout" | "cancelled"; readonly attempts: number }
  | { readonly ok: false; readonly reject: "notAsked"; readonly reason: NotAskedReason; readonly attempts: 0 };

export type RequestDone = (outcome: RequestOutcome, now: Millis) => void;

export interface RequestTicket {
  /** Ends the request without waiting any longer; its outcome is `cancelled`. */
  cancel(now: Millis): void;
}

/** What must agree beside source and tag for a message to be a request's response. */
export interface ResponseRule {
  /** The responder may answer under another EID: a request to the null EID, or one that changes the EID. */
  readonly anySource: boolean;
  readonly accepts: (response: Message) => boolean;
}
