/** What a conformance run is given beside its end of the board: time, and hands on the side under test. */

export interface Surroundings {
  /** Milliseconds of a clock that never runs backwards. */
  now(): number;
  /** Lets the side under test run, for so many milliseconds at least; 0: a turn. */
  pause(milliseconds: number): Promise<void>;
  /**
   * Ends the side under test without a word to it, and starts it again: registers and window stay as they are. Undefined
   * where it cannot be done.
   */
  readonly restart: (() => Promise<void>) | undefined;
  /** Asks the side under test to stop in order, and does not wait for it; `restart` brings it back. */
  readonly stop?: (() => Promise<void>) | undefined;
  /** Milliseconds after which what the side under test has not done counts as not done. */
  readonly patience: number;
  /** Milliseconds of silence after which a side is taken to have nothing to say. */
  readonly silence: number;
}

/** The clock of this machine. Many short looks before the first rest: a side under test often answers at once. */
export const REAL_TIME: Pick<Surroundings, "now" | "pause"> = {
  now: () => performance.now(),
  pause: (milliseconds) =>
    new Promise((resolve) => {
      if (milliseconds <= 0) setImmediate(resolve);
      else setTimeout(resolve, milliseconds);
    }),
};
