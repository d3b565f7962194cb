/**
 * The control socket of an agent: JSON-RPC 2.0, one object a line, over a Unix socket that only its owner may use.
 */
import { chmodSync } from "node:fs";
import { setMaxListeners } from "node:events";
import { createServer, connect, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import {
  JSONRPCClient,
  JSONRPCErrorCode,
  JSONRPCErrorException,
  JSONRPCServer,
  JSONRPCServerAndClient,
} from "json-rpc-2.0";
import type { RoleName } from "../../core/binding/side.ts";
import { checkControlPath, checkToolsPath } from "./control-folder.ts";
import { OWN_HELLO, answerHello, judgeHello } from "./control-version.ts";
import { Failure, errnoOf, messageOf } from "../../platform/failure.ts";
import { asFailure } from "../../platform/scope.ts";

/** A line longer than this is no request of ours. */
const LONGEST_LINE = 4 * 1024 * 1024;
/** Answers that a client has not read, in bytes: one that asks and never reads is let go. */
const UNREAD_LIMIT = 8 * 1024 * 1024;
/** More clients at once than any use has; one more is turned away. */
const CLIENT_LIMIT = 64;
const OWNER_ONLY = 0o177;
const FAILURE_CODE = 1;

export type Notify = (method: string, parameters: unknown) => void;
/** A method of the agent: gets the call's parameters, a way to tell of progress and a signal for the caller's leaving. */
export type ControlMethod = (parameters: unknown, notify: Notify, signal: AbortSignal) => unknown;

/** Which side an agent is, or none of them: an endpoint somewhere else on the network. */
export type AgentRole = RoleName | "endpoint";
export const AGENT_ROLES: readonly AgentRole[] = ["host", "bmc", "endpoint"];

/* ---- The agent's end ---- */

export class ControlServer {
  readonly path: string;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
  }

  /** Throws a Failure when another agent listens there or the path cannot be used. */
  static async listen(path: string, methods: Readonly<Record<string, ControlMethod>>): Promise<ControlServer> {
    await checkControlPath(path);
    const server = createServer();
    const control = new ControlServer(path, server);
    server.on("connection", (socket) => {
      control.#serve(socket, methods);
    });
    try {
      await bind(server, path);
      chmodSync(path, 0o600);
    } catch (error) {
      server.close();
      throw asFailure("control-path", `listen on ${path}`, error);
    }
    server.maxConnections = CLIENT_LIMIT;
    // A client that could not be accepted, for want of descriptors say, is its own trouble.
    server.on("error", () => undefined);
    return control;
  }

  async close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    // The name of the socket goes with it.
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket, methods: Readonly<Record<string, ControlMethod>>): void {
    this.#connections.add(socket);
    const gone = new AbortController();
    // A client may have any number of calls under way: Node warns of more than ten listeners.
    setMaxListeners(Number.POSITIVE_INFINITY, gone.signal);
    socket.on("close", () => {
      this.#connections.delete(socket);
      gone.abort();
    });
    const peer = speak(socket);
    const all: Readonly<Record<string, ControlMethod>> = { hello: answerHello, ...methods };
    for (const [name, method] of Object.entries(all)) {
      peer.addMethod(name, async (given: unknown) => {
        const { call, parameters } = withoutCall(given);
        const notify: Notify = (name, told) => {
          if (gone.signal.aborted) return;
          peer.notify(name, call === undefined ? told : { ...(told as object), call });
        };
        try {
          return (await method(parameters, notify, gone.signal)) ?? null;
        } catch (error) {
          const code = error instanceof Failure ? error.code : "internal";
          throw new JSONRPCErrorException(messageOf(error), FAILURE_CODE, { code });
        }
      });
    }
  }
}

/** What a method is called with, apart from the number of the call. */
function withoutCall(given: unknown): { readonly call: number | undefined; readonly parameters: unknown } {
  const call = callOf(given);
  if (call === undefined) return { call, parameters: given };
  return { call, parameters: Object.fromEntries(Object.entries(given as object).filter(([name]) => name !== "call")) };
}

/**
 * The number that a client gave a call, or that a notification gives back; agents and clients of version 1 send none.
 */
function callOf(parameters: unknown): number | undefined {
  const call = typeof parameters === "object" && parameters !== null && "call" in parameters ? parameters.call : 0;
  return Number.isSafeInteger(call) && call !== 0 ? (call as number) : undefined;
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

/* ---- Both ends ---- */

function speak(socket: Socket): JSONRPCServerAndClient {
  const peer = new JSONRPCServerAndClient(
    new JSONRPCServer({ errorListener: () => undefined }),
    new JSONRPCClient((payload) => {
      if (!socket.writable) throw new Failure("agent-gone", "the agent has gone");
      socket.write(`${JSON.stringify(payload)}\n`);
      if (socket.writableLength > UNREAD_LIMIT) socket.destroy();
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
      socket.write(`${JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32700, message: "no JSON" } })}\n`);
      socket.destroySoon();
      return;
    }
    void peer.receiveAndSend(payload).catch(() => undefined);
  });
  return peer;
}

/* ---- The tools' end ---- */

export interface ControlClient {
  /**
   * Calls a method of the agent; fails with a Failure that carries the agent's code. `onProgress` is told what the
   * agent says of this call while it is under way.
   */
  call(method: string, parameters: object, onProgress?: (progress: unknown) => void): Promise<unknown>;
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
  const peer = speak(socket);
  /** Who is told of the progress of which call under way. */
  const told = new Map<number, (progress: unknown) => void>();
  let calls = 0;
  peer.addMethod("progress", (progress: unknown) => {
    const call = callOf(progress) ?? (told.size === 1 ? [...told.keys()][0] : undefined);
    if (call !== undefined) told.get(call)?.(progress);
  });
  socket.on("close", () => {
    peer.rejectAllPendingRequests("the agent has gone");
  });
  let greeting: Promise<void> | undefined;
  return {
    call: async (method, parameters, onProgress) => {
      const call = ++calls;
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
          throw new Failure(typeof data?.code === "string" ? data.code : code, error.message, { cause: error });
        }
        throw new Failure("agent-gone", messageOf(error), { cause: error });
      } finally {
        watch?.end();
        told.delete(call);
      }
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
      return new Failure("no-permission", `${path} belongs to another user: run as the user who started the agent`);
    default:
      return new Failure("no-agent", `cannot reach the agent at ${path}: ${error.message}`);
  }
}
