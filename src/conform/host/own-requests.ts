/** What a host asks of its own accord, and how: retries and tags (LPC-MCTP-4, LPC-MCTP-5). */
import { Command } from "../../core/binding/registers.ts";
import { Completion, Control, decodeControl } from "../../core/mctp/control/codec.ts";
import { equalBytes } from "../../core/wire/bytes.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import type { SeenMessage } from "../player.ts";
import { expectKept } from "./steps.ts";
import { expectAnswer } from "./traffic.ts";

/** Milliseconds: MT2, and by how much a timer may be early. */
const RETRY_AFTER = 300;
const EARLY = 30;
/** Milliseconds behind which a retry does not come any more. */
const RETRY_LIMIT = 1500;
/** Of the second byte of a control message. */
const INSTANCE = 0x1f;
/** MN1 and the first. */
const MOST_SENT = 3;
/** Milliseconds in which one retry more than MN1 shows. */
const ONE_MORE = 700;
/** Milliseconds of a hold-off of MT4, 5 s, in which no timer is early enough to end it. */
const SURE_HOLD_OFF = 4500;
/** Sessions in which a host asks without being answered. */
const SESSIONS = 4;
/** Milliseconds of each of them: a request and its first retry. */
const SESSION_TIME = 450;

export const OWN_REQUEST_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "mctp/retries",
    text: "a request without a response is sent again unchanged, 300 ms after its last packet was taken, twice",
    requirements: ["LPC-MCTP-5"],
    needs: ["mctp/announcement"],
    async play(bmc: PlayedBmc): Promise<void> {
      await openUnanswered(bmc);
      await watchRetries(bmc);
    },
  },
  {
    name: "mctp/announcement-refused",
    text: "a host whose Discovery Notify is answered with an error goes on with the EID that it has",
    requirements: ["LPC-MCTP-20"],
    needs: ["mctp/announcement", "control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      await openUnanswered(bmc);
      await bmc.serveUntil(() => announcements(bmc).length > 0);
      const asked = announcements(bmc).at(-1) ?? bmc.notTestable("the host sends no Discovery Notify");
      const message = Uint8Array.of(0, asked.bytes[1]! & INSTANCE, Control.DISCOVERY_NOTIFY, Completion.ERROR);
      const answer = bmc.packet(message, { destination: asked.source, tagOwner: false, tag: asked.tag });
      if (!(await bmc.send(answer))) bmc.notTestable("a packet gets no Rx Complete");
      await bmc.serveSilence();
      const what = "behind an error in answer to its Discovery Notify";
      await expectKept(bmc, "LPC-MCTP-20", what);
      await expectAnswer(bmc, "LPC-MCTP-20", what);
    },
  },
  {
    name: "mctp/tag-hold-off",
    text: "the tag of a request that was sent more than once has no other request for 5 s",
    requirements: ["LPC-MCTP-4"],
    needs: ["mctp/retries"],
    slow: true,
    async play(bmc: PlayedBmc): Promise<void> {
      const asked: Asked[] = [];
      await openUnanswered(bmc);
      for (let session = 0; session < SESSIONS; session++) {
        const began = bmc.now;
        let seen = 0;
        const look = (): void => {
          for (; seen < bmc.messages.length; seen++) noteRequest(bmc, asked, bmc.messages[seen]!);
        };
        await bmc.serveUntil(() => {
          look();
          return bmc.now >= began + SESSION_TIME && asked.some(({ last, times }) => last >= began && times > 1);
        }, RETRY_LIMIT);
        bmc.dropSession();
        bmc.messages.length = 0;
        await bmc.ring(Command.DUMMY);
        if (!(await bmc.serveStartUp())) bmc.notTestable("the host opened no session");
        look();
      }
    },
  },
];

/** Opens a session in which the host's requests are not answered. */
async function openUnanswered(bmc: PlayedBmc): Promise<void> {
  bmc.answersRequests = false;
  await bmc.start();
  if (!(await bmc.serveStartUp())) bmc.notTestable("the host opened no session");
}

/**
 * Follows the first announcement of the session, unanswered. A request of a session before may be sent again between: it
 * has another tag and another instance identifier.
 */
async function watchRetries(bmc: PlayedBmc): Promise<void> {
  await bmc.serveUntil(() => announcements(bmc).length > 0);
  const [first] = announcements(bmc);
  if (first === undefined) return;
  let taken = bmc.now;
  let sent = 1;
  let areOthers = false;
  for (let seen = 1; ; seen++) {
    const limit = sent < MOST_SENT ? RETRY_LIMIT : ONE_MORE;
    await bmc.serveUntil(() => announcements(bmc).length > seen, Math.max(0, taken + limit - bmc.now));
    const next = announcements(bmc)[seen];
    if (next === undefined) break;
    const hasSameBytes = equalBytes(first.bytes, next.bytes);
    if (!hasSameBytes && first.tag !== next.tag) {
      areOthers = true;
      continue;
    }
    if (!hasSameBytes || first.tag !== next.tag) {
      bmc.broken(
        "LPC-MCTP-5",
        `a request without a response is sent again with ${hasSameBytes ? "another tag" : "other bytes"}`,
        "bytes, tag and instance identifier are unchanged",
      );
    }
    const waited = bmc.now - taken;
    taken = bmc.now;
    if (++sent > MOST_SENT) {
      bmc.broken(
        "LPC-MCTP-5",
        `a request without a response is sent ${String(sent)} times`,
        "it is sent again twice at most",
      );
    }
    if (waited >= RETRY_AFTER - EARLY) continue;
    bmc.broken(
      "LPC-MCTP-5",
      `a request without a response is sent again after ${String(Math.round(waited))} ms`,
      "300 ms after its last packet was taken",
    );
  }
  if (bmc.hasLeft) {
    bmc.broken(
      "LPC-MCTP-20",
      "the host begins a start-up when its Discovery Notify is not answered",
      "it goes on with the EID that it has",
    );
  }
  // The first one may have been the last retry of a session before.
  if (sent === MOST_SENT || areOthers) return;
  bmc.broken(
    "LPC-MCTP-5",
    `a request without a response is sent ${sent === 1 ? "once" : "twice"}, and not again in ${String(RETRY_LIMIT)} ms`,
    "it is sent again 300 ms after its last packet was taken, twice",
  );
}

function announcements(bmc: PlayedBmc): readonly SeenMessage[] {
  return bmc.messages.filter(({ bytes, tagOwner }) => {
    return decodeControl(bytes, tagOwner)?.command === Control.DISCOVERY_NOTIFY;
  });
}

/** A control request of the host that is not answered. */
interface Asked {
  readonly message: SeenMessage;
  times: number;
  last: number;
}

/** Breaks LPC-MCTP-4 where a request has the tag of another one that was sent more than once a short while ago. */
function noteRequest(bmc: PlayedBmc, asked: Asked[], message: SeenMessage): void {
  if (decodeControl(message.bytes, message.tagOwner)?.kind !== "request") return;
  const known = asked.find((one) => isSameTag(one.message, message) && equalBytes(one.message.bytes, message.bytes));
  if (known !== undefined) {
    known.times++;
    known.last = bmc.now;
    return;
  }
  const held = asked.find(
    (one) => one.times > 1 && isSameTag(one.message, message) && bmc.now - one.last < SURE_HOLD_OFF,
  );
  if (held !== undefined) {
    bmc.shown(
      "LPC-MCTP-4",
      `a request has tag ${String(message.tag)} ${String(Math.round(bmc.now - held.last))} ms after another one with this tag, which was sent ${String(held.times)} times without a response`,
      "such a tag is in hold-off for MT4, 5 s",
    );
  }
  asked.push({ message, times: 1, last: bmc.now });
}

function isSameTag(one: SeenMessage, other: SeenMessage): boolean {
  return one.tag === other.tag && one.destination === other.destination;
}
