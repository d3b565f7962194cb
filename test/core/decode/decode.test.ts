import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decode, type Decoded } from "../../../src/core/decode/decode.ts";
import { parseHex } from "../../../src/core/decode/hex.ts";
import { recognise, type InputKind } from "../../../src/core/decode/input.ts";
import type { DecodedField } from "../../../src/core/decode/read.ts";
import { decodedLines } from "../../../src/core/decode/text.ts";
import { crc32 } from "../../../src/core/wire/crc.ts";
import { FrameEncoder, type Escaping } from "../../../src/core/serial/framing.ts";
import { fromHex, readU32be, writeU32be } from "../../../src/core/wire/bytes.ts";

function bytes(hex: string): Uint8Array {
  return fromHex(hex)!;
}

const GET_EID = "01 08 09 c8 00 80 02";

function wrongs(decoded: Decoded): readonly string[] {
  return decoded.inputs.flatMap(({ findings }) =>
    findings.filter(({ severity }) => severity === "wrong").map(({ offset, text }) => `${offset}: ${text}`),
  );
}

describe("hexadecimal as it is pasted", () => {
  test.each([
    ["01 08 09 c8", "010809c8"],
    ["010809C8", "010809c8"],
    ["0x01, 0x08, 0x9, 0xc8", "010809c8"],
    ["01:08:09:c8\n00-80.02", "010809c8008002"],
    ["0x010809c8", "010809c8"],
    ["", ""],
  ])("%j", (text, hex) => {
    expect(parseHex(text)).toEqual({ ok: true, value: bytes(hex) });
  });

  test.each([
    ["01 0", '"0" at character 4 has an odd number of digits: write two for each byte'],
    ["01 zz", 'character 4, "z", is not a hexadecimal digit'],
    ["01 0x", 'digits are missing after "0x" at character 4'],
    ["01 08 😀", "character 7, U+1F600, is not a hexadecimal digit"],
  ])("%j is refused with the place of the fault", (text, why) => {
    expect(parseHex(text)).toEqual({ ok: false, reject: why });
  });

  test("any text is read or refused", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => typeof parseHex(text).ok === "boolean"));
  });
});

describe("what the bytes are", () => {
  test.each([
    ["a packet", GET_EID, "packet"],
    ["a packet to the null EID", "01 00 08 c8 00 80 02", "packet"],
    ["a buffer without trailer", `00000007 ${GET_EID}`, "buffer"],
    ["a buffer with trailer", `00000007 ${GET_EID} bc2c0b58`, "buffer"],
    ["a control message", "00 80 02", "message"],
    ["a control response that begins like a length", "00 00 04 00 01 f1 f3 f1 00", "message"],
    ["PLDM requests", "01 80 00 05 00 00 f0 f0 f1", "message"],
    ["PLDM responses", "01 00 00 02 00 01", "message"],
    ["PLDM of another type", "01 80 02 11 01 00", "message"],
    ["a middle packet", `01 08 09 18 ${"00".repeat(64)}`, "packet"],
    ["a serial frame", "7e 01 07 01 08 09 c8 00 80 02 1f a9 7e", "frame"],
    ["a PCI vendor's message", "7e 1a b4 00 7e", "message"],
    ["nothing", "", "message"],
  ])("%s", (_name, hex, kind) => {
    expect(recognise(bytes(hex)).kind).toBe(kind);
  });
});

describe("packets and buffers", () => {
  test("a packet is explained with its message, offsets from its own first byte", () => {
    const { inputs, ok } = decode([bytes(GET_EID)]);
    expect(ok).toBe(true);
    expect(inputs).toMatchObject([{ kind: "packet", title: "9 -> 8 SOM EOM seq 0 TO tag 0, 3 bytes", findings: [] }]);
    const [header, message] = inputs[0]!.fields;
    expect(header!.fields).toMatchObject([
      { name: "header version byte", offset: 0, hex: "01" },
      { name: "destination EID", offset: 1, value: 8 },
      { name: "source EID", offset: 2, value: 9 },
      { name: "flags", offset: 3, value: "0xc8" },
    ]);
    expect(message).toMatchObject({ name: "message", offset: 4, length: 3, meaning: "Get Endpoint ID request" });
    expect(message!.fields!.at(-1)).toMatchObject({ name: "command", offset: 6, hex: "02" });
  });

  test.each([
    ["02 08 09 c8 00 80 02", ["0: not version 1: the packet is dropped (LPC-MCTP-1)"]],
    ["01 08 ff c8 00 80 02", ["2: the broadcast EID is no source: the packet is dropped"]],
    ["01 08 09 c8", ["4: no payload: a packet carries at least one byte and is dropped without"]],
    ["01 08", ["2: missing: byte 2 should be here, the end comes before"]],
    ["01 08 09 c0 00 80 02", ["5: a request in a packet with TO = 0; discarded"]],
    ["01 08 09 88 00 80 02", ["4: 3 bytes: a sender puts 64 or more into all packets but the last (LPC-MCTP-18)"]],
  ])("packet %s: says which byte is wrong, and shows the rest", (hex, expected) => {
    const decoded = decode([bytes(hex)], "packet");
    expect({ wrongs: wrongs(decoded), ok: decoded.ok }).toEqual({ wrongs: expected, ok: false });
  });

  test("a buffer's CRC-32 is checked over the packet alone", () => {
    const packet = bytes(GET_EID);
    const buffer = new Uint8Array(4 + packet.length + 4);
    writeU32be(buffer, 0, packet.length);
    buffer.set(packet, 4);
    writeU32be(buffer, 4 + packet.length, crc32(packet));
    expect(decode([buffer])).toMatchObject({ ok: true, inputs: [{ kind: "buffer" }] });
    buffer[14]! ^= 1;
    expect(wrongs(decode([buffer]))).toEqual(["11: that of the packet is 0xbc2c0b58: dropped (LPC-BUF-5)"]);
  });

  test.each([
    [`00000003 ${GET_EID}`, ["0: below 4: the packet is dropped unread (LPC-BUF-4)"]],
    [`00000009 ${GET_EID}`, ["0: only 7 bytes follow: cut short, or above the MTU (LPC-BUF-4)"]],
    [`00000007 ${GET_EID} bc2c`, ["11: cut short: a CRC-32 has four bytes (LPC-BUF-3)"]],
    ["0000", ["0: cut short: bytes 0 to 3 should be here, the end comes after 2 bytes of them"]],
  ])("buffer %s: says which byte is wrong", (hex, expected) => {
    expect(wrongs(decode([bytes(hex)], "buffer"))).toEqual(expected);
  });
});

describe("serial frames (DSP0253)", () => {
  /** The frame that the encoder makes of a packet. */
  function frame(packet: Uint8Array, escaping: Escaping = "data"): Uint8Array {
    const parts = { header: readU32be(packet, 0), message: packet, start: 4, end: packet.length };
    return new FrameEncoder(escaping).encode(parts).slice();
  }

  test("flags, revision, byte count, packet, check sequence; offsets are the frame's", () => {
    const decoded = decode([frame(bytes(GET_EID))]);
    expect(decoded).toMatchObject({
      ok: true,
      inputs: [{ kind: "frame", title: "9 -> 8 SOM EOM seq 0 TO tag 0, 3 bytes" }],
    });
    const { fields, inner } = decoded.inputs[0]!;
    expect(inner).toBeUndefined();
    expect(fields.map(({ name, offset }) => `${offset} ${name}`)).toEqual([
      "0 opening flag",
      "1 revision",
      "2 byte count",
      "3 MCTP packet header",
      "7 message",
      "10 check sequence",
      "12 closing flag",
    ]);
  });

  test("with escapes the packet is explained besides, counted from its own first byte", () => {
    const decoded = decode([frame(bytes("01 08 09 c8 7e 7d 7e 01"))]);
    expect(decoded.ok).toBe(true);
    const { fields, inner } = decoded.inputs[0]!;
    expect(fields[3]).toMatchObject({
      name: "packet with escapes",
      offset: 3,
      length: 11,
      meaning: "8 bytes of packet",
    });
    expect(inner).toMatchObject([
      { name: "MCTP packet header" },
      { name: "message", offset: 4, meaning: "vendor (PCI)" },
    ]);
  });

  test("every packet's frame, in either way of escaping, is read as what it was", () => {
    const packet = fc.uint8Array({ minLength: 1, maxLength: 251 });
    const special = fc.array(fc.constantFrom(0x7d, 0x7e, 0x5d, 0x5e), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(packet, special), fc.constantFrom<Escaping>("data", "all"), (payload, escaping) => {
        const { inputs } = decode([frame(Uint8Array.of(1, 8, 9, 0xc8, ...payload), escaping)], "frame");
        const ofFrame = inputs[0]!.fields.filter(({ reference }) => reference === "DSP0253");
        expect(ofFrame.filter(({ finding }) => finding !== undefined)).toEqual([]);
        expect(ofFrame.at(-1)!.name).toBe("closing flag");
        expect(inputs[0]!.title).toMatch(`, ${payload.length} byte`);
      }),
    );
  });

  test.each([
    ["7e 02 07 01 08 09 c8 00 80 02 1fa9 7e", /^1: only revision 1 is defined/],
    ["7e 01 04 01 08 09 c8 00 00 7e", /^2: below 5, a header and one byte/],
    ["7e 01 07 01 08 09 c8 7e", /^3: 4 bytes of 7, then a flag/],
    ["7e 01 07 01 08 09 c8 00 80 02 00 00 7e", /^10: that of byte count and packet is 0x[0-9a-f]{4}: dropped/],
    ["7e 01", /^2: cut short: the frame ends before/],
    ["00", /^0: a frame begins with 0x7e/],
  ])("%s: says which byte is wrong", (hex, first) => {
    const decoded = decode([bytes(hex)], "frame");
    expect(decoded.ok).toBe(false);
    expect(wrongs(decoded)[0]).toMatch(first);
  });
});

describe("several packets", () => {
  const echo = bytes(`7f00007ed90101 ${"61".repeat(93)}`);
  const first = Uint8Array.of(1, 8, 9, 0x8b, ...echo.subarray(0, 64));
  const last = Uint8Array.of(1, 8, 9, 0x5b, ...echo.subarray(64));

  test("become the message that the endpoint would assemble", () => {
    const decoded = decode([first, last]);
    expect(decoded.inputs.map(({ assembly }) => assembly)).toEqual(["begins a message", "completes message 1"]);
    expect(decoded.messages).toMatchObject([
      { source: 9, destination: 8, tag: 3, tagOwner: true, length: 100, inputs: [0, 1], title: "Echo request" },
    ]);
    expect(decoded.ok).toBe(true);
  });

  test("a packet missing, out of sequence or alone: said with its clause, and malformed", () => {
    expect(decode([first])).toMatchObject({
      ok: false,
      sequence: ["one message is not complete: its last packet is missing"],
    });
    const lost = decode([last], "packet");
    expect(lost).toMatchObject({ ok: false });
    expect(lost.inputs[0]!.assembly).toMatch(
      /^packets dropped: middle or end of a message that never started \[DSP0236 8\.\d\]$/,
    );
    const skipped = Uint8Array.of(...last);
    skipped[3] = 0x6b;
    expect(decode([first, skipped]).inputs[1]!.assembly).toMatch(/^assemblies ended: a packet out of sequence/);
  });
});

describe("any bytes at all", () => {
  const anything = fc.array(fc.uint8Array({ maxLength: 90 }), { maxLength: 4 });
  const likely = fc
    .tuple(
      fc.constantFrom("01 08 09", "01 09 08", "00 80", "00 00", "01 80 00", "7f 00 00 7e d9 01"),
      fc.uint8Array({ maxLength: 70 }),
    )
    .map(([head, tail]) => Uint8Array.of(...bytes(head), ...tail));
  const kinds = fc.constantFrom<InputKind | undefined>(
    undefined,
    "buffer",
    "packet",
    "message",
    "frame",
    "controlRegion",
  );

  test("are explained: nothing is thrown, every field lies inside, and the fields cover every byte", () => {
    fc.assert(
      fc.property(fc.oneof(anything, fc.array(likely, { maxLength: 4 })), kinds, (inputs, kind) => {
        const decoded = decode(inputs, kind);
        decoded.inputs.forEach(({ fields, findings }, index) => {
          const { length } = inputs[index]!;
          expect(covered(fields, length)).toBe(true);
          for (const finding of findings) expect(finding.offset + finding.length).toBeLessThanOrEqual(length);
        });
        expect(decodedLines(decoded).length).toBeGreaterThanOrEqual(inputs.length);
        expect(() => JSON.stringify(decoded)).not.toThrow();
      }),
      { numRuns: 800 },
    );
  });
});

/** The leaves of the tree lie one behind the other from 0 to the end. */
function covered(fields: readonly DecodedField[], length: number): boolean {
  const leaves = (list: readonly DecodedField[]): readonly DecodedField[] =>
    list.flatMap((field) =>
      field.hex === undefined && field.bits === undefined ? leaves(field.fields ?? []) : [field],
    );
  let at = 0;
  for (const { offset, length: size } of leaves(fields)) {
    if (size === 0) continue;
    if (offset !== at) return false;
    at += size;
  }
  return at === length;
}
