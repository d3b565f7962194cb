/** Initialise in the middle of a session: nothing of the old one is left in the new one (LPC-BMC-4, LPC-BMC-6). */
import { Command, Status } from "../../core/binding/registers.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import type { ControlRequest } from "../player.ts";
import { NO_ONES_TYPE, bytesText, expectSessionKept, expectUnanswered, requestUnread, tries } from "./signs.ts";
import { openOldest, openSettled } from "./sessions.ts";

/** How often a packet is raced by the Initialise behind it. */
const RACES = 30;
const NEEDS: readonly string[] = ["unread/commands", "initialise/in-session"];

export const INITIALISE_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "initialise/tx-begin-waits",
    text: "a Tx Begin that waits for ODR is forgotten at Initialise",
    requirements: ["LPC-BMC-4", "LPC-MCTP-6"],
    needs: NEEDS,
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      const versions = await openSettled(host);
      const request = await requestUnread(host);
      await host.propose({ versions });
      await expectNothingOld(host, [request], "a Tx Begin waited for ODR");
    },
  },
  {
    name: "initialise/rx-complete-owed",
    text: "an Rx Complete that waits for ODR is forgotten at Initialise",
    requirements: ["LPC-BMC-4"],
    needs: NEEDS,
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      const versions = await openSettled(host);
      host.leavesUnread = true;
      const nobodys = host.packet(Uint8Array.of(NO_ONES_TYPE));
      await host.begin(nobodys);
      await host.fence();
      await host.begin(nobodys);
      await host.fence();
      await host.propose({ versions });
      await expectNothingOld(host, [], "an Rx Complete waited for ODR");
    },
  },
  {
    name: "initialise/before-odr",
    text: "an Initialise that stands in IDR when ODR becomes empty is handled before anything is written there",
    requirements: ["LPC-BMC-3", "LPC-BMC-4"],
    needs: ["initialise/tx-begin-waits"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      for (const attempt of tries(host, 5)) {
        const versions = await openSettled(host);
        const request = await requestUnread(host);
        host.forgetSession();
        host.writeVersions(versions);
        host.writeByte(Command.INITIALISE);
        // At depth 1 the BMC sees the byte when its driver has it.
        if (host.platform.depth > 0) await host.spinUntil(() => (host.status() & Status.IBF) === 0);
        host.readByte();
        const next = await host.takeByte();
        if (next === Command.TX_BEGIN) {
          host.shown(
            "LPC-BMC-3",
            `in try ${String(attempt + 1)} Initialise was written and then ODR read, and the Tx Begin of the old session comes before the dummy`,
            "with IBF set IDR is read, and Initialise handled, before ODR is written",
          );
        }
        host.leavesUnread = false;
        await host.fence();
        expectUnanswered(host, [request], OLD_RESPONSE);
      }
    },
  },
  {
    name: "initialise/packet-outstanding",
    text: "a packet of which Rx Complete never came does not keep the BMC from sending in the next session",
    requirements: ["LPC-BMC-4", "LPC-BUF-7"],
    needs: ["packet/buffer-reused", "initialise/in-session"],
    async play(host: PlayedHost): Promise<void> {
      const { version } = await openOldest(host);
      await host.begin(host.controlRequest(Control.GET_ENDPOINT_ID).packet);
      const begun = await host.until(() => (host.status() & Status.OBF) !== 0 && host.readByte() === Command.TX_BEGIN);
      if (begun !== true) host.notTestable("no response came");
      await host.propose({ versions: { min: 1, cur: version } });
      if (host.session === undefined) host.notTestable("no session was opened");
      await expectSessionKept(host, "LPC-BMC-4", "behind an Initialise with a packet of the BMC's outstanding");
    },
  },
  {
    name: "initialise/behind-packet",
    text: "a packet is dropped when an Initialise comes while it is read, each of 30 times",
    requirements: ["LPC-BMC-6", "LPC-MCTP-6"],
    needs: ["initialise/before-odr"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      const { version } = await openOldest(host);
      for (const race of tries(host, RACES)) {
        const request = host.controlRequest(Control.GET_ENDPOINT_ID);
        if (!(await host.outboundEmpty())) host.notTestable("the BMC does not empty IDR");
        host.putPacket(request.packet);
        host.writeVersions({ min: 1, cur: version });
        host.writeByte(Command.TX_BEGIN);
        const isRead = await host.spinUntil(() => (host.status() & Status.IBF) === 0);
        if (isRead !== true) host.notTestable("the BMC does not empty IDR");
        host.writeByte(Command.INITIALISE);
        host.forgetSession();
        await host.fence();
        host.joinSession();
        const wait = race < 3 ? host.surroundings.silence : ANSWER_WAIT;
        await host.serveUntil(() => host.responseTo(request), wait);
        expectUnanswered(host, [request], {
          requirement: "LPC-BMC-6",
          seen: `in try ${String(race + 1)} a request is answered in the session behind the Initialise that came while it was read`,
          expected: "the packet is dropped with its session",
        });
      }
    },
  },
];

/** Milliseconds within which a BMC that has handed a packet on answers it, mostly. */
const ANSWER_WAIT = 5;

const OLD_RESPONSE = {
  requirement: "LPC-BMC-4",
  seen: "the response to a request of the old session comes in the new one",
  expected: "Initialise has the BMC forget what it owed and what waited",
};

/** Reads ODR, and takes part in the new session: of the old one nothing may come but the byte that stood there. */
async function expectNothingOld(host: PlayedHost, requests: readonly ControlRequest[], what: string): Promise<void> {
  host.leavesUnread = false;
  const since = host.bytesRead.length;
  await host.serveSilence();
  const behind = host.bytesRead.slice(since + 1);
  if (behind.includes(Command.RX_COMPLETE)) {
    host.shown(
      "LPC-BMC-4",
      `${what} at Initialise, and behind the byte that stood in ODR come ${bytesText(behind)}`,
      "a dummy: Initialise has the BMC forget what it owed and what waited",
    );
  }
  expectUnanswered(host, requests, OLD_RESPONSE);
}
