/** What a judge says. */
import type { RoleName } from "../binding/side.ts";

/**
 * wire: a rule that binds every peer of versions 1 to 3 · draft: a rule of this document (close, fences, announcements,
 * turns, order of accesses) that older peers do not keep.
 */
export type FindingKind = "wire" | "draft";

/** A guess at the mistake behind a finding. */
export interface Cause {
  /** A word for programs, `byteOrder` for instance. */
  readonly name: CauseName;
  /** A sentence for people, without its full stop. */
  readonly text: string;
}

export type CauseName =
  | "byteOrder"
  | "crcRange"
  | "crcSeed"
  | "crcOrder"
  | "headerInMtu"
  | "lengthCountsTrailer"
  | "lengthCountsItself"
  | "wrongBase"
  | "fieldsAfterInitialise"
  | "byteOverwritten"
  | "byteInvented"
  | "byteMissing"
  | "otherDirection"
  | "noAnnouncement"
  | "staleDummy"
  | "olderPeer";

/** One break of one requirement. Texts are sentences without their full stops. */
export interface Finding {
  readonly requirement: string;
  readonly side: RoleName;
  readonly kind: FindingKind;
  /** The running number of the access, counted by the judge from 0. */
  readonly access: number;
  /** What the recorder says was running. */
  readonly step: string | undefined;
  readonly seen: string;
  readonly expected: string;
  /** The bytes concerned, 32 of them at most; undefined where it is about none. */
  readonly bytes: Uint8Array | undefined;
  /** Where in the window they lie. */
  readonly offset: number | undefined;
  readonly cause: Cause | undefined;
}

/** A peer that keeps none of the draft's rules of a start-up: no finding, one note a session at most. */
export interface OlderPeer {
  readonly side: RoleName;
  readonly access: number;
  readonly text: string;
}

/** What became of a requirement with one side. */
export interface Standing {
  readonly requirement: string;
  readonly side: RoleName;
  readonly state: "kept" | "broken" | "notExercised";
  /** How often it was asked for, and how often it was broken. */
  readonly checks: number;
  readonly breaks: number;
}

export interface Verdict {
  /** Accesses judged. */
  readonly accesses: number;
  /** The first of each requirement, side and cause, in the order of accesses, FINDINGS_KEPT of them at most. */
  readonly findings: readonly Finding[];
  /** All breaks, those that are not among the findings, too. */
  readonly breaks: number;
  readonly olderPeers: readonly OlderPeer[];
  /** Every requirement that a bus shows, for every side that it binds. */
  readonly standings: readonly Standing[];
}

export const FINDINGS_KEPT = 64;
