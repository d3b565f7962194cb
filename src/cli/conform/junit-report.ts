/** A report as JUnit XML, which test servers read. */
import { element, escapeXml, LINE_END, together, XML_DECLARATION, type Markup } from "../../core/drawing/svg.ts";
import type { CaseResult } from "../../conform/run.ts";
import { evidenceLadder } from "./evidence.ts";
import { goesOnText, type ConformReport } from "./report.ts";

const LADDER_WIDTH = 100;

export function junitReport(report: ConformReport): Markup {
  const { tested, platform, results, failures, notTestable, began, milliseconds } = report;
  const counts = { tests: results.length, failures: failures.length, errors: 0, skipped: notTestable };
  const time = secondsText(milliseconds);
  const suite = element(
    "testsuite",
    { name: `mctp-lpc conform ${tested} ${platform}`, ...counts, time, timestamp: began.slice(0, 19) },
    LINE_END,
    ...results.flatMap((result) => [caseOf(tested, result), LINE_END]),
  );
  const root = element("testsuites", { name: "mctp-lpc conform", ...counts, time }, LINE_END, suite, LINE_END);
  return together(XML_DECLARATION, root, LINE_END);
}

function caseOf(tested: string, result: CaseResult): Markup {
  const { case: one, outcome, milliseconds } = result;
  const group = one.name.split("/")[0] ?? one.name;
  const head = { name: one.name, classname: `${tested}.${group}`, time: secondsText(milliseconds) };
  switch (outcome.kind) {
    case "pass":
      return element("testcase", head);
    case "notTestable":
      return element("testcase", head, element("skipped", { message: outcome.why }));
    case "fail": {
      const { requirement, seen, expected } = outcome.evidence;
      const goesOn = goesOnText(result);
      const { header, lines } = evidenceLadder(outcome.evidence, LADDER_WIDTH);
      const text = [
        `${requirement}: ${one.text}.`,
        `seen: ${seen}`,
        `expected: ${expected}`,
        ...(goesOn === undefined ? [] : [goesOn]),
        header,
        ...lines.map((each) => each.text),
      ];
      const message = `${requirement}: ${seen}; expected: ${expected}`;
      const body = together(...text.flatMap((each) => [escapeXml(each), LINE_END]));
      return element("testcase", head, element("failure", { type: requirement, message }, body));
    }
  }
}

/** Text, as numbers of attributes are rounded to two decimals. */
function secondsText(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
