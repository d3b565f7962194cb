/**
 * The models of deployed sides against the recorded traces: given what the recorded side read, a model makes the recorded
 * accesses in the recorded order, one round of it for each poll, start, stop or packet of the recording.
 *
 * Traces 12 to 14 are left out: they differ from 04 in what is sent, not in how.
 */
import { describe, expect, test } from "@jest/globals";
import type { BusAccess } from "../../src/core/binding/access.ts";
import { Side, type Role, type RoleName } from "../../src/core/binding/side.ts";
import { AccessBus, type AnyBus } from "../../src/core/binding/access-bus.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { Flag, HEADER_BYTES } from "../../src/core/mctp/packet.ts";
import { byteOf, bytesOf, isRegisterRow, type TraceRow } from "../../src/core/trace/format.ts";
import { readU32be, toHex } from "../../src/core/wire/bytes.ts";
import { millis } from "../../src/core/wire/units.ts";
import { DEPLOYED_BMC } from "../support/deployed/deployed-bmc.ts";
import { DEPLOYED_HOST } from "../support/deployed/deployed-host.ts";
import type { DeployedConfig, DeployedState } from "../support/deployed/deployed-side.ts";
import { TRACE_NAMES, framesOf, recording, setupOf } from "./recorded-traces.ts";

const NAMES = TRACE_NAMES.filter((name) => !/^1[234]-/.test(name));

/** What a trace shows of the numbered behaviours of annex A, side by side. */
const SHOWN: Readonly<Record<RoleName, Readonly<Record<string, string>>>> = {
  bmc: {
    "01-init-v3": "U9",
    "02a-init-bmc3-host2": "F21",
    "06b-bmc-restart-coalesced": "F22, U9",
    "07b-host-restart-bmc-tx-pending": "F19, F22",
    "09a-crc-corrupt-host-to-bmc": "a wrong CRC is acknowledged",
    "09c-length-too-big-host-to-bmc": "F7",
    "09e-unknown-commands": "F18",
    "11-both-directions": "U12",
  },
  host: {
    "01c-host-before-bmc": "a refused start",
    "03b-mtu-host4096-bmc192": "U3",
    "06b-bmc-restart-coalesced": "F2, F24",
    "07b-host-restart-bmc-tx-pending": "F19, U1, U2",
  },
};

function titled(role: RoleName): readonly (readonly [string, string])[] {
  return NAMES.map((name) => [name, SHOWN[role][name] ?? "the ordinary case"]);
}

type AnyRole = Role<DeployedState, DeployedConfig, AnyBus>;

const ROLES = { bmc: DEPLOYED_BMC, host: DEPLOYED_HOST } as unknown as Readonly<Record<RoleName, AnyRole>>;

/** Rows of a side that follow each other in one step of the recording; steps without rows of the side are not there. */
function stepsOf(rows: readonly TraceRow[], role: RoleName): readonly (readonly TraceRow[])[] {
  const steps: TraceRow[][] = [];
  let last: string | undefined;
  for (const row of rows) {
    if (row.step !== last) steps.push([]);
    last = row.step;
    if (row.side === role) steps.at(-1)!.push(row);
  }
  return steps.filter((step) => step.length > 0 && step[0]!.step?.startsWith("raw") !== true);
}

/** An access as a row has it, without what was read. */
function accessText(access: BusAccess, role: RoleName): string {
  const [inbound, outbound] = role === "host" ? ["ODR", "IDR"] : ["IDR", "ODR"];
  switch (access.kind) {
    case "readStatus":
      return "kcs_read STR";
    case "readData":
      return `kcs_read ${inbound}`;
    case "writeStatus":
    case "writeData":
      return `kcs_write ${access.kind === "writeStatus" ? "STR" : outbound} ${access.value.toString(16).padStart(2, "0")}`;
    case "readWindow":
      return `lpc_read ${access.offset}+${access.length}`;
    case "writeWindow":
      return `lpc_write ${access.offset} ${toHex(access.bytes.subarray(access.start, access.end))}`;
  }
}

function rowText(row: TraceRow): string {
  if (isRegisterRow(row)) return `${row.op} ${row.reg}${row.op === "kcs_write" ? ` ${row.value}` : ""}`;
  return row.op === "lpc_read" ? `lpc_read ${row.offset}+${row.len}` : `lpc_write ${row.offset} ${row.value}`;
}

/** Hands an access what the recorded side read there. */
function hand(access: BusAccess, row: TraceRow): number {
  if (access.kind === "readWindow") {
    access.into.set(bytesOf(row), access.at);
    return 0;
  }
  return isRegisterRow(row) && row.op === "kcs_read" ? byteOf(row) : 0;
}

/** Ends a round whose recording is at its end. */
class RecordingOver extends Error {}

/** What the model does in a step, and whether it still wanted more when the recorded side was done. */
function run(side: Side<DeployedState, DeployedConfig, AnyBus>, rows: readonly TraceRow[]): readonly string[] {
  const made: string[] = [];
  const bus = new AccessBus((access) => {
    const row = rows[made.length];
    if (row === undefined) throw new RecordingOver();
    made.push(accessText(access, side.role.name));
    if (made.at(-1) !== rowText(row)) throw new RecordingOver();
    return hand(access, row);
  });
  try {
    side.service(bus, millis(0));
  } catch (error) {
    if (!(error instanceof RecordingOver)) throw error;
    made.push("and more");
  }
  return made;
}

function replay(
  name: string,
  role: RoleName,
): { readonly wanted: readonly string[]; readonly made: readonly string[] } {
  const recorded = recording(name);
  const config = {
    ...setupOf(recorded, role),
    keepsPackets: true,
    waitsForRoom: false,
    emptiesOdr: false,
    looksAgain: false,
    forgetsAtLoss: false,
    rewritesRefused: false,
  };
  const frames = [...framesOf(recorded.rows, role)];
  const queue: Uint8Array[] = [];
  let side = new Side(ROLES[role], config, createPacketMemory());
  let program: string | undefined;
  const wanted: string[] = [];
  const made: string[] = [];
  for (const rows of stepsOf(recorded.rows, role)) {
    const word = rows[0]!.step!;
    const starting = /^(\w+)\.start/.exec(word)?.[1];
    if (starting !== undefined && starting !== program) {
      side = new Side(ROLES[role], config, createPacketMemory());
      program = starting;
    }
    if (word.endsWith(".destroy")) side.stop();
    // The packets of all messages that begin in this step.
    while (word.includes(".tx") && frames.length > 0) {
      const { packet, row } = frames[0]!;
      if ((packet[3]! & Flag.SOM) !== 0 && !rows.includes(row)) break;
      queue.push(packet);
      frames.shift();
    }
    const offerNext = (): void => {
      const packet = side.canOffer ? queue.shift() : undefined;
      if (packet === undefined) return;
      side.offer({ header: readU32be(packet, 0), message: packet, start: HEADER_BYTES, end: packet.length });
    };
    offerNext();
    wanted.push(`[${word}]`, ...rows.map(rowText));
    made.push(`[${word}]`, ...run(side, rows));
    offerNext();
  }
  expect(queue).toEqual([]);
  return { wanted, made };
}

describe("the models are true to the recorded traces", () => {
  test.each(titled("bmc"))("%s: the BMC: %s", (name) => {
    const { wanted, made } = replay(name, "bmc");
    expect(made).toEqual(wanted);
    expect(made.length).toBeGreaterThan(3);
  });

  test.each(titled("host"))("%s: the host: %s", (name) => {
    const { wanted, made } = replay(name, "host");
    expect(made).toEqual(wanted);
    expect(made.length).toBeGreaterThan(3);
  });
});
