/** Packets of every legal length in every version: Rx Complete for each, and answers to what asks for one. */
import { encodeU32 } from "../../core/binding/control-region.ts";
import { bufferBytes } from "../../core/binding/layout.ts";
import { Command, commandName, Status } from "../../core/binding/registers.ts";
import type { Version } from "../../core/binding/versions.ts";
import { Completion, Control } from "../../core/mctp/control/codec.ts";
import { toHex } from "../../core/wire/bytes.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import { oldestRange, openOldest, openSettled, rangeFor } from "./sessions.ts";
import { answersBehindFence, answersMisread, completesAfterPauses, holdsMoreThanTold } from "./unanswered.ts";
import { BTU, NO_ONES_TYPE, answers, expectSessionKept, expectUnanswered, responseText, sent, tries } from "./signs.ts";

const LARGEST_MTU = 1024;
/** Silences for which an idle session is watched: 1.2 s by default. */
const IDLE_SILENCES = 8;
/** Milliseconds: MT1, and as much for both ways and a BMC that polls. */
const LATE = 200;
const CONTROL_HEADER = 3;
/** Of the length field. */
const LENGTH_BYTES = 4;
/** Data bytes of a response to Get Endpoint ID. */
const ENDPOINT_ID_BYTES = 3;
/** Milliseconds within which a response is there whose time is MT1 = 100 ms. */
const ANSWERED_BY_THEN = 400;
/** Sessions in which a packet is kept outstanding: a busy tester may look too late in one. */
const OUTSTANDING_TRIES = 3;
/** Milliseconds within which a BMC that touches its buffer has done so. */
const TOUCHED_BY_THEN = 80;
/** Milliseconds within which a response is written to its buffer, MT1 and a little more. */
const READY_BY_THEN = 150;
/** Milliseconds for a byte that waited for ODR alone; less than MT2, so that nothing is asked again meanwhile. */
const FOLLOWS_AT_ONCE = 200;
/** Bytes of a response that are compared: length, header and message. */
const COMPARED_BYTES = 16;

export const PACKET_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "packet/outstanding",
    text: "a packet of the BMC's stands in its buffer when Tx Begin is written, and stays there until Rx Complete",
    requirements: ["LPC-BUF-7"],
    needs: ["start/session", "region/directions"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      for (let session = 0; session < OUTSTANDING_TRIES; session++) {
        const { receives } = await openOldest(host);
        await host.begin(host.controlRequest(Control.GET_ENDPOINT_ID).packet);
        // Whether it is answered at all is another case.
        const begun = await host.spinUntil(() => isTxBegin(host));
        if (begun !== true) return;
        const first = host.get(receives.offset, COMPARED_BYTES);
        host.outstanding = false;
        await host.begin(host.controlRequest(Control.GET_ENDPOINT_UUID).packet);
        await host.until(() => isTxBegin(host), TOUCHED_BY_THEN);
        const second = host.get(receives.offset, COMPARED_BYTES);
        if (first.join() === second.join()) continue;
        host.shown(
          "LPC-BUF-7",
          `the bmcToHost buffer holds ${toHex(first)} when Tx Begin is read, and ${toHex(second)} later, Rx Complete withheld`,
          "the whole packet is written before Tx Begin, and left alone until Rx Complete",
        );
      }
    },
  },
  {
    name: "packet/complete",
    text: "packets that ask for nothing are answered with one Rx Complete each",
    requirements: ["LPC-BUF-8", "LPC-BMC-13"],
    needs: ["packet/outstanding"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      for (let packets = 1; packets <= 3; packets++) {
        if (await sent(host, host.packet(Uint8Array.of(NO_ONES_TYPE)))) continue;
        if (packets > 1 && (await completesAfterPauses(host, packets))) {
          host.broken(
            "LPC-BMC-3",
            `packet ${String(packets)}, whose Tx Begin came right behind the Rx Complete for the one before, has none; with a while between them each has one`,
            "Tx Begin is handled completely, and the packet copied, before Rx Complete is written",
          );
        }
        host.broken("LPC-BUF-8", `packet ${String(packets)} has no Rx Complete`, "Rx Complete for each Tx Begin");
      }
      await host.fence();
    },
  },
  {
    name: "packet/complete-request",
    text: "a request is answered with Rx Complete, and not before that with a response",
    requirements: ["LPC-BUF-8", "LPC-KCS-2"],
    needs: ["packet/complete"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      host.answersRequests = false;
      for (let packets = 1; packets <= 5; packets++) {
        const request = host.controlRequest(Control.GET_ENDPOINT_ID);
        await host.begin(request.packet);
        await host.serveUntil(() => !host.outstanding || host.responseTo(request) !== undefined);
        if (!host.outstanding) {
          await host.serveUntil(() => host.responseTo(request), ANSWERED_BY_THEN);
          continue;
        }
        // It may be on its way, behind the response.
        const isComplete = await host.completed(FOLLOWS_AT_ONCE);
        host.broken(
          isComplete ? "LPC-BUF-8" : "LPC-KCS-2",
          isComplete
            ? "the response to a request comes before the Rx Complete for its packet"
            : `request ${String(packets)} has no Rx Complete, which packets that ask for nothing have: another byte was written over it`,
          "Rx Complete waits for nothing but room in ODR, and is not overwritten",
        );
      }
      await host.serveSilence();
    },
  },
  {
    name: "packet/forgotten",
    text: "responses that wait when an Initialise comes are not sent in the next session",
    requirements: ["LPC-BMC-4", "LPC-MCTP-6"],
    needs: ["packet/complete-request"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      const versions = await openSettled(host);
      // What a bus owner asks behind the first request is over then. Whether it answers is another case.
      if (!(await answers(host))) return;
      await host.serveSilence();
      host.leavesUnread = true;
      const requests = [1, 2].map(() => host.controlRequest(Control.GET_ENDPOINT_ID));
      for (const { packet } of requests) {
        // A BMC that does not look at IDR while ODR is full is another case.
        if (!(await host.outboundEmpty())) return;
        await host.begin(packet);
        await host.pause(READY_BY_THEN);
      }
      if (!(await host.outboundEmpty())) return;
      await host.propose({ versions });
      host.leavesUnread = false;
      await host.serveSilence();
      // The first stood in the buffer with its Tx Begin waiting, the second was still to be written.
      const [first, ...later] = requests;
      expectUnanswered(host, first === undefined ? [] : [first], {
        requirement: "LPC-BMC-4",
        seen: "a response whose Tx Begin waited for ODR comes in the next session",
        expected: "Initialise has the BMC forget what it owed and what waited",
      });
      expectUnanswered(host, later, {
        requirement: "LPC-MCTP-6",
        seen: "a response that was still to be sent when its session ended comes in the next one",
        expected: "messages of which packets were still to be sent are dropped with their session",
      });
    },
  },
  {
    name: "packet/answered",
    text: "Get Endpoint ID is answered in a session of version 1 or 2, which have no CRC-32",
    requirements: ["LPC-MCTP-8", "LPC-BUF-1"],
    needs: ["packet/forgotten"],
    async play(host: PlayedHost): Promise<void> {
      const { version } = await openOldest(host);
      const answer = await host.ask(Control.GET_ENDPOINT_ID);
      if (answer?.completion === Completion.SUCCESS && answer.data.length === ENDPOINT_ID_BYTES + LENGTH_BYTES) {
        host.shown(
          "LPC-BUF-1",
          "the response to Get Endpoint ID has four bytes more than the command has data, without a CRC-32",
          "the length field counts the MCTP packet, and not itself",
        );
      }
      if (answer !== undefined) return;
      if (holdsMoreThanTold(host)) {
        host.broken(
          "LPC-BUF-1",
          "behind the packet that the length field tells of stand four bytes that complete a response",
          "the length field counts the MCTP packet, header and payload",
        );
      }
      if (await answersBehindFence(host)) {
        host.broken(
          "LPC-KCS-10",
          "the response to Get Endpoint ID comes only when another byte is written to IDR",
          "a BMC that nothing wakes polls STR, and writes what waits when OBF = 0",
        );
      }
      if (version < 3 && (await answersMisread(host, 4))) {
        host.broken(
          "LPC-BUF-1",
          "Get Endpoint ID is answered where the length field counts itself, and not where it counts the packet alone",
          "the length field counts the MCTP packet, header and payload",
        );
      }
      host.broken("LPC-MCTP-8", "Get Endpoint ID is not answered", "a response within 100 ms");
    },
  },
  {
    name: "packet/length-reused",
    text: "a length field that is written again behind Rx Complete does not change the packet before it",
    requirements: ["LPC-BUF-2"],
    needs: ["packet/answered"],
    async play(host: PlayedHost): Promise<void> {
      const { sends } = await openOldest(host);
      host.answersRequests = false;
      for (const attempt of tries(host, 10)) {
        const request = host.controlRequest(Control.GET_ENDPOINT_ID);
        await beginAndComplete(host, request.packet);
        host.put(sends.offset, encodeU32(request.packet.length + 1));
        const response = await host.serveUntil(() => host.responseTo(request));
        if (response?.completion === Completion.SUCCESS) continue;
        host.broken(
          "LPC-BUF-2",
          `in try ${String(attempt + 1)} a request whose length field was written again right behind Rx Complete is answered with ${responseText(response)}`,
          "the length field is read once for each Tx Begin",
        );
      }
    },
  },
  {
    name: "packet/buffer-reused",
    text: "what is written into the buffer behind Rx Complete does not change the packet before it",
    requirements: ["LPC-BUF-6", "LPC-BMC-3"],
    needs: ["packet/length-reused"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      host.answersRequests = false;
      for (const attempt of tries(host, 10)) {
        const request = host.controlRequest(Control.GET_ENDPOINT_ID);
        await beginAndComplete(host, request.packet);
        host.putPacket(host.packet(new Uint8Array(CONTROL_HEADER).fill(NO_ONES_TYPE)));
        if ((await host.serveUntil(() => host.responseTo(request))) !== undefined) continue;
        host.broken(
          "LPC-BUF-6",
          `in try ${String(attempt + 1)} a request is not answered, whose buffer was written again right behind Rx Complete`,
          "the packet is copied before its Rx Complete is written",
        );
      }
    },
  },
  {
    name: "packet/in-time",
    text: "of eight requests one at least is answered in well under twice MT1, 100 ms",
    requirements: ["LPC-MCTP-8"],
    needs: ["packet/buffer-reused"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      let quickest = Number.POSITIVE_INFINITY;
      for (let count = 0; count < 8 && quickest > LATE; count++) {
        const since = host.now;
        if (await answers(host)) quickest = Math.min(quickest, host.now - since);
      }
      if (quickest <= LATE) return;
      host.broken(
        "LPC-MCTP-8",
        `the quickest of eight responses to Get Endpoint ID came ${String(Math.round(quickest))} ms behind its request`,
        "a response within MT1, 100 ms",
      );
    },
  },
  {
    name: "session/idle",
    text: "in an idle session the BMC writes nothing for a while, more than a second in a run that is not fast",
    requirements: ["LPC-BMC-13", "LPC-MCTP-19"],
    needs: ["packet/buffer-reused"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      await host.serveSilence();
      const since = host.bytesRead.length;
      const idle = IDLE_SILENCES * host.surroundings.silence;
      const end = host.now + idle;
      await host.serveUntil(() => host.bytesRead.length > since || host.now >= end, 2 * idle);
      const byte = host.bytesRead[since];
      // What it may have to say is a packet, and another case is about that.
      if (byte === undefined || byte === Command.TX_BEGIN) return;
      host.shown(
        "LPC-BMC-13",
        `${commandName(byte)} is written to ODR in an idle session`,
        "the tables of clause 11 have no byte there",
      );
    },
  },
  {
    name: "packet/answered-v3",
    text: "Get Endpoint ID is answered in a session of version 3, whose packets have a CRC-32",
    requirements: ["LPC-BUF-3"],
    needs: ["packet/buffer-reused"],
    fallsBack: true,
    async play(host: PlayedHost): Promise<void> {
      const { version } = await host.openSession();
      if (version !== 3) host.notTestable("the BMC does not speak version 3");
      if (await answers(host)) return;
      host.broken(
        "LPC-BUF-3",
        "Get Endpoint ID is answered without a CRC-32, and not in version 3 with the packet's",
        "a packet with its CRC-32, polynomial 0xedb88320 reflected, big-endian, is taken",
      );
    },
  },
  ...([1, 2, 3] as const).map(lengthsCase),
  {
    name: "packet/largest",
    text: "packets of the largest MTU that the BMC allows are answered with Rx Complete",
    requirements: ["LPC-BUF-4", "LPC-MTU-2"],
    needs: ["packet/buffer-reused", "sizes/answered"],
    async play(host: PlayedHost): Promise<void> {
      const { layout } = await host.offer();
      const session = await host.openSession({ versions: await oldestRange(host), rxSize: layout.bmcToHost.size });
      await expectTaken(host, session.sendsMtu, session.version);
      await expectSessionKept(host, "LPC-BUF-4", `behind a packet of ${String(session.sendsMtu)} payload bytes`);
    },
  },
];

function lengthsCase(version: Version): Case<PlayedHost> {
  return {
    name: `packet/lengths-v${String(version)}`,
    text: `packets with a header alone, with 1, 63 and 64 payload bytes${version === 1 ? "" : ", and with those of an MTU of 1024"} are taken in version ${String(version)}`,
    requirements: ["LPC-BUF-4", "LPC-BUF-1", "LPC-MTU-2"],
    needs: [version === 3 ? "packet/answered-v3" : "packet/buffer-reused", "sizes/answered"],
    async play(host: PlayedHost): Promise<void> {
      const versions = await rangeFor(host, version);
      const session = await host.openSession({ versions, mtu: BTU });
      if (session.version !== version) host.notTestable(`the session is of version ${String(session.version)}`);
      for (const payload of [0, 1, BTU - 1, BTU]) await expectTaken(host, payload, version);
      // A request that is too long by far still fits its packet: its error shows that the packet was taken.
      for (const payload of [BTU - 1, BTU]) {
        const response = await host.ask(Control.GET_ENDPOINT_ID, new Uint8Array(payload - CONTROL_HEADER));
        if (response !== undefined) continue;
        host.broken(
          "LPC-BUF-4",
          `a request of ${String(payload)} bytes is not answered in version ${String(version)} at an MTU of 64`,
          "a length up to 4 plus the MTU is within bounds",
        );
      }
      if (version === 1) return;
      const { sendsMtu } = await host.openSession({ versions, mtu: LARGEST_MTU });
      for (const payload of [BTU + 1, sendsMtu - 1, sendsMtu]) await expectTaken(host, payload, version);
      await expectSessionKept(host, "LPC-BUF-4", `behind packets of up to ${String(sendsMtu)} payload bytes`);
    },
  };
}

/** Sends a packet, and is back as soon as its Rx Complete was read. */
async function beginAndComplete(host: PlayedHost, packet: Uint8Array): Promise<void> {
  await host.begin(packet);
  const isComplete = await host.spinUntil(() => {
    host.serve();
    return !host.outstanding;
  });
  if (isComplete !== true) host.notTestable("no Rx Complete came");
}

function isTxBegin(host: PlayedHost): boolean {
  return (host.status() & Status.OBF) !== 0 && host.readByte() === Command.TX_BEGIN;
}

async function expectTaken(host: PlayedHost, payload: number, version: Version): Promise<void> {
  const bytes = new Uint8Array(payload).fill(NO_ONES_TYPE);
  if (await sent(host, host.packet(bytes))) return;
  host.broken(
    "LPC-BUF-4",
    `a packet of ${String(payload)} payload bytes in version ${String(version)} has no Rx Complete`,
    `Rx Complete: the buffer holds ${String(bufferBytes(version, payload))} bytes and more`,
  );
}
