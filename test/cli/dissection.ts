/** What the dissector of docs/wireshark has to show of captures, whichever tshark runs it: by the same filters in each. */
import { expect } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeTrace, type TraceEntry } from "../../src/core/trace/format.ts";
import { recording } from "../interop/recorded-traces.ts";
import { PROJECT, type Sandbox } from "../support/processes.ts";
import { runHere } from "./run-here.ts";

export const DISSECTOR: string = join(PROJECT, "docs", "wireshark", "mctp-lpc.lua");
/** Runs tshark; gives what it prints. */
export type Tshark = (...args: readonly string[]) => string;

const { rows } = recording("04a-msg64-host-to-bmc-v3");
const TIMED = rows.map((row, index): TraceEntry => ({ ...row, t: 1_000_000 * (index + 1) }));
/** Bytes of the only packet with its trailer, in one access. */
const PACKET_AND_TRAILER = 72;

/** The run of a host that writes the trailer little-endian. */
const FAULTY = TIMED.map((row): TraceEntry => {
  if (!("len" in row) || row.len !== PACKET_AND_TRAILER) return row;
  const [packet, trailer] = [row.value.slice(0, -8), row.value.slice(-8)];
  return { ...row, value: `${packet}${trailer.match(/../g)!.reverse().join("")}` };
});

export interface DissectedFiles {
  readonly right: string;
  readonly faulty: string;
}

/** Captures of a run without a mistake, and of one with a wrong CRC. */
export async function dissectedFiles(sandbox: Sandbox): Promise<DissectedFiles> {
  const [right, faulty] = [sandbox.path("right.pcapng"), sandbox.path("faulty.pcapng")];
  for (const [file, given] of [
    [right, TIMED],
    [faulty, FAULTY],
  ] as const) {
    writeFileSync(`${file}.jsonl`, encodeTrace(given));
    const { code, stderr } = await runHere(sandbox, "trace", "pcap", `${file}.jsonl`, "--output", file);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  }
  expect(readFileSync(faulty).length).toBeGreaterThan(readFileSync(right).length);
  return { right, faulty };
}

export function expectDissection({ right, faulty }: DissectedFiles, tshark: Tshark): void {
  const of =
    (file: string) =>
    (...args: readonly string[]): string =>
      tshark("-X", `lua_script:${DISSECTOR}`, "-r", file, ...args);
  const lines = (text: string): readonly string[] => (text === "" ? [] : text.trimEnd().split("\n"));
  const count = (op: string, reg: string, value: string): number =>
    rows.filter((row) => row.op === op && "reg" in row && row.reg === reg && row.value === value).length;

  const shown = of(right);
  const begins = shown("-Y", "mctp_lpc.command == 1 && mctp_lpc.operation == 1 && mctp_lpc.place == 2");
  expect(lines(begins)).toHaveLength(count("kcs_write", "IDR", "01"));
  expect(begins).toMatch(/host writes IDR = 01 Tx Begin/);
  expect(shown("-Y", "mctp_lpc.str.channel_active == 1")).toMatch(/reads STR = BMC Active, Channel Active/);
  const magic = shown("-Y", "mctp_lpc.region.magic", "-T", "fields", "-e", "mctp_lpc.region.magic");
  expect(new Set(lines(magic))).toEqual(new Set(["0x4d435450"]));
  expect(shown("-Y", "mctp_lpc.bad || _ws.malformed || mctp_lpc.finding")).toBe("");

  // The packet, by whichever dissector of MCTP there is: the names are those of later versions.
  const filter =
    "mctp.version == 1 && mctp.src == 9 && mctp.dst == 8 && mctp.flags.som == 1 && mctp.flags.eom == 1 && " +
    "mctp.seq == 0 && mctp.tag.to == 1 && mctp.tag.value == 1 && mctp.msg.type == 0x7d && mctp.msg.ic == 0";
  expect(lines(shown("-Y", filter))).toHaveLength(1);

  const found = of(faulty);
  const crc = lines(found("-Y", 'mctp_lpc.requirement == "LPC-BUF-3"'));
  expect(crc).toEqual([
    expect.stringMatching(/LPC-BUF-3 broken by the host \(wire\): a trailer of .*\(the trailer is little-endian\)$/),
    expect.stringMatching(/MCTP 88 .*\[LPC-BUF-3\]$/),
  ]);
  // In two passes the access is found, too.
  expect(lines(found("-2", "-Y", 'mctp_lpc.requirement == "LPC-BUF-3" && mctp_lpc.command'))).toEqual([
    expect.stringMatching(/host writes IDR = 01 Tx Begin .*\[LPC-BUF-3\]$/),
  ]);
  const fields = ["mctp_lpc.rule", "mctp_lpc.seen", "mctp_lpc.expected", "mctp_lpc.guess", "_ws.expert.severity"];
  const values = found(
    "-Y",
    "mctp_lpc.rule",
    "-T",
    "fields",
    "-E",
    "separator=|",
    ...fields.flatMap((name) => ["-e", name]),
  );
  expect(lines(values)).toEqual([
    expect.stringMatching(/^0\|a trailer of 0x[0-9a-f]{8} behind 68 bytes\|.*\|the trailer is little-endian\|8388608$/),
  ]);
  expect(lines(found("-Y", "mctp && _ws.expert.severity == error"))).toHaveLength(1);
  // The packet is dissected as that of a run without a mistake.
  expect(lines(found("-Y", filter))).toHaveLength(1);
}
