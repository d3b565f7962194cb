/** The state figures: the committed ones are what the tables give, and every edge is there, drawn or told, and in words. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { STATE_FIGURES, stateFigures } from "../../spec/generator/figures/states.ts";
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
  }, 60_000);

  test.each(STATE_FIGURES)(
    "$title: every state, and every edge by its step and its condition",
    ({ name, states, edges }) => {
      const svg = readFileSync(join(PROJECT, "spec", "figures", `${name}.svg`), "utf8");
      const drawn = running(svg);
      const words = /<desc>([^<]*)<\/desc>/.exec(svg)?.[1] ?? "";
      expect(edges.length).toBeGreaterThan(3);
      expect([...new Set(edges.flatMap(({ from, to }) => [from, to]))].sort()).toEqual([...states].sort());
      for (const { from, to, step, when } of edges) {
        const plain = (state: string): string => state.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
        for (const state of [from, to]) expect(drawn.toLowerCase()).toContain(plain(state));
        expect(drawn).toContain(when);
        for (const one of step.split(", ")) expect(drawn).toContain(one);
        expect(words).toContain(`${step} ${when}`);
      }
    },
  );

  test.each(STATE_FIGURES)("$title: no edge runs through a label", ({ name }) => {
    const svg = readFileSync(join(PROJECT, "spec", "figures", `${name}.svg`), "utf8");
    const points = [...svg.matchAll(/<path d="M ([^"]*)"/g)].flatMap(([, path = ""]) => pointsOf(path));
    const labels = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" text-anchor="middle" class="label">([^<]*)</g)];
    expect([points.length > 100, labels.length > 5]).toEqual([true, true]);
    const crossed = labels.filter(([, x, y, text = ""]) => {
      // As wide as the widest of the usual fonts draws it.
      const half = (text.length * LETTER_WIDTH) / 2;
      return points.some((point) => {
        const below = Number(y) - point.y;
        return Math.abs(point.x - Number(x)) < half && below > -3 && below < 10;
      });
    });
    expect(crossed.map(([, , , text]) => text)).toEqual([]);
  });
});

const LETTER_WIDTH = 6.6;

/** Points along the cubic curves of a path: "x y C x y x y x y …". */
function pointsOf(path: string): readonly { readonly x: number; readonly y: number }[] {
  const numbers = path.split(/[ C]+/).map(Number);
  const corners = Array.from({ length: numbers.length / 2 }, (_, index) => ({
    x: numbers[2 * index]!,
    y: numbers[2 * index + 1]!,
  }));
  return corners.slice(0, -3).flatMap((_start, index) => {
    if (index % 3 !== 0) return [];
    const [a, b, c, d] = corners.slice(index, index + 4);
    return Array.from({ length: 51 }, (_, step) => {
      const t = step / 50;
      const at = (axis: "x" | "y"): number =>
        (1 - t) ** 3 * a![axis] + 3 * t * (1 - t) ** 2 * b![axis] + 3 * t ** 2 * (1 - t) * c![axis] + t ** 3 * d![axis];
      return { x: at("x"), y: at("y") };
    });
  });
}
