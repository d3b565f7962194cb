/** The docket as the rules for a host use it. */
import type { Context } from "../context.ts";
import type { Details, Docket } from "../docket.ts";
import type { FindingKind } from "../finding.ts";
import type { JudgedRequirement } from "../requirements.ts";

/** Follows nothing itself: counts what a host kept and broke, and what its reads show of a BMC that is not recorded. */
export class HostDocket {
  readonly context: Context;
  readonly #docket: Docket;
  readonly #checks: Int32Array;

  constructor(context: Context) {
    this.context = context;
    this.#docket = context.docket;
    this.#checks = context.docket.checksOf("host");
  }

  /** The number of the access being judged. */
  get access(): number {
    return this.#docket.access;
  }

  /** A requirement was asked for and kept; `place` is its PLACE. */
  keep(place: number): void {
    this.#checks[place]!++;
  }

  /** A requirement was asked for and broken. */
  break(requirement: JudgedRequirement, kind: FindingKind, details: Details): void {
    this.#docket.break("host", requirement, kind, details);
  }

  /** Only where the BMC's accesses are not recorded: what was read shows what it did. */
  breakOfPeer(requirement: JudgedRequirement, kind: FindingKind, details: Details): void {
    if (!this.context.isRecorded("bmc")) this.#docket.break("bmc", requirement, kind, details);
  }
}
