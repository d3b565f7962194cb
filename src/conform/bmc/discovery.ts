/** The bus owner: what it asks for, when, in which order, and how often (LPC-MCTP-3, -5, -19). */
import { decodeControl, Completion, Control } from "../../core/mctp/control/codec.ts";
import { controlCommandName } from "../../core/mctp/control/commands.ts";
import { NULL_EID } from "../../core/mctp/message.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import type { SeenMessage } from "../player.ts";
import { isBusOwner, responseText } from "./signs.ts";
import { goOn, restarted } from "./restarting.ts";
import { openOldest } from "./sessions.ts";

/** In this order, and whether each goes to the null EID; the last may be left out. */
const QUESTIONS: readonly { readonly command: number; readonly toNull: boolean }[] = [
  { command: Control.GET_VERSION_SUPPORT, toNull: true },
  { command: Control.SET_ENDPOINT_ID, toNull: true },
  { command: Control.GET_ENDPOINT_ID, toNull: false },
  { command: Control.GET_MESSAGE_TYPE_SUPPORT, toNull: false },
  { command: Control.GET_ENDPOINT_UUID, toNull: false },
];
/** Milliseconds: MT2, less what a clock may be off, and within which all retries have come. */
const RETRY_AT_LEAST = 250;
const RETRIES_OVER = 2500;
const TIMES_SENT = 3;
/** Milliseconds: MT4 and more, for a bus owner whose tags are in hold-off behind what it asked in vain before. */
const TAGS_FREE = 6000;

/** Run early: what it finds makes the order of bytes hard to tell, and each session of such a BMC keeps a tag of it. */
export const UNASKED_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "discovery/unasked",
    text: "before it has received a control message in a session, the bus owner sends no request of its own",
    requirements: ["LPC-MCTP-19"],
    needs: ["start/session"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      await host.serveSilence(3 * host.surroundings.silence);
      const [first] = requestsOf(host);
      if (first === undefined) return;
      host.shown(
        "LPC-MCTP-19",
        `${controlCommandName(first.command)} comes before the host has sent a control message`,
        "none, unless the bus owner is configured to ask at once",
      );
    },
  },
];

export const DISCOVERY_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "discovery/order",
    text: "behind Discovery Notify the bus owner asks for versions, sets an EID, and asks for EID, types and UUID",
    requirements: ["LPC-MCTP-3", "LPC-MCTP-9"],
    needs: ["discovery/unasked", "control/mandatory"],
    // A bus owner whose tags are in hold-off asks seconds later.
    slow: true,
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      await notify(host);
      await host.serveUntil(() => requestsOf(host).length > 0, TAGS_FREE);
      const asked = await host.serveUntil(() => requestsOf(host).length >= QUESTIONS.length);
      const seen = requestsOf(host);
      if (asked !== true && seen.length === 0 && (await asksOnce(host))) {
        host.broken(
          "LPC-MCTP-5",
          "a request of the bus owner that is not answered is neither sent again nor given up: it asks for nothing more",
          `${String(TIMES_SENT)} times, 300 ms apart, and then the next`,
        );
      }
      if (asked !== true && seen.length === 0) {
        host.broken(
          "LPC-MCTP-3",
          "the bus owner answers Discovery Notify, and asks for nothing",
          "Get MCTP Version Support, Set Endpoint ID and so on, unless it is configured not to ask",
        );
      }
      for (const [place, { command, toNull }] of QUESTIONS.entries()) {
        const one = seen[place];
        if (one?.command === command && (one.message.destination === NULL_EID) === toNull) continue;
        if (one === undefined && command === Control.GET_ENDPOINT_UUID) return;
        const what =
          one === undefined
            ? "nothing"
            : `${controlCommandName(one.command)} to EID ${String(one.message.destination)}`;
        host.broken(
          "LPC-MCTP-3",
          `request ${String(place + 1)} of the discovery is ${what}`,
          `${controlCommandName(command)} to ${toNull ? "the null EID" : "the EID that was assigned"}`,
        );
      }
    },
  },
  {
    name: "discovery/retries",
    text: "a request of the bus owner that is not answered comes again 300 ms later, twice at most, unchanged",
    requirements: ["LPC-MCTP-5", "LPC-MCTP-4"],
    needs: ["discovery/order"],
    slow: true,
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      host.answersRequests = false;
      await notify(host);
      await host.serveUntil(() => requestsOf(host).length > 0, TAGS_FREE);
      const end = host.now + RETRIES_OVER;
      await host.serveUntil(() => host.now >= end, 2 * RETRIES_OVER);
      const seen = requestsOf(host);
      const [first, ...others] = seen;
      if (first === undefined) return host.notTestable("the bus owner asks for nothing");
      const copies = 1 + others.filter(({ message }) => isSame(message, first.message)).length;
      const gap = (others[0]?.message.at ?? 0) - first.message.at;
      // What is asked anew behind them is another request.
      if (copies !== TIMES_SENT || gap < RETRY_AT_LEAST) {
        host.broken(
          "LPC-MCTP-5",
          `an unanswered ${controlCommandName(first.command)} comes ${String(copies)} times unchanged, the second ${String(Math.round(gap))} ms behind the first`,
          `${String(TIMES_SENT)} times, with the same bytes, tag and instance identifier, 300 ms apart`,
        );
      }
      await notify(host);
      await host.serveUntil(() => requestsOf(host).length > seen.length, RETRIES_OVER);
      const reused = requestsOf(host).find(({ message }) => isReused(message, first.message));
      if (reused === undefined) return;
      host.shown(
        "LPC-MCTP-4",
        `behind a request that was given up, another ${controlCommandName(reused.command)} is sent with the same tag, ${String(first.message.tag)}`,
        "the tag is not used for a new request to that EID for MT4, 5 s",
      );
    },
  },
];

/** Whether a BMC that was started anew asks, unanswered, once, and no more. Not so where it cannot be started anew. */
async function asksOnce(host: PlayedHost): Promise<boolean> {
  if (host.surroundings.restart === undefined) return false;
  await restarted(host);
  await goOn(host);
  await openOldest(host);
  host.answersRequests = false;
  const since = host.messages.length;
  await host.ask(Control.DISCOVERY_NOTIFY, undefined, { destination: NULL_EID });
  await host.serveUntil(() => false, RETRIES_OVER);
  return requestsOf(host, since).length === 1;
}

/** Not testable where the BMC is no bus owner. */
async function notify(host: PlayedHost): Promise<void> {
  const response = await host.ask(Control.DISCOVERY_NOTIFY, undefined, { destination: NULL_EID });
  if (response?.completion === Completion.SUCCESS) return;
  if (response?.completion === Completion.UNSUPPORTED_COMMAND && !(await isBusOwner(host))) {
    host.notTestable("the BMC is no bus owner");
  }
  host.broken("LPC-MCTP-9", `Discovery Notify is answered with ${responseText(response)}`, "success, by a bus owner");
}

interface SeenRequest {
  readonly command: number;
  readonly message: SeenMessage;
}

/** Control requests of the BMC since the case began. */
function requestsOf(host: PlayedHost, since = 0): readonly SeenRequest[] {
  return host.messages.slice(since).flatMap((message) => {
    const read = decodeControl(message.bytes, message.tagOwner);
    return read?.kind === "request" ? [{ command: read.command, message }] : [];
  });
}

/** Another request with the tag of the first, to the same EID. */
function isReused(one: SeenMessage, first: SeenMessage): boolean {
  return one.tag === first.tag && one.destination === first.destination && !isSame(one, first);
}

function isSame(one: SeenMessage, other: SeenMessage): boolean {
  return one.tag === other.tag && one.destination === other.destination && one.bytes.join() === other.bytes.join();
}
