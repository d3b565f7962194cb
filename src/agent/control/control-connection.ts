/**
 * The agent's end of one connection to the control socket: takes lines, begins the calls in them in turns with other
 * clients, and answers. What one client can make the agent hold is bounded, and ends when the client goes.
 */
import { setMaxListeners } from "node:events";
import type { Socket } from "node:net";
import {
  JSONRPCErrorCode,
  JSONRPCErrorException,
  JSONRPCServer,
  createJSONRPCErrorResponse,
  isJSONRPCResponse,
  type JSONRPCRequest,
  type JSONRPCResponse,
} from "json-rpc-2.0";
import { Failure, messageOf } from "../../platform/failure.ts";
import { callOf, type Caller, type ControlMethod, type Notify } from "./call.ts";
import { BYTES_OF_ALL_CLIENTS, type ClientsMemory, type MemoryHolder } from "./clients-memory.ts";
import type { CallTurns, TurnTaker } from "./call-turns.ts";
import type { ControlCounter } from "./control-counters.ts";
import { LineBuffer } from "./line-buffer.ts";

/** Bytes of a line: a message of 1 MiB in hexadecimal has half of that. */
export const LONGEST_LINE: number = 4 * 1024 * 1024;
/** Bytes of lines that wait for the client's calls under way; a client that sends more is hung up on. */
export const WAITING_LIMIT: number = 2 * LONGEST_LINE;
/** Calls of one client under way at once, and of one batch; further lines wait. */
export const CALLS_UNDER_WAY: number = 32;
/** Bytes of answers that the client has not read, beyond which none of its calls begins. */
export const UNREAD_PAUSE: number = 256 * 1024;
/** Bytes of the same, beyond which it is hung up on. */
export const UNREAD_LIMIT: number = 8 * 1024 * 1024;

/** Of an error that is a failure of the agent's; its `data` has the failure's own code. */
export const FAILURE_CODE = 1;

export interface ConnectionOptions {
  readonly socket: Socket;
  readonly methods: Readonly<Record<string, ControlMethod>>;
  /** The client is of the agent's own user, or root. */
  readonly isOwner: boolean;
  readonly turns: CallTurns;
  /** What all clients have the agent hold. */
  readonly memory: ClientsMemory;
  /** Something was refused. */
  readonly count: (what: ControlCounter) => void;
  /** The connection has ended. */
  readonly closed: () => void;
}

/** Calls of one line that are answered together. */
interface Batch {
  /** Of the line. */
  readonly bytes: number;
  readonly waiting: unknown[];
  readonly answers: JSONRPCResponse[];
  unanswered: number;
}

export class ControlConnection implements MemoryHolder, TurnTaker {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #server = new JSONRPCServer({ errorListener: () => undefined });
  readonly #lines = new LineBuffer(LONGEST_LINE, WAITING_LIMIT);
  readonly #gone = new AbortController();
  readonly #caller: Caller;
  #batch: Batch | undefined;
  #underWay = 0;
  /** Bytes of the lines whose calls are under way. */
  #bytesUnderWay = 0;
  /** The client sends no more, or has gone: the agent cannot tell. */
  #hasEnded = false;

  constructor(options: ConnectionOptions) {
    const { closed, methods, socket, turns } = options;
    this.#options = options;
    this.#socket = socket;
    this.#caller = { isOwner: options.isOwner, unreadBytes: () => socket.writableLength };
    // Node warns of more than ten; a call that has ended may leave its listener until the client goes.
    setMaxListeners(Number.POSITIVE_INFINITY, this.#gone.signal);
    for (const [name, method] of Object.entries(methods)) {
      this.#server.addMethod(name, (given: unknown) => this.#call(method, given));
    }
    socket.on("error", () => undefined);
    // Read on whatever waits: else the agent would not learn that the client has gone.
    socket.on("data", (part: Buffer) => {
      // Told why it is hung up on already.
      if (!socket.writable) return;
      if (!this.#lines.push(part)) {
        this.#hangUp();
        return;
      }
      this.#tellHeld();
      turns.want(this);
    });
    socket.on("end", () => {
      this.#hasEnded = true;
      turns.want(this);
    });
    socket.on("drain", () => {
      this.#tellHeld();
      turns.want(this);
    });
    socket.on("close", () => {
      turns.leave(this);
      this.#lines.clear();
      this.#batch = undefined;
      this.#bytesUnderWay = 0;
      this.#tellHeld();
      this.#gone.abort();
      closed();
    });
  }

  /** Ends the connection, and the client's calls with it. */
  close(): void {
    this.#socket.destroy();
  }

  /** The client has asked for too much. */
  #hangUp(): void {
    this.#options.count("clientsHungUp");
    this.#lines.clear();
    this.#socket.destroy();
  }

  takeTurn(): boolean {
    if (!this.#socket.writable) return false;
    if (this.#beginOne()) return true;
    // What can be answered at once is. What takes longer is not waited for.
    if (this.#hasEnded) this.#finish();
    return false;
  }

  #beginOne(): boolean {
    if (this.#underWay >= CALLS_UNDER_WAY || this.#socket.writableLength > UNREAD_PAUSE) return false;
    if (this.#batch !== undefined) {
      this.#begin(this.#batch.waiting.shift(), this.#batch);
      if (this.#batch.waiting.length === 0) this.#batch = undefined;
      return true;
    }
    const line = this.#lines.next();
    if (this.#lines.isTooLong) this.#hangUp();
    if (line === undefined) return false;
    this.#take(line);
    this.#tellHeld();
    return true;
  }

  /** Tells what this client has the agent hold; one that is hung up on has nothing any more. */
  #tellHeld(): void {
    const { writable, writableLength } = this.#socket;
    this.#options.memory.hold(this, writable ? this.#lines.heldBytes + this.#bytesUnderWay + writableLength : 0);
  }

  #take(line: string): void {
    let payload: unknown;
    try {
      payload = JSON.parse(line);
    } catch {
      this.#write(createJSONRPCErrorResponse(null, JSONRPCErrorCode.ParseError, "no JSON"));
      this.#options.count("clientsHungUp");
      this.#lines.clear();
      this.#socket.destroySoon();
      return;
    }
    if (!Array.isArray(payload)) {
      this.#bytesUnderWay += line.length;
      this.#begin(payload, undefined, line.length);
    } else if (payload.length === 0) {
      this.#write(this.#invalid("an empty batch"));
    } else if (payload.length > CALLS_UNDER_WAY) {
      this.#options.count("batchesRefused");
      const text = `a batch has at most ${String(CALLS_UNDER_WAY)} calls`;
      this.#write(createJSONRPCErrorResponse(null, JSONRPCErrorCode.InvalidRequest, text));
    } else {
      this.#bytesUnderWay += line.length;
      this.#batch = { bytes: line.length, waiting: payload, answers: [], unanswered: payload.length };
    }
  }

  /** `bytes`: of the line of a single call. */
  #begin(payload: unknown, batch: Batch | undefined, bytes = 0): void {
    this.#underWay++;
    void this.#answerTo(payload).then((answer) => {
      const wasFull = this.#underWay-- === CALLS_UNDER_WAY;
      if (this.#gone.signal.aborted) return;
      if (wasFull) this.#options.turns.want(this);
      if (batch === undefined) {
        this.#bytesUnderWay -= bytes;
        if (answer !== undefined) this.#write(answer);
        return;
      }
      if (answer !== undefined) batch.answers.push(answer);
      if (--batch.unanswered > 0) return;
      this.#bytesUnderWay -= batch.bytes;
      if (batch.answers.length > 0) this.#write(batch.answers);
    });
  }

  /** Undefined: none is to be sent. Never rejects. */
  async #answerTo(payload: unknown): Promise<JSONRPCResponse | undefined> {
    if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return this.#invalid("no object");
    // The agent asks its clients nothing.
    if (isJSONRPCResponse(payload)) return undefined;
    const answer = await this.#server.receive(payload as JSONRPCRequest);
    if (answer?.error?.code === (JSONRPCErrorCode.InvalidRequest as number)) this.#options.count("callsInvalid");
    return answer ?? undefined;
  }

  #invalid(what: string): JSONRPCResponse {
    this.#options.count("callsInvalid");
    return createJSONRPCErrorResponse(null, JSONRPCErrorCode.InvalidRequest, `no call: ${what}`);
  }

  async #call(method: ControlMethod, given: unknown): Promise<unknown> {
    const { call, parameters } = withoutCall(given);
    const notify: Notify = (name, told, isDroppable = false) => {
      if (this.#gone.signal.aborted) return false;
      if (isDroppable && this.#socket.writableLength > UNREAD_PAUSE) return false;
      const params = call === undefined ? told : { ...(told as object), call };
      this.#write({ jsonrpc: "2.0", method: name, params });
      return true;
    };
    try {
      return (await method(parameters, notify, this.#gone.signal, this.#caller)) ?? null;
    } catch (error) {
      const code = error instanceof Failure ? error.code : "internal";
      throw new JSONRPCErrorException(messageOf(error), FAILURE_CODE, { code });
    }
  }

  #write(payload: object): void {
    if (!this.#socket.writable) return;
    this.#socket.write(`${JSON.stringify(payload)}\n`);
    if (this.#socket.writableLength > UNREAD_LIMIT) this.#hangUp();
    else this.#tellHeld();
  }

  turnAway(): void {
    const isRead = this.#socket.writableLength <= UNREAD_PAUSE;
    const limit = String(BYTES_OF_ALL_CLIENTS / 1024 / 1024);
    const text = `the agent holds ${limit} MiB for its tools, which is all that it may, and most of that for this one: try again later`;
    this.#options.count("clientsFull");
    this.#lines.clear();
    // What it does not read it would not read about.
    if (!isRead) {
      this.#socket.destroy();
      this.#tellHeld();
      return;
    }
    this.#socket.end(`${JSON.stringify(createJSONRPCErrorResponse(null, JSONRPCErrorCode.InternalError, text))}\n`);
    this.#tellHeld();
    this.#socket.destroySoon();
  }

  #finish(): void {
    this.#lines.clear();
    this.#gone.abort();
    this.#socket.end();
  }
}

/** What a method is called with, apart from the number of the call. */
function withoutCall(given: unknown): { readonly call: number | undefined; readonly parameters: unknown } {
  const call = callOf(given);
  if (call === undefined) return { call, parameters: given };
  return { call, parameters: Object.fromEntries(Object.entries(given as object).filter(([name]) => name !== "call")) };
}
