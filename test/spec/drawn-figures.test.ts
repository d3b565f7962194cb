/** Every figure of the specification, drawn by a renderer that knows no custom properties: librsvg, as PDF tool chains have it. */
import { describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../project/requirements.ts";
import { readPng, type Picture } from "../support/png.ts";
import { needsTool } from "../support/tools.ts";

const FOLDER = join(PROJECT, "spec", "figures");
const FIGURES = readdirSync(FOLDER).filter((name) => name.endsWith(".svg"));
const GROUND = "ffffff";
/** Of text and of lines. */
const INK = "1c2126";
const FAINT = "5b6570";

function render(svg: string): Picture {
  const { status, stdout, stderr } = spawnSync("rsvg-convert", ["--format=png", "--zoom=0.5"], {
    input: svg,
    maxBuffer: 1 << 27,
  });
  if (status !== 0) throw new Error(`rsvg-convert: ${String(stderr)}`);
  return readPng(stdout);
}

/** How many pixels have each colour, as "rrggbb". */
function coloursOf({ pixels }: Picture): ReadonlyMap<string, number> {
  const counts = new Map<number, number>();
  for (let at = 0; at < pixels.length; at += 4) {
    const colour = (pixels[at]! << 16) | (pixels[at + 1]! << 8) | pixels[at + 2]!;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return new Map([...counts].map(([colour, count]) => [colour.toString(16).padStart(6, "0"), count]));
}

/** Pixels whose colour is so close to this one that it may have been meant. */
function near(counts: ReadonlyMap<string, number>, wanted: string, tolerance: number): number {
  const parts = (colour: string): readonly number[] => [...Buffer.from(colour, "hex")];
  const target = parts(wanted);
  let sum = 0;
  for (const [colour, count] of counts) {
    if (parts(colour).every((part, index) => Math.abs(part - target[index]!) <= tolerance)) sum += count;
  }
  return sum;
}

/** Colours that the figure gives to shapes that are wholly filled: without dashes, opacity or text's edges. */
function filled(svg: string): readonly string[] {
  return [...new Set([...svg.matchAll(/<(?:rect|circle) [^>]*?fill="#([0-9a-f]{6})"(?![^>]*opacity)/g)])].map(
    ([, colour = ""]) => colour,
  );
}

describe("a renderer without custom properties draws", () => {
  needsTool("rsvg-convert")("every figure: text, lines and fills in the light colours, nothing black", () => {
    expect(FIGURES.length).toBeGreaterThan(35);
    const faults = FIGURES.flatMap((name) => {
      const svg = readFileSync(join(FOLDER, name), "utf8");
      const picture = render(svg);
      const counts = coloursOf(picture);
      const all = picture.width * picture.height;
      const found: string[] = [];
      if ((counts.get(GROUND) ?? 0) < all / 4) found.push(`${name}: less than a quarter is ground`);
      if ((counts.get("000000") ?? 0) > 0) found.push(`${name}: has black`);
      if (near(counts, INK, 56) + near(counts, FAINT, 56) < 100) found.push(`${name}: no text`);
      if (counts.size < 40) found.push(`${name}: ${String(counts.size)} colours`);
      const missing = filled(svg).filter((colour) => near(counts, colour, 24) < 8);
      return [...found, ...missing.map((colour) => `${name}: #${colour} is not seen`)];
    });
    expect(faults).toEqual([]);
  });

  needsTool("rsvg-convert")("no figure whose colours are custom properties: this test would see it", () => {
    const svg = readFileSync(join(FOLDER, "status-register.svg"), "utf8");
    const counts = coloursOf(render(svg.replace(/#[0-9a-f]{6}(?=")/g, "var(--ink)")));
    expect(counts.get("000000") ?? 0).toBeGreaterThan(250);
  });
});

describe("every figure", () => {
  test.each(FIGURES)("%s: has no colour but literal ones outside the rules for custom properties", (name) => {
    const svg = readFileSync(join(FOLDER, name), "utf8");
    const plain = svg.replace(/^@supports .*$/gm, "");
    expect(plain).not.toContain("var(");
    expect(svg).toContain("@supports (fill: var(--ink)) {");
  });
});
