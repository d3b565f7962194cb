/** The kinds of platforms and links, and their settings, as the parser knows them. */
import type { Use } from "../../../src/platform/kind.ts";
import { KINDS } from "../../../src/platform/kinds.ts";
import type { Fragments } from "../fragments.ts";
import { markdownTable } from "./markdown-table.ts";

const OPTIONS: Readonly<Record<Use, string>> = {
  host: "`host run --platform`",
  bmc: "`bmc run --platform`",
  link: "`--link` of both",
  endpoint: "`endpoint run --link`",
};

/** A row for each use of each kind, then one for each setting. */
export function platformFragments(): Fragments {
  const kinds = KINDS.flatMap(({ name, place, uses }) =>
    Object.entries(uses).map(([use, summary]) => [`\`${name}:${place}\``, OPTIONS[use as Use], summary]),
  );
  const settings = KINDS.flatMap(({ name, keys }) =>
    Object.entries(keys).map(([key, { takes, help, otherwise }]) => [`\`${name}:…,${key}=\``, takes, help, otherwise]),
  );
  const tables = [
    markdownTable(["spec", "where", "what it is"], kinds),
    markdownTable(["setting", "takes", "sets", "default"], settings),
  ];
  return new Map([["platforms", tables.join("\n\n")]]);
}
