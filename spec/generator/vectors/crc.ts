/** spec/vectors/crc.json: the CRC-32 of inputs of many lengths. */
import { crc32 } from "../../../src/core/wire/crc.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";
import type { Artefact } from "../artefact.ts";
import { vectorArtefact, type Json } from "./vector-file.ts";

type Pattern = "zeros" | "ones" | "count" | "mixed";

/** How the bytes of an input follow from their index. */
const PATTERNS: Readonly<Record<Pattern, (index: number) => number>> = {
  zeros: () => 0x00,
  ones: () => 0xff,
  count: (index) => index & 0xff,
  mixed: (index) => (7 * index + (index >>> 8)) & 0xff,
};

const PATTERN_TEXTS: Readonly<Record<Pattern, string>> = {
  zeros: "every byte 0x00",
  ones: "every byte 0xff",
  count: "byte i is i mod 256, i from 0",
  mixed: "byte i is (7 i + floor(i / 256)) mod 256, i from 0",
};

/** Below and above every size at which implementations tend to go another way: 4, 8, 16, a packet, a page. */
const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 68, 255, 256, 257];
const LONG_LENGTHS = [511, 512, 513, 1024, 4095, 4096, 4097, 4100, 32772, 524148];
/** Inputs up to this length are given in full as well. */
const SHOWN_BYTES = 68;

/** Packets and texts that are known elsewhere, too. */
const KNOWN: readonly (readonly [name: string, hex: string])[] = [
  ["the check input 123456789", "313233343536373839"],
  ["Get Endpoint ID request from EID 9 to EID 8", "010809c8008002"],
  ["a header without payload", "010809c8"],
];

function crcVectors(): readonly Json[] {
  const known = KNOWN.map(([name, hex]) => {
    const bytes = Buffer.from(hex, "hex");
    return { name, length: bytes.length, bytes: hex, crc: crcText(bytes) };
  });
  const patterned = (Object.keys(PATTERNS) as Pattern[]).flatMap((pattern) =>
    [...LENGTHS, ...(pattern === "mixed" ? LONG_LENGTHS : [4096])].map((length) => {
      const bytes = Uint8Array.from({ length }, (_, index) => PATTERNS[pattern](index));
      const shown = length <= SHOWN_BYTES ? { bytes: toHex(bytes) } : {};
      return { name: `${pattern}, ${String(length)} bytes`, length, pattern, ...shown, crc: crcText(bytes) };
    }),
  );
  return [...known, ...patterned];
}

function crcText(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, "0");
}

export function crcArtefact(): Artefact {
  return vectorArtefact({
    name: "crc",
    schema: "crc",
    title: "CRC-32 of packets",
    description:
      "The trailer of version 3 (LPC-BUF-3) for inputs of many lengths. An input is given byte by byte, by a pattern and its length, or both.",
    units: {
      length: "bytes of the input",
      bytes: "the input, hexadecimal, two digits a byte",
      pattern: "how its bytes follow from their index, see patterns",
      crc: "hexadecimal, most significant digit first, which is the order of the trailer's bytes",
    },
    use: "Compute the CRC of each input and compare. Do it again in two pieces of any lengths if the implementation sums in pieces.",
    generator: "crc.ts",
    contents: { patterns: PATTERN_TEXTS, vectors: crcVectors() },
  });
}
