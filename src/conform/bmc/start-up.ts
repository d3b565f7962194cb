/** A BMC's offer, its answers to close and proposal, and the dummies behind them: clauses 9 and 11 as they should be. */
import { MAGIC, type ControlRegion, type Layout } from "../../core/binding/control-region.ts";
import { bufferBytes, judgeLayout } from "../../core/binding/layout.ts";
import { SESSION_BITS, Status, statusText } from "../../core/binding/registers.ts";
import { CLOSING_RANGE, isVersion, negotiateVersion, type Version } from "../../core/binding/versions.ts";
import type { Case } from "../case.ts";
import { NotTestable } from "../outcome.ts";
import type { Answer, PlayedHost } from "../played-host.ts";
import { BTU, SMALL_MTU, expectDummy, settle } from "./signs.ts";

/** STR of a bus that nothing drives (K.3). */
const UNDRIVEN = 0xff;
const NO_ANSWER = 999;

/** What every other case needs. */
export const FIRST_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "start/offer",
    text: "BMC Active is set, and the control region holds the magic and a range of versions",
    requirements: ["LPC-BMC-2", "LPC-REG-1", "LPC-KCS-7"],
    fallsBack: true,
    async play(host: PlayedHost): Promise<void> {
      const active = await host.until(() => isActive(host));
      if (active !== true && (host.status() & Status.OBF) !== 0 && host.region().magic === MAGIC) {
        host.broken(
          "LPC-TIME-1",
          `an announcement stands in ODR, and BMC Active is not set for ${String(host.surroundings.patience)} ms`,
          "the start goes on after T_ann, 500 ms unless configured otherwise",
        );
      }
      if (active !== true) host.notTestable("BMC Active is not set: no BMC runs this binding here");
      const hasMagic = await host.until(() => host.region().magic === MAGIC);
      if (hasMagic !== true) {
        const seen = `BMC Active is set, and the first four bytes of the window are 0x${host.region().magic.toString(16)}`;
        host.broken("LPC-BMC-2", seen, "the magic, 4d 43 54 50, and all other fields stand before BMC Active is set");
      }
      const { min, cur } = host.region().bmcVersions;
      if (!isVersion(min) || !isVersion(cur) || min > cur) {
        const seen = `bmc_ver_min ${String(min)}, bmc_ver_cur ${String(cur)}`;
        if (cur === 0) host.broken("LPC-BMC-2", seen, "the versions stand before BMC Active is set, as all fields do");
        host.broken("LPC-REG-1", seen, "a range of versions 1 to 3, big-endian");
      }
    },
  },
  {
    name: "start/session",
    text: "a close, two fences and a proposal of versions 1 to 3 open a session",
    requirements: ["LPC-VER-1", "LPC-BMC-3", "LPC-BMC-4"],
    needs: ["start/offer"],
    fallsBack: true,
    async play(host: PlayedHost): Promise<void> {
      const { status, region } = await startUpOrBreak(host);
      const expected = negotiateVersion(region.bmcVersions, host.ownVersions);
      if ((status & SESSION_BITS) !== SESSION_BITS || region.negotiatedVersion !== expected) {
        host.shown(
          "LPC-VER-1",
          `versions 1 to ${String(host.newest)} are proposed; behind two fences STR shows ${statusText(status)}, negotiated_ver is ${String(region.negotiatedVersion)}`,
          `Channel Active, and negotiated_ver ${String(expected)}`,
        );
      }
    },
  },
];

export const START_UP_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "initialise/in-session",
    text: "an Initialise in a session, without a close, ends it and opens the next one",
    requirements: ["LPC-BMC-4"],
    needs: ["start/session"],
    // To the judge what stood there before would be an answer.
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      // The session of the case before stands: a close in it is another case.
      if (host.inSession) host.joinSession();
      else await host.propose();
      const { bmcVersions, negotiatedVersion: now } = host.region();
      // Other versions where the BMC speaks several, and another MTU: one of the two shows, whatever else is wrong.
      const other = now < bmcVersions.cur ? now + 1 : now - 1;
      const cur = bmcVersions.min === bmcVersions.cur ? bmcVersions.cur : other;
      const before = answerText(host.region());
      // In version 1 an rx_size that no answer has.
      await host.propose(cur === 1 ? { rxSize: NO_ANSWER } : { versions: { min: 1, cur }, mtu: SMALL_MTU });
      const { layout } = host.region();
      if (cur === 1 && layout.bmcToHost.size !== NO_ANSWER) return;
      if (answerText(host.region()) !== before) return;
      host.shown(
        "LPC-BMC-4",
        `behind an Initialise in a session, which asks for versions 1 to ${String(cur)} and an MTU of ${String(SMALL_MTU)}, negotiated_ver and tx_size are as before`,
        "the session ends, and the new proposal is answered",
      );
    },
  },
  {
    name: "close/in-session",
    text: "a close ends the session: negotiated_ver 0, Channel Active 0",
    requirements: ["LPC-VER-2", "LPC-BMC-8"],
    needs: ["start/session", "initialise/in-session"],
    async play(host: PlayedHost): Promise<void> {
      if (!host.inSession) await host.propose();
      await host.close();
      expectRefused(host, "behind a close");
      await host.serveSilence();
      expectRefused(host, "a while behind a close");
    },
  },
  {
    name: "close/closed",
    text: "a close outside a session is refused like any other: STR stays as it is",
    requirements: ["LPC-VER-2", "LPC-BMC-13"],
    needs: ["close/in-session"],
    async play(host: PlayedHost): Promise<void> {
      await settle(host);
      let odd: number | undefined;
      const isRefused = (): boolean => {
        const status = host.status();
        if ((status & SESSION_BITS) !== Status.BMC_ACTIVE) odd ??= status;
        return odd !== undefined;
      };
      host.writeVersions(CLOSING_RANGE);
      await host.initialise();
      await host.spinUntil(isRefused, host.surroundings.silence);
      if (odd === undefined) return;
      host.shown(
        (odd & Status.CHANNEL_ACTIVE) === 0 ? "LPC-BMC-13" : "LPC-VER-2",
        `behind a close outside a session, STR shows ${statusText(odd)}`,
        "BMC Active stays set, and Channel Active 0",
      );
    },
  },
  {
    name: "start/dummy",
    text: "a dummy follows the answer to a close, and another one the answer to a proposal",
    requirements: ["LPC-BMC-4"],
    needs: ["close/in-session"],
    async play(host: PlayedHost): Promise<void> {
      await host.openSession();
      await host.serveSilence();
      const beforeClose = host.bytesRead.length;
      await host.close();
      await expectDummy(host, beforeClose, "behind a close");
      await host.serveSilence();
      const beforeProposal = host.bytesRead.length;
      await host.propose();
      await expectDummy(host, beforeProposal, "behind an accepted proposal");
    },
  },
  {
    name: "close/offer",
    text: "a close has the BMC write its whole offer again: two buffers apart from each other, inside the window",
    requirements: ["LPC-MTU-8", "LPC-MTU-1"],
    needs: ["close/in-session"],
    async play(host: PlayedHost): Promise<void> {
      const offer = await host.offer();
      expectUsable(host, offer.layout, offer.bmcVersions.cur);
      await host.openSession({ mtu: SMALL_MTU });
      const { layout } = await host.offer();
      expectOffer(host, layout, offer.layout, "behind the close of a session with an MTU of 128");
    },
  },
];

/** What the BMC alone writes of an answer. */
function answerText({ negotiatedVersion, layout }: ControlRegion): string {
  return `${String(negotiatedVersion)} ${String(layout.hostToBmc.size)}`;
}

function isActive(host: PlayedHost): boolean {
  const status = host.status();
  return status !== UNDRIVEN && (status & Status.BMC_ACTIVE) !== 0;
}

/** The first start-up: a BMC that never reads IDR is not one that conforms. */
async function startUpOrBreak(host: PlayedHost): Promise<Answer> {
  try {
    await host.awaitBmc();
    await host.close();
    if ((host.status() & Status.CHANNEL_ACTIVE) !== 0) {
      host.shown("LPC-VER-2", "Channel Active is set behind a close and two fences", "a close is refused");
    }
    return await host.propose();
  } catch (error) {
    if (!(error instanceof NotTestable)) throw error;
    return host.broken("LPC-BMC-13", `a byte stays in IDR: ${error.why}`, "the BMC reads IDR when IBF is set");
  }
}

/** Breaks LPC-VER-2 where STR or negotiated_ver are not those of a refusal. */
export function expectRefused(host: PlayedHost, behind: string): void {
  const status = host.status();
  const { negotiatedVersion } = host.region();
  if ((status & Status.CHANNEL_ACTIVE) === 0 && negotiatedVersion === 0) return;
  host.shown(
    "LPC-VER-2",
    `${behind}, STR shows ${statusText(status)} and negotiated_ver is ${String(negotiatedVersion)}`,
    "a refusal: Channel Active 0 and negotiated_ver 0",
  );
}

/** Breaks LPC-MTU-8 where the layout is not the offer. */
export function expectOffer(host: PlayedHost, layout: Layout, offer: Layout, behind: string): void {
  if (layoutText(layout) === layoutText(offer)) return;
  host.shown("LPC-MTU-8", `${behind}, the layout is ${layoutText(layout)}`, `the offer: ${layoutText(offer)}`);
}

function expectUsable(host: PlayedHost, layout: Layout, newest: number): void {
  const version = newest as Version;
  const least = bufferBytes(version, BTU);
  if (layout.bmcToHost.size < least || layout.hostToBmc.size < least) {
    host.shown("LPC-MTU-1", `the offer is ${layoutText(layout)}`, `sizes of ${String(least)} at least, for the BTU`);
  }
  if (judgeLayout(layout, version, host.window.size).ok) return;
  host.shown(
    "LPC-MTU-5",
    `the offer is ${layoutText(layout)}`,
    `two buffers between 0x100 and ${String(host.window.size)}, apart from each other`,
  );
}

export function layoutText({ bmcToHost, hostToBmc }: Layout): string {
  const hex = (offset: number): string => `0x${offset.toString(16)}`;
  return `rx ${hex(bmcToHost.offset)} of ${String(bmcToHost.size)}, tx ${hex(hostToBmc.offset)} of ${String(hostToBmc.size)}`;
}
