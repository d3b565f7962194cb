/** Vectors as their schemas have them. */
import type { MessageEvent } from "../../../spec/generator/vectors/message-runs.ts";
import type { BindingCounter } from "../../../src/core/binding/counters.ts";
import type { Depth } from "../../../src/core/binding/kcs-word.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import type { TraceRow, TraceSide } from "../../../src/core/trace/format.ts";
import { fromHex } from "../../../src/core/wire/bytes.ts";

export function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new Error(`"${hex}" is no hexadecimal`);
  return bytes;
}

export interface CrcVector {
  readonly name: string;
  readonly length: number;
  readonly pattern?: string;
  readonly bytes?: string;
  readonly crc: string;
}

export interface PacketVector {
  readonly name: string;
  readonly version: Version;
  readonly mtu: number;
  readonly receiveOnly: boolean;
  readonly packet: {
    readonly headerVersion: number;
    readonly destination: number;
    readonly source: number;
    readonly startOfMessage: boolean;
    readonly endOfMessage: boolean;
    readonly sequence: number;
    readonly tagOwner: boolean;
    readonly tag: number;
    readonly payload: string;
  };
  readonly length: number;
  readonly crc: string | null;
  readonly buffer: string;
}

export interface RejectedPacket {
  readonly name: string;
  readonly version: Version;
  readonly mtu: number;
  readonly buffer: string;
  readonly reason: "lengthOutOfBounds" | "crcMismatch" | "headerVersion";
  readonly requirement: string;
  readonly reads: readonly { readonly offset: number; readonly bytes: number }[];
  readonly answer: string;
}

export interface Terms {
  readonly min: number;
  readonly cur: number;
  readonly mtu: number | null;
}

export interface MessagesVector {
  readonly name: string;
  readonly events: readonly MessageEvent[];
}

/** A file of spec/vectors/traces. */
export interface TraceVector {
  readonly title: string;
  readonly windowBytes: number;
  readonly depth: Depth;
  readonly stepped: boolean;
  readonly host: TraceTerms;
  readonly bmc: TraceTerms;
  readonly marks: readonly {
    readonly before: number;
    readonly side: TraceSide;
    readonly what: "starts" | "ends" | "happens";
    readonly text: string;
  }[];
  readonly packets: readonly {
    readonly before: number;
    readonly side: RoleName;
    readonly what: "offered" | "delivered";
    readonly bytes: string;
  }[];
  readonly rows: readonly VectorRow[];
  readonly outcome: Readonly<Record<RoleName, TraceOutcome | null>>;
}

interface TraceTerms extends Terms {
  readonly byHand: boolean;
}

interface TraceOutcome {
  readonly session: SessionTerms | null;
  readonly counted: Readonly<Record<string, number>>;
}

export interface SessionTerms {
  readonly version: number;
  readonly mtu: { readonly hostToBmc: number; readonly bmcToHost: number };
}

/** A row that no program made is carried out in its side's name. */
export type VectorRow = TraceRow & { readonly byHand?: true };

export interface VersionsVector {
  readonly bmc: readonly [number, number];
  readonly host: readonly [number, number];
  readonly version: number;
}

export interface SizeVector {
  readonly version: Version;
  readonly mtu: number;
  readonly size: number;
}

export interface LargestVector {
  readonly version: Version;
  readonly windowBytes: number;
  readonly mtu: number;
}

export interface AskVector {
  readonly windowBytes: number;
  readonly version: Version;
  readonly rx_offset: number;
  readonly tx_offset: number;
  readonly mtu: number | null;
  readonly rx_size: number;
}

export interface AnswerVector {
  readonly windowBytes: number;
  readonly bmc: Terms;
  readonly host: { readonly min: number; readonly cur: number; readonly rx_size: number | null };
  readonly channelActive: boolean;
  readonly answer: Readonly<Record<string, number>>;
  readonly mtu: number | null;
}

export interface RegionJson {
  readonly bytes: string;
  readonly fields: Readonly<Record<string, number | string>>;
}

interface ProposalJson extends RegionJson {
  readonly rxSizeWritten: boolean;
}

export interface MeetingVector {
  readonly name: string;
  readonly windowBytes: number;
  readonly bmc: Terms;
  readonly host: Terms;
  readonly offer: RegionJson;
  readonly proposal: ProposalJson;
  readonly answer: RegionJson;
  readonly session: SessionTerms | null;
}

interface VerdictJson {
  readonly verdict: "session" | "beginAgain" | "closeAndRest" | "wait";
  readonly reason?: BindingCounter;
  readonly requirement?: string;
  readonly version?: number;
  readonly mtu?: SessionTerms["mtu"];
}

export interface JudgedVector extends VerdictJson {
  readonly name: string;
  readonly windowBytes: number;
  readonly host: Terms;
  readonly offer: RegionJson;
  readonly proposal: ProposalJson;
  readonly asked: number | null;
  readonly answer: RegionJson;
}

export interface FoundVector extends VerdictJson {
  readonly name: string;
  readonly windowBytes: number;
  readonly found: string;
}
