import { describe, expect, test } from "@jest/globals";
import { versionNumber } from "../../../src/core/mctp/control/version-number.ts";
import { PldmCommand, PldmType } from "../../../src/core/pldm/codec.ts";
import {
  getPldmCommands,
  getPldmTypes,
  getPldmVersions,
  getTid,
  setTid,
  type PldmQuestion,
  type PldmReject,
} from "../../../src/core/pldm/requester.ts";
import { PLDM_COUNTERS, baseTerminus, respondPldm, type PldmTerminus } from "../../../src/core/pldm/responder.ts";
import { fromHex, toHex } from "../../../src/core/wire/bytes.ts";
import { zeroCounters } from "../../../src/core/wire/counters.ts";
import type { Result } from "../../../src/core/wire/result.ts";

/** Runs a question against a responder, whose answers `spoil` may change; gives the requests, too. */
function put<Value>(
  question: PldmQuestion<Value>,
  terminus: PldmTerminus,
  spoil: (response: Uint8Array, index: number) => Uint8Array = (response) => response,
): { readonly outcome: Result<Value, PldmReject>; readonly requests: readonly string[] } {
  const requests: string[] = [];
  let step = question.next();
  while (step.done !== true) {
    requests.push(toHex(step.value));
    const response = respondPldm(step.value, terminus, zeroCounters(PLDM_COUNTERS))!;
    step = question.next(spoil(response, requests.length - 1));
  }
  return { outcome: step.value, requests };
}

const versions = [versionNumber(1, 0, 0), versionNumber(1, 1, 0), versionNumber(1, 2, 0)];

function terminusInParts(partBytes: number): PldmTerminus {
  return { tid: 7, types: new Map([[PldmType.BASE, { versions, commands: Object.values(PldmCommand) }]]), partBytes };
}

describe("questions to a terminus", () => {
  test("GetTID, SetTID, GetPLDMTypes, GetPLDMCommands", () => {
    const terminus = baseTerminus();
    expect(put(setTid(3, 9), terminus)).toMatchObject({ outcome: { ok: true }, requests: ["0183000109"] });
    expect(put(getTid(4), terminus)).toEqual({ outcome: { ok: true, value: 9 }, requests: ["01840002"] });
    expect(put(getPldmTypes(5), terminus).outcome).toEqual({ ok: true, value: [0] });
    const commands = put(getPldmCommands(6, 0, versionNumber(1, 0, 0)), terminus);
    expect(commands).toEqual({ outcome: { ok: true, value: [1, 2, 3, 4, 5] }, requests: ["018600050000f0f0f1"] });
  });

  test("GetPLDMVersion: first part, then next parts with the handle that came, each with an instance id of its own", () => {
    const { outcome, requests } = put(getPldmVersions(31, 0), terminusInParts(8));
    expect(outcome).toEqual({ ok: true, value: versions });
    expect(requests).toEqual(["019f0003000000000100", "01800003080000000000"]);
    expect(put(getPldmVersions(0, 0), terminusInParts(4)).requests).toHaveLength(4);
    expect(put(getPldmVersions(0, 0), terminusInParts(48))).toMatchObject({ outcome: { value: versions } });
  });

  test("what the terminus refuses is named", () => {
    expect(put(getPldmVersions(0, 5), baseTerminus()).outcome).toEqual({
      ok: false,
      reject: { kind: "refused", completion: 0x83, text: "invalid PLDM type in the request's data" },
    });
    expect(put(setTid(0, 0xff), baseTerminus()).outcome).toMatchObject({ reject: { kind: "refused", completion: 2 } });
  });

  test.each<[string, (response: Uint8Array, index: number) => Uint8Array, RegExp]>([
    ["a wrong CRC-32", (response) => change(response, response.length - 1), /CRC-32/],
    ["a version changed under way", (response, index) => (index === 0 ? change(response, 10) : response), /CRC-32/],
    ["no bytes in a part", (response) => response.slice(0, 10), /empty/],
    [
      "a part without its header",
      (response) => response.slice(0, 8),
      /^3 bytes of data are not a valid GetPLDMVersion response$/,
    ],
    ["start twice", (response, index) => (index === 1 ? change(response, 9, 1) : response), /flag 0x1 in a later part/],
    ["a middle first", (response) => change(response, 9, 2), /flag 0x2 in the first part/],
    ["another instance id", (response) => change(response, 1, 30), /not the response to the GetPLDMVersion request/],
    ["another command", (response) => change(response, 3, 2), /not the response to the GetPLDMVersion request/],
    ["a part that never ends", () => fromHex(`0100000300 04000000 01 ${"00".repeat(4)}`)!, /flag 0x1|not the response/],
  ])("%s: no versions", (_name, spoil, why) => {
    const { outcome } = put(getPldmVersions(0, 0), terminusInParts(8), spoil);
    expect(outcome).toMatchObject({ ok: false, reject: { kind: "badAnswer" } });
    if (!outcome.ok) expect(outcome.reject.text).toMatch(why);
  });

  test("a list without end is given up", () => {
    const question = getPldmVersions(0, 0);
    let step = question.next();
    let parts = 0;
    while (step.done !== true) {
      const flag = parts === 0 ? 0x01 : 0x02;
      step = question.next(Uint8Array.of(1, parts++ % 32, 0, 3, 0, 4, 0, 0, 0, flag, ...new Uint8Array(200)));
    }
    expect(step.value).toMatchObject({ ok: false, reject: { text: "the version list does not end" } });
    expect(parts).toBeLessThan(30);
  });
});

/** A copy with one byte changed. */
function change(bytes: Uint8Array, at: number, value = bytes[at]! ^ 0xff): Uint8Array {
  const changed = bytes.slice();
  changed[at] = value;
  return changed;
}
