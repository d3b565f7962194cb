/** A BMC that is killed and started again: announcements, region, and what it finds in the registers. */
import { MAGIC, encodeU32, Field } from "../../core/binding/control-region.ts";
import { Command, SESSION_BITS, Status, statusText } from "../../core/binding/registers.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import { BROKEN_START, START_TIME, awaitDown, goOn, restarted, takeAnnouncement } from "./restarting.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import { SMALL_MTU, bytesText, expectSessionKept } from "./signs.ts";
import { expectOffer, layoutText } from "./start-up.ts";
import { packetUnread } from "./unread.ts";
import { openOldest, openSettled } from "./sessions.ts";

/** Milliseconds: T_ann, and how much later than that a BMC that others keep busy may be. */
const T_ANN = 500;
const ANNOUNCEMENTS = 2;
const LATE = 3000;

export const RESTART_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "restart/announced",
    text: "a BMC that starts clears BMC Active, writes two announcements one after the other, and waits for each",
    requirements: ["LPC-BMC-1", "LPC-KCS-2"],
    needs: ["packet/buffer-reused"],
    async play(host: PlayedHost): Promise<void> {
      await sessionToEnd(host);
      await restarted(host);
      await awaitDown(host);
      await host.until(() => (host.status() & Status.OBF) !== 0);
      // Left unread for a while, so that one that does not wait writes the second over it.
      await host.pause(host.surroundings.silence);
      await takeAnnouncement(host, "first");
      await takeAnnouncement(host, "second");
      await goOn(host);
    },
  },
  {
    name: "restart/waits",
    text: "while the second announcement is unread, a BMC that starts does not go on",
    requirements: ["LPC-BMC-1"],
    needs: ["restart/announced"],
    async play(host: PlayedHost): Promise<void> {
      await sessionToEnd(host);
      await restarted(host);
      await awaitDown(host);
      await takeAnnouncement(host, "first");
      const isThere = await host.until(() => (host.status() & Status.OBF) !== 0);
      if (isThere !== true) host.broken("LPC-BMC-1", "there is no second announcement", BROKEN_START);
      await host.pause(host.surroundings.silence);
      if ((host.status() & Status.BMC_ACTIVE) === 0) return;
      host.broken("LPC-BMC-1", "BMC Active is set while the second announcement is unread", BROKEN_START);
    },
  },
  {
    name: "restart/unread",
    text: "announcements that are never read keep a BMC that starts for T_ann, 500 ms, and no longer",
    requirements: ["LPC-TIME-1", "LPC-KCS-2"],
    needs: ["restart/announced"],
    slow: true,
    async play(host: PlayedHost): Promise<void> {
      await sessionToEnd(host);
      await restarted(host);
      await awaitDown(host);
      const since = host.now;
      const isActive = await host.until(() => (host.status() & Status.BMC_ACTIVE) !== 0, T_ANN + LATE);
      if (isActive !== true) {
        host.broken(
          "LPC-TIME-1",
          `BMC Active is not set ${String(T_ANN + LATE)} ms after STR was cleared, an announcement unread`,
          "the start goes on after T_ann, 500 ms unless configured otherwise",
        );
      }
      if (host.now - since < host.surroundings.silence) {
        host.broken("LPC-BMC-1", "BMC Active is set at once, an announcement unread", BROKEN_START);
      }
    },
  },
  {
    name: "restart/region",
    text: "when BMC Active is set, all fields are written: host versions 0/0, negotiated_ver 0, and the offer",
    requirements: ["LPC-BMC-2"],
    needs: ["restart/announced", "answer/host-fields"],
    async play(host: PlayedHost): Promise<void> {
      const { layout: offer } = await host.offer();
      await sessionToEnd(host);
      await restarted(host);
      await awaitDown(host);
      const seen = { halfDone: false };
      const isActive = await host.spinUntil(() => {
        // The status first: what is written before it is there by then.
        const isUp = isActiveBehindAnnouncements(host);
        const { hostVersions, layout } = host.region();
        seen.halfDone ||= hostVersions.cur === 0 && layoutText(layout) !== layoutText(offer);
        return isUp;
      });
      const { hostVersions, negotiatedVersion, layout, magic } = host.region();
      if (isActive !== true) host.broken("LPC-BMC-2", "BMC Active is never set again", "the start ends with it");
      const left = [
        ...(magic === MAGIC ? [] : ["the magic"]),
        ...(hostVersions.min === 0 && hostVersions.cur === 0 ? [] : ["host_ver_min and host_ver_cur"]),
        ...(negotiatedVersion === 0 ? [] : ["negotiated_ver"]),
        ...(layoutText(layout) === layoutText(offer) ? [] : ["the offer"]),
      ];
      if (left.length > 0) {
        host.shown(
          "LPC-BMC-2",
          `when BMC Active is set, these are not as a start writes them: ${left.join(", ")}`,
          "all fields are written before BMC Active is set, the host's versions as 0",
        );
      }
      if (seen.halfDone) {
        host.broken(
          "LPC-BMC-2",
          "host_ver_min and host_ver_cur are 0 while the layout is still that of the session before",
          "the host version fields are written last of all",
        );
      }
      expectOffer(host, host.region().layout, offer, "behind a start");
    },
  },
  {
    name: "restart/dummy",
    text: "BMC Active is told by a dummy behind the two announcements",
    requirements: ["LPC-BMC-13", "LPC-BMC-2"],
    needs: ["restart/announced"],
    async play(host: PlayedHost): Promise<void> {
      await sessionToEnd(host);
      await restarted(host);
      await awaitDown(host);
      const isActive = await host.spinUntil(() => isActiveBehindAnnouncements(host));
      if (isActive !== true) host.notTestable("BMC Active is never set again");
      const isTold = await host.until(() => (host.status() & Status.OBF) !== 0);
      if (isTold === true) return;
      host.broken(
        "LPC-BMC-13",
        "no dummy is written to ODR behind BMC Active",
        "STR = BMC Active, and a dummy behind it (B1.8, B4.1)",
      );
    },
  },
  {
    name: "restart/magic",
    text: "the magic is in the window before the first byte is in ODR",
    requirements: ["LPC-BMC-11"],
    needs: ["restart/announced"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      await sessionToEnd(host);
      host.put(Field.magic, encodeU32(0));
      await restarted(host);
      await awaitDown(host);
      const magics: number[] = [];
      await host.spinUntil(() => isActiveBehindAnnouncements(host, () => magics.push(host.region().magic)));
      if (magics.length === 0) host.notTestable("no announcement came");
      // An orderly stop before the start writes a byte of its own.
      const magic = magics[magics.length > ANNOUNCEMENTS ? 1 : 0];
      if (magic === MAGIC) return;
      host.put(Field.magic, encodeU32(MAGIC));
      host.shown(
        "LPC-BMC-11",
        `the first announcement stands in ODR, and the window begins with 0x${(magic ?? 0).toString(16)}`,
        "4d 43 54 50, before the first write to ODR",
      );
    },
  },
  {
    name: "restart/stale-initialise",
    text: "an Initialise that was written while the BMC started is refused: the host's versions are 0 by then",
    requirements: ["LPC-BMC-2", "LPC-VER-2"],
    needs: ["restart/region"],
    async play(host: PlayedHost): Promise<void> {
      await sessionToEnd(host);
      await restarted(host);
      await awaitDown(host);
      host.writeByte(Command.INITIALISE);
      await takeAnnouncement(host, "first");
      await takeAnnouncement(host, "second");
      await goOn(host);
      await host.serveSilence();
      if ((host.status() & SESSION_BITS) === Status.BMC_ACTIVE) return;
      host.shown(
        "LPC-BMC-2",
        `behind a start, an Initialise of before leads to STR ${statusText(host.status())}`,
        "a refusal: a start zeroes host_ver_min and host_ver_cur",
      );
    },
  },
  {
    name: "restart/stale-packet",
    text: "a BMC that is started again with a Tx Begin in IDR does not take that packet",
    requirements: ["LPC-BMC-5"],
    needs: ["restart/announced"],
    async play(host: PlayedHost): Promise<void> {
      await sessionToEnd(host);
      host.putPacket(host.controlRequest(Control.GET_ENDPOINT_ID).packet);
      await restarted(host);
      await awaitDown(host);
      host.writeByte(Command.TX_BEGIN);
      await takeAnnouncement(host, "first");
      await takeAnnouncement(host, "second");
      await goOn(host);
      const since = host.bytesRead.length;
      await host.serveSilence();
      const bytes = host.bytesRead.slice(since).filter((byte) => byte !== Command.DUMMY);
      if (bytes.length === 0) return;
      host.shown(
        "LPC-BMC-5",
        `behind a start, ODR gives ${bytesText(bytes)}`,
        "a Tx Begin outside a session is ignored",
      );
    },
  },
  {
    name: "restart/odr-full",
    text: "a byte that stands in ODR when the BMC starts stays there until it is read",
    requirements: ["LPC-KCS-3", "LPC-KCS-2", "LPC-BMC-1"],
    needs: ["restart/announced", "unread/initialise"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      await openSettled(host);
      await packetUnread(host);
      await restarted(host);
      const isDown = await host.spinUntil(() => (host.status() & SESSION_BITS) === 0, START_TIME);
      if (isDown !== true) host.notTestable("STR is not cleared at a start");
      const byte = await host.takeByte();
      if (byte === Command.RX_COMPLETE) return;
      // That announcements wait for OBF = 0 was seen before.
      host.broken(
        "LPC-KCS-3",
        `Rx Complete was left unread in ODR, and behind a start it gives ${bytesText(byte === undefined ? [] : [byte])}`,
        "STR is written with bit 0 set, so that OBF stays",
      );
    },
  },
  {
    name: "restart/in-packet",
    text: "a BMC that is killed with a packet under way comes back, and the next session works",
    requirements: ["LPC-BMC-1", "LPC-BMC-4"],
    needs: ["restart/announced"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      await host.begin(host.controlRequest(Control.GET_ENDPOINT_ID).packet);
      await restarted(host);
      await host.until(() => (host.status() & SESSION_BITS) === 0, START_TIME);
      host.leavesUnread = false;
      const isBack = await host.until(() => {
        if ((host.status() & Status.OBF) !== 0) host.readByte();
        return (host.status() & SESSION_BITS) === Status.BMC_ACTIVE;
      }, START_TIME);
      if (isBack !== true) {
        host.broken("LPC-BMC-1", `behind a restart STR shows ${statusText(host.status())}`, "BMC Active alone");
      }
      await openOldest(host);
      await expectSessionKept(host, "LPC-BMC-4", "in the session behind a restart");
    },
  },
];

/** Reads the announcements as they come; `seen` is called before. True: BMC Active is set. */
function isActiveBehindAnnouncements(host: PlayedHost, seen?: () => void): boolean {
  const status = host.status();
  if ((status & Status.BMC_ACTIVE) !== 0) return true;
  if ((status & Status.OBF) === 0) return false;
  seen?.();
  host.readByte();
  return false;
}

/** A session with nothing under way and nothing in ODR. */
async function sessionToEnd(host: PlayedHost): Promise<void> {
  await host.openSession({ mtu: SMALL_MTU });
  await host.serveSilence();
}
