/** The words by which every ladder names what an event tells. */
import { Command, SESSION_BITS, commandName, statusText } from "../binding/registers.ts";
import { unreachable } from "../wire/result.ts";
import { bytesText, hex } from "./describe.ts";
import type { TraceTime } from "./format.ts";
import type { RoleName } from "../binding/side.ts";
import type {
  ByteEvent,
  DataRegister,
  LadderEvent,
  MarkEvent,
  OutsideEvent,
  PauseEvent,
  TakenEvent,
  WindowEvent,
} from "./ladder-events.ts";

/** Hexadecimal digits of a value from outside that a line shows. */
const SHOWN_DIGITS = 32;

/** What an event tells, without who acts; lines may break between two items. */
export function eventItems(event: LadderEvent): readonly string[] {
  switch (event.kind) {
    case "byte":
      return [`${byteText(event)}${lossText(event)}`];
    case "taken":
      return [event.isNew ? `takes ${byteText(event)}` : `reads ${byteText(event)}, not new`];
    case "statusWritten":
      return event.discards === undefined
        ? [sessionText(event.value)]
        : [sessionText(event.value), `discards unread ${registerText("ODR", event.discards)}`];
    case "statusSeen":
      return [`sees ${sessionText(event.value)}`];
    case "window":
      return withVerb(event);
    case "outside":
      return [outsideText(event)];
    case "pause":
      return [pauseText(event)];
    case "mark":
      return [markText(event)];
    default:
      return unreachable(event);
  }
}

/** "IDR = 00 Initialise, closing" */
export function byteText({ register, value, closing }: ByteEvent | TakenEvent): string {
  return `${registerText(register, value)}${closing ? ", closing" : ""}`;
}

function lossText({ register, overwrites }: ByteEvent): string {
  return overwrites === undefined ? "" : `, overwrites unread ${digits(overwrites)} ${byteName(register, overwrites)}`;
}

function registerText(register: DataRegister, value: number): string {
  return `${register} = ${digits(value)} ${byteName(register, value)}`;
}

/** The command that a byte is, by the register that carries it: 0xff is a fence in IDR and a dummy in ODR. */
export function byteName(register: DataRegister, value: number): string {
  return register === "IDR" && value === Command.DUMMY ? "Fence" : commandName(value);
}

/** "STR = 81 BMC Active" */
export function sessionText(status: number): string {
  return `STR = ${digits(status)} ${sessionName(status)}`;
}

/** What STR says of the session. */
export function sessionName(status: number): string {
  const bits = status & SESSION_BITS;
  return bits === 0 ? "down" : statusText(bits);
}

/** The items of a window access, the first of them with the verb. */
export function withVerb({ verb, items: [first = "", ...others] }: WindowEvent): readonly string[] {
  return [`${verb} ${first}`, ...others];
}

function outsideText({ place, value }: OutsideEvent): string {
  if ("register" in place) return `from outside: ${place.register} = ${value}`;
  const shown = value.length <= SHOWN_DIGITS ? value : `${value.slice(0, SHOWN_DIGITS)}…`;
  return `from outside: ${bytesText(place.bytes)} at ${hex(place.offset)} = ${shown}`;
}

/** "the BMC is killed" */
export function markText({ side, text }: MarkEvent): string {
  return side === "lab" ? text : `the ${sideName(side)} ${text}`;
}

export function sideName(side: RoleName): string {
  return side === "host" ? "host" : "BMC";
}

/** "1.5 s later", "4.5 s later, STR read 18 times" */
export function pauseText({
  milliseconds,
  polls,
  isEnd,
}: Pick<PauseEvent, "milliseconds" | "polls" | "isEnd">): string {
  const text =
    milliseconds < 1000 ? `${String(Math.round(milliseconds))} ms` : `${String(Math.round(milliseconds / 10) / 100)} s`;
  const read = polls === 0 ? "" : `, STR read ${polls === 1 ? "once" : `${String(polls)} times`}`;
  return `${text} ${isEnd ? "pass" : "later"}${read}`;
}

/** Seconds and microseconds since `since`: "0.000125". */
export function timeText(t: TraceTime, since: TraceTime): string {
  const microseconds = (BigInt(t) - BigInt(since)) / 1000n;
  const digits = String(microseconds < 0n ? -microseconds : microseconds).padStart(7, "0");
  return `${microseconds < 0n ? "-" : ""}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

export function digits(value: number): string {
  return value.toString(16).padStart(2, "0");
}
