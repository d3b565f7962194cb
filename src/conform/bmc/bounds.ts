/**
 * Where the bounds of a length lie, by a message under way: a packet that is dropped for its length ends it (LPC-ERR-5), one
 * that is taken leaves it as it is.
 */
import { PACKET_HEADER_BYTES } from "../../core/wire/packet-parts.ts";
import { framingOf, type Version } from "../../core/binding/versions.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import type { PlayedSession } from "../player.ts";
import { inTwoPackets } from "./control.ts";
import { rangeFor } from "./sessions.ts";
import { BTU, NO_ONES_TYPE, sent } from "./signs.ts";

/** Payload bytes of packets in version 1 that are above the MTU, and fit. */
const LARGE_IN_VERSION_1: readonly number[] = [BTU + 1, 200];
/** Of a packet that is within bounds everywhere. */
const ORDINARY = 8;
/** The packet between the two is of another message. */
const OTHER_TAG = 7;

export const BOUND_CASES: readonly Case<PlayedHost>[] = ([1, 2, 3] as const).map(boundsCase);

function boundsCase(version: Version): Case<PlayedHost> {
  return {
    name: `bad-length/bounds-v${String(version)}`,
    text: `in version ${String(version)} the last length within bounds leaves a message under way as it is, and those out of bounds end it`,
    requirements: ["LPC-BUF-4", "LPC-ERR-5"],
    needs: ["bad-packet/ends-message", "bad-length/long"],
    risk: "an implementation without this bound may read or write memory that is not its own",
    async play(host: PlayedHost): Promise<void> {
      const versions = await rangeFor(host, version);
      const session = await host.openSession({ versions, mtu: BTU });
      if (!(await goesOnBehind(host, ORDINARY))) {
        host.notTestable("a message under way does not go on behind a packet of another message");
      }
      const most = mostPayload(host, session);
      const large = version === 1 ? LARGE_IN_VERSION_1.filter((payload) => payload <= most) : [most];
      for (const payload of large) {
        if (await goesOnBehind(host, payload)) continue;
        host.broken(
          "LPC-BUF-4",
          `a message under way does not go on behind a packet of ${String(payload)} payload bytes in version ${String(version)}, at an MTU of ${String(session.sendsMtu)}`,
          `a length up to 4 plus ${String(most)} is within bounds, and the packet ends no other message`,
        );
      }
      for (const length of [PACKET_HEADER_BYTES - 1, PACKET_HEADER_BYTES + most + 1]) {
        // In version 3 a length of 3 has no right CRC-32 here, and ends the message by that.
        if (version === 3 && length < PACKET_HEADER_BYTES) continue;
        if (!(await goesOnBehind(host, length - PACKET_HEADER_BYTES, session))) continue;
        host.shown(
          "LPC-BUF-4",
          `a message under way goes on behind a packet with a length of ${String(length)} in version ${String(version)}, as behind one that is taken`,
          `a length below 4 or above 4 plus ${String(most)} drops the packet, which ends every message under way`,
        );
      }
    },
  };
}

/** Payload bytes of the largest packet that the BMC takes (LPC-BUF-4). */
function mostPayload(host: PlayedHost, { version, sends, receives, sendsMtu }: PlayedSession): number {
  if (version > 1) return sendsMtu;
  const end = receives.offset > sends.offset ? receives.offset : host.window.size;
  return Math.max(BTU, end - sends.offset - framingOf(1).lengthBytes - PACKET_HEADER_BYTES);
}

/**
 * Whether a request in two packets is answered that has a packet of so many payload bytes between them. With a session, no
 * more of that packet is written than the buffer holds.
 */
async function goesOnBehind(host: PlayedHost, payload: number, session?: PlayedSession): Promise<boolean> {
  const { request, packets } = inTwoPackets(host, OTHER_TAG - 1);
  if (!(await sent(host, packets[0]))) host.notTestable("no Rx Complete came");
  const isWritten = session === undefined || session.version > 1;
  const bytes = new Uint8Array(isWritten ? Math.max(0, payload) : 1).fill(NO_ONES_TYPE);
  const packet = host.packet(bytes, { tag: OTHER_TAG });
  await host.begin(packet, { length: PACKET_HEADER_BYTES + payload });
  if (!(await host.completed())) {
    host.broken(
      "LPC-BUF-4",
      `a packet with a length of ${String(PACKET_HEADER_BYTES + payload)} has no Rx Complete`,
      "Rx Complete, whether the packet is taken or dropped",
    );
  }
  if (!(await sent(host, packets[1]))) host.notTestable("no Rx Complete came");
  return (
    (await host.serveUntil(
      () => host.responseTo(request),
      session === undefined ? undefined : host.surroundings.silence,
    )) !== undefined
  );
}
