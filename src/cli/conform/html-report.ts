/** A report as one page that needs no other file: summary, failures with their ladders, requirements, cases. */
import {
  colourProperties,
  element,
  escapeXml,
  HTML_DOCTYPE,
  LINE_END,
  together,
  type Markup,
} from "../../core/drawing/svg.ts";
import { sideWord } from "../../core/judge/report.ts";
import { svgLadder } from "../../core/trace/svg-ladder.ts";
import { plainMarkdown } from "./plain-markdown.ts";
import { drawnRows, PAUSE, whereText } from "./evidence.ts";
import { millisecondsText } from "./people-output.ts";
import { goesOnText, type ConformReport, type Failed, type RequirementRow } from "./report.ts";

const STATE_WORD: Readonly<Record<RequirementRow["state"], string>> = {
  kept: "kept",
  broken: "broken",
  notExercised: "not exercised",
  notVisible: "not visible",
};
const OUTCOME_WORD = { pass: "pass", fail: "fail", notTestable: "not testable" } as const;

/** Without characters that XML escapes: a style sheet knows no escapes. */
const STYLE = `:root { ${colourProperties("light")} color-scheme: light dark; }
@media screen and (prefers-color-scheme: dark) { :root { ${colourProperties("dark")} } }
body { background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, 'Liberation Sans', 'DejaVu Sans', sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; margin-bottom: 0.3rem; }
table { border-collapse: collapse; width: 100%; } th, td { border-bottom: 1px solid var(--rule); padding: 0.3rem 0.6rem; text-align: left; vertical-align: top; }
td.id, td.name { white-space: nowrap; font-family: ui-monospace, 'Liberation Mono', monospace; font-size: 13px; }
.summary { font-size: 1.15rem; font-weight: 600; }
.broken, .fail { color: var(--fault); font-weight: 600; } .notExercised, .notVisible, .notTestable { color: var(--faint); } .kept, .pass { color: var(--other); }
section.failure { border-left: 4px solid var(--fault); padding: 0 0 0 1rem; margin: 1.5rem 0; }
dt { color: var(--faint); } dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1rem; } dd { margin: 0; }
.ladder { overflow-x: auto; } .ladder svg { max-width: 100%; height: auto; }
`;

export function htmlReport(report: ConformReport): Markup {
  const { tested, platform, summary, failures } = report;
  const title = `Conformance of the ${sideWord(tested)} on ${platform}`;
  const body = together(
    element("h1", {}, escapeXml(title)),
    element("p", { class: "summary" }, escapeXml(`${summary}.`)),
    facts(report),
    element("h2", {}, escapeXml("Failures")),
    ...(failures.length === 0
      ? [element("p", {}, escapeXml("No case failed."))]
      : failures.map((failed, index) => failure(failed, index))),
    element("h2", {}, escapeXml("Requirements")),
    requirementTable(report),
    element("h2", {}, escapeXml("Cases")),
    caseTable(report),
  );
  return together(
    HTML_DOCTYPE,
    element(
      "html",
      { lang: "en" },
      element(
        "head",
        {},
        element("meta", { charset: "utf-8" }),
        element("meta", { name: "viewport", content: "width=device-width" }),
        element("title", {}, escapeXml(title)),
        element("style", {}, ...STYLE.split("\n").flatMap((line) => [escapeXml(line), LINE_END])),
      ),
      element("body", {}, body),
    ),
    LINE_END,
  );
}

function facts(report: ConformReport): Markup {
  const { began, milliseconds, accesses, windowBytes, depth, version, passes, failures, notTestable } = report;
  const cases = `${String(passes)} passed, ${String(failures.length)} failed, ${String(notTestable)} not testable`;
  const rows: readonly (readonly [string, string])[] = [
    ["run", `${began}, ${millisecondsText(milliseconds)}, ${String(accesses)} bus accesses`],
    ["cases", report.wasEnded ? `${cases}; ended before the last case` : cases],
    ["board", `window of ${String(windowBytes / 1024)} KiB, depth ${String(depth)}`],
    ["program", `mctp-lpc ${version}`],
    ...report.remains.map((note) => ["behind the run", note] as const),
  ];
  return definitions(rows);
}

function definitions(rows: readonly (readonly [string, string])[]): Markup {
  return element(
    "dl",
    {},
    ...rows.flatMap(([name, text]) => [element("dt", {}, escapeXml(name)), element("dd", {}, escapeXml(text))]),
  );
}

function failure({ result, evidence, requirement }: Failed, index: number): Markup {
  const { requirement: id, seen, expected, finding } = evidence;
  const rows: (readonly [string, string])[] = [
    ["case", `${result.case.name}: ${result.case.text}.`],
    ["seen", seen],
    ["expected", expected],
  ];
  if (finding?.bytes !== undefined) rows.push(["bytes", whereText(finding.bytes, finding.offset)]);
  if (finding?.cause !== undefined) rows.push(["guess", finding.cause.text]);
  const goesOn = goesOnText(result);
  if (goesOn !== undefined) rows.push(["then", goesOn]);
  if (requirement !== undefined) rows.push(["rule", `${plainMarkdown(requirement.text)} (${requirement.clause})`]);
  return element(
    "section",
    { class: "failure", id: `failure-${String(index + 1)}` },
    element("h3", {}, escapeXml(`${id} broken`)),
    definitions(rows),
    element("div", { class: "ladder" }, ladder(evidence, id)),
  );
}

function ladder(evidence: Failed["evidence"], title: string): Markup {
  const rows = drawnRows(evidence);
  if (rows.length === 0) return together();
  const since = rows[0]?.t;
  return svgLadder(rows, {
    title: `Accesses that led to ${title}`,
    pause: PAUSE,
    ...(since === undefined ? {} : { since }),
  });
}

function requirementTable({ requirements, failures }: ConformReport): Markup {
  const firstOf = (id: string): number => failures.findIndex(({ evidence }) => evidence.requirement === id) + 1;
  return table(
    ["requirement", "state", "what it asks", "cases"],
    requirements.map(({ id, state, text, cases, why }) => [
      element("td", { class: "id" }, escapeXml(id)),
      element(
        "td",
        { class: state },
        state === "broken"
          ? element("a", { href: `#failure-${String(firstOf(id))}`, class: state }, escapeXml(STATE_WORD[state]))
          : escapeXml(STATE_WORD[state]),
      ),
      element("td", {}, escapeXml(plainMarkdown(text))),
      element("td", {}, escapeXml(why ?? cases.join(", "))),
    ]),
  );
}

function caseTable({ results, leftOut }: ConformReport): Markup {
  const played = results.map(({ case: one, outcome, milliseconds }) => [
    element("td", { class: "name" }, escapeXml(one.name)),
    element("td", { class: outcome.kind }, escapeXml(OUTCOME_WORD[outcome.kind])),
    element("td", {}, escapeXml(outcome.kind === "notTestable" ? `${one.text}: ${outcome.why}` : one.text)),
    element("td", {}, escapeXml(millisecondsText(milliseconds))),
  ]);
  const others = leftOut.map(({ case: one, why }) => [
    element("td", { class: "name" }, escapeXml(one.name)),
    element("td", { class: "notTestable" }, escapeXml("left out")),
    element("td", {}, escapeXml(why === "risk" ? `${one.text}. Risk: ${one.risk ?? ""}` : one.text)),
    element("td", {}),
  ]);
  return table(["case", "outcome", "what is done and has to follow", "time"], [...played, ...others]);
}

function table(heads: readonly string[], rows: readonly (readonly Markup[])[]): Markup {
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", {}, escapeXml(head))))),
    element("tbody", {}, ...rows.map((cells) => element("tr", {}, ...cells))),
  );
}
