/**
 * What a trace tells, event by event: what every ladder draws, be it for terminals, as a picture or in words. The rows
 * of a trace become events in trace-interpreter.ts.
 */
import type { RoleName } from "../binding/side.ts";
import type { RegisterRow, TraceSide, TraceTime } from "./format.ts";
import type { Area } from "./window-shadow.ts";

export type DataRegister = "IDR" | "ODR";

/** The rows behind an event. */
export interface EventHead {
  /** Running numbers of the first and the last of them. */
  readonly first: number;
  readonly last: number;
  /** Of the first of them, where it has one. */
  readonly t?: TraceTime | undefined;
  /** What they say was running, each once, in order. */
  readonly steps: readonly string[];
}

/** A byte goes into a data register, on its way to the other side. */
export interface ByteEvent extends EventHead {
  readonly kind: "byte";
  /** Whose access the trace shows: the reader's, if it has no rows of the writer. */
  readonly side: RoleName;
  readonly from: RoleName;
  readonly register: DataRegister;
  readonly value: number;
  /** An Initialise by which the host asks to leave the session. */
  readonly closing: boolean;
  /** The unread byte that is lost by it. */
  readonly overwrites: number | undefined;
}

/** A byte is read whose ByteEvent came before. */
export interface TakenEvent extends EventHead {
  readonly kind: "taken";
  readonly side: RoleName;
  readonly register: DataRegister;
  readonly value: number;
  readonly closing: boolean;
  /** False for a register that was empty, as far as the trace tells. */
  readonly isNew: boolean;
  /** Nothing that a ladder draws came between the byte's writing and this. */
  readonly atOnce: boolean;
}

export interface StatusWrittenEvent extends EventHead {
  readonly kind: "statusWritten";
  readonly side: RoleName;
  readonly value: number;
  /** The unread byte of ODR that is lost by it. */
  readonly discards: number | undefined;
}

/** A side reads other session bits than it knew. */
export interface StatusSeenEvent extends EventHead {
  readonly kind: "statusSeen";
  readonly side: RoleName;
  readonly value: number;
  /** False when an event told of the change before: that of its writing. */
  readonly isNews: boolean;
  /** The side had read or written both session bits as 1 before, and reads another value now. */
  readonly endsSession: boolean;
}

export interface WindowEvent extends EventHead {
  readonly kind: "window";
  readonly side: RoleName;
  readonly verb: "reads" | "writes";
  readonly area: Area;
  /** What is read or written; lines may break between two. */
  readonly items: readonly string[];
}

/** A change from outside both sides. */
export interface OutsideEvent extends EventHead {
  readonly kind: "outside";
  readonly side: "lab";
  readonly place: { readonly register: RegisterRow["reg"] } | { readonly offset: number; readonly bytes: number };
  /** Lower-case hexadecimal, as in the row. */
  readonly value: string;
}

/** Nothing that a ladder draws happened for so long before the next event, or before the end. */
export interface PauseEvent extends EventHead {
  readonly kind: "pause";
  readonly side: "lab";
  readonly milliseconds: number;
  /** Reads of STR meanwhile, which told nothing new. */
  readonly polls: number;
  readonly isEnd: boolean;
}

/** What no access shows, told by the recorder: a life row, or a mark beside the rows. */
export interface MarkEvent extends EventHead {
  readonly kind: "mark";
  readonly side: TraceSide;
  /** A side's program begins or ends; anything else happens. */
  readonly what: "starts" | "ends" | "happens";
  /** "is killed": goes on from the side's name; for lab it stands alone. */
  readonly text: string;
}

export type LadderEvent =
  ByteEvent | TakenEvent | StatusWrittenEvent | StatusSeenEvent | WindowEvent | OutsideEvent | PauseEvent | MarkEvent;

/** A mark and the running number of the row that it stands before. */
export type LadderMark = Pick<MarkEvent, "side" | "what" | "text"> & { readonly before: number };

/** Whether a ladder draws a line for it; what is false for only completes another event. */
export function isDrawn(event: LadderEvent): boolean {
  if (event.kind === "taken") return !event.isNew || !event.atOnce;
  return event.kind !== "statusSeen" || event.isNews || event.endsSession;
}

/** Whether it tells of no access and of nothing that changes what accesses mean. */
export function isAside(event: LadderEvent): boolean {
  return event.kind === "mark" && event.what === "happens";
}
