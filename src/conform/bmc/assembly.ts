/** Packets of a message, out of order or of another message: DSP0236, which clause 14.2 takes over. */
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import type { PacketOptions } from "../player.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import { openOldest } from "./sessions.ts";
import { answers, expectUnanswered, sent } from "./signs.ts";

/** Bytes of a request in its first packet. */
const FIRST_BYTES = 2;

export const ASSEMBLY_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "assembly/order",
    text: "packets that are out of sequence, of another tag or without a first one make no message",
    requirements: ["LPC-MCTP-18"],
    needs: ["control/small-packets"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      if (!(await answers(host))) host.notTestable("the BMC does not answer Get Endpoint ID");
      for (const [what, hasFirst, options] of [
        ["whose second packet has sequence number 2 behind 0", true, { sequence: 2 }],
        ["whose second packet has sequence number 0 behind 0", true, { sequence: 0 }],
        ["whose second packet has another tag", true, { tag: 0 }],
        ["without its first packet", false, {}],
      ] as const) {
        // Nothing of the try before is under way.
        await openOldest(host);
        await expectNoMessage(host, what, hasFirst, options);
      }
    },
  },
  {
    name: "assembly/begun-again",
    text: "a first packet ends a message of the same tag that is under way, and begins its own",
    requirements: ["LPC-MCTP-18"],
    needs: ["control/small-packets"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      if (!(await answers(host))) host.notTestable("the BMC does not answer Get Endpoint ID");
      const given = host.controlRequest(Control.GET_ENDPOINT_UUID);
      const options = { tag: given.tag, end: false };
      if (!(await sent(host, host.packet(given.message.slice(0, FIRST_BYTES), options)))) {
        host.notTestable("no Rx Complete came");
      }
      const request = host.controlRequest(Control.GET_ENDPOINT_ID, undefined, { tag: given.tag });
      if (!(await sent(host, request.packet))) host.notTestable("no Rx Complete came");
      if ((await host.serveUntil(() => host.responseTo(request))) !== undefined) return;
      host.broken(
        "DSP0236",
        "a request in one packet is not answered, behind the first packet of another one with the same tag",
        "a packet with SOM = 1 begins a message, and ends one under way",
      );
    },
  },
];

async function expectNoMessage(
  host: PlayedHost,
  what: string,
  hasFirst: boolean,
  second: PacketOptions,
): Promise<void> {
  const request = host.controlRequest(Control.GET_ENDPOINT_UUID, undefined, { tag: 3 });
  const { message, tag } = request;
  const cut = hasFirst ? FIRST_BYTES : 0;
  const first = host.packet(message.slice(0, cut), { tag, end: false });
  const last = host.packet(message.slice(cut), { tag, start: false, sequence: 1, ...second });
  for (const packet of hasFirst ? [first, last] : [last]) {
    if (!(await sent(host, packet))) host.notTestable("no Rx Complete came");
  }
  await host.serveSilence();
  const others = second.tag === undefined ? [] : [{ ...request, tag: second.tag }];
  expectUnanswered(host, [request, ...others], {
    requirement: "DSP0236",
    seen: `a request ${what} is answered`,
    expected: "packets that do not belong together make no message",
  });
}
