/** `--misbehave`, `--misbehave-seed` and `--destructive`: from the command line to what an agent takes. */
import { CommanderError, InvalidArgumentError, type Command } from "commander";
import type { RoleName } from "../../core/binding/side.ts";
import { Failure, messageOf } from "../../platform/failure.ts";
import type { PlatformSpec } from "../../platform/kinds.ts";
import { checkMisbehave, type MisbehaveOptions } from "./arm.ts";
import { parseMisbehaviours } from "./list.ts";
import { misbehaviourTable } from "./texts.ts";

/** Judges a list; the words list and help print what there is, and end the command. */
export function misbehaveParser(command: Command, side: RoleName): (text: string) => string {
  return (text) => {
    if (text === "list" || text === "help") {
      command.configureOutput().writeOut?.(`${misbehaviourTable(side)}\n`);
      throw new CommanderError(0, "mctp-lpc.misbehaviours", "");
    }
    try {
      parseMisbehaviours(text, side);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      throw new InvalidArgumentError(`${messageOf(thrown)}.`);
    }
    return text;
  };
}

/** Throws a Failure where a real device would be disturbed, and for options that say nothing. */
export function readMisbehave(
  side: RoleName,
  platform: PlatformSpec,
  given: Readonly<Record<string, unknown>>,
): MisbehaveOptions | undefined {
  const list = given["misbehave"] as string | undefined;
  const seed = given["misbehaveSeed"] as number | undefined;
  const destructive = given["destructive"] === true;
  if (list === undefined) {
    const [idle] = [...(seed === undefined ? [] : ["--misbehave-seed"]), ...(destructive ? ["--destructive"] : [])];
    if (idle === undefined) return undefined;
    throw new Failure("options", `${idle} is for --misbehave: say what is to be broken, or leave it out`);
  }
  const options = { list, seed, destructive };
  checkMisbehave(options, side, platform);
  return options;
}
