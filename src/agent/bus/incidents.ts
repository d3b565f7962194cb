/** What goes wrong on a channel, counted by session: the first of each kind is told, the rest when the session ends. */
import { BINDING_COUNTERS, type BindingCounters } from "../../core/binding/counters.ts";
import { MCTP_COUNTERS, type MctpCounters } from "../../core/mctp/counters.ts";

/** Counters of what the peer did wrong, or of what was lost on the way. */
const BINDING_KINDS = [
  "lengthOutOfBounds",
  "crcMismatch",
  "txBeginUnexpected",
  "rxCompleteUnexpected",
  "initialiseAtHost",
  "unknownCommand",
] as const;
const MCTP_KINDS = [
  "headerVersion",
  "foreignDestination",
  "badSource",
  "emptyPayload",
  "noStart",
  "outOfSequence",
  "unequalSize",
  "restarted",
  "messageTooLong",
  "controlTooLong",
  "controlDiscarded",
] as const;

/** Kinds that bytes of a former session cause, by their places. */
const LEFT_OVER: readonly number[] = (["txBeginUnexpected", "rxCompleteUnexpected"] as const).map((name) =>
  BINDING_KINDS.indexOf(name),
);

interface Kind {
  readonly text: string;
  readonly clause: string;
}

const KINDS: readonly Kind[] = [
  ...BINDING_KINDS.map((name) => BINDING_COUNTERS[name]),
  ...MCTP_KINDS.map((name) => MCTP_COUNTERS[name]),
];

export class Incidents {
  readonly #mctp: Readonly<MctpCounters> | undefined;
  readonly #counts: number[] = KINDS.map(() => 0);
  #atSessionStart: number[] = this.#counts.slice();
  readonly #isTold: boolean[] = KINDS.map(() => false);
  #sum = 0;

  /** `mctp`: the counters of the endpoint above the channel, which go on counting. */
  constructor(mctp: Readonly<MctpCounters> | undefined) {
    this.#mctp = mctp;
  }

  /**
   * Whether anything was counted since the last look; the judge has reason to look at more than is told here. Without a
   * session a byte may be left of one that this side's restart ended: it is no mistake of the peer.
   */
  look(binding: Readonly<BindingCounters>, isInSession: boolean): boolean {
    const sum = incidentsIn(binding) + (this.#mctp === undefined ? 0 : dropsIn(this.#mctp));
    if (sum === this.#sum) return false;
    this.#sum = sum;
    BINDING_KINDS.forEach((name, index) => (this.#counts[index] = binding[name]));
    const mctp = this.#mctp;
    if (mctp !== undefined) {
      MCTP_KINDS.forEach((name, index) => (this.#counts[BINDING_KINDS.length + index] = mctp[name]));
    }
    if (!isInSession) for (const index of LEFT_OVER) this.#atSessionStart[index] = this.#counts[index]!;
    return true;
  }

  /** A line for each kind that was counted first since the last call in this session. */
  takeFirst(): readonly string[] {
    return KINDS.flatMap(({ text, clause }, index) => {
      if (this.#isTold[index] === true || this.#countOf(index) === 0) return [];
      this.#isTold[index] = true;
      return [`${text}: ${String(this.#countOf(index))} so far (${clause}); "mctp-lpc status" counts further ones`];
    });
  }

  /** The session is over: what was counted in it and is not told yet, in one line, and all kinds are new again. */
  endSession(): string | undefined {
    const counted = KINDS.flatMap(({ text, clause }, index) => {
      const count = this.#countOf(index);
      return count > (this.#isTold[index] === true ? 1 : 0) ? [`${String(count)} ${text} (${clause})`] : [];
    });
    this.#atSessionStart = this.#counts.slice();
    this.#isTold.fill(false);
    return counted.length === 0 ? undefined : counted.join(", ");
  }

  #countOf(index: number): number {
    return this.#counts[index]! - this.#atSessionStart[index]!;
  }
}

/** Named one by one: this runs after every round that accessed something new. */
function incidentsIn(counters: Readonly<BindingCounters>): number {
  return (
    counters.lengthOutOfBounds +
    counters.crcMismatch +
    counters.txBeginUnexpected +
    counters.rxCompleteUnexpected +
    counters.initialiseAtHost +
    counters.unknownCommand +
    counters.versionRefused +
    counters.mtuRefused +
    counters.magicMismatch +
    counters.negotiatedVersionInvalid +
    counters.layoutInvalid +
    counters.rxSizeAboveAsked +
    counters.closeLost +
    counters.transmitStalled +
    counters.sessionsLost
  );
}

function dropsIn(counters: Readonly<MctpCounters>): number {
  return (
    counters.headerVersion +
    counters.foreignDestination +
    counters.badSource +
    counters.emptyPayload +
    counters.noStart +
    counters.outOfSequence +
    counters.unequalSize +
    counters.restarted +
    counters.messageTooLong +
    counters.controlTooLong +
    counters.controlDiscarded
  );
}
