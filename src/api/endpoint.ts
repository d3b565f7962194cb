// The declarations of the package name AsyncDisposable: they bring it along.
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The MCTP endpoint for programs that wait: requests and messages as promises and async iterations. It adds a clock, an
 * event loop and errors to the pure endpoint below, and no protocol.
 */
import { randomBytes } from "node:crypto";
import { sendMessage, type Messenger } from "../node/messenger.ts";
import { Node } from "../node/node.ts";
import { BusOwner } from "../core/mctp/bus-owner/bus-owner.ts";
import type { MctpCounters } from "../core/mctp/counters.ts";
import type { EndpointConfig, EndpointCore } from "../core/mctp/endpoint.ts";
import { ENDPOINT_DEFAULTS } from "../core/mctp/endpoint-defaults.ts";
import {
  FIRST_ASSIGNABLE_EID,
  LAST_ASSIGNABLE_EID,
  MessageType,
  NULL_EID,
  isAssignable,
  type Message,
} from "../core/mctp/message.ts";
import { Completion, completionName, decodeControl, encodeRequest } from "../core/mctp/control/codec.ts";
import { controlCommandName } from "../core/mctp/control/commands.ts";
import type { ControlCommand } from "../core/mctp/control/data.ts";
import { versionNumber } from "../core/mctp/control/version-number.ts";
import { harmless, type Harmless } from "../core/wire/harmless.ts";
import { eid as asEid, millis, type Eid } from "../core/wire/units.ts";
import { messageOf } from "../platform/failure.ts";
import { LONGEST_WAIT, alarm } from "./alarm.ts";
import { eidRange, finite, span, versionDigits, whole } from "./arguments.ts";
import { MctpError, asMctpError } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import type { Link } from "./link.ts";
import { nodeLink } from "./node-link.ts";

export interface EndpointOptions {
  /** Own endpoint id, 8 to 254, until a bus owner assigns another. */
  readonly eid: number;
  /** A bus owner keeps its EID. Default: an endpoint. */
  readonly kind?: "endpoint" | "busOwner";
  /** 16 bytes. Default: random ones. */
  readonly uuid?: Uint8Array;
  /**
   * Whether it carries out what DSP0236 asks of its kind without being told: an endpoint announces itself to the bus owner when the channel
   * opens; a bus owner, or a bridge on all links but the first, finds the endpoints on its links and gives them EIDs.
   * Default: with more than one link. Without: it sends nothing that it is not told to send.
   */
  readonly duties?: boolean;
  /** Of a bus owner: the EIDs that it gives. Default: all from 9. */
  readonly pool?: { readonly first: number; readonly count: number };
  /** Of a bridge: how many EIDs it asks the bus owner for. Default: 16. */
  readonly poolSize?: number;
  /** Takes one line for people for each thing that happens on the links; texts of peers in it are harmless on a terminal. */
  readonly log?: (line: Harmless) => void;
  /** Times and bounds of memory other than those of the binding (LPC-MCTP-4, -5, -7). */
  readonly limits?: Partial<Pick<EndpointConfig, "timing" | "assembly" | "queue">>;
}

/** An endpoint that has joined on a link. */
export interface KnownEndpoint {
  readonly eid: Eid;
  /** In the form of RFC 9562; undefined for one that has none. */
  readonly uuid: string | undefined;
  /** Which of the links it is on, from 0. */
  readonly link: number | undefined;
}

export interface WaitOptions {
  /** Ends the waiting, with code `aborted`. */
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole, attempts and all; then it fails with code `deadline`. Infinity is none. */
  readonly deadline?: number;
}

export interface RequestOptions extends WaitOptions {
  /** Milliseconds that one attempt waits for the response. Default: MT2, 300. */
  readonly timeout?: number;
  /** Attempts after the first. Default: MN1, 2. */
  readonly retries?: number;
}

export interface MessagesOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /** Messages kept until the iteration takes them; more are dropped and counted in `dropped`. Default: 256. */
  readonly limit?: number;
  /** Version of the message type that Get MCTP Version Support tells, in three digits, each 0 to 9. Default: 1.0.0. */
  readonly version?: readonly [major: number, minor: number, update: number];
}

export interface Response {
  readonly source: Eid;
  /** The whole message, type byte first. */
  readonly bytes: Uint8Array;
  readonly attempts: number;
  readonly roundTripMicroseconds: number;
}

const INBOX_LIMIT = 256;
const POOL_SIZE = 16;
const ALL_OTHERS = { first: FIRST_ASSIGNABLE_EID + 1, count: LAST_ASSIGNABLE_EID - FIRST_ASSIGNABLE_EID };
const UUID_BYTES = 16;
/** Options of requests that are no times. */
const NOT_NUMBERS: ReadonlySet<string> = new Set(["onAttempt", "onWait", "isDuty"]);

/**
 * An MCTP endpoint on a link, or a bridge on several. It answers control requests; messages of other types go to the
 * iterations over `messages`. `close` it, or declare it with `await using`.
 *
 * With several links it forwards packets between them: a bus owner owns all, any other endpoint is a member on the first
 * and gives EIDs out of its pool on the others (DSP0236 clause 10).
 *
 * @example
 * ```ts
 * await using host = new Endpoint(hostLink("shm:/dev/shm/board"), { eid: 9 });
 * await host.up({ deadline: 10_000 });
 * ```
 * @example
 * ```ts
 * const links = [hostLink("shm:/dev/shm/board"), serialLink("serial:/dev/ttyUSB0,baud=115200")];
 * await using bridge = new Endpoint(links, { eid: 9, poolSize: 4, log: console.log });
 * await bridge.up();
 * console.log(bridge.endpoints);
 * ```
 */
export class Endpoint implements AsyncDisposable {
  readonly #node: Node;
  readonly #pure: EndpointCore;
  readonly #messenger: Messenger;
  readonly #messageTypes = new Map<number, readonly number[]>();
  readonly #inboxes = new Map<number, Inbox>();
  readonly #handled = new Set<number>();
  readonly #closing = new AbortController();
  #lost: Error | undefined;
  #dropped = 0;
  #nextInstance = 0;
  #closed: Promise<void> | undefined;

  /** Starts the links at once. Throws an MctpError with code `misuse` for options that cannot be. */
  constructor(link: Link | readonly Link[], options: EndpointOptions) {
    const links = isList(link) ? link : [link];
    const { eid, kind = "endpoint", uuid = randomBytes(UUID_BYTES), limits = {}, log = () => undefined } = options;
    const { duties = links.length > 1, pool = ALL_OTHERS, poolSize = POOL_SIZE } = options;
    if (links.length === 0) throw new MctpError("misuse", "an endpoint has at least one link");
    if (!isAssignable(eid)) throw new MctpError("misuse", `an EID is a number from 8 to 254, not ${String(eid)}`);
    if (uuid.length !== UUID_BYTES) throw new MctpError("misuse", "a UUID has 16 bytes");
    for (const [name, value] of Object.values(limits).flatMap((group) => Object.entries<unknown>({ ...group }))) {
      if (!NOT_NUMBERS.has(name)) finite(name, value);
    }
    eidRange(pool);
    whole("poolSize", poolSize);
    const identity = { eid, uuid, kind, staticEid: eid, assigned: false, messageTypes: this.#messageTypes };
    const owned = { own: eid, pool: { first: asEid(pool.first), count: pool.count }, ports: links.length };
    const lost = (why: Error): void => {
      this.#lost = why;
      this.#end();
    };
    this.#node = new Node({
      endpoint: { ...ENDPOINT_DEFAULTS, ...limits, identity },
      links: links.map((each, number) => nodeLink(each, number, duties, lost)),
      owner: kind === "busOwner" ? new BusOwner({ ...owned, statics: new Map(), portEids: new Map() }, []) : undefined,
      poolSize: links.length > 1 ? poolSize : 0,
      peerEid: NULL_EID,
      discover: duties ? "announced" : "never",
      tell: (line) => {
        log(harmless(line));
      },
      linkChanged: () => undefined,
    });
    this.#pure = this.#node.endpoint;
    this.#messenger = this.#node.messenger;
    this.#node.start().catch((error: unknown) => {
      lost(error instanceof Error ? error : new Error(messageOf(error)));
    });
  }

  /** The own EID at this moment. */
  get eid(): Eid {
    return this.#pure.identity.eid;
  }

  get isUp(): boolean {
    return this.#pure.isUp;
  }

  /** What was sent, received, dropped and retried so far. */
  get counters(): Readonly<MctpCounters> {
    return this.#pure.counters;
  }

  /** The endpoints on owned links: of a bus owner, or of a bridge on all links but the first. */
  get endpoints(): readonly KnownEndpoint[] {
    return this.#node.bridge.owner.endpoints
      .filter(({ presence }) => presence !== "gone")
      .map(({ eid, uuid, port }) => ({ eid, uuid, link: port }));
  }

  /** Messages dropped because an iteration did not take them in time. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Resolves once the link is up. Without a deadline it waits without end.
   *
   * @example
   * ```ts
   * await endpoint.up({ deadline: 10_000, signal: AbortSignal.timeout(5000) });
   * ```
   */
  async up(options: WaitOptions = {}): Promise<void> {
    const wait = this.#waiting(options);
    try {
      // A timer of the longest time there is, again and again: only the signal ends the waiting.
      while (!(await this.#messenger.waitForLink(LONGEST_WAIT, wait.signal))) wait.check();
    } finally {
      wait.done();
    }
  }

  /**
   * Sends a request, type byte first, and gives the response. Fails with an MctpError: `timeout`, `deadline`, `aborted`,
   * `link-down`, `link-lost`, `too-many` or `closed`.
   *
   * @example
   * ```ts
   * const { bytes } = await endpoint.request(8, Uint8Array.of(0x01, 0x80, 0x00, 0x02), { deadline: 2000 });
   * ```
   */
  async request(destination: number, bytes: Uint8Array, options: RequestOptions = {}): Promise<Response> {
    const to = destinationOf(destination);
    if (bytes.length === 0) throw new MctpError("misuse", "a message begins with its type byte");
    const { timing } = ENDPOINT_DEFAULTS;
    const attempt = {
      attemptTimeout: millis(finite("timeout", options.timeout ?? timing.attemptTimeout)),
      retries: whole("retries", options.retries ?? timing.retries),
    };
    const wait = this.#waiting(options);
    try {
      const { response, attempts, roundTripMicroseconds } = await this.#messenger.request(
        to,
        bytes,
        attempt,
        wait.signal,
      );
      return { source: response.source, bytes: response.bytes, attempts, roundTripMicroseconds };
    } catch (error) {
      wait.check();
      throw asMctpError(error);
    } finally {
      wait.done();
    }
  }

  /**
   * Sends a control request and gives the record of its response. Fails as `request` does, and with `refused` for an answer
   * with an error code, which `completion` of the error has, or `invalid` for one that is no response to this command.
   *
   * @example
   * ```ts
   * const { eid } = await endpoint.control(0, GetEndpointId, undefined);
   * ```
   */
  async control<Request, Answer>(
    destination: number,
    command: ControlCommand<Request, Answer>,
    request: NoInfer<Request>,
    options: RequestOptions = {},
  ): Promise<Answer> {
    this.#nextInstance++;
    const bytes = encodeRequest(this.#nextInstance, command.code, command.request.encode(request));
    const answered = decodeControl((await this.request(destination, bytes, options)).bytes, false);
    const name = controlCommandName(command.code);
    if (answered?.kind !== "response" || answered.command !== command.code) {
      throw new MctpError("invalid", `${name}: invalid response`);
    }
    const { completion, data } = answered;
    if (completion !== Completion.SUCCESS) {
      throw new MctpError("refused", `${name}: ${completionName(completion)}`, { completion });
    }
    const read = command.response.decode(data);
    if (!read.ok) throw new MctpError("invalid", `${name}: invalid response: ${read.reject}`);
    return read.value;
  }

  /**
   * Sends a message that gets no response. Resolves once the other end has taken its last packet.
   *
   * @example
   * ```ts
   * await endpoint.send(8, Uint8Array.of(0x7f, 0x00, 0x00, 0x7e, 0xd9, 0x01));
   * ```
   */
  async send(destination: number, bytes: Uint8Array): Promise<void> {
    const to = destinationOf(destination);
    if (bytes.length === 0) throw new MctpError("misuse", "a message begins with its type byte");
    this.#check();
    try {
      await sendMessage(this.#messenger, to, bytes, undefined);
    } catch (error) {
      throw asMctpError(error);
    }
  }

  /**
   * Messages of one type that are no responses to own requests, as they come, kept from this call on. Until the
   * iteration ends, Get Message Type Support names the type; one iteration a type. Throws an MctpError
   * with code `misuse`, `closed` or `link-lost`.
   *
   * @example
   * ```ts
   * for await (const message of endpoint.messages(MessageType.PLDM)) {
   *   await endpoint.respond(message, Uint8Array.of(MessageType.PLDM, 0x00, 0x02, 0x00));
   * }
   * ```
   */
  messages(type: number, options: MessagesOptions = {}): AsyncIterableIterator<Message, undefined, undefined> {
    this.#check();
    return this.#open(type, options);
  }

  /** Answers a message of `messages`: to its source, with its tag. Resolves once the answer was taken. */
  async respond(request: Message, bytes: Uint8Array): Promise<void> {
    this.#check();
    try {
      await sendMessage(this.#messenger, request.source, bytes, request.tag);
    } catch (error) {
      throw asMctpError(error);
    }
  }

  /** Ends everything that waits, with code `closed`, and closes the links in order. */
  close(): Promise<void> {
    this.#end();
    this.#closed ??= this.#node.stop();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #end(): void {
    this.#closing.abort();
    for (const inbox of [...this.#inboxes.values()]) inbox.end();
  }

  #check(): void {
    if (this.#lost !== undefined) throw new MctpError("link-lost", messageOf(this.#lost), { cause: this.#lost });
    if (this.#closing.signal.aborted) throw new MctpError("closed", "the endpoint was closed");
  }

  #open(type: number, { limit = INBOX_LIMIT, version = [1, 0, 0], signal }: MessagesOptions): Inbox {
    if (!Number.isInteger(type) || type <= MessageType.CONTROL || type > MessageType.VENDOR_IANA) {
      throw new MctpError("misuse", `a message type is a number from 1 to 0x7f, not ${String(type)}`);
    }
    whole("limit", limit);
    versionDigits(version);
    if (this.#inboxes.has(type)) throw new MctpError("misuse", `messages of type ${String(type)} are taken already`);
    const inbox: Inbox = new Inbox(limit, signal, () => {
      this.#inboxes.delete(type);
      this.#messageTypes.delete(type);
    });
    if (signal?.aborted === true) return inbox;
    this.#inboxes.set(type, inbox);
    this.#messageTypes.set(type, [versionNumber(...version)]);
    if (!this.#handled.has(type)) {
      this.#handled.add(type);
      this.#pure.handle(type, (message) => {
        const current = this.#inboxes.get(type);
        if (current?.put(message) !== true) this.#dropped++;
      });
    }
    return inbox;
  }

  /** One signal for all that may end a wait, and what to say then. */
  #waiting({ signal, deadline }: WaitOptions): { signal: AbortSignal; check: () => void; done: () => void } {
    if (deadline !== undefined) span("deadline", deadline);
    this.#check();
    const over = new AbortController();
    const timer = alarm(deadline ?? Number.POSITIVE_INFINITY, () => {
      over.abort();
    });
    const check = (): void => {
      this.#check();
      if (signal?.aborted === true) throw new MctpError("aborted", "the caller gave up", { cause: signal.reason });
      if (over.signal.aborted) throw new MctpError("deadline", `not done within ${String(deadline)} ms`);
    };
    const done = (): void => {
      timer.clear();
    };
    const all = [over.signal, this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    return { signal: AbortSignal.any(all), check, done };
  }
}

function isList(link: Link | readonly Link[]): link is readonly Link[] {
  return Array.isArray(link);
}

/** A destination may be the null EID: the endpoint at the other end of the first link. */
function destinationOf(value: number): Eid {
  if (value === 0 || isAssignable(value)) return asEid(value);
  throw new MctpError("misuse", `a destination is 0 or an EID from 8 to 254, not ${String(value)}`);
}
