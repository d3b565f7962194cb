/** A ladder in sentences, for readers who cannot see it: all that it shows, in the same order. */
import type { RoleName } from "../binding/side.ts";
import { unreachable } from "../wire/result.ts";
import {
  isAside,
  isDrawn,
  type LadderEvent,
  type OutsideEvent,
  type TakenEvent,
  type WindowEvent,
} from "./ladder-events.ts";
import { byteName, digits, markText, pauseText, sessionName, sideName } from "./ladder-words.ts";
import { bytesText, hex } from "./describe.ts";

/** One sentence an event, a byte and its being taken at once in one. */
export function ladderSentences(events: readonly LadderEvent[]): readonly string[] {
  return events.flatMap((event, index) => {
    if (event.kind === "taken" && event.atOnce && event.isNew) return [];
    return [sentence(sentenceOf(event, takenAtOnce(events, index)))];
  });
}

/** The event by which the byte of `events[index]` is taken before anything else is drawn. */
export function takenAtOnce(events: readonly LadderEvent[], index: number): TakenEvent | undefined {
  if (events[index]?.kind !== "byte") return undefined;
  for (let next = index + 1; next < events.length; next++) {
    const event = events[next]!;
    if (event.kind === "taken") return event.atOnce && event.isNew ? event : undefined;
    if (isDrawn(event) && !isAside(event)) return undefined;
  }
  return undefined;
}

function sentenceOf(event: LadderEvent, taken: TakenEvent | undefined): string {
  const steps = stepsText(event.steps);
  switch (event.kind) {
    case "byte": {
      const { register, value } = event;
      const byte = `${digits(value)} ${byteName(register, value)}${event.closing ? " (closing)" : ""}`;
      if (event.side !== event.from) return `${the(event.side)} takes ${byte} from ${register}${steps}`;
      const then = taken === undefined ? "" : `, and ${the(taken.side)} takes it${stepsText(taken.steps)}`;
      const { overwrites } = event;
      const loss =
        overwrites === undefined ? "" : `; the unread ${digits(overwrites)} ${byteName(register, overwrites)} is lost`;
      return `${the(event.side)} writes ${byte} to ${register}${steps}${then}${loss}`;
    }
    case "taken": {
      const byte = `${digits(event.value)} ${byteName(event.register, event.value)}`;
      if (event.isNew) return `${the(event.side)} takes ${byte} from ${event.register}${steps}`;
      return `${the(event.side)} reads ${byte} from ${event.register}, which is not new${steps}`;
    }
    case "statusWritten": {
      const { value, discards } = event;
      const loss =
        discards === undefined ? "" : `; the unread ${digits(discards)} ${byteName("ODR", discards)} in ODR is lost`;
      return `${the(event.side)} sets STR to ${digits(value)}, ${sessionName(value)}${steps}${loss}`;
    }
    case "statusSeen":
      return `${the(event.side)} reads STR: ${sessionName(event.value)}${steps}`;
    case "window":
      return `${the(event.side)} ${event.verb} ${windowText(event)}${steps}`;
    case "outside":
      return outsideSentence(event);
    case "pause":
      return pauseText({ ...event, isEnd: true });
    case "mark":
      return markText(event);
    default:
      return unreachable(event);
  }
}

function windowText({ items }: WindowEvent): string {
  const text = items.join(", ");
  return /^(?:packet|length) /.test(text) ? `a ${text}` : text;
}

function outsideSentence({ place, value }: OutsideEvent): string {
  const target = "register" in place ? place.register : `${bytesText(place.bytes)} at ${hex(place.offset)}`;
  return `from outside, ${target} becomes ${value}`;
}

/** " (H1.3)", nothing without steps. */
function stepsText(steps: readonly string[]): string {
  return steps.length === 0 ? "" : ` (${steps.join(", ")})`;
}

function the(side: RoleName): string {
  return `the ${sideName(side)}`;
}

/** Words with a capital and a full stop. */
export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
