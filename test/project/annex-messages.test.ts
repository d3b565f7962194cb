/** Annex G.1 to G.3: what is said there of echo and file messages is what the agents announce, take and send. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentEndpoint } from "../../src/agent/identity.ts";
import { CHUNK_BYTES } from "../../src/agent/files/file-receiver.ts";
import { folderNameOf } from "../../src/agent/files/inbox.ts";
import {
  Operation,
  VendorStatus,
  decodeVendorRequest,
  encodeCloseFields,
  encodeOffsetFields,
  encodeOpenFields,
  encodeVendorRequest,
  encodeVendorResponse,
  isBaseName,
} from "../../src/agent/files/vendor-messages.ts";
import { ENDPOINT_DEFAULTS } from "../../src/core/mctp/endpoint-defaults.ts";
import { Completion, Control, decodeControl, encodeRequest } from "../../src/core/mctp/control/codec.ts";
import { respond } from "../../src/core/mctp/control/responder.ts";
import { MessageType } from "../../src/core/mctp/message.ts";
import { LONGEST_FILE_NAME_BYTES, isFileName } from "../../src/core/vendor-messages/file-names.ts";
import { ENTERPRISE_NUMBER } from "../../src/core/vendor-messages/operations.ts";
import { fromHex, toHex } from "../../src/core/wire/bytes.ts";
import { eid } from "../../src/core/wire/units.ts";
import { PROJECT } from "./requirements.ts";
import { cellOf, readSpecification, tableOf } from "./tables.ts";

const annex = readSpecification("annex-formats.md");
const running = annex.replace(/\s+/g, " ");
const guide = readFileSync(join(PROJECT, "docs", "guides", "agents.md"), "utf8").replace(/\s+/g, " ");

/** The part of the annex from a heading, or a bold word, to the next of its kind. */
function partOf(begin: string): string {
  const [, part = ""] = annex.split(begin);
  return part.split(/\n(?:#|\*\*)/)[0] ?? "";
}

/** Bytes as the annex prints them. */
function bytes(text: string): string {
  const hex = toHex(fromHex(text.replace(/[\s|]/g, "")) ?? new Uint8Array(0));
  if (hex === "") throw new Error(`no hexadecimal: ${text}`);
  return hex;
}

/** Lines of the annex's code that begin with bytes of a message, without what is said of them. */
function messagesIn(code: string): readonly string[] {
  return code
    .split(/^(?=\S)|\n(?= {2}7f )/m)
    .map((message) => [...message.matchAll(/^ {2}((?:(?:[0-9a-f]{2})+ {1,2})*(?:[0-9a-f]{2})+)(?= {3}|$)/gm)])
    .filter((lines) => lines.length > 0)
    .map((lines) => bytes(lines.map(([, digits = ""]) => digits).join("")));
}

describe("G.1: what the agents announce by MCTP control", () => {
  const { identity, services } = agentEndpoint("endpoint", eid(9), new Uint8Array(16));
  const rows = tableOf(annex, "command", "data of the response, after the completion code");
  const data = (command: string): string => {
    const row = rows.find((candidate) => cellOf(candidate, "command").startsWith(command)) ?? {};
    return bytes(/`([0-9a-f ]+)`/.exec(cellOf(row, "data of the response, after the completion code"))?.[1] ?? "");
  };
  const answered = (command: number, ...fields: readonly number[]): string => {
    const request = decodeControl(encodeRequest(0, command, Uint8Array.from(fields)), true);
    const response = request && respond(request, identity, services);
    expect(response?.[3]).toBe(Completion.SUCCESS);
    return toHex(response?.subarray(4) ?? new Uint8Array(0));
  };

  test("Get MCTP Version Support", () => {
    expect(answered(Control.GET_VERSION_SUPPORT, MessageType.VENDOR_IANA)).toBe(data("Get MCTP Version Support"));
  });

  test("Get Message Type Support", () => {
    expect(answered(Control.GET_MESSAGE_TYPE_SUPPORT)).toBe(data("Get Message Type Support"));
  });

  test("Get Vendor Defined Message Support", () => {
    expect(answered(Control.GET_VENDOR_SUPPORT, 0)).toBe(data("Get Vendor Defined Message Support"));
  });

  test("the enterprise number, and the largest message", () => {
    expect(running).toContain(`The number is ${ENTERPRISE_NUMBER}, which RFC 5612`);
    expect(running).toContain(`messages of up to ${ENDPOINT_DEFAULTS.assembly.messageBytes} bytes`);
  });
});

describe("G.2 and G.3.1: the examples are the bytes that are sent", () => {
  test("Echo", () => {
    const part = partOf("## G.2 Echo");
    const [, request = "", response = ""] = /request {3}([0-9a-f |]+)\nresponse {2}([0-9a-f |]+)\n/.exec(part) ?? [];
    const sent = encodeVendorRequest({ operation: Operation.ECHO, data: Buffer.from("hi") });
    expect(toHex(sent)).toBe(bytes(request));
    expect(toHex(encodeVendorResponse(sent, VendorStatus.OK, Buffer.from("hi")))).toBe(bytes(response));
  });

  test("a file, and what is refused", () => {
    const sha256 = Buffer.from("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", "hex");
    const value = Uint8Array.from({ length: 16 }, (_, index) => index);
    const open = encodeVendorRequest({ operation: Operation.FILE_OPEN, size: 6, sha256, name: "hello.txt" });
    const file = Buffer.from("hello\n");
    const dataOf = (offset: number, contents: Uint8Array): Uint8Array =>
      encodeVendorRequest({ operation: Operation.FILE_DATA, handle: 1, offset, data: contents });
    const first = dataOf(0, file);
    const beyond = dataOf(100, Buffer.from("x"));
    const close = encodeVendorRequest({ operation: Operation.FILE_CLOSE, handle: 1, value });
    const unknown = encodeVendorRequest({ operation: Operation.FILE_CLOSE, handle: 9 });
    const { OK, WRONG_OFFSET, UNKNOWN_HANDLE } = VendorStatus;
    expect(messagesIn(partOf("### G.3.1 Example"))).toEqual(
      [
        open,
        encodeVendorResponse(open, OK, encodeOpenFields(1, 0, CHUNK_BYTES)),
        first,
        encodeVendorResponse(first, OK, encodeOffsetFields(6)),
        close,
        encodeVendorResponse(close, OK, encodeCloseFields(sha256, value)),
        beyond,
        encodeVendorResponse(beyond, WRONG_OFFSET, encodeOffsetFields(6)),
        unknown,
        encodeVendorResponse(unknown, UNKNOWN_HANDLE, new Uint8Array(0)),
      ].map(toHex),
    );
    expect(running).toContain(`A Close of the older form is the first ${unknown.length} bytes`);
    expect(running).toContain(`its answer the first ${8 + sha256.length}.`);
  });
});

describe("G.3: names of files", () => {
  const part = partOf("**Names.**");
  const [takenText = "", refusedText = ""] = part.split("Refused:");
  const namesIn = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  const taken = namesIn(takenText.split("Taken:")[1] ?? "");
  const refused = namesIn(refusedText);

  test("those that are taken, and those that are refused", () => {
    expect(taken.length).toBeGreaterThan(4);
    expect(taken.filter((name) => !isFileName(name))).toEqual([]);
    expect(refused.length).toBeGreaterThan(6);
    expect(refused.filter(isFileName)).toEqual([]);
    expect(part.replace(/\s+/g, " ")).toContain("two spaces in a row, and an é of two characters (U+0065, U+0301)");
    expect(isFileName("a  b")).toBe(false);
    expect([isFileName("\u00e9"), isFileName("\u0065\u0301")]).toEqual([true, false]);
  });

  test("how long they are, in the annex and in the guide", () => {
    expect(running).toContain(`take 1 to ${LONGEST_FILE_NAME_BYTES} bytes of UTF-8`);
    expect(guide).toContain(`A name has up to ${LONGEST_FILE_NAME_BYTES} bytes of UTF-8`);
  });

  test("the characters that are taken are those named, and no other of ASCII", () => {
    const inside = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((character) =>
      isFileName(`a${character}b`),
    );
    expect(inside.join("")).toBe(" -.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
    const first = inside.filter((character) => isFileName(`${character}b`));
    expect(inside.filter((character) => !first.includes(character))).toEqual([" ", "-", "."]);
    for (const text of [running, guide]) {
      expect(text).toMatch(/(?:first character is|begins with) a letter, a digit or ['`]_['`]/);
    }
  });

  test("names in File Open of 1 to 255 bytes are well-formed, and those of a path malformed", () => {
    expect(running).toContain("a base name of 1 to 255 bytes in UTF-8");
    expect(["x", "x".repeat(255), "\u001b", "-rf"].map(isBaseName)).toEqual([true, true, true, true]);
    const malformed = ["", "x".repeat(256), "a/b", "a\\b", "a\0b", ".", ".."];
    const sha256 = new Uint8Array(32);
    for (const name of malformed.filter((one) => one.length < 256)) {
      const open = encodeVendorRequest({ operation: Operation.FILE_OPEN, size: 0, sha256, name });
      expect(decodeVendorRequest(open)).toEqual({ ok: false, reject: "malformed" });
    }
    expect(malformed.filter(isBaseName)).toEqual([]);
  });

  test("a sender's folder", () => {
    expect(running).toContain(`like \`${folderNameOf({ port: 0, eid: 9 })}\``);
    expect(guide).toContain(`received/${folderNameOf({ port: 0, eid: 9 })}/`);
  });
});
