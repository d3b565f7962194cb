/** What text is taken for, and the bytes in it. The dumps are what the tools print of the same seven bytes. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { LONGEST_INPUT_BYTES, LONGEST_LINE, TextInputs, captureText } from "../../../src/core/decode/text-input.ts";
import { fromHex, toHex } from "../../../src/core/wire/bytes.ts";

interface Read {
  /** "format: bytes" of each input. */
  readonly inputs: readonly string[];
  readonly refused?: string;
}

function read(text: string): Read {
  const reader = new TextInputs();
  const inputs: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const found = reader.line(line);
    if (!found.ok) return { inputs, refused: `line ${index + 1}: ${found.reject}` };
    inputs.push(...found.value.map(({ format, bytes }) => `${format}: ${toHex(bytes)}`));
  }
  inputs.push(...reader.end().map(({ format, bytes }) => `${format}: ${toHex(bytes)}`));
  return { inputs };
}

const PACKET = "010809c8008002";
const LONG = "00".repeat(16) + "11".repeat(48) + "22";

describe("formats of text", () => {
  test.each([
    ["hexadecimal", "01 08 09 c8 00 80 02", PACKET],
    ["hexadecimal", "0x01, 0x08, 0x09, 0xc8, 0x0, 0x80, 0x2,", PACKET],
    ["hexadecimal", "# a comment\n01:08:09:c8-008002 # and one behind", PACKET],
    ["xxd", "00000000: 0108 09c8 0080 02                           .......", PACKET],
    ["xxd", "00000010: 01 08 09 c8 00 80 02                             .......", PACKET],
    ["xxd", "00000000: 4142 4344 2020                           ABCD  ", "414243442020"],
    ["xxd", "00000000: 0000 0000  ....\n00000004: 01  .", "0000000001"],
    ["hexdump -C", "00000000  01 08 09 c8 00 80 02                              |.......|\n00000007", PACKET],
    ["hexdump -C", "00000000  7c 7c 0a                                          |||.|\n00000003", "7c7c0a"],
    ["od -tx1", "0000000 01 08 09 c8 00 80 02\n0000007", PACKET],
    ["od -tx1", "000000 01 08 09 c8 00 80 02  >.......<\n000007", PACKET],
    ["od -tx1", `0000000${" 00".repeat(16)}\n0000020${" 11".repeat(16)}\n*\n0000100 22\n0000101`, LONG],
    ["od -tx1", `0000000${" 00".repeat(16)}\n0000016${" 11".repeat(16)}\n*\n0000064 22\n0000065`, LONG],
    ["od -tx1", `000000${" 00".repeat(16)}\n000010${" 11".repeat(16)}\n*\n000040 22\n000041`, LONG],
    [
      "hexdump -C",
      `00000000 ${" 00".repeat(16)}  |.|\n00000010 ${" 11".repeat(16)}  |.|\n*\n00000040  22   |"|\n00000041`,
      LONG,
    ],
    [
      "C array",
      "unsigned char p_bin[] = {\n  0x01, 0x08, 0x09, 0xc8,\n  0x00, 0x80, 0x02\n};\nunsigned int p_bin_len = 7;",
      PACKET,
    ],
    [
      "C array",
      "static const uint8_t p[7] = { 1, 8, 9, 0xC8, /* a control message */ 0, 128, 2u }; // the end",
      PACKET,
    ],
  ])("%s: %j", (format, text, bytes) => {
    expect(read(text)).toEqual({ inputs: [`${format}: ${bytes}`] });
  });

  test("lines, and dumps that begin anew, are inputs of their own", () => {
    const dump = "00000000: 0080 02  ...";
    expect(read(`00 80 03\n${dump}\n${dump}\n\n${dump}\n00 80 04`).inputs).toEqual([
      "hexadecimal: 008003",
      "xxd: 008002",
      "xxd: 008002",
      "xxd: 008002",
      "hexadecimal: 008004",
    ]);
  });

  test.each([
    ["00 80 02\n00 8", 'line 2: "8" at character 4 has an odd number of digits: write two for each byte'],
    ["\u001b[2J", "line 1: character 1, U+001B, is not a hexadecimal digit"],
    ["0000000 0801 c809 8000 0002", /^line 1: these are words in the byte order/],
    ["0000000 004001 144011 100000 000002", /^line 1: these are words in the byte order/],
    ["00000000: 00000001 00001000  ..", /^line 1: these are bits, as `xxd -b` prints them/],
    ["00000000: 00  .\n00000010: 00  .", "line 2: the offset does not follow the 1 bytes before: lines are missing"],
    ["00000000: 00  .\n*\n00000000: 00  .", undefined],
    ["00000000  00  |.|\n*\nffffffff  00  |.|", /^line 3: more than 1048576 bytes/],
    ["x = { 1, 256 };", "line 1: element 2 of the C array is not a byte, like 0x1f or 31"],
    ['{"n":0,"side":"host"}', /^line 1: value is no/],
    ['{"trace":"other"}', /^line 1: the head names another program/],
    ["00".repeat(LONGEST_INPUT_BYTES + 1), /^line 1: more than 1048576 bytes/],
    [" ".repeat(LONGEST_LINE + 1), /^line 1: more than \d+ characters/],
  ])("refused in words: %#", (text, why) => {
    const { refused } = read(text);
    if (why instanceof RegExp) expect(refused).toMatch(why);
    else expect(refused).toBe(why);
  });
});

describe("rows of a trace", () => {
  const row = (n: number, side: string, op: string, offset: number, value: string): string =>
    JSON.stringify({ n, side, op, offset, len: value.length / 2, value });
  const REGION = "4d435450000100030001000300030000000001000000004c0000014c0000004c";

  test("region and packets as they appear, the other side's read of them once; registers and parts are passed over", () => {
    const text = [
      '{"trace":"mctp-lpc","version":2,"sides":["host","bmc"],"lives":false}',
      row(0, "host", "lpc_read", 0, REGION),
      row(1, "bmc", "lpc_read", 0, REGION),
      row(2, "host", "lpc_write", 20, "0000004c"),
      row(3, "host", "lpc_write", 332, "00000007"),
      row(4, "host", "lpc_write", 336, "010809cb008102b78295f7"),
      '{"n":5,"side":"host","op":"kcs_write","reg":"IDR","value":"01"}',
      row(6, "bmc", "lpc_read", 332, "00000007"),
      row(7, "bmc", "lpc_read", 336, "010809cb008102b78295f7"),
      row(8, "bmc", "lpc_write", 256, "00000007010908cb0081020000"),
    ].join("\n");
    expect(read(text)).toEqual({
      inputs: [
        `trace: ${REGION}`,
        "trace: 00000007010809cb008102b78295f7",
        // Its trailer is cut: not a whole buffer, and not a packet either.
      ],
    });
  });

  test("a row by itself: a packet, without the CRC-32 behind it", () => {
    expect(read(row(4, "host", "lpc_write", 336, "010809cb008102b78295f7")).inputs).toEqual(["trace: 010809cb008102"]);
  });

  test("rows that show a part of their bytes are no packet", () => {
    const cut = '{"n":0,"side":"bmc","op":"lpc_read","offset":256,"len":100,"value":"00000060010908c0","cut":true}';
    expect(read(cut)).toEqual({ inputs: [] });
  });
});

describe("any text", () => {
  test("is read or refused, in little time", () => {
    const piece = fc.constantFrom(
      "00000000: ",
      "0000000 ",
      "00 ",
      "0000",
      "|",
      "{",
      "}",
      '{"n":',
      "*",
      "\n",
      "/*",
      "g",
      "  ",
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(piece, fc.string({ unit: "binary", maxLength: 4 })), { maxLength: 40 }),
        (pieces) => {
          const { inputs, refused } = read(pieces.join(""));
          for (const input of inputs) expect(fromHex(input.replace(/^.*: /, ""))!.length).toBeGreaterThan(0);
          // Fit for a terminal.
          if (refused !== undefined) expect(refused).toMatch(/^[\x20-\x7e…]+$/);
        },
      ),
      { numRuns: 1000 },
    );
    // Patterns that could be tried in many ways are not.
    for (const text of [`00000000: ${"00".repeat(200_000)}zz`, `0000000${" 00".repeat(200_000)} zz`]) {
      expect(read(text).refused).toMatch(/^line 1: character \d+, "[:z]"|odd number/);
    }
  });
});

test.each([
  ["d4c3b2a1", /^these are the bytes of a capture: give the capture itself on standard input/],
  ["a1b23c4d", /^these are the bytes of a capture/],
  ["0a0d0d0a", /^these are the bytes of a capture/],
  ["010809c8", undefined],
])("captures are told apart: %s", (hex, text) => {
  const said = captureText(fromHex(hex)!);
  if (text === undefined) expect(said).toBeUndefined();
  else expect(said).toMatch(text);
});
