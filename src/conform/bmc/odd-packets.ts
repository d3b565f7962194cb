/** Lengths out of bounds, wrong CRC-32s, and a window that changes under the BMC. */
import { encodeU32, Field } from "../../core/binding/control-region.ts";
import { statusText } from "../../core/binding/registers.ts";
import { Completion, Control } from "../../core/mctp/control/codec.ts";
import { crc32 } from "../../core/wire/crc.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import type { FrameOptions } from "../player.ts";
import { inTwoPackets } from "./control.ts";
import { BTU, answers, expectSessionKept, expectUnanswered, sent, tries } from "./signs.ts";
import { openOldest, rangeFor } from "./sessions.ts";

const HEADER_BYTES = 4;
const CONTROL_HEADER = 3;
/** How often a race between a changing length field and its reader is run. */
const RACES = 100;
/** Milliseconds within which most BMCs answer. */
const RACE_WAIT = 5;
/** Message types that every endpoint takes, and that none does. */
const CONTROL_TYPE = 0x00;
const UNKNOWN_TYPE = 0x7d;
const READS_WRONG = "an implementation without this bound may read or write memory that is not its own";

export const ODD_PACKET_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "bad-length/short",
    text: "lengths of 0, 1 and 3 bytes are answered with Rx Complete, and the session goes on",
    requirements: ["LPC-BUF-4"],
    needs: ["packet/buffer-reused"],
    risk: "deployed implementations read memory that was never written",
    async play(host: PlayedHost): Promise<void> {
      const { version } = await openOldest(host);
      for (const length of [0, 1, 3]) await expectDropped(host, length, version);
    },
  },
  {
    name: "bad-length/long",
    text: "lengths above 4 plus the MTU are answered with Rx Complete, and the session goes on",
    requirements: ["LPC-BUF-4"],
    needs: ["packet/buffer-reused", "sizes/answered"],
    risk: READS_WRONG,
    async play(host: PlayedHost): Promise<void> {
      const versions = await rangeFor(host, (await openOldest(host)).version === 3 ? 3 : 2);
      const { version, sendsMtu } = await host.openSession({ versions, mtu: BTU });
      // In version 1 the buffer holds what fits.
      const bound = version === 1 ? host.window.size : HEADER_BYTES + sendsMtu;
      if (version > 1) await expectLongDropped(host, sendsMtu);
      for (const length of [bound + 1, host.window.size, 0x7fffffff, 0xffffffff]) {
        await expectDropped(host, length, version);
      }
    },
  },
  {
    name: "bad-packet/crc",
    text: "packets with a wrong CRC-32 are answered with Rx Complete and dropped",
    requirements: ["LPC-BUF-5"],
    needs: ["packet/answered-v3"],
    async play(host: PlayedHost): Promise<void> {
      await host.openSession();
      for (const [what, trailerOf] of WRONG_TRAILERS) {
        const request = host.controlRequest(Control.GET_ENDPOINT_UUID);
        const trailer = trailerOf(crc32(request.packet, 0, request.packet.length, 0));
        await expectAcknowledged(host, request.packet, { trailer }, `a packet with ${what}`);
        await expectSessionKept(host, "LPC-BUF-5", `behind a packet with ${what}`);
        expectUnanswered(host, [request], {
          requirement: "LPC-BUF-5",
          seen: `a request with ${what} is answered`,
          expected: "it is dropped, and Rx Complete is all that follows",
        });
      }
    },
  },
  {
    name: "bad-packet/ends-message",
    text: "a packet with a wrong CRC-32 ends a message of which one packet was received",
    requirements: ["LPC-ERR-5"],
    needs: ["bad-packet/crc", "control/small-packets", "initialise/behind-packet"],
    async play(host: PlayedHost): Promise<void> {
      await host.openSession();
      const { request, packets } = inTwoPackets(host);
      if (!(await sent(host, packets[0]))) host.notTestable("no Rx Complete came");
      const other = host.controlRequest(Control.GET_ENDPOINT_UUID);
      await host.send(other.packet, { trailer: 0 });
      if (!(await sent(host, packets[1]))) host.notTestable("no Rx Complete came");
      await host.serveSilence();
      expectUnanswered(host, [request], {
        requirement: "LPC-ERR-5",
        seen: "a request in two packets is answered, though a packet between them had a wrong CRC-32",
        expected: "a dropped packet ends every message under way",
      });
    },
  },
  {
    name: "session/message-ends",
    text: "a message of which one packet was received in a session does not go on in the next one",
    requirements: ["LPC-MCTP-6"],
    needs: ["control/small-packets"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      const { request, packets } = inTwoPackets(host);
      if (!(await sent(host, packets[0]))) host.notTestable("no Rx Complete came");
      await openOldest(host);
      if (!(await sent(host, packets[1]))) host.notTestable("no Rx Complete came");
      await host.serveSilence();
      expectUnanswered(host, [request], {
        requirement: "LPC-MCTP-6",
        seen: "a request is answered whose first packet was sent in the session before",
        expected: "a message ends with its session",
      });
    },
  },
  {
    name: "length/changed",
    text: "a length field that changes while the packet is read is read once",
    requirements: ["LPC-BUF-2"],
    needs: ["bad-length/long", "control/lengths"],
    risk: READS_WRONG,
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      const { sends, sendsMtu, version } = await openOldestAt(host, BTU);
      const bad = (version === 1 ? host.window.size : HEADER_BYTES + sendsMtu) + BTU;
      for (const race of tries(host, RACES)) {
        // A length of one byte less leaves the type that is asked for as it was before: 0x00, which every endpoint has.
        const isShort = race % 2 === 1;
        if (isShort) await host.ask(Control.GET_VERSION_SUPPORT, Uint8Array.of(CONTROL_TYPE));
        const request = isShort
          ? host.controlRequest(Control.GET_VERSION_SUPPORT, Uint8Array.of(UNKNOWN_TYPE))
          : host.controlRequest(Control.GET_ENDPOINT_ID);
        const good = request.packet.length;
        const other = isShort ? good - 1 : bad;
        await host.begin(request.packet);
        // The two in turn, until Rx Complete.
        let isOther = race % 4 > 1;
        const isComplete = await host.spinUntil(() => {
          isOther = !isOther;
          host.put(sends.offset, encodeU32(isOther ? other : good));
          host.serve();
          return !host.outstanding;
        });
        if (isComplete !== true) breakReread(host, race, "no Rx Complete comes");
        const response = await host.serveUntil(() => host.responseTo(request), isShort ? RACE_WAIT : 0);
        if (!isShort && response !== undefined && response.completion !== Completion.SUCCESS) {
          breakReread(host, race, "a request of a good length is answered with an error");
        }
        if (isShort && response?.completion === Completion.SUCCESS) {
          breakReread(host, race, "the versions of type 0x7d are asked for, and those of another type answered");
        }
      }
      await expectSessionKept(host, "LPC-BUF-2", "behind packets whose length field changed");
    },
  },
  {
    name: "region/changed",
    text: "a control region that changes in a session has no effect on the session",
    requirements: ["LPC-REG-5"],
    needs: ["packet/buffer-reused"],
    risk: "an implementation that reads its layout again may read and write where it says",
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      const at = Field.negotiatedVersion;
      const before = host.get(at, 0x20 - at);
      for (const filler of [0x00, 0xff, 0x41]) {
        host.put(at, new Uint8Array(before.length).fill(filler));
        const goesOn = host.inSession && (await answers(host));
        host.put(at, before);
        if (goesOn) continue;
        host.broken(
          "LPC-REG-5",
          `with 0x${filler.toString(16)} in negotiated_ver and the layout, the session no longer answers; STR shows ${statusText(host.status())}`,
          "version and layout of a session are kept in the BMC's own memory",
        );
      }
    },
  },
];

/** What stands in the place of a packet's CRC-32. */
const WRONG_TRAILERS: readonly (readonly [string, (right: number) => number])[] = [
  ["one bit of its CRC-32 changed", (right) => (right ^ 1) >>> 0],
  ["a CRC-32 of 0", () => 0],
  ["its CRC-32 in the other byte order", swapped],
  ["its CRC-32 not inverted at the end", (right) => ~right >>> 0],
];

function breakReread(host: PlayedHost, race: number, seen: string): never {
  return host.broken(
    "LPC-BUF-2",
    `while the length field changes between two values, ${seen}, in try ${String(race + 1)}`,
    "one of the two is read, once, and used",
  );
}

async function openOldestAt(host: PlayedHost, mtu: number): ReturnType<PlayedHost["openSession"]> {
  const { version } = await openOldest(host);
  return host.openSession({ versions: { min: 1, cur: version }, mtu });
}

/** A request that is whole, but larger than the buffer: its error would show that it was taken. */
async function expectLongDropped(host: PlayedHost, mtu: number): Promise<void> {
  const request = host.controlRequest(Control.GET_ENDPOINT_UUID, new Uint8Array(mtu + 1 - CONTROL_HEADER));
  const what = `a packet of ${String(mtu + 1)} payload bytes at an MTU of ${String(mtu)}`;
  if (!(await isAcknowledged(host, request.packet, {}))) {
    host.broken("LPC-BUF-4", `${what} has no Rx Complete`, "the packet is dropped, and Rx Complete sent");
  }
  await expectSessionKept(host, "LPC-BUF-4", `behind ${what}`);
  expectUnanswered(host, [request], {
    requirement: "LPC-BUF-4",
    seen: `${what} is answered`,
    expected: "the packet is dropped unread",
  });
}

async function expectDropped(host: PlayedHost, length: number, version: number): Promise<void> {
  const request = host.controlRequest(Control.GET_ENDPOINT_UUID);
  const what = `a length of ${String(length)} in version ${String(version)}`;
  if (!(await isAcknowledged(host, request.packet, { length }))) {
    host.broken("LPC-BUF-4", `${what} has no Rx Complete`, "the packet is dropped, and Rx Complete sent");
  }
  await expectSessionKept(host, "LPC-BUF-4", `behind ${what}`);
  expectUnanswered(host, [request], {
    requirement: "LPC-BUF-4",
    seen: `a request with ${what} is answered`,
    expected: "the packet is dropped unread",
  });
}

async function expectAcknowledged(
  host: PlayedHost,
  packet: Uint8Array,
  frame: FrameOptions,
  what: string,
): Promise<void> {
  if (await isAcknowledged(host, packet, frame)) return;
  host.broken("LPC-BUF-5", `${what} has no Rx Complete`, "the packet is dropped, and Rx Complete sent");
}

async function isAcknowledged(host: PlayedHost, packet: Uint8Array, frame: FrameOptions): Promise<boolean> {
  await host.begin(packet, frame);
  const isComplete = await host.serveUntil(() => !host.outstanding || !host.inSession);
  if (!host.inSession) {
    host.shown(
      "LPC-ERR-3",
      `behind a packet that is to be dropped, STR shows ${statusText(host.status())}`,
      "a dropped packet does not end the session",
    );
  }
  return isComplete === true;
}

function swapped(value: number): number {
  const [a, b, c, d] = [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
  return ((d << 24) | (c << 16) | (b << 8) | a) >>> 0;
}
