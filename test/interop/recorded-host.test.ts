/** Our host in the place of the recorded one, under the accesses of the recorded BMC. */
import { describe, expect, test } from "@jest/globals";
import { decodeControlRegion } from "../../src/core/binding/control-region.ts";
import { Command, SESSION_BITS, Status } from "../../src/core/binding/registers.ts";
import { Control, decodeControl } from "../../src/core/mctp/control/codec.ts";
import { idrOf, statusOf } from "../../src/core/binding/kcs-word.ts";
import type { EndpointCore } from "../../src/core/mctp/endpoint.ts";
import type { RequestOutcome } from "../../src/core/mctp/request-terms.ts";
import { fromHex, toHex } from "../../src/core/wire/bytes.ts";
import { millis } from "../../src/core/wire/units.ts";
import { BMC_EID, HOST_EID, RecordedExchange, TEST_TYPE, runHost, type Run } from "./recorded-run.ts";
import { ORDINARY_NAMES, commandsOf, framesOf, messagesOf, recording } from "./recorded-traces.ts";
import type { HostSide } from "../../host/role/side.ts";

/** The host of 03b never asks; what ours does there has a test of its own. */
const REFUSED_LOCALLY = "03b-mtu-host4096-bmc192";

const RUNS: readonly (readonly [string, Run<HostSide>])[] = ORDINARY_NAMES.filter(
  (name) => name !== REFUSED_LOCALLY,
).map((name) => [name, runHost(name)]);

describe("our host with the recorded BMC", () => {
  test.each(RUNS)("LPC-HOST-5, LPC-HOST-7: %s: the control region ends as recorded", (_name, { replay, recording }) => {
    const { final } = recording.meta;
    expect(toHex(replay.board.window.subarray(0, 32))).toBe(final.control_region_hex);
    expect(statusOf(replay.board.word) & SESSION_BITS).toBe(SESSION_BITS);
  });

  test.each(RUNS)("LPC-REG-1: %s: every read of the window finds what it found then", (_name, { replay }) => {
    expect(replay.mismatches).toEqual([]);
    expect(replay.upcoming).toBeUndefined();
  });

  test.each(RUNS)("LPC-BUF-1: %s: the buffer holds the recorded bytes at every Tx Begin", (_name, run) => {
    const sent = framesOf(run.rows, "host").map((frame) => frame.hex);
    expect(sent).toEqual(framesOf(run.recording.rows, "host").map((frame) => frame.hex));
  });

  test.each(RUNS)("LPC-BUF-7: %s: the same Initialise, Tx Begin and Rx Complete in the same order", (name, run) => {
    const ours = commandsOf(run.rows, "host");
    const recorded = commandsOf(run.recording.rows, "host");
    // With packets both ways ours takes the byte in ODR before it writes one (LPC-HOST-10), the recorded host did not.
    if (name.startsWith("11-")) expect([...ours].sort()).toEqual([...recorded].sort());
    else expect(ours).toEqual(recorded);
  });

  test.each(RUNS)("LPC-BUF-6: %s: the same packets arrive and make the same messages", (name, run) => {
    const { exchange, recording } = run;
    const packets = framesOf(recording.rows, "bmc").map((frame) => frame.packet);
    expect(exchange.received).toEqual(packets.map(toHex));
    if (/^1[234]-/.test(name)) return;
    expect(exchange.delivered).toEqual(messagesOf(packets));
    expect(exchange.delivered).toHaveLength(recording.meta.host.messages_received);
    expect((exchange.delivered.at(-1)?.length ?? 0) / 2).toBe(recording.meta.host.last_rx_len);
  });

  test.each(RUNS)("LPC-ERR: %s: nothing of it counts as a violation", (_name, { side, recording }) => {
    const { packetsReceived, packetsSent, sessionsOpened, ...others } = side.state.counters;
    expect(packetsReceived).toBe(framesOf(recording.rows, "bmc").length);
    expect(packetsSent).toBe(framesOf(recording.rows, "host").length);
    expect(sessionsOpened).toBe(1);
    expect(Object.values(others).every((count) => count === 0)).toBe(true);
  });

  test.each(RUNS)("LPC-HOST-3: %s: one closing Initialise and four fences are all it writes more", (_name, run) => {
    const written = run.rows.filter((row) => row.op === "kcs_write").map((row) => Number.parseInt(row.value, 16));
    const more = written.length - commandsOf(run.rows, "host").length;
    expect(more).toBe(5);
    const { INITIALISE, DUMMY } = Command;
    expect(written.slice(0, 6)).toEqual([INITIALISE, DUMMY, DUMMY, INITIALISE, DUMMY, DUMMY]);
  });
});

describe("LPC-MTU-3 where the BMC's places are too close", () => {
  test("LPC-MTU-3: 03b: our host asks for what fits between them, where libmctp's refuses to ask at all", () => {
    const { replay, side } = runHost(REFUSED_LOCALLY);
    const region = decodeControlRegion(replay.board.window);
    // 4096 was wished for; 192 is what the BMC's offsets leave room for, and so an offer that it can take.
    expect(region.layout.bmcToHost.size).toBe(192 + 12);
    expect(region.hostVersions).toEqual({ min: 1, cur: 3 });
    expect(side.state.phase).toEqual({ name: "fencingOpen", fences: 0, askedBytes: 204 });
    // The recorded BMC was not asked and answers nothing: the Initialise stays where it is.
    expect(idrOf(replay.board.word)).toBe(Command.INITIALISE);
    expect(statusOf(replay.board.word) & Status.IBF).toBe(Status.IBF);
    expect(replay.mismatches).toEqual([]);
  });
});

/* ---- Requests of our own endpoint ---- */

/** Uses up tags, as messages that went nowhere would have. */
function passTags(endpoint: EndpointCore, count: number): void {
  for (let tag = 0; tag < count; tag++) endpoint.send(BMC_EID, Uint8Array.of(TEST_TYPE), millis(0));
}

/** The next control request is the second, with instance id 1 and tag 3, as the recorded ones are. */
function passInstance(endpoint: EndpointCore): void {
  const first = endpoint.requestControl(
    BMC_EID,
    Control.GET_ENDPOINT_ID,
    new Uint8Array(0),
    millis(0),
    () => undefined,
  );
  first.cancel(millis(0));
  passTags(endpoint, 2);
}

function responseHex(outcome: RequestOutcome | undefined): string {
  if (outcome?.ok !== true) throw new Error(`no response: ${JSON.stringify(outcome)}`);
  return toHex(outcome.response.bytes);
}

describe("requests of our endpoint to the recorded one", () => {
  test("DSP0236 8.1: 12: the request leaves with the recorded bytes and the echo is its response", () => {
    const [sent] = framesOf(recording("12-request-response").rows, "host");
    const exchange = new RecordedExchange(HOST_EID);
    const { endpoint } = exchange;
    const timing = { ...endpoint.timing, tag: 5 };
    let outcome: RequestOutcome | undefined;
    endpoint.onLinkChange = (up, now) => {
      if (up) endpoint.request(BMC_EID, sent!.packet.subarray(4), now, (result) => (outcome = result), timing);
    };
    const run = runHost("12-request-response", { exchange, sendsRecorded: false });
    expect(run.replay.mismatches).toEqual([]);
    expect(framesOf(run.rows, "host").map((frame) => frame.hex)).toEqual([sent!.hex]);
    expect(responseHex(outcome)).toBe(toHex(sent!.packet.subarray(4)));
  });

  test("DSP0236 12.4: 13: Get Endpoint ID leaves with the recorded bytes and its answer is read", () => {
    const exchange = new RecordedExchange(HOST_EID);
    const { endpoint } = exchange;
    passInstance(endpoint);
    let outcome: RequestOutcome | undefined;
    endpoint.onLinkChange = (up, now) => {
      if (!up) return;
      endpoint.requestControl(BMC_EID, Control.GET_ENDPOINT_ID, new Uint8Array(0), now, (result) => (outcome = result));
    };
    const run = runHost("13-control-get-eid", { exchange, sendsRecorded: false });
    expect(run.replay.mismatches).toEqual([]);
    expect(framesOf(run.rows, "host")).toHaveLength(1);
    const answer = decodeControl(fromHex(responseHex(outcome))!, false);
    expect(answer).toMatchObject({ kind: "response", instance: 1, command: Control.GET_ENDPOINT_ID, completion: 0 });
    expect(answer?.data).toEqual(Uint8Array.of(8, 0x01, 0));
  });

  test("DSP0236 12.3: 14: the answer to Set Endpoint ID is taken though it comes from the new EID", () => {
    const exchange = new RecordedExchange(HOST_EID);
    const { endpoint } = exchange;
    passInstance(endpoint);
    let outcome: RequestOutcome | undefined;
    endpoint.onLinkChange = (up, now) => {
      if (!up) return;
      const data = Uint8Array.of(0, 0x42);
      endpoint.requestControl(BMC_EID, Control.SET_ENDPOINT_ID, data, now, (result) => (outcome = result));
    };
    const later = framesOf(recording("14-control-set-eid").rows, "host").slice(1);
    const run = runHost("14-control-set-eid", {
      exchange,
      sendsRecorded: false,
      atTurn: (turn) => {
        const rows = turn.rows.map((row) => row.n);
        for (const frame of later) if (rows.includes(frame.row.n)) exchange.send(frame.packet);
      },
    });
    expect(run.replay.mismatches).toEqual([]);
    expect(framesOf(run.rows, "host")).toHaveLength(3);
    expect(responseHex(outcome)).toBe("00010100004200");
  });
});
