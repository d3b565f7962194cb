/** The recorded traces of test/vectors/bus, how their sides were set up, and what each side did. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Command } from "../../src/core/binding/registers.ts";
import type { Direction, RoleName } from "../../src/core/binding/side.ts";
import { CLOSING_RANGE, framingOf, type Version, type VersionRange } from "../../src/core/binding/versions.ts";
import { Flag, HEADER_BYTES } from "../../src/core/mctp/packet.ts";
import {
  byteOf,
  decodeTrace,
  isLifeRow,
  isRegisterRow,
  traceRejectText,
  type TraceRow,
} from "../../src/core/trace/format.ts";
import { WindowShadow } from "../../src/core/trace/window-shadow.ts";
import { readU32be, toHex } from "../../src/core/wire/bytes.ts";

const DIRECTORY = join(__dirname, "../vectors/bus");

/* ---- Recordings ---- */

interface RecordedEndpoint {
  readonly lib: string;
  readonly messages_received: number;
  readonly last_rx_len: number;
}

export interface Meta {
  readonly description: string;
  readonly window_size: number;
  readonly final: { readonly STR: string; readonly control_region_hex: string };
  readonly bmc: RecordedEndpoint;
  readonly host: RecordedEndpoint;
}

export interface Recording {
  readonly name: string;
  readonly lines: readonly string[];
  readonly rows: readonly TraceRow[];
  readonly meta: Meta;
}

export const TRACE_NAMES: readonly string[] = readdirSync(DIRECTORY)
  .filter((name) => name.endsWith(".jsonl"))
  .map((name) => name.slice(0, -".jsonl".length))
  .sort();

/** All but those that record mistakes: 06b, 07b and the 09s. */
export const ORDINARY_NAMES: readonly string[] = TRACE_NAMES.filter((name) => !/^0[679]/.test(name));

export function recording(name: string): Recording {
  const text = readFileSync(join(DIRECTORY, `${name}.jsonl`), "utf8");
  const trace = decodeTrace(text);
  if (!trace.ok) throw new Error(`${name}: ${traceRejectText(trace.reject)}`);
  const rows = trace.value.rows.filter((row) => !isLifeRow(row));
  const meta = JSON.parse(readFileSync(join(DIRECTORY, `${name}.meta.json`), "utf8")) as Meta;
  return { name, lines: text.split("\n").filter((line) => line !== ""), rows, meta };
}

/* ---- Set-up ---- */

const RANGES: Readonly<Record<string, VersionRange>> = {
  v1: { min: 1, cur: 1 },
  v2: { min: 1, cur: 2 },
  v3: { min: 1, cur: 3 },
  v3min2: { min: 2, cur: 3 },
};

/** MTUs as the descriptions give them, where not 64 and 64; undefined is "largest". */
const MTUS: Readonly<Record<string, Readonly<Record<RoleName, number | undefined>>>> = {
  "03a-mtu-host4096-bmcmax": { bmc: undefined, host: 4096 },
  "03b-mtu-host4096-bmc192": { bmc: 192, host: 4096 },
  "03c-mtu-host64-bmc4096": { bmc: 4096, host: 64 },
  "03d-mtu-host4096-bmcmax-v2": { bmc: undefined, host: 4096 },
  "03e-mtu-hostmax-bmcmax": { bmc: undefined, host: 524144 },
  "03f-mtu-host4096-bmcmax-hostv2": { bmc: undefined, host: 4096 },
  "05c-msg10000-host-to-bmc-mtu4096": { bmc: undefined, host: 4096 },
};

export interface SideSetup {
  readonly versions: VersionRange;
  readonly mtu: number | undefined;
  readonly windowBytes: number;
}

export function setupOf({ name, meta }: Recording, role: RoleName): SideSetup {
  const versions = RANGES[meta[role].lib];
  if (versions === undefined) throw new Error(`${name}: unknown version range ${meta[role].lib}`);
  const mtus = MTUS[name] ?? { bmc: 64, host: 64 };
  return { versions, mtu: mtus[role], windowBytes: meta.window_size };
}

/* ---- What a side did, whatever accesses it took ---- */

/** A buffer as it stood when its Tx Begin was written. */
export interface Frame {
  readonly version: Version;
  /** Of the buffer, from the start of the window. */
  readonly offset: number;
  /** Length, packet and trailer, in hexadecimal. */
  readonly hex: string;
  /** Header and payload. */
  readonly packet: Uint8Array;
  /** The row of the Tx Begin. */
  readonly row: TraceRow;
}

/** The packets that `side` sent. */
export function framesOf(rows: readonly TraceRow[], side: RoleName): readonly Frame[] {
  const direction: Direction = side === "host" ? "hostToBmc" : "bmcToHost";
  const shadow = new WindowShadow();
  const frames: Frame[] = [];
  for (const row of rows) {
    if (!isRegisterRow(row)) shadow.apply(row);
    else if (row.side === side && commandOf(row) === Command.TX_BEGIN) {
      const version = shadow.sessionVersion;
      if (version === undefined) throw new Error(`row ${String(row.n)}: Tx Begin without a session`);
      const { offset } = shadow.bufferOf(direction);
      const length = readU32be(shadow.bytes(offset, offset + 4), 0);
      const bytes = shadow.bytes(offset, offset + 4 + length + framingOf(version).trailerBytes).slice();
      frames.push({ version, offset, hex: toHex(bytes), packet: bytes.subarray(4, 4 + length), row });
    }
  }
  return frames;
}

/**
 * The commands that `side` wrote, without those that carry nothing for the recorded implementation: dummies, fences and
 * closing Initialises.
 */
export function commandsOf(rows: readonly TraceRow[], side: RoleName): readonly number[] {
  const shadow = new WindowShadow();
  const commands: number[] = [];
  for (const row of rows) {
    if (!isRegisterRow(row)) shadow.apply(row);
    else if (row.side === side) {
      const command = commandOf(row);
      const { min, cur } = shadow.region.hostVersions;
      const isClosing = command === Command.INITIALISE && min === CLOSING_RANGE.min && cur === CLOSING_RANGE.cur;
      if (command !== undefined && command !== Command.DUMMY && !isClosing) commands.push(command);
    }
  }
  return commands;
}

function commandOf(row: TraceRow): number | undefined {
  return isRegisterRow(row) && row.op === "kcs_write" && row.reg !== "STR" ? byteOf(row) : undefined;
}

/** The whole messages that packets make, in hexadecimal. */
export function messagesOf(packets: readonly Uint8Array[]): readonly string[] {
  const messages: string[] = [];
  let message: string | undefined;
  for (const packet of packets) {
    const flags = packet[3]!;
    if ((flags & Flag.SOM) !== 0) message = "";
    if (message === undefined) continue;
    message += toHex(packet.subarray(HEADER_BYTES));
    if ((flags & Flag.EOM) === 0) continue;
    messages.push(message);
    message = undefined;
  }
  return messages;
}
