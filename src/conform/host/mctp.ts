/** MCTP above the binding as a BMC sees it of a host: EIDs, headers, assemblies, and the announcement (clause 14). */
import { Command } from "../../core/binding/registers.ts";
import { Control, decodeControl } from "../../core/mctp/control/codec.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import type { ControlRequest, PacketOptions } from "../player.ts";
import { expectSilence } from "./asking.ts";

export const MCTP_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "mctp/other-destination",
    text: "packets for another EID are dropped",
    requirements: ["LPC-MCTP-10"],
    needs: ["control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await expectDropped(bmc, { destination: 0x77 }, "LPC-MCTP-10", "a request for EID 119");
      await expectDropped(bmc, { destination: 8 }, "LPC-MCTP-10", "a request for EID 8, the BMC's");
    },
  },
  {
    name: "mctp/broadcast",
    text: "packets for the broadcast EID are taken, and packets from it dropped",
    requirements: ["LPC-MCTP-10"],
    needs: ["control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const response = await bmc.ask(Control.GET_ENDPOINT_ID, undefined, { destination: 0xff });
      if (response === undefined) {
        bmc.broken("LPC-MCTP-10", "Get Endpoint ID to the broadcast EID is not answered", "packets for it are taken");
      }
      await expectDropped(bmc, { source: 0xff }, "LPC-MCTP-10", "a request from the broadcast EID");
    },
  },
  {
    name: "mctp/header-version",
    text: "packets of another header version are dropped",
    requirements: ["LPC-MCTP-1"],
    needs: ["control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      for (const headerVersion of [0, 2, 0x0f, 0x12]) {
        await expectDropped(
          bmc,
          { headerVersion },
          "LPC-MCTP-1",
          `a request with header version ${String(headerVersion & 0x0f)}`,
        );
      }
    },
  },
  {
    name: "mctp/sequence-gap",
    text: "a message whose packets do not follow each other is dropped",
    requirements: ["LPC-MCTP-18", "LPC-ERR-3"],
    needs: ["mctp/small-packets"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const gap = bmc.controlRequest(Control.GET_ENDPOINT_ID);
      await sendParts(bmc, gap, [0, 2, 3]);
      await expectSilence(bmc, gap, "DSP0236", "a request in packets with sequence numbers 0, 2 and 3");
      const headless = bmc.controlRequest(Control.GET_ENDPOINT_ID);
      await sendParts(bmc, headless, [0, 1, 2], { start: false });
      await expectSilence(bmc, headless, "DSP0236", "a request in packets none of which has SOM");
    },
  },
  {
    name: "mctp/cut-by-session-end",
    text: "a message that a session's end cuts is not continued in the next session",
    requirements: ["LPC-MCTP-6"],
    needs: ["mctp/small-packets", "end/channel-inactive"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const request = bmc.controlRequest(Control.GET_ENDPOINT_ID);
      const part = partsOf(bmc, request, [0, 1, 2]);
      await sendAll(bmc, part.slice(0, 2));
      bmc.dropSession();
      await bmc.ring(Command.DUMMY);
      await bmc.reopenSession();
      await sendAll(bmc, part.slice(2));
      await expectSilence(bmc, request, "LPC-MCTP-6", "a request whose packets came in two sessions");
    },
  },
  {
    name: "mctp/announcement",
    text: "the host sends Discovery Notify to the null EID when a session opens",
    requirements: ["LPC-MCTP-20"],
    needs: ["control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      const { announces } = bmc;
      bmc.announces = undefined;
      await bmc.openSession();
      await bmc.serveUntil(() => bmc.hasAnnounced, Math.min(bmc.surroundings.patience, 500));
      bmc.announces = bmc.hasAnnounced || announces === true;
      const sent = announcements(bmc);
      const [first] = sent;
      if (first === undefined) {
        return bmc.broken(
          "LPC-MCTP-20",
          "a session opens, and no Discovery Notify comes",
          "Discovery Notify as a request to the null EID",
        );
      }
      if (first.destination !== 0) {
        bmc.broken(
          "LPC-MCTP-20",
          `Discovery Notify is sent to EID ${String(first.destination)}`,
          "it goes to the null EID",
        );
      }
      if (decodeControl(first.bytes, first.tagOwner)?.kind === "request") return;
      bmc.broken("LPC-MCTP-20", "Discovery Notify is sent as a datagram", "it is a request");
    },
  },
];

function announcements(bmc: PlayedBmc): PlayedBmc["messages"] {
  return bmc.messages.filter(({ bytes, tagOwner }) => {
    return decodeControl(bytes, tagOwner)?.command === Control.DISCOVERY_NOTIFY;
  });
}

async function expectDropped(bmc: PlayedBmc, options: PacketOptions, requirement: string, what: string): Promise<void> {
  const request = bmc.controlRequest(Control.GET_ENDPOINT_ID, undefined, options);
  if (!(await bmc.send(request.packet))) bmc.notTestable("a packet gets no Rx Complete");
  await expectSilence(bmc, request, requirement, what);
}

/** The three bytes of a request in a packet each. */
function partsOf(
  bmc: PlayedBmc,
  { message, tag }: ControlRequest,
  sequences: readonly number[],
  options: PacketOptions = {},
): readonly Uint8Array[] {
  return sequences.map((sequence, at) =>
    bmc.packet(message.subarray(at, at + 1), {
      start: at === 0,
      end: at === sequences.length - 1,
      sequence,
      tag,
      ...options,
    }),
  );
}

async function sendParts(
  bmc: PlayedBmc,
  request: ControlRequest,
  sequences: readonly number[],
  options?: PacketOptions,
): Promise<void> {
  await sendAll(bmc, partsOf(bmc, request, sequences, options));
}

async function sendAll(bmc: PlayedBmc, packets: readonly Uint8Array[]): Promise<void> {
  for (const packet of packets) if (!(await bmc.send(packet))) bmc.notTestable("a packet gets no Rx Complete");
}
