/** The state figures: the committed ones are what the tables give, and every edge is there, drawn or told, and in words. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { edgesOf, STATE_FIGURES, stateFigures } from "../../spec/generator/figures/states.ts";
import { PROJECT } from "../project/requirements.ts";
import { textsOf } from "./svg-texts.ts";

/** All texts of a drawing one after the other: labels are broken into lines. */
function running(svg: string): string {
  return textsOf(svg)
    .map(({ content }) => content.trim())
    .join(" ")
    .replace(/\s+/g, " ");
}

describe("state figures", () => {
  test("the committed ones are what the tables give, twice the same", async () => {
    const [once, again] = [await stateFigures(), await stateFigures()];
    expect(again).toEqual(once);
    for (const { path, text } of once) expect([path, readFileSync(join(PROJECT, path), "utf8")]).toEqual([path, text]);
    expect(once).toHaveLength(STATE_FIGURES.length);
  });

  test.each(STATE_FIGURES)("$title: every state, and every edge by its step and its condition", ({ name, table }) => {
    const svg = readFileSync(join(PROJECT, "spec", "figures", `${name}.svg`), "utf8");
    const drawn = running(svg);
    const words = /<desc>([^<]*)<\/desc>/.exec(svg)?.[1] ?? "";
    const edges = edgesOf(table);
    expect(edges.length).toBeGreaterThan(3);
    for (const { from, to, step, when } of edges) {
      const plain = (state: string): string => state.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      for (const state of [from, to]) expect(drawn.toLowerCase()).toContain(plain(state));
      expect(drawn).toContain(when);
      for (const one of step.split(", ")) expect(drawn).toContain(one);
      expect(words).toContain(`${step} ${when}`);
    }
  });
});
