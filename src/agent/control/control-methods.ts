/** What the tools may ask of every agent over its control socket; parameters are judged here. */
import { fromHex, toHex } from "../../core/wire/bytes.ts";
import { millis, type Eid } from "../../core/wire/units.ts";
import { isAssignable } from "../../core/mctp/message.ts";
import { TAGS } from "../../core/mctp/packet.ts";
import type { RequestTiming } from "../../core/mctp/requests.ts";
import { Failure } from "../../platform/failure.ts";
import type { BusWatch } from "../bus/bus-watch.ts";
import type { ControlMethod, Notify } from "./control-socket.ts";
import { ECHO_OVERHEAD } from "../files/vendor-messages.ts";
import { ping } from "../echo.ts";
import { sendFile, type FileWaiting } from "../files/file-sender.ts";
import { sendMessage, type Answer, type Messenger } from "../../node/messenger.ts";

/** What the methods need of an agent. */
export interface ControlledAgent {
  readonly messenger: Messenger;
  readonly peerEid: Eid;
  status(): object;
  packetBytes(): number;
  /** Why nothing reaches `destination` now, and what the agent waits for; undefined where the way is open. */
  whyDown(destination: Eid): string | undefined;
}

const LARGEST_MESSAGE_BYTES = 1024 * 1024;

/** What the numbers of the methods may be, from and to; tools say the same in their own words before they ask. */
export const RANGES: Readonly<
  Record<
    "pingCount" | "pingBytes" | "pingInterval" | "pingTimeout" | "patienceMilliseconds" | "attemptTimeout" | "retries",
    readonly [number, number]
  >
> = {
  pingCount: [1, 1_000_000],
  pingBytes: [0, 64 * 1024 - ECHO_OVERHEAD],
  pingInterval: [0, 60_000],
  pingTimeout: [1, 60_000],
  patienceMilliseconds: [0, 86_400_000],
  attemptTimeout: [1, 600_000],
  retries: [0, 100],
};

export function commonMethods(agent: ControlledAgent): Readonly<Record<string, ControlMethod>> {
  return {
    status: () => agent.status(),

    ping: (parameters, notify, signal) => {
      const given = new Parameters(parameters);
      return ping(agent.messenger, reached(agent, given.eid("eid") ?? agent.peerEid), {
        count: given.integer("count", ...RANGES.pingCount) ?? 4,
        bytes: given.integer("bytes", ...RANGES.pingBytes) ?? 56,
        intervalMilliseconds: given.integer("interval", ...RANGES.pingInterval) ?? 200,
        timeoutMilliseconds: given.integer("timeout", ...RANGES.pingTimeout) ?? 1000,
        signal,
        onReply: (reply) => {
          notify("progress", reply);
        },
      });
    },

    sendFile: (parameters, notify, signal) => {
      const given = new Parameters(parameters);
      const path = given.text("path");
      if (path === undefined) throw new Failure("parameters", "sendFile needs a path");
      const name = given.text("name");
      const destination = given.eid("eid") ?? agent.peerEid;
      return sendFile(agent.messenger, destination, path, {
        whyDown: () => agent.whyDown(destination),
        onWaiting: (why) => {
          notify("progress", { waiting: why } satisfies FileWaiting);
        },
        ...(name === undefined ? {} : { name }),
        packetBytes: () => agent.packetBytes(),
        patienceMilliseconds: given.integer("patience", ...RANGES.patienceMilliseconds) ?? 30_000,
        signal,
        onProgress: (progress) => {
          notify("progress", progress);
        },
      });
    },

    request: async (parameters, notify, signal) => {
      const given = new Parameters(parameters);
      const destination = reached(agent, given.eidOrNull("eid") ?? agent.peerEid);
      return answerOf(await agent.messenger.request(destination, given.message(), given.timing(notify), signal));
    },

    /** A control request: the agent chooses the instance id, and takes the response from a changed EID, too. */
    control: async (parameters, notify, signal) => {
      const given = new Parameters(parameters);
      const destination = reached(agent, given.eidOrNull("eid") ?? agent.peerEid);
      const command = given.integer("command", 0, 0xff);
      const data = fromHex(given.text("hex") ?? "");
      if (command === undefined) throw new Failure("parameters", "control needs a command");
      if (data === undefined) throw new Failure("parameters", "control takes its data as hex");
      const timing = given.timing(notify);
      return answerOf(await agent.messenger.requestControl(destination, command, data, timing, signal));
    },

    /** Sends a message and waits for no response: as a response with `tag` when `tagOwner` is false. */
    send: (parameters) => {
      const given = new Parameters(parameters);
      const destination = reached(agent, given.eidOrNull("eid") ?? agent.peerEid);
      const bytes = given.message();
      const tag = given.integer("tag", 0, TAGS - 1);
      const tagOwner = given.flag("tagOwner") ?? true;
      if (tagOwner === (tag !== undefined)) {
        throw new Failure("parameters", "a response needs the tag of its request, any other message gets its own");
      }
      return sendMessage(agent.messenger, destination, bytes, tag);
    },
  };
}

/** The destination, if there is a way to it now: a question that cannot go out is not waited for. */
function reached(agent: ControlledAgent, destination: Eid): Eid {
  const why = agent.whyDown(destination);
  if (why !== undefined) throw new Failure("link-down", why);
  return destination;
}

/** The last bus accesses of an agent on a board, as a trace. */
export function recorderMethods(watch: Pick<BusWatch, "trace">): Readonly<Record<string, ControlMethod>> {
  return { recorder: () => ({ trace: watch.trace() }) };
}

function answerOf({ response, attempts, roundTripMicroseconds }: Answer): object {
  const { source, tag, bytes } = response;
  return { source, tag, hex: toHex(bytes), attempts, roundTripMicroseconds };
}

/** Parameters of a call, each judged when it is taken. */
export class Parameters {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: unknown) {
    this.#values = typeof values === "object" && values !== null ? (values as Record<string, unknown>) : {};
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    if (value === undefined || typeof value === "string") return value;
    throw new Failure("parameters", `${name} must be text`);
  }

  flag(name: string): boolean | undefined {
    const value = this.#values[name];
    if (value === undefined || typeof value === "boolean") return value;
    throw new Failure("parameters", `${name} must be true or false`);
  }

  /** The bytes of a whole message, type byte first. */
  message(): Uint8Array {
    const bytes = fromHex(this.text("hex") ?? "");
    if (bytes === undefined || bytes.length === 0) throw new Failure("parameters", "a message needs bytes as hex");
    if (bytes.length <= LARGEST_MESSAGE_BYTES) return bytes;
    throw new Failure("parameters", `a message has at most ${String(LARGEST_MESSAGE_BYTES)} bytes`);
  }

  /** How a request is sent; each attempt is told as it is made. */
  timing(notify: Notify): RequestTiming {
    const tag = this.integer("tag", 0, TAGS - 1);
    return {
      attemptTimeout: millis(this.integer("timeout", ...RANGES.attemptTimeout) ?? 300),
      retries: this.integer("retries", ...RANGES.retries) ?? 2,
      ...(tag === undefined ? {} : { tag }),
      onAttempt: (attempt, used) => {
        notify("progress", { attempt, tag: used });
      },
    };
  }

  integer(name: string, least: number, most: number): number | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new Failure("parameters", `${name} must be a whole number from ${String(least)} to ${String(most)}`);
  }

  eid(name: string): Eid | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (typeof value === "number" && isAssignable(value)) return value;
    throw new Failure("parameters", `${name} must be an EID from 8 to 254`);
  }

  /** An EID or the null EID 0, which means whoever is at the other end. */
  eidOrNull(name: string): Eid | undefined {
    return this.#values[name] === 0 ? (0 as Eid) : this.eid(name);
  }
}
