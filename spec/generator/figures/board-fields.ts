/** The drawings of a virtual board's file: its header page and the word that holds the registers. */
import { SHADOW_FULL, WORD_REGISTERS } from "../../../src/core/binding/kcs-word.ts";
import {
  BOARD_WORDS,
  HEADER_BYTES,
  type BoardWord,
  type BoardWriter,
} from "../../../src/platform/shared-file/layout.ts";
import type { FieldCell, FieldDrawing, FieldRow, Owner } from "./field-drawing.ts";
import { BITS_OF_A_BYTE, BIT_RULER, hex, statusCells } from "./status-cells.ts";

const WORD_BYTES = 4;
const ROW_BYTES = 16;
const ROW_WORDS = ROW_BYTES / WORD_BYTES;

const OWNERS: Readonly<Record<BoardWriter, Owner>> = { maker: "neutral", host: "host", bmc: "bmc", both: "both" };

export function boardPageDrawing(): FieldDrawing {
  const starts = [...new Set(BOARD_WORDS.map(({ offset }) => offset - (offset % ROW_BYTES)))];
  const rows = starts.flatMap((start, index): readonly FieldRow[] => {
    const next = starts[index + 1] ?? HEADER_BYTES;
    const used = start + ROW_BYTES;
    return [wordRow(start, index === 0), ...(next === used ? [] : [zeroRow(used, next)])];
  });
  return {
    title: "The header page of a virtual board",
    description: `The first ${String(HEADER_BYTES)} bytes of the file, 32-bit words in the byte order of the machine, four a row: ${BOARD_WORDS.map(
      ({ name, offset, writer }) => `${hex(offset, 3)} ${name}${writer === "maker" ? "" : `, ${writerText(writer)}`}`,
    ).join("; ")}. All other bytes are zero. The window follows.`,
    rows: [
      ...rows,
      {
        label: hex(HEADER_BYTES, 3),
        units: 1,
        height: 32,
        cells: [{ from: 0, to: 1, name: "the window", owner: "both", isCut: true }],
      },
    ],
    legend: [
      ["neutral", "the program that makes the file"],
      ["host", "the host"],
      ["bmc", "the BMC"],
      ["both", "both, in atomic steps"],
      ["none", "zero"],
    ],
  };
}

function writerText(writer: BoardWriter): string {
  switch (writer) {
    case "maker":
      return "written by the program that makes the file";
    case "host":
      return "written by the host";
    case "bmc":
      return "written by the BMC";
    case "both":
      return "written by both";
  }
}

function wordRow(start: number, isFirst: boolean): FieldRow {
  const words = BOARD_WORDS.filter(({ offset }) => offset >= start && offset < start + ROW_BYTES);
  const cells = words.map(({ name, offset, bytes, writer }: BoardWord): FieldCell => ({
    from: (offset - start) / WORD_BYTES,
    to: (offset - start + bytes) / WORD_BYTES,
    name,
    owner: OWNERS[writer],
  }));
  const end = cells.at(-1)?.to ?? 0;
  const rest: readonly FieldCell[] = end === ROW_WORDS ? [] : [{ from: end, to: ROW_WORDS, name: "0", owner: "none" }];
  const ruler = Array.from({ length: ROW_WORDS }, (_, index) => ({
    at: index + 0.5,
    text: `+0x${(index * WORD_BYTES).toString(16)}`,
  }));
  return {
    label: hex(start, 3),
    units: ROW_WORDS,
    height: 46,
    cells: [...cells, ...rest],
    ...(isFirst ? { ruler } : {}),
  };
}

function zeroRow(start: number, end: number): FieldRow {
  const name = `0, to ${hex(end - 1, 3)}`;
  return { label: hex(start, 3), units: 1, height: 24, cells: [{ from: 0, to: 1, name, owner: "none", isCut: true }] };
}

/* ---- Register word ---- */

const REGISTER_BITS = 8;
const WORD_BITS = 32;

/** The cell of STR that holds the flag of the shadow, where hardware has C/D. */
const SHADOW_FULL_CELL = BITS_OF_A_BYTE - 1 - Math.log2(SHADOW_FULL);

export function boardWordDrawing(): FieldDrawing {
  const owners: Readonly<Record<(typeof WORD_REGISTERS)[number]["name"], Owner>> = {
    shadow: "hardware",
    IDR: "host",
    ODR: "bmc",
    STR: "neutral",
  };
  const registers = WORD_REGISTERS.map(({ name, shift }): FieldCell => {
    const to = (WORD_BITS - shift) / REGISTER_BITS;
    return { from: to - 1, to, name, owner: owners[name] };
  });
  const unit = WORD_BITS / REGISTER_BITS;
  const ruler = registers.flatMap(({ from, to }) => [
    { at: from + 0.12, text: String((unit - from) * REGISTER_BITS - 1) },
    { at: to - 0.12, text: String((unit - to) * REGISTER_BITS) },
  ]);
  const status = registers.find(({ name }) => name === "STR");
  return {
    title: "The register word of a virtual board",
    description: `A 32-bit word: ${WORD_REGISTERS.map(
      ({ name, shift }) => `bits ${String(shift + REGISTER_BITS - 1)} to ${String(shift)} ${name}`,
    ).join(", ")}. Below, the bits of STR, with the flag "shadow full" in the place of C/D.`,
    rows: [
      { label: "word", units: unit, height: 44, ruler, cells: registers },
      {
        label: "STR",
        gap: 22,
        units: BITS_OF_A_BYTE,
        height: 62,
        ruler: BIT_RULER,
        cells: statusCells().map((cell) => (cell.from === SHADOW_FULL_CELL ? { ...cell, name: "shadow full" } : cell)),
        ...(status === undefined ? {} : { magnifies: status }),
      },
    ],
    legend: [
      ["host", "the host writes it"],
      ["bmc", "the BMC writes it"],
      ["hardware", "in the step of another access"],
      ["none", "0"],
    ],
    notes: [
      "Writing IDR sets IBF; reading IDR, or taking its byte into the shadow, clears IBF. Writing ODR sets OBF, reading it clears OBF.",
      "The shadow and its flag are 0 on a board of depth 0. Each side reads STR with bit 3 = 0.",
    ],
  };
}
