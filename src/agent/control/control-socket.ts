/**
 * The control socket of an agent: JSON-RPC 2.0, one object a line, over a Unix socket that its owner, root and the members
 * of one group at most may use.
 */
import { createServer, connect, type Server, type Socket } from "node:net";
import { createInterface, type Interface } from "node:readline";
import {
  JSONRPCClient,
  JSONRPCErrorCode,
  JSONRPCErrorException,
  JSONRPCServer,
  JSONRPCServerAndClient,
} from "json-rpc-2.0";
import type { RoleName } from "../../core/binding/side.ts";
import { zeroCounters } from "../../core/wire/counters.ts";
import { callOf, type ControlMethod } from "./call.ts";
import { CallTurns } from "./call-turns.ts";
import { NO_PERMISSION, RefusedClients, accessNote, isOwner, refusalIn, whyNoClient } from "./control-access.ts";
import { ClientsMemory } from "./clients-memory.ts";
import { ControlConnection, LONGEST_LINE } from "./control-connection.ts";
import { CONTROL_COUNTERS, type ControlCounter, type ControlCounters } from "./control-counters.ts";
import { checkControlPath, checkToolsPath } from "./control-folder.ts";
import { OWN_HELLO, answerHello, judgeHello } from "./control-version.ts";
import type { Group } from "../../platform/accounts.ts";
import { Failure, errnoOf, messageOf, pathTrouble } from "../../platform/failure.ts";
import { asFailure } from "../../platform/scope.ts";
import { setAccess } from "./socket-access.ts";
import type { Tell } from "../../platform/log-events.ts";

/** More clients at once than any use has; one more is turned away. */
export const CLIENT_LIMIT = 64;
const OWNER_ONLY = 0o177;

/** Which side an agent is, or none of them: an endpoint somewhere else on the network. */
export type AgentRole = RoleName | "endpoint";
export const AGENT_ROLES: readonly AgentRole[] = ["host", "bmc", "endpoint"];

/* ---- The agent's end ---- */

export interface ControlOptions {
  /** One line for people of what is refused, once for each kind, and of what cannot be judged. */
  readonly tell?: Tell;
  /** Its members are served, beside this process's user and root. */
  readonly group?: Group | undefined;
}

export class ControlServer {
  readonly path: string;
  readonly #server: Server;
  readonly counters: ControlCounters = zeroCounters(CONTROL_COUNTERS);
  readonly #connections = new Set<ControlConnection>();
  readonly #refused = new RefusedClients();
  readonly #turns = new CallTurns();
  readonly #memory = new ClientsMemory();
  readonly #options: ControlOptions;

  private constructor(path: string, server: Server, options: ControlOptions) {
    this.path = path;
    this.#server = server;
    this.#options = options;
  }

  /** Throws a Failure when another agent listens there or the path cannot be used. */
  static async listen(
    path: string,
    methods: Readonly<Record<string, ControlMethod>>,
    options: ControlOptions = {},
  ): Promise<ControlServer> {
    await checkControlPath(path, options.group);
    const server = createServer({ allowHalfOpen: true });
    const control = new ControlServer(path, server, options);
    server.on("connection", (socket) => {
      control.#serve(socket, methods);
    });
    try {
      await bind(server, path);
      setAccess(path, options.group);
    } catch (error) {
      server.close();
      throw asFailure("control-path", `listen on ${path}`, error);
    }
    server.maxConnections = CLIENT_LIMIT;
    server.on("drop", () => {
      control.#count("clientsTooMany");
    });
    const note = accessNote();
    if (note !== undefined) options.tell?.(note, "user");
    // A client that could not be accepted, for want of descriptors say, is its own trouble.
    server.on("error", () => undefined);
    return control;
  }

  /** Hangs up on all clients; the calls under way are not waited for. */
  async close(): Promise<void> {
    this.#turns.stop();
    for (const connection of this.#connections) connection.close();
    this.#refused.close();
    // The name of the socket goes with it.
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket, methods: Readonly<Record<string, ControlMethod>>): void {
    const why = whyNoClient(socket, this.#options.group);
    if (why !== undefined) {
      this.#refused.refuse(socket, why);
      this.#count("clientsRefused", why);
      return;
    }
    const connection: ControlConnection = new ControlConnection({
      socket,
      methods: { hello: answerHello, ...methods },
      isOwner: isOwner(socket),
      turns: this.#turns,
      memory: this.#memory,
      count: (what) => {
        this.#count(what);
      },
      closed: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
  }

  /** `why`: of the first one. */
  #count(what: ControlCounter, why?: string): void {
    if (this.counters[what]++ > 0) return;
    const told = why === undefined ? "" : ` (${why})`;
    this.#options.tell?.(`${CONTROL_COUNTERS[what].text}${told}; "mctp-lpc status" counts further ones`, "refused");
  }
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // The socket is made inside listen(): with this mask it is never open to others, not even for a moment.
    const mask = process.umask(OWNER_ONLY);
    try {
      server.listen(path, () => {
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}

/* ---- The tools' end ---- */

/** `refused`: told what the agent says to a client that it does not serve. */
function speak(
  socket: Socket,
  refused: (why: string) => void,
): { readonly peer: JSONRPCServerAndClient; readonly lines: Interface } {
  const peer = new JSONRPCServerAndClient(
    new JSONRPCServer({ errorListener: () => undefined }),
    new JSONRPCClient((payload) => {
      if (!socket.writable) throw new Failure("agent-gone", "the agent has gone");
      socket.write(`${JSON.stringify(payload)}\n`);
    }),
    { errorListener: () => undefined },
  );
  let unfinished = 0;
  socket.on("error", () => undefined);
  socket.on("data", (part: Buffer) => {
    const end = part.lastIndexOf(0x0a);
    unfinished = end < 0 ? unfinished + part.length : part.length - end;
    if (unfinished > LONGEST_LINE) socket.destroy();
  });
  const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on("error", () => undefined);
  lines.on("line", (line) => {
    if (!socket.writable) return;
    let payload: unknown;
    try {
      payload = JSON.parse(line);
    } catch {
      socket.destroy();
      return;
    }
    const why = refusalIn(payload);
    if (why !== undefined) refused(why);
    void peer.receiveAndSend(payload).catch(() => undefined);
  });
  return { peer, lines };
}

export interface ControlClient {
  /**
   * Calls a method of the agent; fails with a Failure that carries the agent's code. `onProgress` is told what the
   * agent says of this call while it is under way.
   */
  call(method: string, parameters: object, onProgress?: (progress: unknown) => void): Promise<unknown>;
  /** Reads no more of what the agent says until `resume`: the agent learns that its client is behind. */
  pause(): void;
  resume(): void;
  close(): void;
}

/**
 * Connects to an agent. The first call asks for its version first. With `silenceMilliseconds` a call fails once the
 * agent has said nothing for so long, not even that it lives; without, it waits for as long as the agent takes. Throws
 * a Failure when none listens there.
 */
export async function connectControl(path: string, silenceMilliseconds?: number): Promise<ControlClient> {
  checkToolsPath(path);
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", (error) => {
      reject(noAgent(path, error));
    });
  });
  let refusal: string | undefined;
  const { peer, lines } = speak(socket, (why) => {
    refusal = why;
    socket.destroy();
  });
  /** Who is told of the progress of which call under way. */
  const told = new Map<number, (progress: unknown) => void>();
  let [calls, underWay] = [0, 0];
  peer.addMethod("progress", (progress: unknown) => {
    // Without a number it is of the only call under way, at an agent of version 1.
    const call = callOf(progress) ?? (told.size === 1 && underWay === 1 ? [...told.keys()][0] : undefined);
    if (call !== undefined) told.get(call)?.(progress);
  });
  socket.on("close", () => {
    peer.rejectAllPendingRequests("the agent has gone");
  });
  let greeting: Promise<void> | undefined;
  return {
    call: async (method, parameters, onProgress) => {
      const call = ++calls;
      underWay++;
      if (onProgress !== undefined) told.set(call, onProgress);
      const watch =
        silenceMilliseconds === undefined ? undefined : watchSilence(path, socket, peer, silenceMilliseconds);
      try {
        greeting ??= greet(path, peer);
        return (await Promise.race([
          greeting.then(() => peer.request(method, onProgress === undefined ? parameters : { ...parameters, call })),
          ...(watch === undefined ? [] : [watch.failed]),
        ])) as unknown;
      } catch (error) {
        if (refusal !== undefined) throw new Failure(NO_PERMISSION, refusal, { cause: error });
        if (error instanceof Failure) throw error;
        if (error instanceof JSONRPCErrorException) {
          if (isUnknownMethod(error)) {
            throw new Failure(
              "agent-old",
              `the agent at ${path} does not know "${method}": it runs an older mctp-lpc; restart it with this one`,
              { cause: error },
            );
          }
          const { data } = error as { data?: { code?: unknown } };
          // One that has ended its half is gone, though the socket is there for a moment longer.
          const code = socket.writable ? "agent" : "agent-gone";
          throw new Failure(typeof data?.code === "string" ? data.code : code, messageOf(error), { cause: error });
        }
        throw new Failure("agent-gone", messageOf(error), { cause: error });
      } finally {
        watch?.end();
        told.delete(call);
        underWay--;
      }
    },
    pause: () => {
      lines.pause();
    },
    resume: () => {
      lines.resume();
    },
    close: () => {
      socket.destroy();
    },
  };
}

/** Agrees on a version with an agent; one of version 1 does not know the method. */
async function greet(path: string, peer: JSONRPCServerAndClient): Promise<void> {
  let answer: unknown;
  try {
    answer = (await peer.request("hello", OWN_HELLO)) as unknown;
  } catch (error) {
    if (isUnknownMethod(error)) return;
    throw error;
  }
  judgeHello(path, answer);
}

function isUnknownMethod(error: unknown): boolean {
  return error instanceof JSONRPCErrorException && error.code === (JSONRPCErrorCode.MethodNotFound as number);
}

const SILENCE_LOOKS = 10;

/**
 * Fails when an agent falls silent. An operation may take long and say nothing, so half-way the agent is asked for a
 * sign of life, which it gives beside its work. Looks are counted, not time: a tool that was itself stopped for a while
 * must first read what has come meanwhile.
 */
function watchSilence(
  path: string,
  socket: Socket,
  peer: JSONRPCServerAndClient,
  limit: number,
): { readonly failed: Promise<never>; readonly end: () => void } {
  let silentLooks = 0;
  const heard = (): void => {
    silentLooks = 0;
  };
  socket.on("data", heard);
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      silentLooks++;
      if (silentLooks === SILENCE_LOOKS / 2) void Promise.resolve(peer.request("status", {})).catch(() => undefined);
      if (silentLooks < SILENCE_LOOKS) return;
      reject(
        new Failure(
          "agent-silent",
          `the agent at ${path} does not answer: it may be stopped or hung; "mctp-lpc board show PATH" says which process it is`,
        ),
      );
    }, limit / SILENCE_LOOKS);
  });
  return {
    failed,
    end: () => {
      clearInterval(timer);
      socket.off("data", heard);
    },
  };
}

function noAgent(path: string, error: Error): Failure {
  switch (errnoOf(error)) {
    case "ENOENT":
    case "ECONNREFUSED":
      return new Failure("no-agent", `no agent listens on ${path}: start one with "mctp-lpc bmc run" or "host run"`);
    case "EACCES":
      return new Failure(
        NO_PERMISSION,
        `${path} belongs to another user: be the agent's user, root or a member of its --control-group`,
      );
    default:
      return new Failure("no-agent", `cannot reach the agent at ${path}: ${pathTrouble(error)}`);
  }
}
