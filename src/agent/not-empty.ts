/** Values of options that may not be empty. */
import { InvalidArgumentError } from "commander";

/** A text that says something: an empty one is most often a variable that a script has forgotten to set. */
export function notEmpty(what: string, example: string): (text: string) => string {
  return (text) => {
    if (text !== "") return text;
    throw new InvalidArgumentError(`${what} cannot be empty: write it like ${example}.`);
  };
}
