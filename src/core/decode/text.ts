/** A decoding for people: a line for each field, with its bytes, where they are, what they mean and where that is written. */
import { harmless } from "../wire/harmless.ts";
import { countText, type DecodedField, type PlacedFinding } from "./read.ts";
import type { AssembledMessage, Decoded, DecodedInput, Decoder } from "./decode.ts";

const SHOWN_BYTES = 8;
const OFFSET_WIDTH = 9;
const HEX_WIDTH = 3 * SHOWN_BYTES;
const NAME_WIDTH = 28;

/** `paint` gives colour to what is wrong and to what is unusual; text without any is as good. */
export interface Paint {
  readonly wrong: (text: string) => string;
  readonly unusual: (text: string) => string;
  readonly faint: (text: string) => string;
}

const PLAIN: Paint = { wrong: (text) => text, unusual: (text) => text, faint: (text) => text };

/** A part of a line: "plain" is painted by none. */
export interface DecodedPart {
  readonly text: string;
  readonly style: "plain" | keyof Paint;
}

export type DecodedLine = readonly DecodedPart[];

/** Lines of the whole decoding. What they say of the bytes is harmless on a terminal. */
export function decodedLines(decoded: Decoded, paint: Paint = PLAIN): readonly string[] {
  const { inputs, messages, sequence, ok } = decoded;
  const wrong = [...inputs, ...messages].flatMap(({ findings }) => findings).filter(isWrong).length;
  const lines = [
    ...inputs.flatMap((input, index) => inputLines(input, inputs.length > 1 ? index + 1 : undefined)),
    ...messages.flatMap((message, index) => messageLines(message, index + 1)),
    ...endLines({ sequence, ok, wrong }),
  ];
  return lines.map((line) =>
    line.map(({ text, style }) => (style === "plain" ? harmless(text) : paint[style](harmless(text)))).join(""),
  );
}

function plain(text: string): DecodedPart {
  return { text, style: "plain" };
}

function isWrong({ severity }: PlacedFinding): boolean {
  return severity === "wrong";
}

/** Lines behind all inputs: what is wrong with their sequence, and how much is wrong. */
export function endLines(end: ReturnType<Decoder["finish"]>): readonly DecodedLine[] {
  const texts = [...end.sequence.map((text) => `wrong: ${text}`), ...(end.ok ? [] : [verdict(end.wrong)])];
  return texts.map((text) => [{ text, style: "wrong" }]);
}

const KIND_NAMES = {
  frame: "serial frame",
  buffer: "packet buffer",
  packet: "MCTP packet",
  message: "MCTP message",
  controlRegion: "control region",
} as const;

/** Lines of one input; `number` counts from 1, `format` is what its text was taken for. */
export function inputLines(input: DecodedInput, number: number | undefined, format?: string): readonly DecodedLine[] {
  const reasons = [
    ...(format === undefined ? [] : [`read as ${format}`]),
    ...(input.because === "as told" ? [] : [`taken for one: ${input.because}`]),
  ];
  const because: DecodedLine = reasons.length === 0 ? [] : [{ text: ` (${reasons.join("; ")})`, style: "faint" }];
  const place = number === undefined ? "" : `${String(number)}. `;
  return [
    [plain(`${place}${KIND_NAMES[input.kind]} of ${countText(input.length)}: ${input.title}`), ...because],
    ...fieldLines(input.fields),
    ...(input.inner === undefined ? [] : [[plain("  without escapes, counted from the packet's first byte:")]]),
    ...fieldLines(input.inner ?? []),
    ...(input.assembly === undefined ? [] : [[plain(`  assembly: ${input.assembly}`)]]),
  ];
}

/** Lines of a message of several packets; `number` counts from 1. */
export function messageLines(message: AssembledMessage, number: number): readonly DecodedLine[] {
  const { source, destination, tag, tagOwner, length, inputs, title } = message;
  const from = inputs.map((input) => String(input + 1)).join(", ");
  const way = `${String(source)} -> ${String(destination)} ${tagOwner ? "TO " : ""}tag ${String(tag)}`;
  return [
    [plain(`message ${String(number)} of ${countText(length)}, from packets ${from}: ${way}, ${title}`)],
    ...fieldLines(message.fields),
  ];
}

function verdict(wrong: number): string {
  if (wrong === 0) return "malformed";
  return wrong === 1 ? "malformed: one thing is wrong" : `malformed: ${String(wrong)} things are wrong`;
}

/** Lines of fields and of their parts. */
export function fieldLines(fields: readonly DecodedField[], depth = 0): readonly DecodedLine[] {
  return fields.flatMap((field) => [
    ownLine(field, depth),
    ...findingLine(field),
    ...fieldLines(field.fields ?? [], depth + 1),
  ]);
}

function ownLine(field: DecodedField, depth: number): DecodedLine {
  const isGroup = field.hex === undefined && field.bits === undefined;
  const place = field.bits === undefined ? offsetText(field) : bitsText(field.bits);
  const name = `${"  ".repeat(depth)}${field.name}`;
  const value = [field.value === undefined ? undefined : String(field.value), field.meaning]
    .filter((part) => part !== undefined && part !== "")
    .join("  ");
  const hex = isGroup ? "" : hexText(field.hex ?? "");
  const head = `  ${place.padEnd(OFFSET_WIDTH)} ${hex.padEnd(HEX_WIDTH)} ${name.padEnd(NAME_WIDTH)} `;
  if (field.reference === undefined) return [plain(`${head}${value}`.trimEnd())];
  return [plain(`${head}${value}`), { text: ` [${field.reference}]`, style: "faint" }];
}

function findingLine({ finding }: DecodedField): readonly DecodedLine[] {
  if (finding === undefined) return [];
  const indent = " ".repeat(2 + OFFSET_WIDTH + 1 + HEX_WIDTH + 1);
  return [[plain(indent), { text: `${finding.severity}: ${finding.text}`, style: finding.severity }]];
}

function offsetText({ offset, length }: DecodedField): string {
  return length <= 1 ? String(offset) : `${String(offset)}-${String(offset + length - 1)}`;
}

function bitsText([high, low]: readonly [number, number]): string {
  return high === low ? `   [${String(high)}]` : `   [${String(high)}:${String(low)}]`;
}

function hexText(hex: string): string {
  const shown = hex.slice(0, 2 * SHOWN_BYTES).replace(/(..)(?=.)/g, "$1 ");
  return hex.length > 2 * SHOWN_BYTES ? `${shown.slice(0, -2)}…` : shown;
}
