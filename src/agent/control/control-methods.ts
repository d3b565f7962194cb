/** What the tools may ask of every agent. */
import { isAbsolute } from "node:path";
import { fromHex, toHex } from "../../core/wire/bytes.ts";
import { eid as asEid, millis, type Eid } from "../../core/wire/units.ts";
import type { RequestTiming } from "../../core/mctp/request-terms.ts";
import { Failure } from "../../platform/failure.ts";
import type { BusWatch } from "../bus/bus-watch.ts";
import type { Monitors } from "../bus/monitors.ts";
import type { EndedTrace } from "../bus/trace-switch.ts";
import { checkDistinct, type NamedFile } from "../distinct-files.ts";
import { ping } from "../echo.ts";
import { sendFile } from "../files/file-sender.ts";
import { checkInbox } from "../files/inbox.ts";
import type { TraceTarget } from "../outputs/trace-file.ts";
import { sendMessage, type Answer, type Messenger } from "../../node/messenger.ts";
import type { Caller, ControlMethod } from "./call.ts";
import { NO_PERMISSION } from "./control-access.ts";
import { served, type AskAnswer, type Call, type ParametersOf, type ResultOf } from "./methods.ts";

/** Milliseconds that a message without response may wait for the peer to take it, unless the call says another time. */
export const SEND_TIMEOUT = 60_000;

/** What the methods need of an agent. */
export interface ControlledAgent {
  readonly messenger: Messenger;
  readonly peerEid: Eid;
  status(): ResultOf<"status">;
  packetBytesTo(destination: Eid): number;
  /** Why nothing reaches `destination` now, and what the agent waits for; undefined where the way is open. */
  whyDown(destination: Eid): string | undefined;
}

export function commonMethods(agent: ControlledAgent): Readonly<Record<string, ControlMethod>> {
  const { messenger } = agent;
  const destinationOf = (given: number | undefined): Eid => (given === undefined ? agent.peerEid : asEid(given));
  /** The destination, if there is a way to it now: a question that cannot go out is not waited for. */
  const reached = (given: number | undefined): Eid => {
    const destination = destinationOf(given);
    const why = agent.whyDown(destination);
    if (why !== undefined) throw new Failure("link-down", why);
    return destination;
  };
  return served({
    status: () => agent.status(),

    ping: ({ eid, count = 4, bytes = 56, interval = 200, timeout = 1000 }, { tell, signal, caller }) =>
      ping(messenger, reached(eid), {
        count,
        bytes,
        intervalMilliseconds: interval,
        timeoutMilliseconds: timeout,
        signal,
        asker: caller,
        onReply: tell,
      }),

    sendFile: ({ path, eid, name, patience = 30_000, unproven }, { tell, signal, caller }) => {
      const destination = destinationOf(eid);
      return sendFile(messenger, destination, path, {
        whyDown: () => agent.whyDown(destination),
        onWaiting: (waiting) => {
          tell({ waiting });
        },
        ...(name === undefined ? {} : { name }),
        packetBytes: () => agent.packetBytesTo(destination),
        patienceMilliseconds: patience,
        acceptUnproven: unproven,
        signal,
        asker: caller,
        onProgress: tell,
      });
    },

    request: async (given, call) =>
      answerOf(await messenger.request(reached(given.eid), bytesOf(given.hex), timingOf(given, call), call.signal)),

    control: async (given, call) => {
      const [to, data, timing] = [reached(given.eid), bytesOf(given.hex), timingOf(given, call)];
      return answerOf(await messenger.requestControl(to, given.command, data, timing, call.signal));
    },

    send: async ({ hex, eid, tag, tagOwner = true, timeout = SEND_TIMEOUT }, { signal }) => {
      if (tagOwner === (tag !== undefined)) {
        throw new Failure(
          "parameters",
          "send: tag goes with tagOwner false: a response needs that of its request, any other message gets its own",
        );
      }
      await sendMessage(messenger, reached(eid), bytesOf(hex), tag, { limit: millis(timeout), signal });
      return null;
    },
  });
}

/** What an agent on a board tells of its bus accesses. */
export interface WatchedBoard {
  readonly watch: Pick<BusWatch, "trace">;
  readonly monitors: Pick<Monitors, "follow">;
  startTrace(target: TraceTarget): string;
  stopTrace(): Promise<EndedTrace>;
}

/** `owned`: files and folders that the agent uses, none of which a trace may be; `inbox`: where none may lie. */
export function busMethods(
  board: WatchedBoard,
  owned: readonly NamedFile[],
  inbox: string | undefined,
): Readonly<Record<string, ControlMethod>> {
  return served({
    recorder: () => ({ trace: board.watch.trace() }),

    monitor: (_given, { tell, signal, caller }) =>
      board.monitors.follow({ tell, signal, unreadBytes: () => caller.unreadBytes() }),

    startTrace: ({ path, limit }, { caller }) => {
      checkOwner(caller);
      if (!isAbsolute(path)) throw new Failure("parameters", "startTrace: path must be absolute");
      checkDistinct([...owned, { what: "the trace", path }]);
      if (inbox !== undefined) checkInbox(inbox, { "the trace": path });
      return { path: board.startTrace({ path, limit }) };
    },

    stopTrace: (_given, { caller }) => {
      checkOwner(caller);
      return board.stopTrace();
    },
  });
}

/**
 * A file that the agent writes is its user's: a member of the control group, who may do all else, could have it write
 * where he cannot write himself.
 */
function checkOwner({ isOwner }: Caller): void {
  if (isOwner) return;
  throw new Failure(
    NO_PERMISSION,
    'only the agent\'s user and root may have it write a file: use "mctp-lpc monitor --json > FILE", which writes it as you',
  );
}

/** Of digits that were judged. */
function bytesOf(hex = ""): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0);
}

function answerOf({ response, attempts, roundTripMicroseconds }: Answer): AskAnswer {
  const { source, tag, bytes } = response;
  return { source, tag, hex: toHex(bytes), attempts, roundTripMicroseconds };
}

function timingOf(
  { tag, timeout = 300, retries = 2 }: ParametersOf<"request" | "control">,
  { tell, caller }: Call<"request" | "control">,
): RequestTiming {
  return {
    asker: caller,
    attemptTimeout: millis(timeout),
    retries,
    ...(tag === undefined ? {} : { tag }),
    onAttempt: (attempt, used) => {
      tell({ attempt, tag: used });
    },
    onWait: ({ limit, freeIn }) => {
      tell({ waitLimit: limit, tagFreeIn: freeIn });
    },
  };
}
