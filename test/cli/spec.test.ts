import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { BINDING_COUNTERS } from "../../src/core/binding/counters.ts";
import { sectionName } from "../../src/core/spec/find.ts";
import { specification } from "../project/requirements.ts";
import { Sandbox, type Finished } from "../support/processes.ts";
import { runHere, runIn } from "./run-here.ts";

const ESCAPE = "\u001b";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

/** What the command prints; it has to succeed, in plain text. */
async function spec(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(sandbox, "spec", ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).not.toContain(ESCAPE);
  expect(stdout).toMatch(/[^\n]\n$/);
  return stdout;
}

async function specJson(...words: readonly string[]): Promise<unknown> {
  return JSON.parse(await spec(...words, "--json"));
}

/** Text as it is read: line breaks and indents as single spaces. */
function running(text: string): string {
  return text.replace(/\s+/g, " ");
}

describe("mctp-lpc spec", () => {
  test("alone: the contents of all files, and the areas of requirements", async () => {
    const text = await spec();
    for (const { file } of specification.documents) expect(text).toMatch(new RegExp(`^[A-Z].* {2}${file}$`, "m"));
    const numbered = specification.sections.filter(({ number, level }) => number !== undefined && level === 2);
    expect(numbered.length).toBeGreaterThan(15);
    for (const section of numbered) expect(running(text)).toContain(` ${sectionName(section)} `);
    for (const area of new Set(specification.requirements.map((requirement) => requirement.area))) {
      expect(text).toMatch(new RegExp(`^  LPC-${area} +1 to \\d+ +clauses? \\d`, "m"));
    }
  });

  test("CLAUSE: the clause and those below it, up to the next", async () => {
    const text = await spec("7");
    expect(text).toMatch(/^7 Versions and packet buffers\n/);
    expect(text).toMatch(/^7\.3 Ownership$/m);
    expect(text).toMatch(/^- LPC-BUF-3 \(Both.*\): The trailer/m);
    expect(text).not.toMatch(/^8 |\*\*|^#/m);
    expect(await spec("clause", "7")).toBe(text);
  });

  test("words of a title: its clause", async () => {
    expect(await spec("packet", "buffers")).toMatch(/^7\.2 Packet buffers\n/);
    expect(await spec("PACKET BUFFERS")).toBe(await spec("7.2"));
  });

  test("REQUIREMENT: its text, who is bound, the clause, the steps and counters, in whatever letters", async () => {
    const text = await spec("LPC-BUF-4");
    expect(await spec("lpc-buf-4")).toBe(text);
    const requirement = specification.requirements.find(({ id }) => id === "LPC-BUF-4");
    expect(text).toMatch(/^LPC-BUF-4 {2}Both, all versions\n/);
    expect(running(text)).toContain(requirement?.text);
    expect(text).toMatch(/^clause +7\.3 Ownership$/m);
    expect(text).toMatch(/^step +H2\.5: /m);
    expect(text).toMatch(/^ +B2\.6: /m);
    expect(running(text)).toContain(`counter lengthOutOfBounds: ${BINDING_COUNTERS.lengthOutOfBounds.text}`);
    expect(text).toMatch(/^cited in +\S/m);
  });

  test("--requirement REQUIREMENT: the same", async () => {
    const text = await spec("LPC-KCS-2");
    expect(await spec("--requirement", "LPC-KCS-2")).toBe(text);
    expect(await spec("--requirement", "kcs-2")).toBe(text);
    expect(await specJson("--requirement", "LPC-KCS-2")).toEqual(await specJson("LPC-KCS-2"));
  });

  test("AREA: all its requirements", async () => {
    const text = await spec("lpc-time");
    const ids = specification.requirements.filter(({ area }) => area === "TIME").map(({ id }) => id);
    expect([...text.matchAll(/^(LPC-[A-Z]+-\d+) {2}/gm)].map(([, id]) => id)).toEqual(ids);
  });

  test("STEP: its row, with the headings of its table", async () => {
    const text = await spec("h1.3");
    expect(text).toMatch(/^H1\.3 {2}clause 10\.2 /);
    expect(text).toMatch(/^step +when +access +then +requirement$/m);
    expect(running(await spec("h1.3", "-w", "200"))).toMatch(/IDR = 0x00 \(close\)/);
  });

  test.each([40, 64, 100])("fits %d columns, code excepted", async (width) => {
    for (const number of ["6", "10.1"]) {
      const lines = (await spec(number, "--width", String(width))).split("\n");
      const wide = lines.filter((line) => line.length > width && !line.startsWith("    "));
      expect(wide).toEqual([]);
    }
  });

  test("on a terminal: bold headings, as wide as it is", async () => {
    const { stdout } = await runIn(sandbox, { columns: 60, environment: { TERM: "xterm" } }, "spec", "9.1");
    expect(stdout).toContain(`${ESCAPE}[1m9.1 Version negotiation`);
    expect(stdout).toContain(`${ESCAPE}[1mLPC-VER-1`);
    const plain = stdout.replaceAll(new RegExp(`${ESCAPE}\\[[\\d;]*m`, "g"), "").split("\n");
    expect(Math.max(...plain.map((line) => line.length))).toBeGreaterThan(50);
    expect(Math.max(...plain.map((line) => line.length))).toBeLessThanOrEqual(60);
  });
});

describe("mctp-lpc spec --json", () => {
  test("contents", async () => {
    const { documents, sections, areas } = (await specJson()) as Record<string, unknown[]>;
    expect(documents?.[0]).toMatchObject({ file: "mctp-lpc.md" });
    expect(sections).toHaveLength(specification.sections.length);
    expect(areas).toContainEqual(expect.objectContaining({ area: "LPC-TIME", requirements: expect.any(Array) }));
  });

  test("a requirement", async () => {
    expect(await specJson("LPC-TIME-3")).toMatchObject({
      id: "LPC-TIME-3",
      bound: "Both",
      versions: "all",
      section: { number: "13.2", file: "mctp-lpc.md", anchor: "132-timers" },
      steps: [{ step: "H2.15" }, { step: "B2.4" }],
      counters: [{ name: "transmitStalled", text: BINDING_COUNTERS.transmitStalled.text }],
    });
  });

  test("an area, a step, a clause", async () => {
    expect(await specJson("VER")).toMatchObject([
      { id: "LPC-VER-1" },
      { id: "LPC-VER-2" },
      { id: "LPC-VER-3" },
      { id: "LPC-VER-4" },
    ]);
    expect(await specJson("B3.5")).toMatchObject({
      step: "B3.5",
      rows: [{ step: "B3.5", access: expect.any(String) }],
    });
    const clause = (await specJson("9.1")) as { requirements: string[]; markdown: string };
    expect(clause.requirements).toEqual(["LPC-VER-1", "LPC-VER-2", "LPC-VER-3", "LPC-VER-4"]);
    expect(clause.markdown).toMatch(/^### 9\.1 Version negotiation\n/);
  });
});

describe("a name that does not fit", () => {
  async function ends(code: number, words: readonly string[]): Promise<string> {
    const finished: Finished = await runHere(sandbox, "spec", ...words);
    expect(finished).toMatchObject({ code, stdout: "" });
    return finished.stderr;
  }

  const refused = (...words: readonly string[]): Promise<string> => ends(1, words);
  /** A wrong command line has a status of its own. */
  const misused = (...words: readonly string[]): Promise<string> => ends(64, words);

  test("is answered with what is near", async () => {
    expect(await refused("BUFF-3")).toMatch(
      /^mctp-lpc: the specification has nothing named "BUFF-3" \(.*\)\. Did you mean "LPC-BUF-1 to LPC-BUF-\d+"\?\n$/,
    );
    expect(await refused("8.7")).toContain('Did you mean "8.1 Status register", "8.2 Commands"');
    expect(await refused("annex Z")).toMatch(/\. Did you mean "annex A to annex [B-Z]"\?\n$/);
    expect(await refused("H99")).toMatch(/\. Did you mean "H\d\.\d to H\d\.\d"\?\n$/);
    expect(await refused("7.99")).toContain('Did you mean "7.1 to 7.3" or "7 Versions and packet buffers"?');
    expect(await refused("owneship")).toContain('Did you mean "7.3 Ownership"?');
  });

  test("as a requirement, is answered with requirements alone", async () => {
    const none = 'the specification has no requirement "';
    expect(await refused("--requirement", ["LPC", "KCS", "99"].join("-"))).toMatch(
      /\. Did you mean "LPC-KCS-1 to LPC-KCS-\d+"\?\n$/,
    );
    expect(await refused("--requirement", "BUF")).toMatch(/\. Did you mean "LPC-BUF-1 to LPC-BUF-\d+"\?\n$/);
    expect(await refused("--requirement", "KSC-2")).toContain(
      '"KSC-2" (mctp-lpc spec lists them). Did you mean "LPC-KCS-1 ',
    );
    expect(await refused("--requirement", "7.2")).toBe(`mctp-lpc: ${none}7.2" (mctp-lpc spec lists them)\n`);
    expect(await misused("7.2", "--requirement", "LPC-KCS-2")).toContain('give "7.2" or --requirement, not both');
  });

  test("a width that no table has room for is refused, as one in words", async () => {
    for (const width of ["10", "wide"])
      expect(await misused("7.2", "--width", width)).toContain("Give a whole number from 40 to 1000.");
  });

  test("is answered with how to see all where nothing is near", async () => {
    expect(await refused("frobnicate", "--json")).toBe(
      'mctp-lpc: the specification has nothing named "frobnicate" (mctp-lpc spec lists clauses and requirements)\n',
    );
  });

  test("is answered with all that it may mean", async () => {
    expect(await refused("procedures")).toMatch(/^mctp-lpc: "procedures" may be "10 Host procedures" or "11 BMC/);
  });
});
