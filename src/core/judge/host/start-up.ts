/** Where a host stands between two sessions, and what its start-up has shown so far. */
import { CONTROL_FIELDS_BYTES, decodeControlRegion, type ControlRegion } from "../../binding/control-region.ts";
import type { InboundWatch } from "../inbound.ts";
import { PLACE } from "../requirements.ts";
import { Answer } from "./answer.ts";
import { DataReads } from "./data-reads.ts";
import { EarlyBegin } from "./early-begin.ts";
import { CloseAndFences } from "./fences.ts";
import type { Rulings } from "../rulings.ts";
import type { HostView } from "./host-view.ts";
import { MagicWatch } from "./magic.ts";
import { Oddities } from "./oddities.ts";
import { Proposal } from "./proposal.ts";
import { Refusals } from "./refusals.ts";
import { Rest } from "./rest.ts";

/**
 * awaiting: in a start-up, nothing written yet · zeroed: host versions 0/0 written · closed: the close is written ·
 * proposing: host versions written · opened: the opening Initialise is written · answered: the terms were read ·
 * refused, restarted: the version fields were read as proposed, or otherwise · lost: STR showed the session's end.
 */
export type Phase =
  | "unknown"
  | "awaiting"
  | "zeroed"
  | "closed"
  | "proposing"
  | "opened"
  | "answered"
  | "active"
  | "refused"
  | "restarted"
  | "resting"
  | "lost"
  | "stopped";

/** Follows the host's phase, and holds the parts that follow one thing each of a start-up. */
export class StartUp {
  phase: Phase = "unknown";
  /** This start-up was seen from its proposal on. */
  isKnown = false;
  /** And from its beginning: whether there was a close, and a look for the magic. */
  hasSeenBeginning = false;
  readonly magic: MagicWatch;
  readonly proposal: Proposal;
  readonly fences: CloseAndFences;
  readonly answer: Answer;
  readonly earlyBegin: EarlyBegin;
  readonly oddities: Oddities;
  readonly data: DataReads;
  readonly refusals: Refusals;
  readonly rest: Rest;
  readonly #docket: Rulings;
  readonly #host: HostView;

  constructor(docket: Rulings, host: HostView, inbound: InboundWatch) {
    this.#docket = docket;
    this.#host = host;
    this.magic = new MagicWatch(docket);
    this.proposal = new Proposal(docket);
    this.fences = new CloseAndFences(docket);
    this.answer = new Answer(docket, this.proposal);
    this.earlyBegin = new EarlyBegin(docket, inbound);
    this.oddities = new Oddities(docket);
    this.data = new DataReads(docket, this.oddities);
    this.refusals = new Refusals(docket);
    this.rest = new Rest(docket);
  }

  /** A life begins: nothing that was seen before counts. */
  started(): void {
    this.#await();
    this.refusals.started();
    this.oddities.clear();
    this.data.started();
    this.#docket.context.docket.beginsAnew("host");
  }

  /** The host looks for a BMC, or proposes anew. */
  begin(): void {
    if (this.phase === "active") this.oddities.judgeLeaving(this.#host.stopping());
    if (this.phase === "lost") this.#docket.keep(PLACE["LPC-HOST-9"]);
    if (this.phase === "refused") this.refusals.judgeNoRest();
    if (this.phase === "restarted") this.#docket.keep(PLACE["LPC-HOST-7"]);
    if (this.phase === "resting") this.rest.judgeEnd();
    this.#host.endSession();
    this.refusals.begins();
    this.#await();
    this.#docket.context.docket.beginsAnew("host");
  }

  /** The host proposes again in or right behind a session: it keeps the offer that it read. */
  beginWithOffer(): void {
    const offer: ControlRegion | undefined = this.proposal.offer;
    this.begin();
    this.proposal.offer = offer;
    this.magic.take();
  }

  #await(): void {
    this.phase = "awaiting";
    this.isKnown = true;
    this.hasSeenBeginning = true;
    this.clear();
  }

  /** What this start-up has shown counts no longer. */
  clear(): void {
    this.magic.clear();
    this.fences.clear();
    this.proposal.clear();
    this.answer.clear();
    this.earlyBegin.clear();
    this.data.clearLooks();
  }

  /** Where the host stands cannot be told, until its next start-up. */
  forget(): void {
    this.phase = "unknown";
    this.isKnown = false;
    this.hasSeenBeginning = false;
  }

  /** STR shows BMC Active = 0, and no byte in ODR: the host awaits the BMC. */
  bmcAbsent(): void {
    this.refusals.waits();
    if (this.phase !== "resting" && this.phase !== "refused" && this.phase !== "restarted") return;
    this.phase = "awaiting";
    this.clear();
  }

  /** The control region is read at `start` as an offer. */
  readOffer(bytes: Uint8Array, start: number): ControlRegion {
    const offer = decodeControlRegion(bytes.subarray(start, start + CONTROL_FIELDS_BYTES));
    this.proposal.offer = offer;
    return offer;
  }

  /** The host does `what` to a register: in a start-up it has to have seen the magic. */
  judgeMagic(what: string): void {
    if (!this.hasSeenBeginning || this.phase === "active" || this.phase === "lost") return;
    this.magic.judge(what);
  }
}
