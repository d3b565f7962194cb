/** A Tx Begin that a host reads before its session is open: is it of this session, or of one before (LPC-HOST-8)? */
import type { InboundWatch } from "../inbound.ts";
import { PLACE } from "../requirements.ts";
import type { Rulings } from "../rulings.ts";

/** How often a host may look at STR before it takes the packet. */
const LOOKS = 3;

/** Follows a Tx Begin that was read outside a session until its packet is read, or should have been. */
export class EarlyBegin {
  readonly #docket: Rulings;
  readonly #inbound: InboundWatch;
  /** One was read behind the opening Initialise: the session's first. */
  #isRemembered = false;
  /** One was read before it. */
  #isOld = false;
  #looks = 0;

  constructor(docket: Rulings, inbound: InboundWatch) {
    this.#docket = docket;
    this.#inbound = inbound;
  }

  /** The session was opened, and the packet is not read yet. */
  get isRemembered(): boolean {
    return this.#isRemembered;
  }

  /** A start-up begins. */
  clear(): void {
    this.#isRemembered = false;
    this.#isOld = false;
  }

  /** Tx Begin is read outside a session. */
  read(isBehindOpening: boolean): void {
    if (isBehindOpening) this.#isRemembered = true;
    else this.#isOld = true;
  }

  /** The opening Initialise is written: what was read before it is forgotten. */
  forget(): void {
    this.#isRemembered = false;
  }

  /** The session opens. */
  sessionOpens(): void {
    if (!this.#isRemembered) return;
    this.#inbound.begin();
    this.#looks = 0;
  }

  /** STR is read in the session. */
  judge(): void {
    if (!this.#isRemembered) return;
    if (!this.#inbound.owes || !this.#inbound.image.isEmpty) {
      this.#isRemembered = false;
      this.#docket.keep(PLACE["LPC-HOST-8"]);
      return;
    }
    this.#looks++;
    if (this.#looks < LOOKS) return;
    this.#isRemembered = false;
    this.#docket.break("LPC-HOST-8", "draft", {
      seen: "a Tx Begin that was read between Initialise and the judgement is not taken",
      expected: "it is the session's first: length and packet are read in the first round",
    });
    this.#inbound.reset("unknown");
  }

  /** The buffer is read at `offset`, and no Tx Begin of this session was. */
  breakUnannounced(offset: number): void {
    this.#docket.break(this.#isOld ? "LPC-HOST-8" : "LPC-HOST-16", "wire", {
      seen: `the buffer is read, and no Tx Begin was read ${this.#isOld ? "since the opening Initialise" : "in this session"}`,
      expected: this.#isOld
        ? "a Tx Begin that was read before the opening Initialise is forgotten with it"
        : "a packet is read behind its Tx Begin",
      offset,
    });
  }
}
