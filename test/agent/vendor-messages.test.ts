import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  Operation,
  VendorStatus,
  decodeOffsetFields,
  decodeOpenFields,
  decodeVendorRequest,
  decodeVendorResponse,
  encodeCloseFields,
  encodeOffsetFields,
  encodeOpenFields,
  encodeVendorRequest,
  encodeVendorResponse,
  isBaseName,
  judgeCloseFields,
  vendorStatusText,
  type VendorRequest,
} from "../../src/agent/files/vendor-messages.ts";

/** Bytes as the annex prints them. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
}

function hex(message: Uint8Array): string {
  return Buffer.from(message).toString("hex");
}

const SHA256_OF_HELLO = bytes(`
  58 91 b5 b5 22 d5 df 08 6d 0f f0 b1 10 fb d9 d2
  1b b4 fc 71 63 af 34 d0 82 86 a2 e8 46 f6 be 03`);

const VALUE = Uint8Array.from({ length: 16 }, (_, index) => index);
/** SHA-256 of value and SHA-256, as sha256sum gives it for these 48 bytes. */
const PROOF_OF_HELLO = `
  a6 e8 8b 55 e8 f0 2c af c6 8e 84 c6 10 82 e3 1d
  39 1d f5 b9 5e 06 e7 f0 a9 58 23 80 60 fe 24 5b`;

/** The examples of Annex G, clauses G.2 and G.3.1: requests with their bytes. */
const REQUESTS: readonly (readonly [string, VendorRequest, string])[] = [
  ["Echo", { operation: Operation.ECHO, data: Buffer.from("hi") }, "7f 00 00 7e d9 01 01 68 69"],
  ["Echo without data", { operation: Operation.ECHO, data: new Uint8Array(0) }, "7f 00 00 7e d9 01 01"],
  [
    "File Open",
    { operation: Operation.FILE_OPEN, size: 6, sha256: SHA256_OF_HELLO, name: "hello.txt" },
    `7f 00 00 7e d9 01 02
     00 00 00 00 00 00 00 06
     58 91 b5 b5 22 d5 df 08 6d 0f f0 b1 10 fb d9 d2
     1b b4 fc 71 63 af 34 d0 82 86 a2 e8 46 f6 be 03
     09 68 65 6c 6c 6f 2e 74 78 74`,
  ],
  [
    "File Data",
    { operation: Operation.FILE_DATA, handle: 1, offset: 0, data: Buffer.from("hello\n") },
    "7f 00 00 7e d9 01 03  00 00 00 01  00 00 00 00 00 00 00 00  68 65 6c 6c 6f 0a",
  ],
  [
    "File Data at offset 100",
    { operation: Operation.FILE_DATA, handle: 1, offset: 100, data: Buffer.from("x") },
    "7f 00 00 7e d9 01 03  00 00 00 01  00 00 00 00 00 00 00 64  78",
  ],
  [
    "File Close",
    { operation: Operation.FILE_CLOSE, handle: 1, value: VALUE },
    "7f 00 00 7e d9 01 04  00 00 00 01  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f",
  ],
  ["File Close of the older form", { operation: Operation.FILE_CLOSE, handle: 1 }, "7f 00 00 7e d9 01 04  00 00 00 01"],
];

/** Responses of the annex: the request they answer, status and fields, and their bytes. */
const RESPONSES: readonly (readonly [string, string, number, Uint8Array, string])[] = [
  ["Echo", "7f 00 00 7e d9 01 01 68 69", VendorStatus.OK, Buffer.from("hi"), "7f 00 00 7e d9 01 81 00 68 69"],
  [
    "File Open",
    "7f 00 00 7e d9 01 02",
    VendorStatus.OK,
    encodeOpenFields(1, 0, 524288),
    "7f 00 00 7e d9 01 82 00  00 00 00 01  00 00 00 00 00 00 00 00  00 08 00 00",
  ],
  [
    "File Data",
    "7f 00 00 7e d9 01 03",
    VendorStatus.OK,
    encodeOffsetFields(6),
    "7f 00 00 7e d9 01 83 00  00 00 00 00 00 00 00 06",
  ],
  [
    "File Close",
    "7f 00 00 7e d9 01 04",
    VendorStatus.OK,
    encodeCloseFields(SHA256_OF_HELLO, VALUE),
    `7f 00 00 7e d9 01 84 00 ${hex(SHA256_OF_HELLO)} ${PROOF_OF_HELLO}`,
  ],
  [
    "File Close of the older form",
    "7f 00 00 7e d9 01 04",
    VendorStatus.OK,
    encodeCloseFields(SHA256_OF_HELLO, undefined),
    `7f 00 00 7e d9 01 84 00 ${hex(SHA256_OF_HELLO)}`,
  ],
  [
    "File Data at a wrong offset",
    "7f 00 00 7e d9 01 03",
    VendorStatus.WRONG_OFFSET,
    encodeOffsetFields(6),
    "7f 00 00 7e d9 01 83 04  00 00 00 00 00 00 00 06",
  ],
  [
    "File Close of an unknown handle",
    "7f 00 00 7e d9 01 04",
    VendorStatus.UNKNOWN_HANDLE,
    new Uint8Array(0),
    "7f 00 00 7e d9 01 84 03",
  ],
];

/** Fields as plain arrays, whatever class of bytes they came in. */
function plain(request: VendorRequest): unknown {
  return Object.fromEntries(
    Object.entries(request).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? [...value] : (value as unknown),
    ]),
  );
}

describe("the bytes of the annex", () => {
  test.each(REQUESTS)("request %s", (_name, request, text) => {
    expect(hex(encodeVendorRequest(request))).toBe(hex(bytes(text)));
    const decoded = decodeVendorRequest(bytes(text));
    expect(decoded.ok && plain(decoded.value)).toEqual(plain(request));
  });

  test.each(RESPONSES)("response %s", (_name, request, status, fields, text) => {
    expect(hex(encodeVendorResponse(bytes(request), status, fields))).toBe(hex(bytes(text)));
    const decoded = decodeVendorResponse(bytes(request)[6] ?? 0, bytes(text));
    expect(decoded?.status).toBe(status);
    expect(hex(decoded?.fields ?? new Uint8Array(1))).toBe(hex(fields));
  });

  test("statuses have the numbers of the table, and a text that says what to do", () => {
    expect(VendorStatus).toEqual({
      OK: 0,
      FILES_NOT_ACCEPTED: 1,
      MALFORMED: 2,
      UNKNOWN_HANDLE: 3,
      WRONG_OFFSET: 4,
      TOO_LARGE: 5,
      CONTENTS_DIFFER: 6,
      STORAGE_FAILED: 7,
      UNKNOWN_OPERATION: 8,
      BUSY: 9,
      NAME_REFUSED: 10,
      NO_ROOM: 11,
    });
    const texts = Object.values(VendorStatus).map(vendorStatusText);
    expect(new Set(texts).size).toBe(texts.length);
    expect(vendorStatusText(200)).toBe("status 200");
  });
});

describe("round trips", () => {
  const u32 = fc.nat({ max: 0xffff_ffff });
  const u64 = fc.nat({ max: Number.MAX_SAFE_INTEGER });
  const data = fc.uint8Array({ maxLength: 300 });
  const name = fc
    .string({ unit: "binary", minLength: 1, maxLength: 60 })
    .filter((text) => isBaseName(text) && isWellFormed(text));
  const request: fc.Arbitrary<VendorRequest> = fc.oneof(
    data.map((echoed) => ({ operation: Operation.ECHO, data: echoed })),
    fc.record({
      operation: fc.constant(Operation.FILE_OPEN),
      size: u64,
      sha256: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      name,
    }),
    fc.record({ operation: fc.constant(Operation.FILE_DATA), handle: u32, offset: u64, data }),
    fc.record({ operation: fc.constant(Operation.FILE_CLOSE), handle: u32 }),
    fc.record({
      operation: fc.constant(Operation.FILE_CLOSE),
      handle: u32,
      value: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    }),
  );

  test("every request is decoded to itself", () => {
    fc.assert(
      fc.property(request, (given) => {
        const decoded = decodeVendorRequest(encodeVendorRequest(given));
        expect(decoded.ok && plain(decoded.value)).toEqual(plain(given));
      }),
    );
  });

  test("every response is decoded to itself, and for no other operation", () => {
    fc.assert(
      fc.property(request, fc.nat({ max: 255 }), data, (given, status, fields) => {
        const response = encodeVendorResponse(encodeVendorRequest(given), status, fields);
        const decoded = decodeVendorResponse(given.operation, response);
        expect(decoded && { status: decoded.status, fields: [...decoded.fields] }).toEqual({
          status,
          fields: [...fields],
        });
        for (const other of Object.values(Operation)) {
          if (other !== given.operation) expect(decodeVendorResponse(other, response)).toBeUndefined();
        }
      }),
    );
  });

  test("offset and open fields", () => {
    fc.assert(
      fc.property(u32, u64, u32, (handle, offset, chunkBytes) => {
        expect(decodeOpenFields(Buffer.from(encodeOpenFields(handle, offset, chunkBytes)))).toEqual({
          handle,
          offset,
          chunkBytes,
        });
        expect(decodeOffsetFields(Buffer.from(encodeOffsetFields(offset)))).toBe(offset);
      }),
    );
  });

  function isWellFormed(text: string): boolean {
    return Buffer.from(text, "utf8").toString("utf8") === text;
  }
});

describe("the proof in the answer to a File Close", () => {
  const fields = Buffer.from(encodeCloseFields(SHA256_OF_HELLO, VALUE));

  test("is taken for the file and the value that it was made of alone", () => {
    const other = Uint8Array.from(VALUE, (byte, index) => (index === 0 ? byte ^ 1 : byte));
    expect(judgeCloseFields(fields, SHA256_OF_HELLO, VALUE)).toBe("proven");
    expect(judgeCloseFields(fields, SHA256_OF_HELLO, other)).toBe("unproven");
    expect(judgeCloseFields(fields, new Uint8Array(32), VALUE)).toBe("other");
  });

  test("is none when it is missing, cut short or too long", () => {
    for (let length = 0; length < fields.length; length++) {
      expect(judgeCloseFields(fields.subarray(0, length), SHA256_OF_HELLO, VALUE)).not.toBe("proven");
    }
    expect(judgeCloseFields(Buffer.concat([fields, Buffer.of(0)]), SHA256_OF_HELLO, VALUE)).toBe("unproven");
  });
});

describe("what a peer may send instead", () => {
  const OPEN = bytes(REQUESTS[2]?.[2] ?? "");

  function rejectOf(message: Uint8Array): string {
    const decoded = decodeVendorRequest(message);
    return decoded.ok ? "ok" : decoded.reject;
  }

  test("never throws, whatever the bytes", () => {
    const anything = fc.uint8Array({ maxLength: 400 });
    const afterPrefix = anything.map((tail) => Uint8Array.of(0x7f, 0, 0, 0x7e, 0xd9, 1, ...tail));
    fc.assert(
      fc.property(fc.oneof(anything, afterPrefix), fc.nat({ max: 255 }), (message, operation) => {
        const decoded = decodeVendorRequest(message);
        if (!decoded.ok) expect(["foreign", "malformed", "unknownOperation"]).toContain(decoded.reject);
        expect(encodeVendorResponse(message, 2, new Uint8Array(0))).toHaveLength(8);
        decodeVendorResponse(operation, message);
        decodeOpenFields(Buffer.from(message));
        decodeOffsetFields(Buffer.from(message));
      }),
    );
  });

  test("bytes 1 to 4 with another number are foreign: nobody answers", () => {
    for (const text of [
      "",
      "7f",
      "7f 00 00 7e",
      "7f 00 00 7e d8 01 01",
      "7e 00 00 7e d9 01 01",
      "ff 00 00 7e d9 01 01",
    ]) {
      expect([text, rejectOf(bytes(text))]).toEqual([text, "foreign"]);
    }
  });

  test("without an operation, of 5 or 6 bytes, is malformed whatever the format version, and answered as operation 0", () => {
    for (const text of ["7f 00 00 7e d9", "7f 00 00 7e d9 01", "7f 00 00 7e d9 02"]) {
      expect([text, rejectOf(bytes(text))]).toEqual([text, "malformed"]);
      const response = encodeVendorResponse(bytes(text), VendorStatus.MALFORMED, new Uint8Array(0));
      expect([text, hex(response)]).toEqual([text, "7f00007ed9018002"]);
    }
  });

  test("another format version and another operation are unknown", () => {
    for (const text of [
      "7f 00 00 7e d9 00 01",
      "7f 00 00 7e d9 02 01",
      "7f 00 00 7e d9 01 00",
      "7f 00 00 7e d9 01 05",
    ]) {
      expect([text, rejectOf(bytes(text))]).toEqual([text, "unknownOperation"]);
    }
    // A response is no request.
    expect(rejectOf(bytes("7f 00 00 7e d9 01 81 00"))).toBe("unknownOperation");
  });

  test("every File Open, Data or Close cut short is malformed", () => {
    for (let length = 7; length < OPEN.length; length++) expect(rejectOf(OPEN.subarray(0, length))).toBe("malformed");
    const data = bytes("7f 00 00 7e d9 01 03  00 00 00 01  00 00 00 00 00 00 00 00");
    for (let length = 7; length < data.length; length++) expect(rejectOf(data.subarray(0, length))).toBe("malformed");
    expect(rejectOf(data)).toBe("ok");
    const close = bytes("7f 00 00 7e d9 01 04  00 00 00 01");
    for (let length = 7; length < 27; length++) {
      const cut = Uint8Array.of(...close, ...VALUE).subarray(0, length);
      expect([length, rejectOf(cut)]).toEqual([length, length === 11 ? "ok" : "malformed"]);
    }
  });

  test("a length that does not agree with the name length is malformed, as are bytes behind a Close", () => {
    expect(rejectOf(Uint8Array.of(...OPEN, 0))).toBe("malformed");
    const longer = OPEN.slice();
    longer[47] = 10;
    expect(rejectOf(longer)).toBe("malformed");
    expect(rejectOf(bytes("7f 00 00 7e d9 01 04  00 00 00 01  00"))).toBe("malformed");
  });

  test("sizes and offsets above 2^53 - 1 are malformed", () => {
    const huge = OPEN.slice();
    huge.set(bytes("00 20 00 00 00 00 00 00"), 7);
    expect(rejectOf(huge)).toBe("malformed");
    huge.set(bytes("00 1f ff ff ff ff ff ff"), 7);
    expect(rejectOf(huge)).toBe("ok");
    expect(rejectOf(bytes("7f 00 00 7e d9 01 03  00 00 00 01  ff ff ff ff ff ff ff ff"))).toBe("malformed");
    expect(decodeOffsetFields(Buffer.from(bytes("00 20 00 00 00 00 00 00")))).toBeUndefined();
    expect(decodeOpenFields(Buffer.from(bytes("00 00 00 01  00 20 00 00 00 00 00 00  00 01 00 00")))).toBeUndefined();
  });

  /** File Open with a name of these bytes. */
  function openNamed(name: Uint8Array): Uint8Array {
    return Uint8Array.of(...OPEN.subarray(0, 47), name.length, ...name);
  }

  test.each(["", ".", "..", "/", "a/b", "../a", "/etc/passwd", "a\\b", "a\0b", "\0"])(
    'the name "%j" is malformed',
    (name) => {
      expect(isBaseName(name)).toBe(false);
      expect(rejectOf(openNamed(Buffer.from(name)))).toBe("malformed");
    },
  );

  test.each(["a", "...", ".hidden", "a b", "ä".repeat(127), "x".repeat(255), "-rf", "con"])(
    'the name "%s" is a name',
    (name) => {
      expect(isBaseName(name)).toBe(true);
      expect(rejectOf(openNamed(Buffer.from(name)))).toBe("ok");
    },
  );

  test("256 bytes are no name, however few characters they are", () => {
    expect(isBaseName("x".repeat(256))).toBe(false);
    expect(isBaseName("ä".repeat(128))).toBe(false);
  });

  test("a name that is no UTF-8 is malformed: it would become another name", () => {
    for (const text of ["ff", "61 80", "c3", "ed a0 80", "f5 80 80 80", "c0 af"]) {
      expect([text, rejectOf(openNamed(bytes(text)))]).toEqual([text, "malformed"]);
    }
  });

  test("no response to the operation: cut short, another number, version or operation, or without bit 7", () => {
    const response = bytes("7f 00 00 7e d9 01 83 00  00 00 00 00 00 00 00 06");
    expect(decodeVendorResponse(Operation.FILE_DATA, response)).toBeDefined();
    for (let length = 0; length < 8; length++) {
      expect(decodeVendorResponse(Operation.FILE_DATA, response.subarray(0, length))).toBeUndefined();
    }
    for (const at of [0, 1, 4, 5, 6]) {
      const other = response.slice();
      other[at] = (other[at] ?? 0) ^ 0x80;
      expect(decodeVendorResponse(Operation.FILE_DATA, other)).toBeUndefined();
    }
    expect(decodeOffsetFields(Buffer.alloc(7))).toBeUndefined();
    expect(decodeOpenFields(Buffer.alloc(15))).toBeUndefined();
  });
});
