/** What there is for each requirement: the tests that check it, and the code that keeps it. */
import { citations } from "../../../src/core/spec/citations.ts";
import type { Requirement } from "../../../src/core/spec/requirements.ts";
import { projectFiles } from "../project-files.ts";
import { codeCitations } from "./code-citations.ts";
import { testTitles } from "./test-titles.ts";

export interface Evidence {
  readonly tests: readonly TestEvidence[];
  readonly code: readonly CodeEvidence[];
}

export interface TestEvidence {
  /** From the project's folder. */
  readonly path: string;
  /** Titles of tests and of groups of tests, in the order of the file. */
  readonly titles: readonly string[];
}

export interface CodeEvidence {
  readonly path: string;
  /** Declarations; empty where the file as a whole cites the requirement. */
  readonly symbols: readonly string[];
}

/** Code that speaks of requirements without keeping any: readers of the text, tools that print it, judges of others. */
const SPEAKS_OF_THEM = /^src\/(cli|core\/(spec|drawing|judge))\//;

/** For each requirement, by its identifier, what the sources and tests of the project at `root` say. */
export function gatherEvidence(root: string, requirements: readonly Requirement[]): ReadonlyMap<string, Evidence> {
  const tests = new Map<string, TestEvidence[]>();
  for (const { path, text } of projectFiles(root, ["test"], /\.(test|proof)\.ts$/)) {
    const cited = testTitles(path, text).flatMap((title) => citations(title).map((id) => ({ id, title })));
    for (const [id, titles] of grouped(cited, "title")) listed(tests, id).push({ path, titles });
  }
  const code = new Map<string, CodeEvidence[]>();
  for (const { path, text } of projectFiles(root, ["src", "host", "bmc"], /\.ts$/)) {
    if (SPEAKS_OF_THEM.test(path)) continue;
    for (const [id, symbols] of grouped(codeCitations(path, text), "symbol")) listed(code, id).push({ path, symbols });
  }
  return new Map(requirements.map(({ id }) => [id, { tests: tests.get(id) ?? [], code: code.get(id) ?? [] }]));
}

function grouped<Key extends string>(
  items: readonly ({ readonly id: string } & Readonly<Record<Key, string | undefined>>)[],
  key: Key,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const item of items) {
    const group = listed(groups, item.id);
    const name = item[key];
    if (name !== undefined && !group.includes(name)) group.push(name);
  }
  return groups;
}

function listed<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
