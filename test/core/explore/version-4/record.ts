/**
 * Explores all of version 4 and records the sizes and findings that Annex C shows. Records nothing, and ends with status
 * 1, when something was found that should not be, or not found that should.
 *
 *     node dist/test/core/explore/version-4/record.js [FILE]
 */
import { writeFileSync } from "node:fs";
import { CONFIGURATIONS_4 } from "../../../../src/core/explore/version-4/configurations.ts";
import { LEFT_OUT_4 } from "../../../../src/core/explore/version-4/left-out.ts";
import type { SearchResult } from "../../../../src/core/explore/search.ts";
import {
  VERSION_4_RECORD,
  type RecordedConfiguration4,
  type RecordedLeftOut4,
  type Version4Record,
} from "../../../../spec/generator/tables/version-4-record.ts";
import { OFFERED_4 } from "./offering.ts";
import { explore4, exploreOffered } from "./runs.ts";

const [file = VERSION_4_RECORD] = process.argv.slice(2);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function recorded(name: string, text: string, result: SearchResult): RecordedConfiguration4 {
  const { states, transitions, depth, finding, complete } = result;
  if (finding !== undefined || !complete) throw new Error(`${name}: ${finding?.what ?? "not complete"}`);
  say(`${name}: ${String(states)} states, nothing found`);
  return { name, text, states, transitions, depth };
}

const leftOut = LEFT_OUT_4.map(({ text, scenario, found }): RecordedLeftOut4 => {
  const { states, finding } = explore4(scenario);
  if (finding?.kind !== found) throw new Error(`${text}: ${finding?.what ?? "nothing found"}`);
  say(`${text}: ${finding === undefined ? "holds" : finding.what}`);
  const moves = finding?.moves.length ?? 0;
  return { text, states, found: finding === undefined ? undefined : { kind: finding.kind, moves } };
});
const offered = OFFERED_4.map((scenario) => recorded(scenario.name, scenario.text, exploreOffered(scenario)));
const configurations = CONFIGURATIONS_4.map(({ scenario }) =>
  recorded(scenario.name, scenario.text, explore4(scenario)),
);
const record: Version4Record = { configurations, offered, leftOut };
writeFileSync(file, `${JSON.stringify(record, undefined, 2)}\n`);
say(`written to ${file}`);
