import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CONTROL_COMMANDS } from "../../../src/core/mctp/control/commands.ts";
import { decodeMessage } from "../../../src/core/decode/message.ts";
import { findingsOf, type DecodedField } from "../../../src/core/decode/read.ts";
import { fromHex, toHex } from "../../../src/core/wire/bytes.ts";

function bytes(hex: string): Uint8Array {
  return fromHex(hex)!;
}

/** "name = value meaning" of every field and bit, in order. */
function flat(fields: readonly DecodedField[]): readonly string[] {
  return fields.flatMap((field) => [
    [field.name, field.value, field.meaning].filter((part) => part !== undefined).join(" | "),
    ...flat(field.fields ?? []),
  ]);
}

function said(hex: string, tagOwner?: boolean): readonly string[] {
  return flat(decodeMessage(bytes(hex), 0, tagOwner).fields);
}

function wrongs(hex: string, tagOwner?: boolean): readonly string[] {
  return findingsOf(decodeMessage(bytes(hex), 0, tagOwner).fields)
    .filter(({ severity }) => severity === "wrong")
    .map(({ offset, text }) => `${offset}: ${text}`);
}

function isExplained(hex: string, title: string, fields: readonly string[]): void {
  expect(decodeMessage(bytes(hex)).title).toBe(title);
  for (const field of fields) expect(said(hex)).toContain(field);
  expect(wrongs(hex)).toEqual([]);
}

function isFaulted(hex: string, expected: readonly string[]): void {
  expect(wrongs(hex)).toEqual(expected);
}

describe("control messages", () => {
  test.each([
    ["00 81 01 00 09", "Set Endpoint ID request", ["operation code | 0 | set the EID", "EID | 9"]],
    [
      "00 01 01 00 11 0a 03",
      "Set Endpoint ID response, success",
      [
        "assignment status | 1 | EID rejected: the endpoint keeps its own",
        "allocation status | 1 | wants a pool",
        "EID | 10",
        "pool size | 3",
      ],
    ],
    [
      "00 00 02 00 09 02 00",
      "Get Endpoint ID response, success",
      [
        "EID | 9",
        "endpoint type | 0 | simple endpoint",
        "EID type | 2 | static EID supported, and the present EID is it",
      ],
    ],
    [
      "00 00 03 00 00112233445566778899aabbccddeeff",
      "Get Endpoint UUID response, success",
      ["UUID | 00112233-4455-6677-8899-aabbccddeeff"],
    ],
    [
      "00 00 02 00 14 01 00",
      "Get Endpoint ID response, success",
      ["EID type | 1 | static EID supported; the present EID may be it or an assigned one"],
    ],
    ["00 00 04 00 01 f1f2f161", "Get MCTP Version Support response, success", ["version 1 | 0xf1f2f161 | 1.2.1a"]],
    ["00 80 04 ff", "Get MCTP Version Support request", ["message type asked for | 0xff | the base specification"]],
    [
      "00 00 04 00 02 f1f3f000 f1f3f100",
      "Get MCTP Version Support response, success",
      ["count | 2", "version 1 | 0xf1f3f000 | 1.3.0", "version 2 | 0xf1f3f100 | 1.3.1"],
    ],
    ["00 00 04 80", "Get MCTP Version Support response, message type not supported", []],
    [
      "00 00 05 00 02 01 7f",
      "Get Message Type Support response, success",
      ["type 1 | 0x01 | PLDM", "type 2 | 0x7f | vendor (IANA)"],
    ],
    [
      "00 00 06 00 ff 01 00007ed9 0001",
      "Get Vendor Defined Message Support response, success",
      [
        "next selector | 0xff | no more follow",
        "format | 1 | IANA enterprise number",
        "vendor | 32473",
        "command set | 0x0001",
      ],
    ],
    ["00 00 07 00 08", "Resolve Endpoint ID response, success", ["bridge EID | 8", "physical address | none"]],
    [
      "00 80 08 00 0a 10",
      "Allocate Endpoint IDs request",
      ["operation code | 0 | allocate", "count | 10", "first EID | 16"],
    ],
    [
      "00 80 09 02 00 01 0a 3c 03 05 0b 3d",
      "Routing Information Update request",
      [
        "entry type | 0 | one endpoint",
        "first EID | 10",
        "physical address",
        "entry type | 3 | EIDs behind a bridge, without it",
        "EIDs | 5",
        "first EID | 11",
      ],
    ],
    [
      "00 00 0a 00 ff 01 03 0a 65 01 02 01 20",
      "Get Routing Table Entries response, success",
      [
        "EIDs | 3",
        "entry type | 1 | a bridge and the EIDs behind it",
        "static | 1 | configured",
        "port | 5",
        "binding type | 1 | SMBus",
      ],
    ],
    ["00 c0 0d", "Discovery Notify datagram", ["D | 1 | datagram: no response is wanted"]],
    [
      "00 00 0f 00 00 00 0000 0004",
      "Query Hop response, success",
      ["incoming unit | 0 | 64 bytes of payload", "outgoing unit | 4 | 128 bytes of payload"],
    ],
    [
      "00 00 14 00 01 05 0a",
      "Query Supported Interfaces response, success",
      ["interface type | 5 | serial", "EID | 10"],
    ],
    ["00 00 0c 05", "Endpoint Discovery response, unsupported command", []],
  ] as const)("%s is a %s", isExplained);

  test.each([
    ["00 80 01 00", ["4: missing: byte 4 should be here, the end comes before"]],
    ["00 80 02 00", ["3: 1 byte too many: the message should end before byte 3"]],
    ["00 80 01 00 ff", ["4: neither 0 nor 0xff can be assigned: answered with 0x02, invalid data"]],
    [
      "00 40 02",
      [
        "1: D = 1 without Rq: neither request, datagram nor response; discarded",
        "3: missing: byte 3 should be here, the end comes before",
      ],
    ],
    ["80 80 02", ["0: messages of this type carry no integrity check: IC is 0"]],
    ["00 80 7e", ["2: no such command: it is answered with 0x05, unsupported command"]],
    ["00 00 02 01 09", ["4: no data may follow an error"]],
    [
      "00 00 04 00 02 f1f3f000 f1f3",
      ["9: cut short: bytes 9 to 12 should be here, the end comes after 2 bytes of them"],
    ],
    ["00 00 04 00 00", ["4: no version at all: there is at least one"]],
  ])("%s: says which byte is wrong", isFaulted);

  test("TO of the packet has to agree with Rq", () => {
    expect(wrongs("00 80 02", true)).toEqual([]);
    expect(wrongs("00 80 02", false)).toEqual(["1: a request in a packet with TO = 0; discarded"]);
    expect(wrongs("00 00 02 00 09 02 00", true)).toEqual(["1: a response in a packet with TO = 1; discarded"]);
  });

  test("more than 64 bytes are no control message", () => {
    expect(wrongs(`00 00 f0 00 ff 00 00007ed9 ${"00".repeat(60)}`)).toEqual([
      "0: 70 bytes: a control message has at most 64",
    ]);
  });

  test("what a later version added to a response is shown and no fault", () => {
    const findings = findingsOf(decodeMessage(bytes("00 00 02 00 09 02 00 aa")).fields);
    expect(findings).toMatchObject([{ severity: "unusual", offset: 7, length: 1 }]);
  });

  test("the tables and the codecs agree on which lengths a command's data may have", () => {
    const command = fc.constantFrom(...CONTROL_COMMANDS);
    // Small numbers make counts and address lengths that can come true.
    const data = fc
      .uint8Array({ maxLength: 40 })
      .map((all) => all.map((byte, index) => (index % 3 === 0 ? byte : byte % 4)));
    fc.assert(
      fc.property(command, fc.boolean(), data, (subject, isRequest, body) => {
        // The length of an address is nowhere said: the codec knows a bus without, the table shares out what is there.
        if (subject.code === 0x09 && isRequest) return;
        const head = isRequest ? [0, 0x80, subject.code] : [0, 0, subject.code, 0];
        const judged = (isRequest ? subject.request : subject.response).decode(body);
        const lengths = wrongs(toHex(Uint8Array.of(...head, ...body))).filter((text) =>
          /missing|cut short|too many/.test(text),
        );
        const hasWrongValue = !judged.ok && judged.reject === "invalidData";
        if (!hasWrongValue) expect(lengths.length > 0).toBe(!judged.ok);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("PLDM messages", () => {
  test.each([
    ["01 80 00 02", "PLDM GetTID request", ["PLDM type | 0 | base"]],
    ["01 00 00 02 00 05", "PLDM GetTID response, success", ["TID | 5"]],
    ["01 80 00 03 00000000 01 00", "PLDM GetPLDMVersion request", ["transfer operation | 1 | first part"]],
    [
      "01 00 00 03 00 00000000 05 00f0f0f1 fb8f864a",
      "PLDM GetPLDMVersion response, success",
      ["transfer flag | 5 | start and end", "version 1 | 0xf1f0f000 | 1.0.0", "CRC-32 | 0x4a868ffb"],
    ],
    [
      "01 00 00 04 00 0500000000000000",
      "PLDM GetPLDMTypes response, success",
      ["types | base, platform monitoring and control"],
    ],
    ["01 80 02 11 01 00", "PLDM command 0x11 of platform monitoring and control request", ["data"]],
    ["01 80 00 05 00 ffffffff", "PLDM GetPLDMCommands request", ["version | 0xffffffff | no version in particular"]],
    ["01 00 00 05 84", "PLDM GetPLDMCommands response, invalid PLDM version in the request's data", []],
  ])("%s is a %s", isExplained);

  test.each([
    ["01 80 40 02", ["2: only header version 0 is defined; discarded"]],
    ["01 80 00 01 ff", ["4: 0x00 and 0xff cannot be set: invalid data"]],
    ["01 00 00 03 00 00000000 05 00f0f0f1 fb8f864b", ["14: the CRC-32 of the versions is 0x4a868ffb"]],
    [
      "01 00 00 03 00 00000000 05 00f0f0 fb8f864a",
      ["10: not a whole number of versions, at least one, with a CRC-32 behind them"],
    ],
    ["01 00 00 03 00 00000000 03", ["9: no such transfer flag"]],
  ])("%s: says which byte is wrong", isFaulted);
});

describe("vendor-defined messages", () => {
  test.each([
    ["7f00007ed901016869", "Echo request", ['data | "hi"']],
    ["7f00007ed90181006869", "Echo response, ok", ["status | 0 | ok", 'data | "hi"']],
    [
      `7f00007ed90102 0000000000000006 ${"58".repeat(32)} 09 68656c6c6f2e747874`,
      "File Open request",
      ["size | 6", "name length | 9", 'name | "hello.txt"'],
    ],
    ["7f00007ed90103 00000001 0000000000000064 78", "File Data request", ["handle | 1", "offset | 100", 'data | "x"']],
    [
      "7f00007ed9018304 0000000000000006",
      "File Data response, the peer expects another part of the file",
      ["next offset | 6"],
    ],
    ["7f00007ed90104 00000001", "File Close request", ["handle | 1"]],
    [`7f00007ed90104 00000001 ${"0a".repeat(16)}`, "File Close request", ["handle | 1", "value"]],
    [
      `7f00007ed9018400 ${"58".repeat(32)} ${"59".repeat(32)}`,
      "File Close response, ok",
      ["SHA-256", "proof: SHA-256 of value and SHA-256"],
    ],
    ["7f00007ed9018403", "File Close response, the peer does not know the transfer any more", []],
    ["7f0000000501020304", "vendor (IANA)", ["enterprise number | 5", "vendor's message"]],
    ["7e1ab40102", "vendor (PCI)", ["PCI vendor id | 0x1ab4", "vendor's message"]],
    ["05 10 84 00 00", "SPDM", ["body"]],
    ["33 01", "type 0x33", ["body"]],
  ])("%s is a %s", isExplained);

  test.each([
    ["7f00007ed90201", ["5: only format version 1 is defined: status 8"]],
    ["7f00007ed90109", ["6: no such operation: answered with status 8"]],
    ["7f00007ed901", ["6: missing: byte 6 should be here, the end comes before"]],
    [`7f00007ed90102 0000000000000006 ${"58".repeat(32)} 02 2e2e`, ['48: no base name: "." and ".." are none']],
    ["7f0000", ["1: cut short: bytes 1 to 4 should be here, the end comes after 2 bytes of them"]],
  ])("%s: says which byte is wrong", isFaulted);

  test("a name that is a base name, and that receivers refuse, is unusual", () => {
    const open = (name: string) => `7f00007ed90102 0000000000000006 ${"58".repeat(32)} 03 ${name}`;
    const findings = findingsOf(decodeMessage(bytes(open("2d7266"))).fields);
    expect(findings).toMatchObject([{ severity: "unusual", offset: 48, text: expect.stringMatching(/status 10/) }]);
    expect(findingsOf(decodeMessage(bytes(open("617266"))).fields)).toEqual([]);
  });
});
