/** The tables of Annex C that are computed: what version 4 gains on the bus model, and what was explored of it. */
import { LEFT_OUT_4 } from "../../../src/core/explore/version-4/left-out.ts";
import type { Fragments } from "../fragments.ts";
import type { Direction } from "../../../src/core/binding/side.ts";
import { markdownTable } from "./markdown-table.ts";
import { exchangeSeconds, flowOfVersion3, flowOfVersion4, type Flow } from "./version-4-flow.ts";
import { readVersion4Record, type RecordedConfiguration4, type Version4Record } from "./version-4-record.ts";

const MESSAGE_BYTES = 64 * 1024;
const REACTIONS: readonly (readonly [head: string, seconds: number])[] = [
  ["10 µs", 10e-6],
  ["100 µs", 100e-6],
  ["1 ms", 1e-3],
  ["0.5 s", 0.5],
];
/** MTU and slots. */
const ROWS: readonly (readonly [mtu: number, slots: number])[] = [
  [64, 8],
  [64, 64],
  [4096, 8],
  [32_768, 8],
];

interface Pair {
  readonly mtu: number;
  readonly slots: number;
  readonly direction: Direction;
  readonly flows: readonly (readonly [three: Flow, four: Flow])[];
}

function pairs(): readonly Pair[] {
  return (["hostToBmc", "bmcToHost"] as const).flatMap((direction) =>
    ROWS.map(([mtu, slots]) => ({
      mtu,
      slots,
      direction,
      flows: REACTIONS.map(([, reaction]) => [
        flowOfVersion3(direction, MESSAGE_BYTES, mtu, reaction),
        flowOfVersion4(direction, MESSAGE_BYTES, mtu, reaction, slots),
      ]),
    })),
  );
}

function figure(value: number): string {
  return value.toPrecision(3).replace(/e[+-]\d+$/, "");
}

function rate({ seconds }: Flow): string {
  const megabytes = MESSAGE_BYTES / seconds / 1e6;
  return megabytes < 0.001 ? megabytes.toFixed(5) : megabytes < 0.1 ? megabytes.toFixed(4) : figure(megabytes);
}

function interrupts({ host, bmc, packets }: Flow): string {
  return ((host + bmc) / packets).toFixed(2);
}

/** Throughput of version 3, that of version 4, and interrupts a packet of version 4. */
function flowTable(): string {
  return markdownTable(
    ["direction", "MTU", "slots", ...REACTIONS.map(([head]) => `L = ${head}`)],
    pairs().map(({ direction, mtu, slots, flows }) => [
      direction,
      String(mtu),
      String(slots),
      ...flows.map(([three, four]) => `${rate(three)}→${rate(four)} (${interrupts(four)})`),
    ]),
  );
}

function exchangeTable(): string {
  const time = (seconds: number): string =>
    seconds < 1e-3 ? `${(seconds * 1e6).toFixed(0)} µs` : `${(seconds * 1e3).toFixed(2)} ms`;
  const delays: readonly (readonly [text: string, lateRead: number])[] = [
    ["at once", 0],
    ["after 0.5 s", 0.5],
  ];
  const reactions = REACTIONS.slice(0, 3);
  return markdownTable(
    ["the BMC learns that ODR was read", ...reactions.map(([head]) => head)],
    delays.map(([text, late]) => [
      text,
      ...reactions.map(
        ([, reaction]) =>
          `${time(exchangeSeconds(3, 64, reaction, late))}→${time(exchangeSeconds(4, 64, reaction, late))}`,
      ),
    ]),
  );
}

/* ---- What was explored ---- */

function count(value: number): string {
  return value.toLocaleString("en").replaceAll(",", " ");
}

const DEPTH_1 = "; depth 1";
const BYTE_LOST = ", the driver's byte goes with the reset";

/** Depths beside each other; at depth 1 with the driver's byte kept in a reset, and lost. */
function exploredTable(head: string, explored: readonly RecordedConfiguration4[], hasResets: boolean): string {
  const states = new Map(explored.map((one) => [one.text, count(one.states)]));
  const texts = new Set(explored.map(({ text }) => text.split(DEPTH_1)[0]!));
  return markdownTable(
    [head, "states, depth 0", "depth 1", ...(hasResets ? ["depth 1, the driver's byte goes with the reset"] : [])],
    [...texts].map((text) => [
      text,
      ...["", DEPTH_1, ...(hasResets ? [DEPTH_1 + BYTE_LOST] : [])].map((suffix) => states.get(text + suffix) ?? ""),
    ]),
  );
}

function exploredTotal({ configurations }: Version4Record): string {
  const states = configurations.reduce((sum, one) => sum + one.states, 0);
  const transitions = configurations.reduce((sum, one) => sum + one.transitions, 0);
  return (
    `Recorded: **${count(states)} states** and ${count(transitions)} transitions in ` +
    `${String(configurations.length)} configurations; nothing found.`
  );
}

function leftOutTable({ leftOut }: Version4Record): string {
  const byText = new Map(leftOut.map((one) => [one.text, one.found]));
  return markdownTable(
    ["left out", "found"],
    LEFT_OUT_4.map(({ text }) => {
      const found = byText.get(text);
      return [text, found === undefined ? "nothing" : `${found.kind}, ${String(found.moves)}`];
    }),
  );
}

export function version4Fragments(project: string): Fragments {
  const record = readVersion4Record(project);
  return new Map([
    ["version-4-throughput", flowTable()],
    ["version-4-exchange", exchangeTable()],
    ["version-4-total", exploredTotal(record)],
    ["version-4-explored", exploredTable("what may happen", record.configurations, true)],
    ["version-4-offered", exploredTable("sides", record.offered, false)],
    ["version-4-left-out", leftOutTable(record)],
  ]);
}
