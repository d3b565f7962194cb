/** Packets that are not as they should be: lengths, CRC-32, changes behind Tx Begin (LPC-BUF-2, -4, -5, -6, LPC-ERR-5). */
import { Completion, completionName, Control } from "../../core/mctp/control/codec.ts";
import { encodeU32 } from "../../core/binding/control-region.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { frameOf, type ControlRequest } from "../player.ts";
import { expectKept, isServing, isTaken } from "./steps.ts";

const MTU = 200;
const BOUNDS_RISK =
  "deployed hosts answer a length out of bounds with nothing (F7), and in versions 1 and 2 read memory that was not sent for one below 4 (F18)";

export const ODD_PACKET_CASES: readonly Case<PlayedBmc>[] = [
  ...([3, 2, 1] as const).map((version): Case<PlayedBmc> => {
    return {
      name: `bad-packet/length-version-${String(version)}`,
      text: `in version ${String(version)} a packet whose length is out of bounds is dropped, and gets Rx Complete`,
      requirements: ["LPC-BUF-4", "LPC-ERR-3"],
      needs: [`packet/lengths-version-${String(version)}`],
      risk: BOUNDS_RISK,
      async play(bmc: PlayedBmc): Promise<void> {
        await bmc.openSession({ versions: { min: 1, cur: version }, mtu: MTU });
        const { sendsMtu, sends, receives } = bmc.session ?? bmc.notTestable("the host has left its session");
        // In version 1 the buffer holds what fits in front of the other one.
        const most = version === 1 ? receives.offset - sends.offset - 4 : 4 + sendsMtu;
        const packet = bmc.controlRequest(Control.GET_ENDPOINT_ID).packet;
        for (const length of [0, 1, 3, most + 1, bmc.window.size, 0x8000_0007, 0xffff_ffff]) {
          const what = `a packet of length ${String(length)}`;
          if (!(await isTaken(bmc, packet, { length }))) {
            bmc.broken(
              "LPC-BUF-4",
              `${what} gets no Rx Complete${bmc.hasLeft ? ", and the host begins a start-up" : ""}`,
              `a length outside 4 to ${String(most)} drops the packet, and Rx Complete follows: its sender waits for it`,
            );
          }
          if (await isServing(bmc)) continue;
          bmc.broken(
            "LPC-BUF-4",
            `behind ${what} the session does not go on`,
            "the packet is dropped, and nothing else",
          );
        }
      },
    };
  }),
  {
    name: "bad-packet/crc",
    text: "a packet with a wrong CRC-32 gets Rx Complete, and the session goes on",
    requirements: ["LPC-BUF-5", "LPC-ERR-3"],
    needs: ["packet/lengths-version-3"],
    async play(bmc: PlayedBmc): Promise<void> {
      await openVersion3(bmc);
      for (const trailer of [0, 0xffff_ffff, 0x1234_5678]) {
        if (!(await isTaken(bmc, bmc.controlRequest(Control.GET_ENDPOINT_ID).packet, { trailer }))) {
          bmc.broken(
            "LPC-BUF-5",
            `a packet with a wrong CRC-32 gets no Rx Complete${bmc.hasLeft ? ", and the host begins a start-up" : ""}`,
            "it is dropped, and Rx Complete follows: its sender waits for it",
          );
        }
      }
      await expectKept(bmc, "LPC-BUF-5", "behind packets with a wrong CRC-32");
    },
  },
  {
    name: "bad-packet/crc-not-answered",
    text: "a request with a wrong CRC-32 is not answered",
    requirements: ["LPC-BUF-5"],
    needs: ["bad-packet/crc", "control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      await openVersion3(bmc);
      const wrongs: readonly ((right: number) => number)[] = [(right) => (right ^ 1) >>> 0, swapped, () => 0];
      for (const wrong of wrongs) {
        const bad = bmc.controlRequest(Control.GET_ENDPOINT_ID);
        if (!(await bmc.send(bad.packet, { trailer: wrong(trailerOf(bad)) })))
          bmc.notTestable("a packet gets no Rx Complete");
        await expectUnanswered(bmc, bad, "LPC-BUF-5", "a request whose CRC-32 is wrong", "it is dropped");
      }
    },
  },
  {
    name: "bad-packet/changed-behind-rx-complete",
    text: "what is answered is the packet as it was before its Rx Complete",
    requirements: ["LPC-BUF-6", "LPC-BUF-2"],
    needs: ["control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const first = bmc.controlRequest(Control.GET_ENDPOINT_ID);
      // Of another length: a length that is read again shows in the response to the first.
      const second = bmc.controlRequest(Control.GET_VERSION_SUPPORT, Uint8Array.of(0));
      if (!(await bmc.send(first.packet))) bmc.notTestable("a packet gets no Rx Complete");
      // The buffer is the tester's again: nothing of it is announced.
      bmc.putPacket(second.packet);
      const seen = await bmc.serveUntil(() =>
        bmc.responseTo(second) !== undefined ? "second" : bmc.responseTo(first) !== undefined ? "first" : undefined,
      );
      // A host that reads late may have read the first in place of a packet before it, and answer both.
      if (seen === "first") await bmc.serveSilence();
      const completion = bmc.responseTo(first)?.completion;
      if (completion === Completion.SUCCESS && bmc.responseTo(second) === undefined) return;
      if (completion !== undefined && completion !== Completion.SUCCESS) {
        bmc.broken(
          "LPC-BUF-2",
          `a request whose buffer changes behind its Rx Complete is answered with ${completionName(completion)}`,
          "the length is read once for each Tx Begin, and that value used",
        );
      }
      bmc.broken(
        "LPC-BUF-6",
        bmc.responseTo(second) !== undefined
          ? "the host answers what was written to the buffer behind its Rx Complete"
          : "a request is not answered when its buffer changes behind Rx Complete",
        "packet and trailer are copied first, and nothing but that copy is used",
      );
    },
  },
  {
    name: "bad-packet/length-changes",
    text: "a length that changes behind Tx Begin does no harm",
    requirements: ["LPC-BUF-2", "LPC-BUF-6"],
    needs: ["bad-packet/crc", "bad-packet/length-version-3"],
    risk: BOUNDS_RISK,
    // The tester writes to a buffer that is the host's: the judge would lose count of its packets.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await openVersion3(bmc);
      const { sends } = bmc.session ?? bmc.notTestable("the host has left its session");
      for (let times = 0; times < 8; times++) {
        const { packet } = bmc.controlRequest(Control.GET_ENDPOINT_ID);
        await bmc.begin(packet);
        const change = encodeU32(times % 2 === 0 ? 0xffff_fff0 : 4 + MTU);
        const back = encodeU32(packet.length);
        for (let flips = 0; flips < 40 && bmc.outstanding; flips++) {
          bmc.put(sends.offset, flips % 2 === 0 ? change : back);
          bmc.serve();
          // As often as not a turn of the host, of which it reads the length in one and the packet in another.
          if (times >= 4) await bmc.pause(0);
        }
        if (await bmc.completed()) continue;
        bmc.broken(
          "LPC-BUF-2",
          "a packet whose length changes behind Tx Begin gets no Rx Complete",
          "the length is read once, and that value used",
        );
      }
      await bmc.serveSilence();
      await expectKept(bmc, "LPC-BUF-2", "behind a length that changed behind Tx Begin");
    },
  },
  {
    name: "bad-packet/ends-assembly",
    text: "a packet dropped for its CRC-32 ends the message under way",
    requirements: ["LPC-ERR-5", "LPC-ERR-3"],
    needs: ["bad-packet/crc-not-answered", "mctp/small-packets"],
    async play(bmc: PlayedBmc): Promise<void> {
      await openVersion3(bmc);
      const { instance, tag, command, message, packet, after } = bmc.controlRequest(Control.GET_ENDPOINT_ID);
      const part = (at: number): Uint8Array =>
        bmc.packet(message.subarray(at, at + 1), { start: at === 0, end: at === 2, sequence: at, tag });
      const areTaken =
        (await bmc.send(part(0))) &&
        (await bmc.send(part(1), { trailer: 1 })) &&
        (await bmc.send(part(1))) &&
        (await bmc.send(part(2)));
      if (!areTaken) bmc.notTestable("a packet gets no Rx Complete");
      await expectUnanswered(
        bmc,
        { instance, tag, command, message, packet, after },
        "LPC-ERR-5",
        "a request in three packets, with a damaged packet between",
        "the damaged packet may have belonged to it: what was received is dropped",
      );
    },
  },
];

async function openVersion3(bmc: PlayedBmc): Promise<void> {
  await bmc.openSession({ mtu: MTU });
  if (bmc.session?.version !== 3) bmc.notTestable("the session is not of version 3");
}

function trailerOf({ packet }: ControlRequest): number {
  const frame = frameOf(3, packet);
  return new DataView(frame.buffer).getUint32(frame.length - 4);
}

function swapped(value: number): number {
  return ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff_0000) | (value << 24)) >>> 0;
}

/** A good request behind it is answered, and the other is not before that. */
export async function expectUnanswered(
  bmc: PlayedBmc,
  bad: ControlRequest,
  requirement: string,
  what: string,
  expected: string,
): Promise<void> {
  const good = bmc.controlRequest(Control.GET_ENDPOINT_ID);
  if (!(await bmc.send(good.packet))) bmc.notTestable("a packet gets no Rx Complete");
  await bmc.serveUntil(() => bmc.responseTo(bad) ?? bmc.responseTo(good));
  if (bmc.responseTo(bad) !== undefined) bmc.broken(requirement, `${what} is answered`, expected);
  if (bmc.responseTo(good) === undefined) {
    bmc.broken(requirement, `behind ${what}, Get Endpoint ID is no longer answered`, expected);
  }
}
