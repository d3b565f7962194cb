/** Where the parts that follow one side say which requirements were kept and which were broken. */
import { type Context } from "./context.ts";
import { peerOf, type RoleName } from "../binding/side.ts";
import type { Details, Docket } from "./docket.ts";
import type { FindingKind } from "./finding.ts";
import type { JudgedRequirement } from "./requirements.ts";

/** Shared by all parts that follow one side; follows nothing itself. */
export class Rulings {
  readonly context: Context;
  readonly docket: Docket;
  readonly #side: RoleName;
  readonly #checks: Int32Array;

  constructor(context: Context, side: RoleName) {
    this.context = context;
    this.docket = context.docket;
    this.#side = side;
    this.#checks = context.docket.checksOf(side);
  }

  /** The number of the access being judged. */
  get access(): number {
    return this.docket.access;
  }

  /** A requirement was asked for and kept; `place` is its PLACE. */
  keep(place: number): void {
    this.#checks[place]!++;
  }

  /** A requirement was asked for and broken. */
  break(requirement: JudgedRequirement, kind: FindingKind, details: Details): void {
    this.docket.break(this.#side, requirement, kind, details);
  }

  /** Only where the other side's accesses are not recorded: what was read shows what it did. */
  breakOfPeer(requirement: JudgedRequirement, kind: FindingKind, details: Details): void {
    const peer = peerOf(this.#side);
    if (!this.context.isRecorded(peer)) this.docket.break(peer, requirement, kind, details);
  }
}
