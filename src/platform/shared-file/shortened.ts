/** What is said of a board whose file was made shorter; in a file of its own, without a native module behind it. */
import { Failure } from "../failure.ts";

export function shortened(path: string): Failure {
  return new Failure(
    "board-shortened",
    `the board ${path} was made shorter while it was in use: remove it and start both agents again`,
  );
}
