import { describe, expect, test } from "@jest/globals";
import { discover, type DiscoveredEndpoint } from "../../../../src/core/mctp/bus-owner/discovery.ts";
import type { Result } from "../../../../src/core/wire/result.ts";
import { fromHex, toHex } from "../../../../src/core/wire/bytes.ts";
import { eid, millis } from "../../../../src/core/wire/units.ts";
import { bmcEndpoint, HOST_UUID } from "../../../support/endpoints.ts";
import { packet } from "../../../support/packets.ts";
import { Pair } from "../../../support/pair.ts";

const UUID = toHex(HOST_UUID);
/** Completion code and data of a well-behaved endpoint's answers, by command. */
const ANSWERS: Readonly<Record<number, string>> = {
  4: "0002f1f3f000f1f3f100",
  1: "00000900",
  2: "00090200",
  5: "0002017f",
  3: `00${UUID}`,
};

interface Discovery {
  readonly outcome: Result<DiscoveredEndpoint, string> | undefined;
  /** Destination EID and bytes of each request. */
  readonly asked: readonly string[];
  readonly finishedAt: number | undefined;
}

/** Runs a discovery against an endpoint that gives these answers; undefined: none. */
function discovered(changes: Readonly<Record<number, string | undefined>> = {}, source = 9): Discovery {
  const answers: Readonly<Record<number, string | undefined>> = { ...ANSWERS, ...changes };
  const owner = bmcEndpoint();
  owner.linkUp(millis(0));
  const asked: string[] = [];
  let outcome: Result<DiscoveredEndpoint, string> | undefined;
  let finishedAt: number | undefined;
  let now = millis(0);
  discover(owner, eid(9), now, (result, at) => {
    expect(outcome).toBeUndefined();
    outcome = result;
    finishedAt = at;
  });
  for (let round = 0; round < 40 && outcome === undefined; round++) {
    const parts = owner.nextPacket(64);
    if (parts === undefined) {
      now = owner.nextDeadline() ?? now;
      owner.expire(now);
      continue;
    }
    const bytes = parts.message.slice(parts.start, parts.end);
    owner.packetDone(now);
    asked.push(`${String((parts.header >>> 16) & 0xff)}: ${toHex(bytes)}`);
    const answer = answers[bytes[2]!];
    if (answer === undefined) continue;
    const response = Uint8Array.of(0, bytes[1]! & 0x1f, bytes[2]!, ...fromHex(answer)!);
    owner.receivePacket(
      packet(response, { source, tagOwner: false, tag: parts.header & 7 }),
      0,
      4 + response.length,
      now,
    );
  }
  return { outcome, asked, finishedAt };
}

describe("LPC-MCTP-3 discovery by the bus owner", () => {
  test("LPC-MCTP-3: five requests, each after the response to the one before", () => {
    const { outcome, asked } = discovered();
    expect(asked).toEqual(["0: 00800400", "0: 0081010009", "9: 008202", "9: 008305", "9: 008403"]);
    expect(outcome).toEqual({
      ok: true,
      value: {
        eid: 9,
        accepted: true,
        pool: "none",
        poolSize: 0,
        controlVersions: [0xf1f3f000, 0xf1f3f100],
        messageTypes: [0x01, 0x7f],
        uuid: HOST_UUID,
      },
    });
  });

  test("LPC-MCTP-3: the EID that the response names counts", () => {
    const { outcome, asked } = discovered({ 1: "00101400", 2: "00140100" }, 20);
    expect(asked.slice(2).every((request) => request.startsWith("20: "))).toBe(true);
    expect(outcome).toMatchObject({ ok: true, value: { eid: 20 } });
  });

  test.each([
    ["unsupported", "05"],
    ["too short", "00aabb"],
    ["too long", `00${UUID}00`],
  ])("LPC-MCTP-3: a UUID that is %s is no failure", (_, answer) => {
    expect(discovered({ 3: answer }).outcome).toMatchObject({ ok: true, value: { uuid: undefined } });
  });

  test.each(["00", "ff"])("a UUID of sixteen bytes 0x%s is none: it tells nobody apart", (byte) => {
    const outcome = discovered({ 3: `00${byte.repeat(16)}` }).outcome;
    expect(outcome).toMatchObject({ ok: true, value: { uuid: undefined } });
  });

  test("LPC-MCTP-3: nor is a UUID request without response", () => {
    expect(discovered({ 3: undefined }).outcome).toMatchObject({ ok: true, value: { uuid: undefined } });
  });

  test.each([
    [4, "Get MCTP Version Support", 1],
    [1, "Set Endpoint ID", 2],
    [2, "Get Endpoint ID", 3],
    [5, "Get Message Type Support", 4],
  ])("LPC-MCTP-3: command %p without response ends it after MN1 retries", (command, name, questions) => {
    const { outcome, asked, finishedAt } = discovered({ [command]: undefined });
    expect(outcome).toEqual({ ok: false, reject: `${name}: no response` });
    expect(asked).toHaveLength(questions + 2);
    expect(new Set(asked.slice(-3)).size).toBe(1);
    expect(finishedAt).toBe(900);
  });

  test.each([4, 1, 2, 5])("LPC-MCTP-3: an error code for command %p ends it", (command) => {
    const { outcome } = discovered({ [command]: "04" });
    expect(outcome).toMatchObject({ ok: false, reject: expect.stringContaining("not ready") });
  });

  test.each([
    [4, "no data", "00"],
    [4, "a count of 0", "0000"],
    [4, "fewer versions than counted", "0002f1f3f100"],
    [1, "no data", "00"],
    [1, "two bytes", "000009"],
    [2, "no data", "00"],
    [2, "another EID than it took", "000a0100"],
    [5, "no data", "00"],
    [5, "fewer types than counted", "000301"],
  ])("LPC-MCTP-3: answer to command %p with %s: malformed", (command, _, answer) => {
    const { outcome } = discovered({ [command]: answer });
    expect(outcome).toMatchObject({ ok: false, reject: expect.stringContaining("malformed") });
  });

  test.each(["00", "07", "ff"])("LPC-MCTP-3: an endpoint that insists on EID 0x%s has none that can be used", (own) => {
    const { outcome } = discovered({ 1: `0010${own}00`, 2: `00${own}0000` }, Number.parseInt(own, 16));
    expect(outcome).toMatchObject({ ok: false });
  });

  test("LPC-MCTP-3: an endpoint without message types is found", () => {
    expect(discovered({ 5: "0000" }).outcome).toMatchObject({ ok: true, value: { messageTypes: [] } });
  });

  test("LPC-MCTP-3: over the binding, against the real responder, a session lost in the middle is survived by the retries of the next", () => {
    const pair = new Pair().bringUp();
    let outcome: Result<DiscoveredEndpoint, string> | undefined;
    discover(pair.bmc.endpoint, eid(20), pair.now, (result) => {
      outcome = result;
    });
    pair.turn("bmc");
    pair.restart("host", "killed");
    pair.runUntil(() => outcome !== undefined, "discovered");
    expect(outcome).toMatchObject({ ok: true, value: { eid: 20, messageTypes: [0x7f], uuid: HOST_UUID } });
    expect(pair.host.endpoint.identity.eid).toBe(20);
    expect(pair.bmc.endpoint.counters.requestsRetried).toBeGreaterThan(0);
  });
});
