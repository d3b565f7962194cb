/** A case: one thing that is done to the side under test, and what has to follow. */
import type { Player } from "./player.ts";

export interface Case<Played extends Player = Player> {
  /** Of its own, "GROUP/WORDS": "close/in-session". */
  readonly name: string;
  /** What is done and what has to follow, one sentence without its full stop. */
  readonly text: string;
  /** Requirements of the side under test that it exercises, those it mainly is about first. */
  readonly requirements: readonly string[];
  /** Names of cases that have to pass for this one to mean anything; without them it is not testable. */
  readonly needs?: readonly string[];
  /**
   * What the case may do to an implementation that is not prepared for it; such cases run on virtual boards, elsewhere only
   * where the user asks for them. Undefined: deployed implementations are known to survive it.
   */
  readonly risk?: string;
  /** It takes seconds, or repeats what another one shows: left out of a fast run. */
  readonly slow?: true;
  /**
   * The tester breaks rules itself in a way from which the judge would infer things about the other side: what the judge
   * finds meanwhile is not counted.
   */
  readonly unjudged?: true;
  /**
   * Others build on the session that it opens, of the newest version. Where it fails, the run goes on in version 2, in which
   * there is no CRC-32, if the side under test speaks that; what the judge alone found in it counts here and not again.
   */
  readonly fallsBack?: true;
  /** Throws Broken or NotTestable; passes where it returns. It may leave the channel in any state. */
  play(played: Played): Promise<void>;
}
