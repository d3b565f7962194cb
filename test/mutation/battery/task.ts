/** What a process of battery runs is asked, and what it answers: as JSON. */
import type { RoleName } from "../../../src/core/binding/side.ts";

/** The first run in which the judge finds one of the requirements, by one of the sides. */
export interface JudgeTask {
  readonly kind: "judge";
  /** Its dist holds the judge. */
  readonly project: string;
  readonly runs: readonly string[];
  readonly as: readonly string[];
  readonly sides: readonly RoleName[];
}

/** The accesses of runs, as a number for each that two runs with the same accesses share. */
export interface DigestTask {
  readonly kind: "digest";
  readonly runs: readonly string[];
}

/** Whether places in a built file are executed in each run. */
export interface CoverTask {
  readonly kind: "cover";
  readonly runs: readonly string[];
  /** Built file, seen from the folder of the copy, and the offset of a character in it. */
  readonly places: readonly { readonly file: string; readonly offset: number }[];
}

export type Task = JudgeTask | DigestTask | CoverTask;

export interface Sighted {
  readonly run: string;
  readonly requirement: string;
  readonly side: RoleName;
  /** The number of the access in the run. */
  readonly access: number;
  readonly seen: string;
  readonly expected: string;
}

export interface JudgeAnswer {
  /** What was looked for, undefined: in no run. */
  readonly found: Sighted | undefined;
  /** Every finding of the runs up to there, each requirement and side once. */
  readonly all: readonly Sighted[];
}

/** By run. */
export type DigestAnswer = Readonly<Record<string, string>>;
/** By run: executed or not, for every place. */
export type CoverAnswer = Readonly<Record<string, readonly boolean[]>>;
