import { describe, expect, test } from "@jest/globals";
import { decodeControl, encodeRequest } from "../../../../src/core/mctp/control/codec.ts";
import { assignsEid, respond } from "../../../../src/core/mctp/control/responder.ts";
import type { EndpointIdentity } from "../../../../src/core/mctp/control/services.ts";
import { parseVersion, versionNumber, versionText } from "../../../../src/core/mctp/control/version-number.ts";
import { fromHex, toHex } from "../../../../src/core/wire/bytes.ts";
import { eid } from "../../../../src/core/wire/units.ts";
import { bmcIdentity, hostIdentity, HOST_UUID } from "../../../support/endpoints.ts";

/** Completion code and data of the answer to a command, in hexadecimal. */
function answer(identity: EndpointIdentity, command: number, data = ""): string {
  const request = decodeControl(encodeRequest(17, command, fromHex(data)!), true)!;
  const response = toHex(respond(request, identity)!);
  // Same instance id and command; Rq and D clear.
  expect(response.slice(0, 6)).toBe(`0011${command.toString(16).padStart(2, "0")}`);
  return response.slice(6);
}

describe("DSP0236 12.3 Set Endpoint ID", () => {
  test.each([
    ["set", "0014"],
    ["force", "0114"],
    ["set, reserved bits", "fc14"],
  ])("DSP0236 12.3: %s is accepted", (_, data) => {
    const identity = hostIdentity();
    expect(answer(identity, 0x01, data)).toBe("00001400");
    expect([identity.eid, identity.assigned]).toEqual([20, true]);
  });

  test.each([
    ["the null EID", "0000"],
    ["the broadcast EID", "00ff"],
    ["a reserved EID", "0007"],
    ["LPC-MCTP-9: set discovered", "0314"],
  ])("DSP0236 12.3: %s: invalid data, nothing changes", (_, data) => {
    const identity = hostIdentity();
    expect(answer(identity, 0x01, data)).toBe("02");
    expect([identity.eid, identity.assigned]).toEqual([9, false]);
  });

  test("LPC-MCTP-28, DSP0236 12.3: reset brings a static EID back; without one, and for a bus owner, it is invalid data", () => {
    const identity = { ...hostIdentity(), staticEid: eid(9) };
    expect(answer(identity, 0x01, "0014")).toBe("00001400");
    expect(answer(identity, 0x02, "")).toMatch(/^0014..00$/);
    expect(answer(identity, 0x01, "0200")).toBe("00000900");
    expect([identity.eid, identity.assigned]).toEqual([9, false]);
    const dynamic = { ...hostIdentity(), staticEid: undefined };
    expect(answer(dynamic, 0x01, "0200")).toBe("02");
    expect(answer({ ...bmcIdentity(), staticEid: eid(8) }, 0x01, "0200")).toBe("02");
  });

  test.each(["08", "fe"])("DSP0236 12.3: EID 0x%s is the first or last that may be assigned", (id) => {
    expect(answer(hostIdentity(), 0x01, `00${id}`)).toBe(`0000${id}00`);
  });

  test("LPC-MCTP-28, DSP0236 12.3: a bus owner keeps its EID and says so", () => {
    const identity = bmcIdentity();
    expect(answer(identity, 0x01, "0014")).toBe("00100800");
    expect([identity.eid, identity.assigned]).toEqual([8, false]);
  });

  test("a response tells whether an EID was assigned", () => {
    const assigns = (request: string, response: string): boolean =>
      assignsEid(decodeControl(fromHex(request)!, true)!, fromHex(response)!);
    expect(assigns("0080010014", "00000100001400")).toBe(true);
    expect(assigns("0080010014", "00000100011404")).toBe(true);
    expect(assigns("0080010014", "00000100100800")).toBe(false);
    expect(assigns("0080010014", "00000102")).toBe(false);
    expect(assigns("0080010300", "00000100001400")).toBe(false);
    expect(assigns("008002", "00000200001400")).toBe(false);
  });
});

describe("DSP0236 12.4 Get Endpoint ID", () => {
  test.each([
    ["dynamic", hostIdentity({ staticEid: undefined }), "00090000"],
    ["static", hostIdentity(), "00090100"],
    ["static, assigned the same", hostIdentity({ assigned: true }), "00090200"],
    ["static, assigned another", hostIdentity({ assigned: true, eid: eid(20) }), "00140300"],
    ["a bus owner", bmcIdentity(), "00081100"],
  ])("DSP0236 12.4: %s", (_, identity, expected) => {
    expect(answer(identity, 0x02)).toBe(expected);
  });

  test("LPC-MCTP-28, DSP0236 12.4: after Set Endpoint ID the new EID, no longer static alone", () => {
    const identity = hostIdentity();
    answer(identity, 0x01, "0014");
    expect(answer(identity, 0x02)).toBe("00140300");
    answer(identity, 0x01, "0009");
    expect(answer(identity, 0x02)).toBe("00090200");
  });
});

test("DSP0236 12.5 Get Endpoint UUID: 16 bytes", () => {
  expect(answer(hostIdentity(), 0x03)).toBe(`00${toHex(HOST_UUID)}`);
});

describe("DSP0236 12.6 Get MCTP Version Support", () => {
  test.each([
    ["the base specification", "ff", "0002f1f3f000f1f3f100"],
    ["control messages", "00", "0002f1f3f000f1f3f100"],
    ["a supported type", "7f", "0001f1f0f000"],
    ["an unsupported type", "05", "80"],
  ])("DSP0236 12.6: of %s", (_, type, expected) => {
    expect(answer(hostIdentity(), 0x04, type)).toBe(expected);
  });

  test("DSP0236 12.6: versions are BCD, an F for a digit that is not there", () => {
    expect(versionNumber(1, 3, 1)).toBe(0xf1f3f100);
    expect([0xf1f3f100, 0xf1f0ff00, 0x1001f700, 0xf1f2f161, 0xf1f2f105].map(versionText)).toEqual([
      "1.3.1",
      "1.0",
      "10.01.7",
      "1.2.1a",
      "1.2.1 alpha 0x05",
    ]);
    expect(["1.2.1a", "1.3.1", "1.3", "1.2.1ab"].map(parseVersion)).toEqual([
      0xf1f2f161,
      0xf1f3f100,
      undefined,
      undefined,
    ]);
  });
});

describe("DSP0236 12.7 Get Message Type Support", () => {
  test("DSP0236 12.7: a sorted list, control not among it", () => {
    const messageTypes = new Map([0x7f, 0x01, 0x05].map((type) => [type, [versionNumber(1, 0, 0)]] as const));
    expect(answer(hostIdentity({ messageTypes }), 0x05)).toBe("000301057f");
  });

  test("DSP0236 12.7: an empty list", () => {
    expect(answer(hostIdentity({ messageTypes: new Map() }), 0x05)).toBe("0000");
  });
});
