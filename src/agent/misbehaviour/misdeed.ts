/** What a row of the table of misbehaviours says, and what its deed is given. */
import type { Depth } from "../../core/binding/kcs-word.ts";
import type { Session } from "../../core/binding/channel.ts";
import type { RoleName } from "../../core/binding/side.ts";
import type { SideBus } from "./side-bus.ts";

/** The number behind the colon of an entry. */
export interface ValueSpec {
  /** As the table writes it: "MS". */
  readonly label: string;
  readonly least: number;
  readonly most: number;
  /** Where none is given. */
  readonly fallback: number;
  /** Why a number within the bounds is no misbehaviour of this side; undefined where it is one. */
  readonly refuse?: (value: number, role: RoleName) => string | undefined;
}

/**
 * What brings the channel back when the misbehaviour is over.
 *
 * - goesOn: nothing is needed, both sides go on or come back by themselves.
 * - newSession: a start-up of either side; until then one direction, or both, stand still.
 * - newStart: a start of the side that misbehaved.
 */
export type Afterwards = "goesOn" | "newSession" | "newStart";

/** What the deed of one entry may ask, and do beside accesses. */
export interface Act {
  readonly role: RoleName;
  readonly value: number;
  /** Of the path into the BMC. */
  readonly depth: Depth;
  /** Whether this occasion is one that the entry names; to be asked once for each occasion. */
  chosen(): boolean;
  /** Counts and tells that it was done. */
  done(): void;
  /** Both: true where it is to be done, and counted. */
  strikes(): boolean;
  /** Carries something out after so many milliseconds, unless the side has restarted by then. */
  later(milliseconds: number, what: () => void): void;
  /** The session of the side, undefined while there is none. */
  session(): Session | undefined;
  /** The side was asked to stop. */
  isStopping(): boolean;
  /** The side makes no access for so many milliseconds, and goes on. */
  hang(milliseconds: number): void;
  /** The side is gone at once, and starts anew after so many milliseconds. */
  vanish(milliseconds: number): never;
}

/** The accesses that are made otherwise than `bus` makes them. Made anew each time that the side starts. */
export type Deed = (bus: SideBus, act: Act) => Partial<SideBus>;

export interface Misdeed {
  readonly name: string;
  readonly value?: ValueSpec;
  /** A line for people: what the side does. */
  readonly help: string;
  /** The requirements that each side breaks by it, the first before all; the judge of a bus names one of them at least. */
  readonly breaks: Readonly<Partial<Record<RoleName, readonly string[]>>>;
  /** Why no judge of accesses can name it, a sentence without its full stop. */
  readonly unseen?: string;
  /** Of both sides, or of each. */
  readonly afterwards: Afterwards | Readonly<Record<RoleName, Afterwards>>;
  /** Undefined for what is done to the side's interrupts. */
  readonly deed?: Deed;
}

/** What brings the channel back behind a misdeed of this side. */
export function afterwardsOf({ afterwards }: Misdeed, role: RoleName): Afterwards {
  return typeof afterwards === "string" ? afterwards : afterwards[role];
}

/** Steps that both sides' tables have, each with its own name. */
interface SharedSteps {
  /** The first read of STR in a round of a session. */
  readonly look: string;
  readonly rxComplete: string;
  readonly txBegin: string;
  /** Of a packet that is sent: length field and header, and all of a small one. */
  readonly head: string;
  readonly payload: string;
  readonly trailer: string;
}

export const STEPS: Readonly<Record<RoleName, SharedSteps>> = {
  host: { look: "H2.2", rxComplete: "H2.14", txBegin: "H2.15", head: "H3.1", payload: "H3.2", trailer: "H3.3" },
  bmc: { look: "B2.2", rxComplete: "B4.2", txBegin: "B4.3", head: "B5.1", payload: "B5.2", trailer: "B5.3" },
};
