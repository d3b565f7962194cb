/** Where the parts that follow a BMC say which requirements were kept and which were broken. */
import type { Context } from "../context.ts";
import type { Details, Docket } from "../docket.ts";
import type { FindingKind } from "../finding.ts";
import type { JudgedRequirement } from "../requirements.ts";

/** Shared by all parts that follow one BMC. */
export class BmcRulings {
  readonly context: Context;
  readonly docket: Docket;
  readonly #checks: Int32Array;

  constructor(context: Context) {
    this.context = context;
    this.docket = context.docket;
    this.#checks = context.docket.checksOf("bmc");
  }

  /** A requirement was asked for and kept; `place` is its PLACE. */
  keep(place: number): void {
    this.#checks[place]!++;
  }

  break(requirement: JudgedRequirement, kind: FindingKind, details: Details): void {
    this.docket.break("bmc", requirement, kind, details);
  }

  /** Only where the host's accesses are not recorded: what the BMC read shows what the host did. */
  breakOfHost(requirement: JudgedRequirement, kind: FindingKind, details: Details): void {
    if (!this.context.isRecorded("host")) this.docket.break("host", requirement, kind, details);
  }
}
