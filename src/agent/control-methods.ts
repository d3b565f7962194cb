/** What the tools may ask of every agent over its control socket; parameters are judged here. */
import { fromHex, toHex } from "../wire/bytes.ts";
import { millis, type Eid } from "../wire/units.ts";
import { isAssignable } from "../mctp/message.ts";
import { Failure } from "../platform/failure.ts";
import type { ControlMethod } from "./control-socket.ts";
import { ECHO_OVERHEAD } from "./vendor-messages.ts";
import { ping } from "./echo.ts";
import { sendFile } from "./file-sender.ts";
import type { Messenger } from "./messenger.ts";

/** What the methods need of an agent. */
export interface ControlledAgent {
  readonly messenger: Messenger;
  readonly peerEid: Eid;
  status(): object;
  packetBytes(): number;
}

const LARGEST_PING_BYTES = 64 * 1024 - ECHO_OVERHEAD;

export function commonMethods(agent: ControlledAgent): Readonly<Record<string, ControlMethod>> {
  return {
    status: () => agent.status(),

    ping: (parameters, notify, signal) => {
      const given = new Parameters(parameters);
      return ping(agent.messenger, given.eid("eid") ?? agent.peerEid, {
        count: given.integer("count", 1, 1_000_000) ?? 4,
        bytes: given.integer("bytes", 0, LARGEST_PING_BYTES) ?? 56,
        intervalMilliseconds: given.integer("interval", 0, 60_000) ?? 200,
        timeoutMilliseconds: given.integer("timeout", 1, 60_000) ?? 1000,
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
      return sendFile(agent.messenger, given.eid("eid") ?? agent.peerEid, path, {
        ...(name === undefined ? {} : { name }),
        packetBytes: () => agent.packetBytes(),
        patienceMilliseconds: given.integer("patience", 0, 86_400_000) ?? 30_000,
        signal,
        onProgress: (progress) => {
          notify("progress", progress);
        },
      });
    },

    request: async (parameters, _notify, signal) => {
      const given = new Parameters(parameters);
      const bytes = fromHex(given.text("hex") ?? "");
      if (bytes === undefined || bytes.length === 0) throw new Failure("parameters", "request needs bytes as hex");
      const timing = {
        attemptTimeout: millis(given.integer("timeout", 1, 600_000) ?? 300),
        retries: given.integer("retries", 0, 100) ?? 2,
      };
      const destination = given.eidOrNull("eid") ?? agent.peerEid;
      const { response, attempts, roundTripMicroseconds } = await agent.messenger.request(
        destination,
        bytes,
        timing,
        signal,
      );
      return {
        source: response.source,
        tag: response.tag,
        hex: toHex(response.bytes),
        attempts,
        roundTripMicroseconds,
      };
    },
  };
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
