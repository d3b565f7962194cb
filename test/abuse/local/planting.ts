/** What local attacks have in common: how things are planted, and what a refusal is. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { LocalPlace, Refusal } from "./local-place.ts";

export interface LocalAttack {
  /** As --only has it. */
  readonly name: string;
  readonly protects: string;
  /** It plays another user, which takes root. */
  readonly needsRoot?: true;
  /** Gives what got through or went wrong, a sentence each. */
  readonly run: (place: LocalPlace) => Promise<readonly string[]>;
}

/** Who is nobody's friend: the user that every Linux has as "nobody". */
export const STRANGER = 65_534;

export const bmcOn = (place: LocalPlace, ...options: readonly string[]): readonly string[] => [
  "bmc",
  "run",
  "--platform",
  place.board,
  "--control",
  place.path("bmc.sock"),
  ...options,
];

export function fifo(path: string): void {
  spawnSync("mkfifo", ["-m", "600", path]);
}

export async function makeBoard(place: LocalPlace): Promise<string> {
  const path = place.path("board");
  await place.run(["board", "create", path, "--window", "64K"]);
  return path;
}

/** A file of the victim's that an attacker would like to see changed. */
export function precious(place: LocalPlace): string {
  const path = place.path("precious");
  writeFileSync(path, "precious\n", { mode: 0o600 });
  return path;
}

/** A BMC's agent is started with what was planted, and refuses. */
export function refusal(
  name: string,
  protects: string,
  plant: (place: LocalPlace) => Promise<Refusal & { readonly args: readonly string[] }>,
  needsRoot?: true,
): LocalAttack {
  return {
    name,
    protects,
    ...(needsRoot === undefined ? {} : { needsRoot }),
    run: async (place) => {
      const { args, ...terms } = await plant(place);
      return place.refused(args, terms);
    },
  };
}
