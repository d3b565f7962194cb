/** The specification as one page: whole, well formed, and nothing else needed. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { parse, type DefaultTreeAdapterMap, type ParserError } from "parse5";
import { sitePage } from "../../spec/generator/site/site.ts";
import { collectTargets } from "../../spec/generator/site/targets.ts";
import { PROJECT, specification } from "../project/requirements.ts";

type Node = DefaultTreeAdapterMap["node"];
type Element = DefaultTreeAdapterMap["element"];

let page: string;
let elements: readonly Element[];
const errors: ParserError[] = [];

beforeAll(() => {
  page = sitePage(PROJECT);
  elements = elementsOf(parse(page, { sourceCodeLocationInfo: true, onParseError: (error) => errors.push(error) }));
});

function elementsOf(node: Node): readonly Element[] {
  const below = "childNodes" in node ? node.childNodes.flatMap(elementsOf) : [];
  return "tagName" in node ? [node, ...below] : below;
}

function attribute({ attrs }: Element, name: string): string | undefined {
  return attrs.find((candidate) => candidate.name === name)?.value;
}

function named(...tags: readonly string[]): readonly Element[] {
  return elements.filter(({ tagName }) => tags.includes(tagName));
}

function textOf(node: Node): string {
  if ("value" in node) return node.value;
  return "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
}

describe("the page", () => {
  test("is HTML without a mistake", () => {
    expect(errors.map(({ code, startLine }) => `${code} in line ${startLine}`)).toEqual([]);
  });

  test("has every clause, requirement, step and figure once, and no identifier twice", () => {
    const ids = elements.flatMap((element) => attribute(element, "id") ?? []);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const { sections, requirements, steps, figures, tables } = specification;
    const targets = collectTargets(specification);
    const wanted = [
      ...sections.map(targets.sectionId),
      ...[...requirements, ...steps].map(({ id }) => id),
      ...figures.map((figure) => targets.captioned("Figure", targets.label(figure) ?? "")),
      ...tables.flatMap((table) => targets.captioned("Table", targets.label(table) ?? "") ?? []),
    ];
    expect(wanted.length).toBeGreaterThan(200);
    expect(wanted.filter((id) => id === undefined || !ids.includes(id))).toEqual([]);
  });

  test("has no link that leads nowhere, and links wherever a requirement, a clause or a step is named", () => {
    const ids = new Set(elements.flatMap((element) => attribute(element, "id") ?? []));
    const links = named("a").map((element) => attribute(element, "href") ?? "");
    const inside = links.filter((href) => href.startsWith("#")).map((href) => href.slice(1));
    expect(inside.filter((id) => !ids.has(id))).toEqual([]);
    expect(links.filter((href) => !/^(#.|https?:\/\/)/.test(href))).toEqual([]);
    const linked = new Set(inside);
    expect(specification.requirements.filter(({ id }) => !linked.has(id))).toEqual([]);
    for (const target of ["92-mtu-negotiation", "101-h0-every-round-outside-a-session", "H1.3", "B2.3"]) {
      expect(inside.filter((id) => id === target).length).toBeGreaterThan(2);
    }
  });

  test("needs nothing but itself", () => {
    const loading = ["img", "iframe", "object", "embed", "audio", "video", "source", "image", "feimage"];
    expect(named(...loading).map(({ tagName }) => tagName)).toEqual([]);
    expect(named("script").filter((script) => attribute(script, "src") !== undefined)).toEqual([]);
    expect(named("link").map((link) => attribute(link, "href"))).toEqual(["data:,"]);
    const styles = named("style").map(textOf).join("\n");
    expect(styles).not.toMatch(/@import|url\((?!#)/);
    expect(page).not.toMatch(/sourceMappingURL/);
    expect(page).toContain("default-src 'none'");
  });
});
