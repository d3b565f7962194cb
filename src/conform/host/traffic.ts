/** Packets of every interesting length in every version, both ways, and what holds for the buffers (clause 7). */
import { BTU } from "../../core/binding/layout.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import { equalBytes } from "../../core/wire/bytes.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { frameOf } from "../player.ts";
import { expectKept, STRANGER_OPTIONS } from "./steps.ts";

/** Packets in a row that show that nothing adds up. */
const MANY = 24;
/** Requests that wait above the binding while the host's buffer is not given back. */
const WAITING = 4;
const MTU = 300;

export const TRAFFIC_CASES: readonly Case<PlayedBmc>[] = [
  ...([1, 2, 3] as const).map((version): Case<PlayedBmc> => {
    return {
      name: `packet/lengths-version-${String(version)}`,
      text: `in version ${String(version)} a packet of every legal length gets Rx Complete`,
      requirements: ["LPC-BUF-4", "LPC-BUF-1", "LPC-MTU-2", "LPC-VER-4"],
      needs: ["start/session"],
      async play(bmc: PlayedBmc): Promise<void> {
        await bmc.openSession({ versions: { min: 1, cur: version }, mtu: MTU });
        const { sendsMtu, version: spoken } = bmc.session ?? bmc.notTestable("the host has left its session");
        if (spoken !== version) bmc.notTestable(`the session speaks version ${String(spoken)}`);
        const lengths = [0, 1, 2, 3, 4, 59, 60, 61, BTU - 1, BTU, sendsMtu - 1, sendsMtu];
        for (const length of new Set(lengths)) {
          const packet = bmc.packet(payloadOf(length), STRANGER_OPTIONS);
          if (await bmc.send(packet)) continue;
          bmc.broken(
            "LPC-BUF-4",
            `a packet of ${String(length)} payload bytes gets no Rx Complete in version ${String(version)}, MTU ${String(sendsMtu)}`,
            "every length from 4 to 4 plus the MTU is taken",
          );
        }
      },
    };
  }),
  {
    name: "packet/many",
    text: "packets in a row get one Rx Complete each",
    requirements: ["LPC-BUF-8", "LPC-HOST-16"],
    needs: ["packet/lengths-version-3"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      for (let sent = 0; sent < MANY; sent++) {
        if (await bmc.probe()) continue;
        bmc.broken(
          "LPC-BUF-8",
          `packet number ${String(sent + 1)} of a session gets no Rx Complete`,
          "Rx Complete follows every packet that was announced",
        );
      }
      // One Rx Complete too many would come behind the last.
      await bmc.serveSilence();
    },
  },
  {
    name: "packet/buffer-left-alone",
    text: "the host writes neither into the bmcToHost buffer nor into its own fields while a session is open",
    requirements: ["LPC-SEC-1", "LPC-REG-3"],
    needs: ["packet/lengths-version-3"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession({ mtu: MTU });
      const { version, sends } = bmc.session ?? bmc.notTestable("the host has left its session");
      const versions = bmc.hostVersions();
      const packet = bmc.packet(payloadOf(BTU), STRANGER_OPTIONS);
      if (!(await bmc.send(packet))) bmc.notTestable("a packet gets no Rx Complete");
      const frame = frameOf(version, packet);
      if (!equalBytes(bmc.get(sends.offset, frame.length), frame)) {
        bmc.broken(
          "LPC-SEC-1",
          "the packet in the bmcToHost buffer has changed",
          "the host reads there, and writes nothing",
        );
      }
      const later = bmc.hostVersions();
      if (later.min === versions.min && later.cur === versions.cur) return;
      bmc.broken(
        "LPC-REG-3",
        "the host version fields have changed in the session",
        "they are written before an Initialise only",
      );
    },
  },
  {
    name: "packet/region-changed",
    text: "version and layout that change in the region have no effect on the session",
    requirements: ["LPC-REG-5"],
    needs: ["packet/lengths-version-3"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession({ mtu: MTU });
      const session = bmc.session ?? bmc.notTestable("the host has left its session");
      const fields = bmc.get(0x0c, 20);
      bmc.put(0x0c, Uint8Array.of(0, 1, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 72, 0, 0, 0x08, 0, 0, 0, 0, 72));
      await expectKept(bmc, "LPC-REG-5", "behind a change of negotiated_ver, offsets and sizes in the region");
      // A length that the changed sizes would forbid.
      const packet = bmc.packet(payloadOf(session.sendsMtu), STRANGER_OPTIONS);
      const isTaken = await bmc.send(packet);
      if (isTaken && bmc.answersControl) await expectAnswer(bmc, "LPC-REG-5", "behind a change of the region");
      bmc.put(0x0c, fields);
      if (isTaken) return;
      bmc.broken(
        "LPC-REG-5",
        "behind a change of the sizes in the region, a packet of the session's MTU gets no Rx Complete",
        "the terms that were judged are those that are kept",
      );
    },
  },
  {
    name: "packet/magic-changed",
    text: "a magic that changes in a session has no effect on it",
    requirements: ["LPC-REG-5"],
    needs: ["packet/region-changed"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      bmc.put(0, Uint8Array.of(0, 0, 0, 0));
      await expectKept(bmc, "LPC-REG-5", "behind a change of the magic in the region");
    },
  },
  {
    name: "packet/rx-complete-withheld",
    text: "while its packet is outstanding the host takes packets, and leaves its buffer alone",
    requirements: ["LPC-BUF-7", "LPC-BUF-8", "LPC-TIME-3"],
    needs: ["packet/many", "control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await holdPacket(bmc);
      for (let waiting = 0; waiting < WAITING; waiting++) {
        const request = bmc.controlRequest(Control.GET_ENDPOINT_ID);
        if (await bmc.send(request.packet)) continue;
        bmc.broken(
          "LPC-BUF-8",
          `with its own packet outstanding, the host takes ${String(waiting)} packets, and gives no Rx Complete for the next`,
          "Rx Complete waits for nothing that is done with the packet",
        );
      }
      await bmc.serveSilence();
      bmc.release();
      await bmc.serveSilence();
      await expectKept(bmc, "LPC-BUF-7", "behind an Rx Complete that came late");
    },
  },
  {
    name: "packet/stalled",
    text: "a packet without Rx Complete is not sent again behind T_stall, and does not end the session",
    requirements: ["LPC-TIME-3"],
    needs: ["packet/rx-complete-withheld", "quiet/session"],
    slow: true,
    // The judge would take the second Tx Begin for a command that is written twice.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await holdPacket(bmc);
      const begins = bmc.packets.length;
      await bmc.serveUntil(() => bmc.packets.length > begins, 1500);
      if (bmc.hasLeft) {
        bmc.broken(
          "LPC-TIME-3",
          "with a packet outstanding for more than T_stall, the host begins a start-up",
          "it reports the packet, and neither sends it again nor ends the session",
        );
      }
      if (bmc.packets.length > begins) {
        bmc.broken(
          "LPC-TIME-3",
          "with a packet outstanding, Tx Begin is written again",
          "the host reports the packet, and neither sends it again nor ends the session",
        );
      }
      bmc.release();
      await expectKept(bmc, "LPC-TIME-3", "behind an Rx Complete that came after T_stall");
    },
  },
  {
    name: "packet/both-ways",
    text: "packets pass both ways at once",
    requirements: ["LPC-BUF-7", "LPC-KCS-6"],
    needs: ["packet/many", "control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      for (let round = 0; round < MANY; round++) {
        const request = bmc.controlRequest(Control.GET_ENDPOINT_ID);
        if (!(await bmc.send(request.packet))) {
          bmc.broken(
            "LPC-BUF-8",
            "a request gets no Rx Complete while responses pass the other way",
            "Rx Complete follows every packet that was announced",
          );
        }
      }
      await bmc.serveSilence();
      await expectAnswer(bmc, "LPC-BUF-7", "behind requests in a row");
    },
  },
];

/** Has the host send a packet, and withholds its Rx Complete. */
export async function holdPacket(bmc: PlayedBmc): Promise<void> {
  await bmc.begin(bmc.controlRequest(Control.GET_ENDPOINT_ID).packet);
  bmc.withholds = true;
  await bmc.serveUntil(() => bmc.isHeld && !bmc.outstanding);
  if (!bmc.isHeld) bmc.notTestable("the host sends no response to Get Endpoint ID");
  if (!bmc.outstanding) return;
  bmc.broken(
    "LPC-BUF-8",
    `a request gets no Rx Complete in ${String(bmc.surroundings.patience)} ms while the host waits for that of its response`,
    "Rx Complete waits for nothing that is done with the packet",
  );
}

/** Breaks `requirement` where Get Endpoint ID is not answered behind what `behind` names. */
export async function expectAnswer(bmc: PlayedBmc, requirement: string, behind: string): Promise<void> {
  if ((await bmc.ask(Control.GET_ENDPOINT_ID)) !== undefined) return;
  bmc.broken(
    requirement,
    `${behind}, Get Endpoint ID is no longer answered`,
    "the session goes on as if nothing had been",
  );
}

/** Payload of a message that nobody takes, of any length. */
export function payloadOf(length: number): Uint8Array {
  const payload = Uint8Array.from({ length }, (_, at) => (at * 7 + length) & 0xff);
  if (length > 0) payload[0] = 0x7f;
  return payload;
}
