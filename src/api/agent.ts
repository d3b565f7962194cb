/**
 * A running agent, for programs that serve a message type through it or ask something by it. The agent is a process of its
 * own (`mctp-lpc host run`, `bmc run`, `endpoint run`) and has the link; programs come and go.
 */
import type { AgentClient, ParametersOf, ServeProgress, ServedRequest } from "../agent/control/methods.ts";
import { MESSAGE_TYPE_MASK, MessageType } from "../core/mctp/message.ts";
import { fromHex, toHex } from "../core/wire/bytes.ts";
import { harmless, type Harmless } from "../core/wire/harmless.ts";
import { eid as asEid, type Eid } from "../core/wire/units.ts";
import { Failure, messageOf } from "../platform/failure.ts";
import { finite, versionDigits, whole } from "./arguments.ts";
import { MctpError, asMctpError } from "./errors.ts";

/** Which agent: by default the one that runs as this user. */
export interface AgentPlace {
  /** Path of its control socket. */
  readonly control?: string;
  readonly agent?: "host" | "bmc" | "endpoint";
  /** Where it is, as it was started: "shm:/dev/shm/board". */
  readonly platform?: string;
}

/** A request of a peer. */
export interface IncomingRequest {
  readonly source: Eid;
  readonly tag: number;
  /** The whole message, type byte first. */
  readonly bytes: Uint8Array;
  /** Aborted when the agent waits for the response no more: after 5 s, and when the link was lost. */
  readonly signal: AbortSignal;
}

/**
 * Gives the response, type byte first, or undefined for silence. An error is told to `log`, and answered by silence. Other
 * requests come meanwhile.
 */
export type RequestHandler = (request: IncomingRequest) => MaybePromise<Uint8Array | undefined>;

type MaybePromise<Value> = Value | Promise<Value>;

export interface ServeOptions {
  /** Of type 0x7e a PCI vendor id, of 0x7f an IANA enterprise number: only messages of this vendor. */
  readonly vendor?: number;
  /** With a vendor: 16 bits for Get Vendor Defined Message Support. Default: 0. */
  readonly commandSet?: number;
  /** Version that Get MCTP Version Support tells, in three digits. Default: 1.0.0. */
  readonly version?: readonly [major: number, minor: number, update: number];
  /** Who serves, for the agent's log and status, up to 200 characters. Default: the process. */
  readonly name?: string;
  /** Takes a line for each error of the handler and each response that came too late. */
  readonly log?: (line: Harmless) => void;
}

/** Messages that this program serves. */
export interface Service extends AsyncDisposable {
  /** Resolves when the messages are served no more: after `close`, or because the agent has gone, with the error then. */
  readonly ended: Promise<MctpError | undefined>;
  /** Leaves the messages to others. */
  close(): Promise<void>;
}

export interface AgentRequestOptions {
  /** Milliseconds that one attempt waits for the response. Default: MT2, 300. */
  readonly timeout?: number;
  /** Attempts after the first. Default: MN1, 2. */
  readonly retries?: number;
}

const LARGEST_ID = 0xffff_ffff;
const LARGEST_SET = 0xffff;
const LONGEST_NAME = 200;

/**
 * A connection to a running agent. `close` it, or declare it with `await using`.
 *
 * @example
 * ```ts
 * await using agent = await Agent.connect({ agent: "bmc" });
 * const service = await agent.serve(0x7e, async ({ bytes }) => bytes, { vendor: 0x1234 });
 * await service.ended;
 * ```
 */
export class Agent implements AsyncDisposable {
  readonly #place: AgentPlace;
  readonly #client: AgentClient;
  readonly #services = new Set<Service>();
  #isClosed = false;

  private constructor(place: AgentPlace, client: AgentClient) {
    this.#place = place;
    this.#client = client;
  }

  /** Fails with an MctpError with code `no-agent`: none runs there, or more than one does, or it may not be used. */
  static async connect(place: AgentPlace = {}): Promise<Agent> {
    return new Agent(place, await open(place));
  }

  /**
   * Has the agent announce a message type, from 1 to 0x7f, and hand its requests to `handler` until the service is closed.
   * Fails with an MctpError: `taken` where another program serves it, `too-many`, `misuse` or `no-agent`.
   *
   * @example
   * ```ts
   * await agent.serve(0x50, ({ bytes }) => Uint8Array.of(0x50, ...bytes.subarray(1).toReversed()));
   * ```
   */
  async serve(type: number, handler: RequestHandler, options: ServeOptions = {}): Promise<Service> {
    this.#check();
    const parameters = serveParameters(type, options);
    // A connection of its own: its end is the end of the service.
    const client = await open(this.#place);
    const { log = () => undefined } = options;
    const service = await begin(client, parameters, new Answers(client, type, handler, log));
    this.#services.add(service);
    void service.ended.then(() => this.#services.delete(service));
    return service;
  }

  /**
   * Has the agent send a request, type byte first, and gives the response; destination 0 is the endpoint at the other end.
   * Fails with an MctpError: `timeout`, `not-asked`, `link-down`, `link-lost`, `misuse` or `no-agent`.
   */
  async request(
    destination: number,
    bytes: Uint8Array,
    { timeout, retries }: AgentRequestOptions = {},
  ): Promise<{ readonly source: Eid; readonly bytes: Uint8Array }> {
    this.#check();
    if (bytes.length === 0) throw new MctpError("misuse", "a message begins with its type byte");
    try {
      const { source, hex } = await this.#client.call("request", {
        eid: destination,
        hex: toHex(bytes),
        ...(timeout === undefined ? {} : { timeout: finite("timeout", timeout) }),
        ...(retries === undefined ? {} : { retries: whole("retries", retries) }),
      });
      return { source: asEid(source), bytes: fromHex(hex) ?? new Uint8Array(0) };
    } catch (error) {
      throw asAgentError(error);
    }
  }

  /** Ends all services, and the connection. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#services].map((service) => service.close()));
    this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #check(): void {
    if (this.#isClosed) throw new MctpError("closed", "the connection to the agent was closed");
  }
}

/** Loaded when an agent is asked for: an endpoint of one's own needs none of it. */
async function open(place: AgentPlace): Promise<AgentClient> {
  const { connectOne } = await import("../agent/control/choose-agent.ts");
  try {
    return await connectOne(place);
  } catch (error) {
    throw asAgentError(error);
  }
}

type ServeParameters = ParametersOf<"serve">;

function serveParameters(type: number, options: ServeOptions): ServeParameters {
  const { vendor, commandSet, version, name = `a program (process ${String(process.pid)})` } = options;
  inRange("a message type", type, 1, MESSAGE_TYPE_MASK);
  if (vendor !== undefined) {
    inRange("a vendor", vendor, 0, type === MessageType.VENDOR_PCI ? LARGEST_SET : LARGEST_ID);
  }
  if (commandSet !== undefined) inRange("a command set", commandSet, 0, LARGEST_SET);
  if (version !== undefined) versionDigits(version);
  if (name === "" || name.length > LONGEST_NAME) {
    throw new MctpError("misuse", `a name has 1 to ${String(LONGEST_NAME)} characters, not ${String(name.length)}`);
  }
  return {
    type,
    name,
    ...(vendor === undefined ? {} : { vendor }),
    ...(commandSet === undefined ? {} : { commandSet }),
    ...(version === undefined ? {} : { version: version.join(".") }),
  };
}

function inRange(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = `${String(least)} to 0x${most.toString(16)}`;
  throw new MctpError("misuse", `${what} is a whole number from ${range}, not ${String(value)}`);
}

/** Resolves once the messages are served. */
function begin(client: AgentClient, parameters: ServeParameters, answers: Answers): Promise<Service> {
  return new Promise((resolve, reject) => {
    let isClosed = false;
    const ended = client
      .call("serve", parameters, (told) => {
        if ("serves" in told) resolve(service);
        else answers.told(told);
      })
      .then(
        () => undefined,
        (error: unknown) => (isClosed ? undefined : asAgentError(error)),
      )
      .then((error) => {
        answers.end();
        client.close();
        // Of a service that never began.
        reject(error ?? new MctpError("closed", "the agent ended the service"));
        return error;
      });
    const close = async (): Promise<void> => {
      isClosed = true;
      client.close();
      await ended;
    };
    const service: Service = { ended, close, [Symbol.asyncDispose]: close };
  });
}

/** The requests of one service, each with its handler under way. */
class Answers {
  readonly #client: AgentClient;
  readonly #type: number;
  readonly #handler: RequestHandler;
  readonly #log: (line: Harmless) => void;
  readonly #underWay = new Map<number, AbortController>();
  #isEnded = false;

  constructor(client: AgentClient, type: number, handler: RequestHandler, log: (line: Harmless) => void) {
    this.#client = client;
    this.#type = type;
    this.#handler = handler;
    this.#log = log;
  }

  told(told: Exclude<ServeProgress, { readonly serves: true }>): void {
    if ("dropped" in told) this.#underWay.get(told.dropped)?.abort();
    else void this.#answer(told);
  }

  end(): void {
    this.#isEnded = true;
    for (const one of this.#underWay.values()) one.abort();
  }

  async #answer({ request, source, tag, hex }: ServedRequest): Promise<void> {
    const dropped = new AbortController();
    this.#underWay.set(request, dropped);
    const { signal } = dropped;
    try {
      const bytes = fromHex(hex) ?? new Uint8Array(0);
      const response = await this.#respond({ source: asEid(source), tag, bytes, signal });
      // Told already, or nobody there to take it.
      if (signal.aborted || this.#isEnded) return;
      await this.#client.call("answer", { request, ...(response === undefined ? {} : { hex: toHex(response) }) });
    } catch (error) {
      if (!this.#isEnded)
        this.#log(harmless(`the response to EID ${String(source)} was not sent: ${messageOf(error)}`));
    } finally {
      this.#underWay.delete(request);
    }
  }

  /** Undefined for silence. */
  async #respond(request: IncomingRequest): Promise<Uint8Array | undefined> {
    const from = `a request of EID ${String(request.source)}`;
    try {
      const response: unknown = await this.#handler(request);
      if (response === undefined) return undefined;
      if (response instanceof Uint8Array && response.length > 0 && (response[0]! & MESSAGE_TYPE_MASK) === this.#type) {
        return response;
      }
      this.#log(
        harmless(`the handler's answer to ${from} is no message of type 0x${this.#type.toString(16)}: not sent`),
      );
    } catch (error) {
      this.#log(harmless(`the handler failed at ${from}, which is not answered: ${messageOf(error)}`));
    }
    return undefined;
  }
}

/** Failures that are the caller's words. */
const MISUSE: ReadonlySet<string> = new Set(["parameters", "message-kind"]);

/** Failures of the endpoint have the same codes here; all others are the agent's. */
function asAgentError(error: unknown): MctpError {
  const told = asMctpError(error);
  if (told instanceof MctpError) return told;
  const code = error instanceof Failure ? error.code : "";
  const as = code === "type-taken" ? "taken" : MISUSE.has(code) ? "misuse" : "no-agent";
  return new MctpError(as, messageOf(error), { cause: error });
}
