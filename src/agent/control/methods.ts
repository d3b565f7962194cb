/**
 * The methods of the control socket: what each is called with, what it gives and what it tells meanwhile. Agents serve
 * these and no others, tools call these and no others.
 */
import type { EndpointRecord } from "../../core/mctp/bus-owner/endpoint-record.ts";
import type { EndpointType } from "../../core/mctp/control/commands/get-endpoint-id.ts";
import type { RoutingTableEntry } from "../../core/mctp/control/routing.ts";
import { MESSAGE_TYPE_MASK } from "../../core/mctp/message.ts";
import { TAGS } from "../../core/mctp/packet.ts";
import { type Failure } from "../../platform/failure.ts";
import type { MonitorEnd, MonitorHead, MonitorRows } from "../bus/monitors.ts";
import type { EndedTrace } from "../bus/trace-switch.ts";
import type { PingReply, PingSummary } from "../echo.ts";
import type { FileProgress, FileWaiting, SentFile } from "../files/file-sender.ts";
import { ECHO_OVERHEAD } from "../files/vendor-messages.ts";
import type { AgentStatus, EndpointAgentStatus } from "../status.ts";
import type { Caller, ControlMethod } from "./call.ts";
import type { ControlClient } from "./control-socket.ts";
import {
  EID,
  EID_OR_NULL,
  FLAG,
  TEXT,
  UUID,
  VERSION,
  hex,
  judgeParameters,
  optional,
  shortText,
  whole,
  type FieldsOf,
} from "./parameters.ts";

/** How a request is sent; times in milliseconds. */
export interface AskParameters {
  /** Default: the EID at the other end of the link. */
  readonly eid?: number;
  readonly tag?: number;
  readonly timeout?: number;
  readonly retries?: number;
}

/** Told of each attempt as it is made, or that the request waits for a tag before the first. */
export type AskProgress = { readonly attempt: number; readonly tag: number } | AskWait;

/** Milliseconds: until the request is given up unasked, and until the first hold-off of a tag ends. */
export interface AskWait {
  readonly waitLimit: number;
  readonly tagFreeIn: number | undefined;
}

export interface AskAnswer {
  readonly source: number;
  readonly tag: number;
  readonly hex: string;
  readonly attempts: number;
  readonly roundTripMicroseconds: number;
}

/** As `mctp-lpc endpoints --json` prints it. */
export interface EndpointEntry {
  readonly eid: number;
  readonly presence: EndpointRecord["presence"];
  readonly uuid: string | undefined;
  readonly port: number | undefined;
  /** Why it has this EID rather than one that just came next. */
  readonly fixed: EndpointRecord["fixed"];
  /** EIDs that a bridge has to give; `static`: by --static-pool. */
  readonly pool: { readonly first: number; readonly last: number; readonly static: boolean } | undefined;
  readonly controlVersions: readonly string[];
  readonly messageTypes: readonly number[];
  /** The EID of the bridge that it is behind, which gave it its EID; undefined for one on a link of the agent. */
  readonly bridge: number | undefined;
  /** What it says to be; undefined where it was not asked. */
  readonly kind: EndpointType | undefined;
}

/** As `mctp-lpc routes --json` prints it. */
export interface RouteEntry {
  readonly first: number;
  readonly last: number;
  readonly kind: RoutingTableEntry["kind"];
  readonly port: number;
  readonly static: boolean;
  readonly binding: number;
  readonly medium: number;
}

/** An endpoint that was forgotten, as `mctp-lpc forget --json` prints it. */
export interface ForgottenEntry {
  readonly eid: number;
  readonly uuid: string | undefined;
  /** It is there, and is discovered anew. */
  readonly here: boolean;
  /** The bridge that it is behind. */
  readonly bridge: number | undefined;
}

/** A request of a peer that a program serves; `hex` is the whole message, type byte first. */
export interface ServedRequest {
  readonly request: number;
  readonly source: number;
  readonly tag: number;
  readonly hex: string;
}

/** Told once the program serves the messages, then of each request, and of each that is dropped unanswered. */
export type ServeProgress = { readonly serves: true } | ServedRequest | { readonly dropped: number };

type None = Readonly<Record<string, never>>;

/** A method without `progress` tells nothing before it ends. */
export interface Methods {
  status: { parameters: None; result: AgentStatus | EndpointAgentStatus };
  ping: {
    parameters: {
      readonly eid?: number;
      readonly count?: number;
      readonly bytes?: number;
      readonly interval?: number;
      readonly timeout?: number;
    };
    result: PingSummary;
    progress: PingReply;
  };
  sendFile: {
    parameters: {
      readonly path: string;
      readonly eid?: number;
      readonly name?: string;
      readonly patience?: number;
      readonly unproven?: boolean;
    };
    result: SentFile;
    progress: FileProgress | FileWaiting;
  };
  /** A whole message, from the type byte on. */
  request: { parameters: AskParameters & { readonly hex: string }; result: AskAnswer; progress: AskProgress };
  /** A control command with its data: the agent chooses the instance id, and takes an answer from a changed EID, too. */
  control: {
    parameters: AskParameters & { readonly command: number; readonly hex?: string };
    result: AskAnswer;
    progress: AskProgress;
  };
  /** A message that gets no response; with `tagOwner` false a response, which needs the `tag` of its request. */
  send: {
    parameters: {
      readonly hex: string;
      readonly eid?: number;
      readonly tag?: number;
      readonly tagOwner?: boolean;
      /** Milliseconds; the message stays queued beyond them. */
      readonly timeout?: number;
    };
    result: null;
  };
  /**
   * Has the caller serve a message type, or of types 0x7e and 0x7f one vendor's messages, until it hangs up. Each request is
   * answered by `answer`.
   */
  serve: {
    parameters: {
      readonly type: number;
      readonly vendor?: number;
      /** For Get Vendor Defined Message Support. */
      readonly commandSet?: number;
      /** For Get MCTP Version Support, like 1.0.0. */
      readonly version?: string;
      /** Who serves, for people. */
      readonly name?: string;
    };
    result: null;
    progress: ServeProgress;
  };
  /** The response to a request of `serve`, type byte first; without `hex` there is none. */
  answer: { parameters: { readonly request: number; readonly hex?: string }; result: null };
  /** The last bus accesses of an agent on a board, as a trace. */
  recorder: { parameters: None; result: { readonly trace: string } };
  /** Every bus access from now on, until the tool goes or the agent stops: the head first, then rows. */
  monitor: { parameters: None; result: MonitorEnd; progress: MonitorHead | MonitorRows };
  /** Has the agent write its bus accesses to a file, which it judges as that of --trace. `path` is absolute. */
  startTrace: { parameters: { readonly path: string; readonly limit?: number }; result: { readonly path: string } };
  /** Ends the trace that is written; resolves when it is on its disk. */
  stopTrace: { parameters: None; result: EndedTrace };
  endpoints: { parameters: None; result: readonly EndpointEntry[] };
  /** What is waited for, and why no endpoint is known, a sentence for people each. */
  endpointNotes: { parameters: None; result: readonly string[] };
  routes: { parameters: None; result: readonly RouteEntry[] };
  /** `here`: the endpoint has taken the EID; otherwise it gets it when it comes. */
  assign: {
    parameters: { readonly eid: number; readonly uuid?: string; readonly current?: number };
    result: { readonly eid: number; readonly here: boolean };
  };
  /** By EID, or all that are known by a UUID. */
  forget: {
    parameters: { readonly eid?: number; readonly uuid?: string };
    result: readonly ForgottenEntry[];
  };
}

export type MethodName = keyof Methods;
export type ParametersOf<Name extends MethodName> = Methods[Name]["parameters"];
export type ResultOf<Name extends MethodName> = Methods[Name]["result"];
export type ProgressOf<Name extends MethodName> = Methods[Name] extends { progress: infer Progress } ? Progress : never;

/** What the numbers of the methods may be, from and to; tools say the same in their own words before they ask. */
export const RANGES: Readonly<
  Record<
    | "pingCount"
    | "pingBytes"
    | "pingInterval"
    | "pingTimeout"
    | "patienceMilliseconds"
    | "attemptTimeout"
    | "retries"
    | "traceLimit",
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
  traceLimit: [1, Number.MAX_SAFE_INTEGER],
};

/** Characters of a program's name. */
const LONGEST_PROGRAM_NAME = 200;
const LARGEST_MESSAGE_BYTES = 1024 * 1024;
const MESSAGE = hex(1, LARGEST_MESSAGE_BYTES);
const TAG = optional(whole([0, TAGS - 1]));
const ASK: FieldsOf<AskParameters> = {
  eid: optional(EID_OR_NULL),
  tag: TAG,
  timeout: optional(whole(RANGES.attemptTimeout)),
  retries: optional(whole(RANGES.retries)),
};

const FIELDS: { readonly [Name in MethodName]: FieldsOf<ParametersOf<Name>> } = {
  status: {},
  ping: {
    eid: optional(EID),
    count: optional(whole(RANGES.pingCount)),
    bytes: optional(whole(RANGES.pingBytes)),
    interval: optional(whole(RANGES.pingInterval)),
    timeout: optional(whole(RANGES.pingTimeout)),
  },
  sendFile: {
    path: TEXT,
    eid: optional(EID),
    name: optional(TEXT),
    patience: optional(whole(RANGES.patienceMilliseconds)),
    unproven: optional(FLAG),
  },
  request: { ...ASK, hex: MESSAGE },
  control: { ...ASK, command: whole([0, 0xff]), hex: optional(hex(0, LARGEST_MESSAGE_BYTES)) },
  send: {
    hex: MESSAGE,
    eid: optional(EID_OR_NULL),
    tag: TAG,
    tagOwner: optional(FLAG),
    timeout: optional(whole(RANGES.attemptTimeout)),
  },
  serve: {
    type: whole([0, MESSAGE_TYPE_MASK]),
    vendor: optional(whole([0, 0xffff_ffff])),
    commandSet: optional(whole([0, 0xffff])),
    version: optional(VERSION),
    name: optional(shortText(LONGEST_PROGRAM_NAME)),
  },
  answer: { request: whole([1, Number.MAX_SAFE_INTEGER]), hex: optional(MESSAGE) },
  recorder: {},
  monitor: {},
  startTrace: { path: TEXT, limit: optional(whole(RANGES.traceLimit)) },
  stopTrace: {},
  endpoints: {},
  endpointNotes: {},
  routes: {},
  assign: { eid: EID, uuid: optional(UUID), current: optional(EID) },
  forget: { eid: optional(EID), uuid: optional(UUID) },
};

/* ---- The agent's end ---- */

/** The call that a method serves: how to tell of its progress, and a signal for the caller's leaving. */
export interface Call<Name extends MethodName> {
  readonly tell: (progress: ProgressOf<Name>) => void;
  /** The same, unless the caller does not read what it was told before: false. */
  readonly offer: (progress: ProgressOf<Name>) => boolean;
  readonly signal: AbortSignal;
  readonly caller: Caller;
}

export type Handler<Name extends MethodName> = (
  parameters: ParametersOf<Name>,
  call: Call<Name>,
) => ResultOf<Name> | Promise<ResultOf<Name>>;

type Handlers = { readonly [Name in MethodName]?: Handler<Name> };
type AnyHandler = (
  parameters: unknown,
  call: {
    tell: (progress: unknown) => void;
    offer: (progress: unknown) => boolean;
    signal: AbortSignal;
    caller: Caller;
  },
) => unknown;

/** Methods that an agent serves, behind the one judgement of what they are called with. */
export function served(handlers: Handlers): Readonly<Record<string, ControlMethod>> {
  return Object.fromEntries(
    (Object.keys(handlers) as MethodName[]).map((name): [string, ControlMethod] => {
      const handler = handlers[name] as AnyHandler;
      return [
        name,
        (given, notify, signal, caller) => {
          const tell = (progress: unknown): void => {
            notify("progress", progress);
          };
          const offer = (progress: unknown): boolean => notify("progress", progress, true);
          return handler(judgeParameters(name, FIELDS[name], given), { tell, offer, signal, caller });
        },
      ];
    }),
  );
}

/** Methods that an agent has no use for: each fails with this. */
export function refusing(names: readonly MethodName[], failure: Failure): Readonly<Record<string, ControlMethod>> {
  const refuse: ControlMethod = () => {
    throw failure;
  };
  return Object.fromEntries(names.map((name) => [name, refuse]));
}

/* ---- The tools' end ---- */

export interface AgentClient {
  /**
   * Calls a method of the agent; fails with a Failure that carries the agent's code. `onProgress` is told what the
   * agent says of this call while it is under way.
   */
  call<Name extends MethodName>(
    name: Name,
    parameters: ParametersOf<Name>,
    onProgress?: (progress: ProgressOf<Name>) => void,
  ): Promise<ResultOf<Name>>;
  /** Reads no more of what the agent says until `resume`. */
  pause(): void;
  resume(): void;
  close(): void;
}

/**
 * The connection as the table has it: what an agent of this version gives is not judged again. Its texts may be those of
 * a peer, as they came: what prints them makes them harmless.
 */
export function agentClient(client: ControlClient): AgentClient {
  return client as AgentClient;
}
