/** How a host puts messages together: what belongs to one message, and what ends it (clause 14.2, LPC-MCTP-7, LPC-BUF-4). */
import { CONTROL_REGION_BYTES, type Layout } from "../../core/binding/control-region.ts";
import { BTU, bufferBytes } from "../../core/binding/layout.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import type { ControlRequest, FrameOptions, PacketOptions } from "../player.ts";
import { askAround, expectSilence } from "./asking.ts";
import { findLongQuestion, LONG_TAG } from "./long-answers.ts";
import { STRANGER_OPTIONS } from "./steps.ts";
import { payloadOf } from "./traffic.ts";

const MTU = 96;
/** Payload bytes above the MTU, in a packet that is whole otherwise. */
const EXCESS = 5;
const RISK = "a host without this bound may read or write memory that is not its own";
/** An EID that sends nothing else. */
const OTHER_SOURCE = 0x31;

/** Payloads of the packets of a request, by bytes of the message, and what each header says. */
interface Cut {
  readonly what: string;
  readonly sizes: readonly number[];
  /** What packets behind the first say otherwise. */
  readonly behind?: (request: ControlRequest) => PacketOptions;
}

const CUTS: readonly Cut[] = [
  { what: "a request whose last packet is larger than the first", sizes: [1, 2] },
  {
    what: "a request whose packets behind the first have another tag",
    sizes: [1, 1, 1],
    behind: ({ tag }) => ({ tag: tag ^ 4 }),
  },
  {
    what: "a request whose packets behind the first have TO = 0",
    sizes: [1, 1, 1],
    behind: () => ({ tagOwner: false }),
  },
  {
    what: "a request whose packets behind the first come from another EID",
    sizes: [1, 1, 1],
    behind: () => ({ source: OTHER_SOURCE }),
  },
];

export const ASSEMBLY_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "mctp/other-message",
    text: "packets of another size, tag or source do not complete a message",
    requirements: ["LPC-MCTP-18", "LPC-ERR-3"],
    needs: ["mctp/sequence-gap"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      for (const { what, sizes, behind } of CUTS) {
        bmc.messages.length = 0;
        const request = bmc.controlRequest(Control.GET_ENDPOINT_ID);
        let at = 0;
        for (const [index, size] of sizes.entries()) {
          const options = index === 0 ? {} : (behind?.(request) ?? {});
          const packet = bmc.packet(request.message.subarray(at, at + size), {
            start: index === 0,
            end: index === sizes.length - 1,
            sequence: index,
            tag: request.tag,
            ...options,
          });
          if (!(await bmc.send(packet))) bmc.notTestable("a packet gets no Rx Complete");
          at += size;
        }
        const tag = behind?.(request).tag ?? request.tag;
        await expectSilence(bmc, { ...request, tag }, "DSP0236", what);
      }
    },
  },
  {
    name: "mctp/begins-again",
    text: "a packet with SOM ends the message before with the same tag, and begins another",
    requirements: ["LPC-MCTP-18"],
    needs: ["mctp/sequence-gap"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const request = bmc.controlRequest(Control.GET_ENDPOINT_ID);
      const { message, tag } = request;
      const part = bmc.packet(Uint8Array.of(0x7e), { tag, end: false, sequence: 2 });
      if (!(await bmc.send(part)) || !(await bmc.send(request.packet))) bmc.notTestable("a packet gets no Rx Complete");
      if ((await bmc.serveUntil(() => bmc.responseTo(request))) !== undefined) return;
      bmc.broken(
        "DSP0236",
        `Get Endpoint ID in one packet of ${String(message.length)} bytes is not answered behind a packet with SOM and the same tag`,
        "SOM ends the message under way, and begins the next",
      );
    },
  },
  {
    name: "control/too-long",
    text: "a control message of more than 64 bytes is dropped",
    requirements: ["LPC-MCTP-7"],
    needs: ["control/full-packet"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession({ mtu: 2 * BTU });
      const { sendsMtu } = bmc.session ?? bmc.notTestable("the host has left its session");
      for (const bytes of [BTU + 1, BTU + 36]) {
        const request = bmc.controlRequest(Control.GET_ENDPOINT_ID, new Uint8Array(bytes - 3));
        const { message, tag } = request;
        const cut = bytes === BTU + 1 && bytes <= sendsMtu ? bytes : BTU;
        for (let at = 0; at < bytes; at += cut) {
          const options = { tag, start: at === 0, end: at + cut >= bytes, sequence: at / cut };
          const packet = bmc.packet(message.subarray(at, at + cut), options);
          if (!(await bmc.send(packet))) bmc.notTestable("a packet gets no Rx Complete");
        }
        const packets = cut === bytes ? "one packet" : "two packets";
        await expectSilence(bmc, request, "LPC-MCTP-7", `a control message of ${String(bytes)} bytes in ${packets}`);
      }
    },
  },
  {
    name: "bad-packet/length-ends-assembly",
    text: "a packet dropped for its length, be it whole otherwise, ends the message under way",
    requirements: ["LPC-ERR-5", "LPC-BUF-4"],
    needs: ["bad-packet/ends-assembly", "bad-packet/length-version-3"],
    risk: RISK,
    async play(bmc: PlayedBmc): Promise<void> {
      await openWithRoom(bmc);
      const short = payloadOf(2);
      await expectEnded(bmc, bmc.packet(short, STRANGER_OPTIONS), { length: 3 }, "LPC-ERR-5", "of length 3");
      const { sendsMtu } = bmc.session ?? bmc.notTestable("the host has left its session");
      const large = bmc.packet(payloadOf(sendsMtu + EXCESS), STRANGER_OPTIONS);
      await expectEnded(
        bmc,
        large,
        {},
        "LPC-BUF-4",
        `of ${String(sendsMtu + EXCESS)} payload bytes at an MTU of ${String(sendsMtu)}`,
      );
    },
  },
  {
    name: "bad-packet/above-mtu",
    text: "a message in one packet of more than the MTU, whole otherwise, is dropped",
    requirements: ["LPC-BUF-4"],
    needs: ["long/answer-version-3", "bad-packet/length-version-3"],
    risk: RISK,
    async play(bmc: PlayedBmc): Promise<void> {
      await openWithRoom(bmc);
      const question = await findLongQuestion(bmc);
      const { sendsMtu } = bmc.session ?? bmc.notTestable("the host has left its session");
      for (const bytes of [sendsMtu + EXCESS, 2 * sendsMtu]) {
        const message = question.request(bytes).subarray(0, bytes);
        if (message.length <= sendsMtu) bmc.notTestable("the host has no request that is as long as it is told to be");
        if (!(await bmc.send(bmc.packet(message, { tag: LONG_TAG })))) bmc.notTestable("a packet gets no Rx Complete");
        await bmc.serveSilence();
        if (!bmc.messages.some(question.isAnswer)) continue;
        bmc.shown(
          "LPC-BUF-4",
          `a packet of ${String(bytes)} payload bytes at an MTU of ${String(sendsMtu)} is answered`,
          "a length above 4 plus the MTU drops the packet unread",
        );
      }
    },
  },
];

/** A session of version 3 at a small MTU, with room for larger packets in front of the host's buffer. */
async function openWithRoom(bmc: PlayedBmc): Promise<void> {
  const size = bufferBytes(3, MTU);
  const bmcToHost = { offset: CONTROL_REGION_BYTES, size };
  const layout: Layout = { bmcToHost, hostToBmc: { offset: CONTROL_REGION_BYTES + 4 * size, size } };
  await bmc.openSession({ mtu: MTU, layout });
  if (bmc.session?.version !== 3) bmc.notTestable("the session is not of version 3");
}

/** A request in three packets, with a packet to be dropped between, is not answered. */
async function expectEnded(
  bmc: PlayedBmc,
  between: Uint8Array,
  frame: FrameOptions,
  requirement: string,
  what: string,
): Promise<void> {
  const request = await askAround(bmc, between, frame);
  await expectSilence(bmc, request, requirement, `a request in three packets, with a packet ${what} between,`);
}
