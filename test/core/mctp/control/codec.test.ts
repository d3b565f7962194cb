import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  Completion,
  completionName,
  Control,
  decodeControl,
  encodeRequest,
  encodeResponse,
} from "../../../../src/core/mctp/control/codec.ts";
import { controlCommandName } from "../../../../src/core/mctp/control/commands.ts";
import { fromHex, toHex } from "../../../../src/core/wire/bytes.ts";

describe("DSP0236 11.2 control messages", () => {
  test("DSP0236 11.2: a Get Endpoint ID request, byte for byte", () => {
    expect(toHex(encodeRequest(0, Control.GET_ENDPOINT_ID, new Uint8Array(0)))).toBe("008002");
    expect(toHex(encodeRequest(31, Control.SET_ENDPOINT_ID, Uint8Array.of(0, 9)))).toBe("009f010009");
  });

  test("DSP0236 11.2: a response, byte for byte", () => {
    expect(toHex(encodeResponse(5, 0x02, Completion.SUCCESS, Uint8Array.of(9, 1, 0)))).toBe("00050200090100");
    expect(toHex(encodeResponse(5, 0x0b, Completion.UNSUPPORTED_COMMAND))).toBe("00050b05");
  });

  test.each([
    ["request", "008102", true, { kind: "request", instance: 1, command: 2, completion: 0, data: "" }],
    [
      "request with data",
      "00810155aa",
      true,
      { kind: "request", instance: 1, command: 1, completion: 0, data: "55aa" },
    ],
    ["datagram", "00c30d", true, { kind: "datagram", instance: 3, command: 13, completion: 0, data: "" }],
    ["response", "001f0200aabb", false, { kind: "response", instance: 31, command: 2, completion: 0, data: "aabb" }],
    ["error response", "00000305", false, { kind: "response", instance: 0, command: 3, completion: 5, data: "" }],
    ["reserved bit set", "00a102", true, { kind: "request", instance: 1, command: 2, completion: 0, data: "" }],
  ])("DSP0236 11.2: %s", (_, bytes, tagOwner, message) => {
    const decoded = decodeControl(fromHex(bytes)!, tagOwner);
    expect({ ...decoded, data: toHex(decoded!.data) }).toEqual(message);
  });

  test.each([
    ["a request without TO", "008102", false],
    ["a datagram without TO", "00c102", false],
    ["a response with TO", "00010200", true],
    ["D without Rq, TO", "00410200", true],
    ["D without Rq", "00410200", false],
    ["an integrity check", "808102", true],
    ["another message type", "018102", true],
    ["two bytes", "0081", true],
    ["no byte", "", true],
    ["a response without completion code", "000102", false],
  ])("DSP0236 11.2: %s is silently discarded", (_, bytes, tagOwner) => {
    expect(decodeControl(fromHex(bytes)!, tagOwner)).toBeUndefined();
  });

  test("DSP0236 11.2: of all flag combinations three mean something", () => {
    const kinds = [];
    for (const tagOwner of [true, false]) {
      for (let flags = 0; flags < 256; flags += 0x40) {
        kinds.push(decodeControl(Uint8Array.of(0, flags, 2, 0), tagOwner)?.kind);
      }
    }
    expect(kinds).toEqual([
      ...[undefined, undefined, "request", "datagram"],
      ...["response", undefined, undefined, undefined],
    ]);
  });

  test("any request and response survives writing and reading", () => {
    fc.assert(
      fc.property(fc.nat(31), fc.nat(255), fc.nat(255), fc.uint8Array({ maxLength: 60 }), (...fields) => {
        const [instance, command, completion, data] = fields;
        const request = decodeControl(encodeRequest(instance, command, data), true);
        expect(request).toEqual({ kind: "request", instance, command, completion: 0, data });
        const response = decodeControl(encodeResponse(instance, command, completion, data), false);
        expect(response).toEqual({ kind: "response", instance, command, completion, data });
      }),
    );
  });

  test("any bytes are read without complaint", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, tagOwner) => {
        const message = decodeControl(bytes, tagOwner);
        if (message !== undefined) expect(message.kind === "response").toBe(!tagOwner);
      }),
    );
  });

  test("commands and completion codes have names", () => {
    expect(controlCommandName(Control.GET_ENDPOINT_UUID)).toBe("Get Endpoint UUID");
    expect(controlCommandName(0x15)).toContain("0x15");
    expect(completionName(Completion.INVALID_LENGTH)).toBe("invalid length");
    expect(completionName(0x99)).toContain("0x99");
  });
});
