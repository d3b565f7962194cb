import { describe, expect, test } from "@jest/globals";
import { textWidth } from "../../../src/core/drawing/text-width.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { TraceEntry, TraceRow } from "../../../src/core/trace/format.ts";
import { isDrawn, type LadderEvent, type LadderMark } from "../../../src/core/trace/ladder-events.ts";
import { ladderPart } from "../../../src/core/trace/ladder-part.ts";
import { ladderSentences } from "../../../src/core/trace/ladder-sentences.ts";
import { eventItems } from "../../../src/core/trace/ladder-words.ts";
import { Ladder } from "../../../src/core/trace/ladder.ts";
import { svgLadder, type SvgLadderOptions } from "../../../src/core/trace/svg-ladder.ts";
import { LADDER_WIDTH, LIFELINE_X } from "../../../src/core/trace/svg-ladder-lines.ts";
import { TRACE_NAMES, recording } from "../../interop/recorded-traces.ts";

const FONT = 13;

function svg(rows: readonly TraceRow[], options: Partial<SvgLadderOptions> = {}): string {
  return svgLadder(rows, { title: "A trace", ...options });
}

interface DrawnText {
  readonly text: string;
  readonly x: number;
  readonly anchor: string;
  readonly look: string;
}

function plain(xml: string): string {
  return xml
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

/** The text elements in the order in which they stand, without names of columns and legend. */
function texts(drawn: string): readonly DrawnText[] {
  return [
    ...drawn.matchAll(
      /<text x="([\d.]+)" y="[\d.]+"(?: text-anchor="(\w+)")?(?: class="([^"]*)")?(?: xml:space="preserve")?>(.*?)<\/text>/g,
    ),
  ]
    .map(([, x = "", anchor = "start", look = "", content = ""]) => ({
      text: plain(content),
      x: Number(x),
      anchor,
      look,
    }))
    .filter(({ look }) => !look.includes("ladder-name") && !look.includes("ladder-legend"));
}

/** What lines say, without steps. */
function said(drawn: string): readonly string[] {
  return texts(drawn)
    .filter(({ look }) => !look.includes("ladder-step"))
    .map(({ text }) => text);
}

function steps(drawn: string): readonly string[] {
  return texts(drawn)
    .filter(({ look }) => look.includes("ladder-step"))
    .map(({ text }) => text);
}

function description(drawn: string): string {
  return plain(/<desc>(.*?)<\/desc>/s.exec(drawn)?.[1] ?? "");
}

/** The states of a lifeline from the top down. */
function bands(drawn: string, side: RoleName): readonly string[] {
  const x = LIFELINE_X[side];
  const [, after = ""] = drawn.split("</style>");
  const body = after.slice(0, after.indexOf("ladder-name"));
  return [
    ...body.matchAll(/<(?:line|rect) (?:x1|x)="([\d.]+)"[^>]*class="ladder-(absent|unknown|down|active|session)"/g),
  ]
    .filter(([, at = ""]) => Math.abs(Number(at) - x) < 5)
    .map(([, , state = ""]) => state);
}

/** Letters and digits alone: how words are broken into lines and joined makes no difference. */
function letters(words: readonly string[]): string {
  return words.join("").replace(/[^\p{L}\p{N}]/gu, "");
}

function row(
  n: number,
  side: "host" | "bmc",
  op: "kcs_read" | "kcs_write",
  reg: "STR" | "IDR" | "ODR",
  value: string,
  step?: string,
): TraceRow {
  return { n, ...(step === undefined ? {} : { step }), side, op, reg, value };
}

describe("text and drawing tell the same", () => {
  test.each(TRACE_NAMES)("%s: every event, in the same words and order", (name) => {
    const { rows } = recording(name);
    const events = ladderPart(rows).shown.filter(isDrawn);
    const told = letters(events.map((event) => eventItems(event).join("")));
    expect(letters(said(svg(rows)))).toBe(told);

    const ladder = new Ladder({ width: 132 });
    const lines = [...rows.flatMap((each) => ladder.push(each)), ...ladder.flush()].map(({ text }) =>
      text.replace(/^host|BMC$/g, ""),
    );
    // The text ladder leaves out the verb of fields and packets that are written.
    const written = (event: LadderEvent): string =>
      event.kind === "window" && event.verb === "writes" && event.area !== "elsewhere"
        ? event.items.join("")
        : eventItems(event).join("");
    expect(letters(lines)).toBe(letters(events.map(written)));
  });

  test.each(TRACE_NAMES)("%s: the text alternative is one sentence an event", (name) => {
    const { rows } = recording(name);
    const { shown } = ladderPart(rows);
    const sentences = ladderSentences(shown);
    const atOnce = shown.filter((event) => event.kind === "taken" && event.isNew && event.atOnce);
    expect(sentences).toHaveLength(shown.length - atOnce.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^(?:The (?:host|BMC) |From outside).*\.$/);
    expect(description(svg(rows))).toBe(sentences.join(" "));
  });

  test("the text alternative says who does what to which register, and which step it is", () => {
    const rows = [
      row(0, "host", "kcs_read", "STR", "80"),
      row(1, "host", "kcs_write", "IDR", "00", "H1.3"),
      row(2, "bmc", "kcs_read", "STR", "82", "B2.2"),
      row(3, "bmc", "kcs_read", "IDR", "00", "B2.4"),
      row(4, "bmc", "kcs_write", "STR", "c1", "B3.5"),
    ];
    expect(description(svg(rows, { description: "A start." }))).toBe(
      "A start. The host reads STR: BMC Active. The host writes 00 Initialise to IDR (H1.3), and the BMC takes it (B2.4). The BMC reads STR: BMC Active (B2.2). The BMC sets STR to c1, BMC Active, Channel Active (B3.5).",
    );
  });
});

describe("the drawing", () => {
  test.each(TRACE_NAMES)("%s: is well-formed, and the same when drawn again", (name) => {
    const drawn = svg(recording(name).rows);
    const open: string[] = [];
    for (const [, close, tag = "", alone] of drawn.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (close === "/") expect(open.pop()).toBe(tag);
      else if (alone !== "/") open.push(tag);
    }
    expect(open).toEqual([]);
    expect(drawn.replace(/<[^<>]*>/g, "")).not.toMatch(/[<>]/);
    expect(drawn).not.toMatch(/NaN|undefined/);
    expect(svg(recording(name).rows)).toBe(drawn);
  });

  test.each(TRACE_NAMES)("%s: text stays between the lifelines, steps outside them", (name) => {
    for (const { text, x, anchor, look } of texts(svg(recording(name).rows))) {
      const isStep = look.includes("ladder-step");
      const width = isStep ? text.length * 11 * 0.62 : textWidth(text, FONT);
      const left = anchor === "end" ? x - width : anchor === "middle" ? x - width / 2 : x;
      const right = left + width;
      const inside = left > LIFELINE_X.host && right < LIFELINE_X.bmc;
      const outside = (left >= 0 && right < LIFELINE_X.host) || (left > LIFELINE_X.bmc && right <= LADDER_WIDTH);
      expect([text, isStep ? outside : inside]).toEqual([text, true]);
    }
  });

  test("names, texts and marks may hold any characters", () => {
    const marks: readonly LadderMark[] = [{ before: 0, side: "host", what: "happens", text: 'says "<&>"' }];
    const drawn = svg([row(0, "bmc", "kcs_write", "STR", "81")], {
      title: "a < b & c",
      description: '"x" > <y>',
      marks,
    });
    expect(drawn).toContain("<title>a &lt; b &amp; c</title>");
    expect(drawn).toContain("&quot;x&quot; &gt; &lt;y&gt;");
    expect(said(drawn)).toContain('the host says "<&>"');
    expect(drawn.replace(/<[^<>]*>/g, "")).not.toMatch(/[<>]/);
  });

  test("a long list is broken into lines, a change from outside too", () => {
    const value = "00".repeat(60);
    const lines = said(svg([{ n: 0, side: "lab", op: "poke", offset: 0x100, len: 60, value }]));
    expect(lines).toEqual(["from outside: 60 bytes at 0x100 =", `${"0".repeat(32)}…`]);
    const region = said(svg(recording("01-init-v3").rows.slice(0, 1)));
    expect(region.length).toBeGreaterThan(2);
    expect(region[0]).toMatch(/^writes magic = MCTP/);
  });

  test("a byte that is taken at once has a filled head, one that stands unread a hollow one", () => {
    const write = row(1, "host", "kcs_write", "IDR", "01");
    const before = row(0, "bmc", "kcs_read", "STR", "c0");
    const read = row(2, "bmc", "kcs_read", "IDR", "01");
    expect(svg([before, write, read])).not.toMatch(/class="[^"]*ladder-hollow/);
    const late = svg([before, write, row(2, "bmc", "kcs_write", "STR", "81"), { ...read, n: 3 }]);
    expect(late).toMatch(/class="[^"]*ladder-hollow/);
    expect(said(late)).toEqual(["IDR = 01 Tx Begin", "STR = 81 BMC Active", "takes IDR = 01 Tx Begin"]);
    expect(svg([before, write])).toContain("not read at once");
  });

  test("bytes that are lost are marked: overwritten in a register, discarded by a write of STR", () => {
    const drawn = svg(recording("04a-msg64-host-to-bmc-v3").rows);
    expect(drawn).toContain('<tspan class="ladder-loss">✕ overwrites unread ff Dummy</tspan>');
    const rows = [
      row(0, "host", "kcs_read", "STR", "c0"),
      row(1, "bmc", "kcs_write", "ODR", "01"),
      row(2, "bmc", "kcs_write", "STR", "80"),
    ];
    expect(said(svg(rows)).at(-1)).toBe("discards unread ODR = 01 Tx Begin");
    expect(description(svg(rows))).toContain("the unread 01 Tx Begin in ODR is lost");
  });

  test("LPC-BUF-4, LPC-BUF-5: what makes a packet useless is marked", () => {
    expect(svg(recording("09a-crc-corrupt-host-to-bmc").rows)).toContain(
      '<tspan class="ladder-loss">CRC wrong</tspan>',
    );
    expect(svg(recording("09c-length-too-big-host-to-bmc").rows)).toMatch(/ladder-loss">length = 69, out of bounds</);
  });
});

describe("the lifelines show STR as each side knows it", () => {
  test("the BMC by what it wrote, the host by what it read, nothing before", () => {
    const rows = [
      row(0, "bmc", "kcs_write", "STR", "01"),
      row(1, "host", "kcs_read", "STR", "00"),
      row(2, "bmc", "kcs_write", "STR", "81"),
      row(3, "bmc", "kcs_write", "ODR", "ff"),
      row(4, "bmc", "kcs_write", "STR", "c1"),
      row(5, "host", "kcs_read", "STR", "c1"),
      row(6, "host", "kcs_read", "ODR", "ff"),
    ];
    const drawn = svg(rows);
    expect(bands(drawn, "bmc")).toEqual(["unknown", "down", "active", "session"]);
    // It never saw STR = 81.
    expect(bands(drawn, "host")).toEqual(["unknown", "down", "session"]);
  });

  test("a side that dies has a broken lifeline until it starts again, and then knows nothing", () => {
    const rows = [
      row(0, "bmc", "kcs_write", "STR", "c1"),
      row(1, "host", "kcs_read", "STR", "c0"),
      row(2, "bmc", "kcs_write", "ODR", "01"),
      row(3, "host", "kcs_read", "STR", "c1"),
      row(4, "host", "kcs_read", "ODR", "01"),
    ];
    const marks: readonly LadderMark[] = [
      { before: 0, side: "host", what: "starts", text: "starts" },
      { before: 3, side: "host", what: "ends", text: "is killed" },
      { before: 3, side: "host", what: "starts", text: "starts" },
    ];
    const drawn = svg(rows, { marks });
    expect(bands(drawn, "host")).toEqual(["absent", "unknown", "session", "absent", "unknown", "session"]);
    expect(bands(drawn, "bmc")).toEqual(["unknown", "session"]);
    expect(drawn).toMatch(/class="ladder-cross"/);
    expect(said(drawn)).toEqual([
      "the host starts",
      "STR = c1 BMC Active, Channel Active",
      "ODR = 01 Tx Begin",
      "the host is killed",
      "the host starts",
      "takes ODR = 01 Tx Begin",
    ]);
  });

  test("what merely happens between a byte and its being taken keeps the two together", () => {
    const rows = [
      row(0, "bmc", "kcs_read", "STR", "c0"),
      row(1, "host", "kcs_write", "IDR", "01"),
      row(2, "bmc", "kcs_read", "IDR", "01"),
    ];
    const marks: readonly LadderMark[] = [{ before: 2, side: "bmc", what: "happens", text: "sleeps" }];
    expect(said(svg(rows, { marks }))).toEqual(["IDR = 01 Tx Begin", "the BMC sleeps"]);
    expect(svg(rows, { marks })).not.toMatch(/class="[^"]*ladder-hollow/);
  });
});

describe("steps", () => {
  test("stand beside the lifeline of whoever acts; a byte has the step of its writer and of its reader", () => {
    const rows = [
      row(0, "bmc", "kcs_read", "STR", "80", "B2.2"),
      row(1, "host", "kcs_write", "IDR", "00", "H1.3"),
      row(2, "bmc", "kcs_read", "IDR", "00", "B2.4"),
    ];
    const drawn = texts(svg(rows)).filter(({ look }) => look.includes("ladder-step"));
    expect(drawn.map(({ text, anchor }) => [text, anchor])).toEqual([
      ["B2.4", "start"],
      ["H1.3", "end"],
    ]);
  });

  test("of several rows are given as a range, and long names are cut", () => {
    const write = (n: number, offset: number, value: string, step: string): TraceRow => ({
      n,
      step,
      side: "bmc",
      op: "lpc_write",
      offset,
      len: value.length / 2,
      value,
    });
    expect(steps(svg([write(0, 0x10, "00".repeat(16), "B3.3"), write(1, 0x0c, "0000", "B3.4")]))).toEqual(["B3.3–4"]);
    expect(steps(svg([write(0, 0, "4d435450", "B1.4"), write(1, 8, "00000000", "H0")]))).toEqual(["B1.4–H0"]);
    expect(steps(svg([write(0, 0, "4d435450", "a-very-long-name")]))[0]).toMatch(/^a-very.*…$/);
  });
});

describe("a part of a trace", () => {
  const { rows } = recording("04a-msg64-host-to-bmc-v3");

  test("what came before is known, but not drawn", () => {
    const from = rows.findIndex((each) => each.step === "host.tx");
    const drawn = svg(rows, { from, lead: "the session is up" });
    expect(said(drawn).slice(0, 3)).toEqual([
      `the session is up · rows 0 to ${String(from - 1)} left out`,
      "writes packet of 68 bytes",
      "9 → 8 SOM EOM seq 0 TO tag 1 · type 0x7d",
    ]);
    expect(bands(drawn, "host")).toEqual(["session"]);
    expect(description(drawn)).toMatch(/^The session is up\. Rows 0 to \d+ left out\. The host writes a packet of 68/);
  });

  test("ends with the last row asked for", () => {
    const whole = ladderPart(rows).shown;
    const until = ladderPart(rows, { to: 9 }).shown;
    expect(until.at(-1)).toEqual(whole.filter((event) => event.last <= 9).at(-1));
    expect(ladderPart(rows, { from: 5, to: 9 }).shown.every(({ first, last }) => first >= 5 && last <= 9)).toBe(true);
    expect(ladderPart(rows, { from: rows.length }).shown).toEqual([]);
  });

  test("marks stand before their rows, those behind the last row at the end", () => {
    const marks: readonly LadderMark[] = [
      { before: 2, side: "bmc", what: "happens", text: "one" },
      { before: rows.length, side: "bmc", what: "happens", text: "two" },
    ];
    const kinds = (part: readonly LadderEvent[]): readonly string[] =>
      part.filter(({ kind }) => kind === "mark").map((event) => eventItems(event).join(""));
    expect(kinds(ladderPart(rows, { marks }).shown)).toEqual(["the BMC one", "the BMC two"]);
    expect(kinds(ladderPart(rows, { marks, to: 1 }).shown)).toEqual([]);
    expect(kinds(ladderPart(rows, { marks, from: 3 }).shown)).toEqual(["the BMC two"]);
    expect(kinds(ladderPart(rows, { marks, from: 3 }).before)).toEqual(["the BMC one"]);
  });
});

describe("pauses", () => {
  const at = (milliseconds: number, each: TraceRow): TraceRow => ({ ...each, t: milliseconds * 1_000_000 });
  const rows = [
    at(0, row(0, "bmc", "kcs_write", "STR", "01")),
    at(99, row(1, "bmc", "kcs_write", "ODR", "ff")),
    at(599, row(2, "bmc", "kcs_write", "STR", "81")),
    at(2099, row(3, "bmc", "kcs_write", "STR", "c1")),
  ];

  test("are told from the length on that counts as one", () => {
    expect(said(svg(rows, { pause: 100 })).filter((text) => text.endsWith("later"))).toEqual([
      "500 ms later",
      "1.5 s later",
    ]);
    expect(said(svg(rows)).filter((text) => text.endsWith("later"))).toEqual([]);
    expect(description(svg(rows, { pause: 100 }))).toContain("500 ms pass. The BMC sets STR to 81");
  });
});

describe("life rows in a drawing", () => {
  test("begin a lifeline that was not running, and end it", () => {
    const rows: readonly TraceEntry[] = [
      { n: 0, side: "host", op: "life", event: "started" },
      row(1, "host", "kcs_read", "STR", "80"),
      { n: 2, side: "host", op: "life", event: "stopAsked" },
      { n: 3, side: "host", op: "life", event: "ended" },
    ];
    const drawn = svgLadder(rows, { title: "life" });
    expect(said(drawn)).toEqual([
      "the host starts",
      "sees STR = 80 BMC Active",
      "the host is asked to stop",
      "the host has stopped",
    ]);
    expect(drawn.match(/<line [^>]*ladder-absent/g)).not.toBeNull();
    expect(drawn).toContain("not running");
    expect(svgLadder([rows[1]!], { title: "no life" })).not.toContain("not running");
  });
});
