/**
 * Who serves which messages: the agent's own services, and programs that take a message type, or the messages of one
 * vendor, as long as they are there. A program goes before the agent's own service of a whole type. Nothing here waits.
 */
import { BASELINE_UNIT } from "../../core/mctp/packet.ts";
import type { EndpointCore } from "../../core/mctp/endpoint.ts";
import type { MessageHandler } from "../../core/mctp/handler-table.ts";
import { typeOf, type Message } from "../../core/mctp/message.ts";
import { versionNumber } from "../../core/mctp/control/version-number.ts";
import { zeroCounters } from "../../core/wire/counters.ts";
import type { Eid } from "../../core/wire/units.ts";
import { monotonicClock } from "../../node/clock.ts";
import { Failure } from "../../platform/failure.ts";
import type { Announced } from "../identity.ts";
import { judgeKind, kindText, vendorOf, vendorSupport, type MessageKind } from "./message-kind.ts";
import { SERVICE_COUNTERS, type ServiceCounters } from "./service-counters.ts";
import type { Tell } from "../../platform/log-events.ts";

/** Programs that serve something at once, those that wait for a type to come free included. */
export const MOST_PROGRAMS = 32;
/** Requests that one program may have unanswered. */
export const UNANSWERED_REQUESTS = 32;
/** Milliseconds that a program has to answer a request: the requester's tag and instance id last so long. */
export const ANSWER_LIMIT = 5000;

const DEFAULT_VERSIONS = [versionNumber(1, 0, 0)];

/** A request of a peer, as a program gets it. */
export interface ProgramRequest {
  /** What it is answered by. */
  readonly id: number;
  readonly source: Eid;
  readonly tag: number;
  /** The whole message, type byte first. */
  readonly bytes: Uint8Array;
}

/** A program that serves messages. */
export interface Program {
  /** For people: "mctp-lpc serve (process 4711)". */
  readonly name: string;
  readonly kind: MessageKind;
  /** In the coding of versionNumber. Default: 1.0.0. */
  readonly versions?: readonly number[] | undefined;
  /** Takes a request; false: not now, which drops it. */
  take(request: ProgramRequest): boolean;
  /** A request that was taken is dropped: too late, or its link was lost. */
  dropped?(id: number): void;
}

/** What `status` shows of a program. */
export interface ProgramStatus {
  readonly name: string;
  readonly type: number;
  readonly vendor: number | undefined;
  /** False: it waits until another program leaves the type to it. */
  readonly serves: boolean;
}

export interface Registration {
  /** The program gets the messages; false: another one does, for now. */
  readonly serves: boolean;
  release(): void;
}

interface Entry {
  readonly program: Program;
  unanswered: number;
}

interface Unanswered {
  readonly entry: Entry;
  readonly message: Message;
  readonly deadline: number;
}

interface OwnService {
  readonly handler: MessageHandler;
  readonly versions: readonly number[] | undefined;
}

export interface ServiceTableOptions {
  readonly endpoint: EndpointCore;
  readonly announced: Announced;
  /** One line for people of who serves what. */
  readonly tell: Tell;
}

export class ServiceTable {
  readonly counters: ServiceCounters = zeroCounters(SERVICE_COUNTERS);
  readonly #options: ServiceTableOptions;
  /** The agent's own, by message type. */
  readonly #own = new Map<number, OwnService>();
  readonly #ownVendors: readonly number[];
  /** Of one kind the first serves; the others wait. */
  readonly #entries: Entry[] = [];
  /** In the order of their deadlines. */
  readonly #unanswered = new Map<number, Unanswered>();
  readonly #handled = new Set<number>();
  #lastId = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ServiceTableOptions) {
    this.#options = options;
    this.#ownVendors = options.announced.vendors.map(({ id }) => id);
  }

  /** Has the agent's own service take a message type, unless a program does. */
  handle(type: number, handler: MessageHandler, name: string): void {
    this.#own.set(type, { handler, versions: this.#options.announced.messageTypes.get(type) });
    this.#handle(type, name);
  }

  get programs(): readonly ProgramStatus[] {
    return this.#entries.map((entry) => {
      const { name, kind } = entry.program;
      return { name, type: kind.type, vendor: kind.vendor, serves: this.#serves(entry) };
    });
  }

  /**
   * Has a program serve a kind of messages until it is released. Throws a Failure: `message-kind`, `type-taken` or
   * `too-many`. `waits`: where another program serves them, this one does once that has gone.
   */
  register(program: Program, waits = false): Registration {
    const { kind, name } = program;
    judgeKind(kind);
    const refuse = (code: string, why: string): never => {
      this.counters.programsRefused++;
      throw new Failure(code, why);
    };
    if (this.#entries.length >= MOST_PROGRAMS) {
      refuse(
        "too-many",
        `${String(MOST_PROGRAMS)} programs serve message types already, as many as may: end one first`,
      );
    }
    const holder = this.#holderOf(kind);
    if (holder !== undefined && !waits) {
      refuse(
        "type-taken",
        `${kindText(kind)} is served by ${holder.program.name}: end that first, or serve another type`,
      );
    }
    if (this.#isOwnVendor(kind)) refuse("type-taken", `${kindText(kind)} is the agent's own, for echoes and files`);
    const entry: Entry = { program, unanswered: 0 };
    this.#entries.push(entry);
    this.#announce(kind.type);
    this.#options.tell(
      holder === undefined
        ? `${kindText(kind)} is served by ${name}`
        : `${name} asks for ${kindText(kind)}, which ${holder.program.name} serves: it gets answers to its own requests only, until that has gone`,
      "program",
    );
    const serves = (): boolean => this.#serves(entry);
    return {
      get serves() {
        return serves();
      },
      release: () => {
        this.#release(entry);
      },
    };
  }

  /** The message type of a request that is waited for; undefined for any other. */
  typeOfRequest(id: number): number | undefined {
    const request = this.#unanswered.get(id);
    return request && typeOf(request.message.bytes);
  }

  /** Sends a program's response. False: the request is not waited for any more. */
  respond(id: number, bytes: Uint8Array): boolean {
    const request = this.#settle(id);
    if (request === undefined) return false;
    this.#options.endpoint.respond(request.message, bytes, undefined, true);
    return true;
  }

  /** A program does not answer a request. False: it is not waited for any more. */
  ignore(id: number): boolean {
    const request = this.#settle(id);
    if (request === undefined) return false;
    this.#options.endpoint.discard(request.message);
    return true;
  }

  /** A port was lost: what came in there is answered by nobody. */
  portLost(arrival: object): void {
    this.#dropWhere(({ message }) => message.arrival === arrival);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unanswered.clear();
  }

  /* ---- Messages ---- */

  #deliver(message: Message, now: Parameters<MessageHandler>[1]): void {
    const type = typeOf(message.bytes);
    const vendor = vendorOf(message.bytes);
    const set = vendor === undefined ? undefined : this.#holderOf({ type, vendor });
    const own = this.#own.get(type);
    const isOwn = vendor !== undefined && this.#isOwnVendor({ type, vendor });
    const entry = set ?? (isOwn ? undefined : this.#holderOf({ type }));
    if (entry !== undefined) this.#hand(entry, message);
    else if (own !== undefined) own.handler(message, now);
    else this.#options.endpoint.discard(message);
  }

  #hand(entry: Entry, message: Message): void {
    const id = ++this.#lastId;
    const { source, tag, bytes } = message;
    const isTaken = entry.unanswered < UNANSWERED_REQUESTS && entry.program.take({ id, source, tag, bytes });
    if (!isTaken) {
      this.counters.programBusy++;
      this.#options.endpoint.discard(message);
      return;
    }
    this.counters.programRequests++;
    entry.unanswered++;
    // What is kept is whom to answer, and the type: not the memory of the message, which its program has.
    const header = { packets: Math.ceil(bytes.length / BASELINE_UNIT), ...message, bytes: bytes.slice(0, 1) };
    this.#unanswered.set(id, { entry, message: header, deadline: monotonicClock.now() + ANSWER_LIMIT });
    this.#timer ??= this.#expireIn(ANSWER_LIMIT);
  }

  #settle(id: number): Unanswered | undefined {
    const request = this.#unanswered.get(id);
    if (request === undefined) return undefined;
    this.#unanswered.delete(id);
    request.entry.unanswered--;
    return request;
  }

  #expireIn(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      const now = monotonicClock.now();
      this.#dropWhere(({ deadline }) => deadline <= now);
      const [next] = this.#unanswered.values();
      if (next !== undefined) this.#timer = this.#expireIn(Math.max(1, next.deadline - now));
    }, milliseconds).unref();
  }

  #dropWhere(isDropped: (request: Unanswered) => boolean): void {
    for (const [id, request] of [...this.#unanswered]) {
      if (!isDropped(request)) continue;
      this.#settle(id);
      this.counters.programUnanswered++;
      this.#options.endpoint.discard(request.message);
      request.entry.program.dropped?.(id);
    }
  }

  /* ---- Programs ---- */

  #release(entry: Entry): void {
    const at = this.#entries.indexOf(entry);
    if (at < 0) return;
    const { kind, name } = entry.program;
    const served = this.#serves(entry);
    this.#entries.splice(at, 1);
    this.#dropWhere((request) => request.entry === entry);
    this.#announce(kind.type);
    if (!served) return;
    const next = this.#holderOf(kind);
    const then = next === undefined ? "" : `; ${next.program.name} serves it`;
    this.#options.tell(`${name} has gone, which served ${kindText(kind)}${then}`, "program");
  }

  #holderOf({ type, vendor }: MessageKind): Entry | undefined {
    return this.#entries.find(({ program: { kind } }) => kind.type === type && kind.vendor === vendor);
  }

  #serves(entry: Entry): boolean {
    return this.#holderOf(entry.program.kind) === entry;
  }

  #isOwnVendor({ type, vendor }: MessageKind): boolean {
    return vendor !== undefined && this.#own.has(type) && this.#ownVendors.includes(vendor);
  }

  #handle(type: number, name: string): void {
    if (this.#handled.has(type)) return;
    this.#handled.add(type);
    this.#options.endpoint.handle(
      type,
      (message, now) => {
        this.#deliver(message, now);
      },
      name,
    );
  }

  /** The programs or the own services of a type have changed: what the control protocol tells of it does, too. */
  #announce(type: number): void {
    const { announced, endpoint } = this.#options;
    const programs = this.#entries.filter((entry) => this.#serves(entry)).map(({ program }) => program);
    const served = programs.filter(({ kind }) => kind.type === type);
    // Of a whole type its program's versions, of sets those of the first.
    const [first] = [...served].sort(
      (one, other) => Number(one.kind.vendor !== undefined) - Number(other.kind.vendor !== undefined),
    );
    const own = this.#own.get(type);
    const versions = first === undefined ? own?.versions : (first.versions ?? DEFAULT_VERSIONS);
    if (versions === undefined) {
      announced.messageTypes.delete(type);
      this.#handled.delete(type);
      endpoint.unhandle(type);
    } else {
      announced.messageTypes.set(
        type,
        own !== undefined && first?.kind.vendor !== undefined ? own.versions! : versions,
      );
      this.#handle(type, ServiceTable.name);
    }
    const sets = programs.flatMap(({ kind }) => vendorSupport(kind) ?? []);
    announced.vendors.splice(this.#ownVendors.length, Number.POSITIVE_INFINITY, ...sets);
  }
}
