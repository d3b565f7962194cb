/** The generated parts of annex F: walk-throughs, byte by byte, of runs and packets that the code makes. */
import { ECHO_OVERHEAD, Operation, encodeVendorRequest } from "../../src/agent/files/vendor-messages.ts";
import { DEFAULT_BMC_EID, DEFAULT_HOST_EID } from "../../src/agent/identity.ts";
import { Field, decodeControlRegion } from "../../src/core/binding/control-region.ts";
import { overheadBytes } from "../../src/core/binding/layout.ts";
import { commandName, statusText } from "../../src/core/binding/registers.ts";
import { decodeHeader, messageHeader, packetHeader } from "../../src/core/mctp/packet.ts";
import { statusOf } from "../../src/core/binding/kcs-word.ts";
import { readU32be, toHex, writeU32be } from "../../src/core/wire/bytes.ts";
import { CRC32_POLYNOMIAL } from "../../src/core/wire/crc.ts";
import { frameOf } from "./vectors/packets.ts";
import { startUpCost } from "./walk-throughs/start-up-cost.ts";
import { steppedRun, type Deed } from "./walk-throughs/stepped-run.ts";

type Row = readonly string[];

function table(head: Row, rows: readonly Row[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function fenced(lines: readonly string[]): string {
  return ["```", ...lines, "```"].join("\n");
}

function hex(value: number, digits = 2): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}

/** "4d 43 54 50" */
function spaced(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

const code = (text: string): string => `\`${text}\``;
const sideName = ({ side }: Deed): string => (side === "bmc" ? "BMC" : "host");

/* ---- F.1 The control region of a start-up ---- */

/** The fields that these bytes of the region hold, with their values. */
function fieldTexts(offset: number, length: number, region: Uint8Array): string {
  const { bmcVersions, hostVersions, negotiatedVersion, layout } = decodeControlRegion(region);
  const fields: readonly (readonly [number, string])[] = [
    [Field.magic, 'magic "MCTP"'],
    [Field.bmcVersionMin, `bmc_ver_min ${String(bmcVersions.min)}`],
    [Field.bmcVersionCur, `bmc_ver_cur ${String(bmcVersions.cur)}`],
    [Field.hostVersionMin, `host_ver_min ${String(hostVersions.min)}`],
    [Field.hostVersionCur, `host_ver_cur ${String(hostVersions.cur)}`],
    [Field.negotiatedVersion, `negotiated_ver ${String(negotiatedVersion)}`],
    [Field.pad, "pad 0"],
    [Field.rxOffset, `rx_offset ${hex(layout.bmcToHost.offset)}`],
    [Field.rxSize, `rx_size ${String(layout.bmcToHost.size)}`],
    [Field.txOffset, `tx_offset ${hex(layout.hostToBmc.offset)}`],
    [Field.txSize, `tx_size ${String(layout.hostToBmc.size)}`],
  ];
  return fields
    .filter(([at]) => at >= offset && at < offset + length)
    .map(([, text]) => text)
    .join(", ");
}

const LINE_BYTES = 16;

/** The 32 bytes in two lines, those from `start` to `end` in brackets. */
function regionLines(region: Uint8Array, start: number, end: number): readonly string[] {
  const isIn = (at: number): boolean => at >= start && at < end;
  return [0, LINE_BYTES].map((line) => {
    const cells = Array.from({ length: LINE_BYTES }, (_, index) => {
      const at = line + index;
      const opens = isIn(at) && (index === 0 || !isIn(at - 1));
      const closes = index > 0 && isIn(at - 1) && !isIn(at);
      return `${opens ? "[" : closes ? "]" : " "}${toHex(region.subarray(at, at + 1))}`;
    });
    const last = isIn(line + LINE_BYTES - 1) ? "]" : "";
    return `       ${hex(line)} ${cells.join("")}${last}`;
  });
}

function regionWrites(deeds: readonly Deed[]): readonly Deed[] {
  return deeds.filter(({ access, offset }) => access === "writeWindow" && offset < Field.txSize + 4);
}

export function startUpRegion(): string {
  const deeds = steppedRun({ bmc: { min: 1, cur: 3 }, host: { min: 1, cur: 3 } });
  return fenced(
    regionWrites(deeds)
      .flatMap((deed) => {
        const { step, offset, bytes, region } = deed;
        const head = `${step.padEnd(7)}${sideName(deed)}: ${fieldTexts(offset, bytes.length, region)}`;
        return [head, ...regionLines(region, offset, offset + bytes.length), ""];
      })
      .slice(0, -1),
  );
}

/* ---- F.2 Get Endpoint ID ---- */

/** The two frames of a request in a session of this version, from the run in which they were sent. */
function requestFrames(cur: number): readonly [request: Uint8Array, response: Uint8Array] {
  const deeds = steppedRun({ bmc: { min: 1, cur: 3 }, host: { min: 1, cur }, request: true });
  const frames = deeds.filter(({ access, step }) => access === "writeWindow" && (step === "H3.1" || step === "B5.1"));
  const [request, response] = frames;
  if (request?.side !== "host" || response?.side !== "bmc") throw new Error("there is no request and response");
  return [request.bytes, response.bytes];
}

const COMMON_FIELDS: readonly (readonly [string, number, number])[] = [
  ["length", 0, 4],
  ["header version", 4, 1],
  ["destination EID", 5, 1],
  ["source EID", 6, 1],
  ["SOM, EOM, sequence, TO, tag", 7, 1],
  ["IC, message type: control", 8, 1],
  ["Rq, D, instance identifier", 9, 1],
  ["command: Get Endpoint ID", 10, 1],
];
const RESPONSE_FIELDS: readonly (readonly [string, number, number])[] = [
  ["completion code: success", 11, 1],
  ["EID", 12, 1],
  ["endpoint type: bus owner; identifier type: static", 13, 1],
  ["medium-specific", 14, 1],
];

export function endpointIdPackets(): string {
  const [request, response] = requestFrames(3);
  const trailer = (frame: Uint8Array): Uint8Array => frame.subarray(-4);
  const cell = (frame: Uint8Array, at: number, length: number): string => code(spaced(frame.subarray(at, at + length)));
  return table(
    ["offset in the buffer", "field", "request, host to BMC", "response, BMC to host"],
    [
      ...COMMON_FIELDS.map(([name, at, length]) => [
        String(at),
        name,
        cell(request, at, length),
        cell(response, at, length),
      ]),
      ...RESPONSE_FIELDS.map(([name, at, length]) => [String(at), name, "", cell(response, at, length)]),
      ["behind the packet", "CRC-32 (version 3)", code(spaced(trailer(request))), code(spaced(trailer(response)))],
    ],
  );
}

export function endpointIdBuffers(): string {
  const rows = [1, 2, 3].map((version): Row => {
    const [request, response] = requestFrames(version);
    return [String(version), code(spaced(request)), code(spaced(response))];
  });
  return table(["version", "hostToBmc buffer: request", "bmcToHost buffer: response"], rows);
}

/* ---- The CRC of the request, step by step ---- */

const INITIAL = 0xffff_ffff;
const BITS = 8;
const word = (value: number): string => code((value >>> 0).toString(16).padStart(8, "0"));

/** One of the eight steps that a byte takes. */
function shift(crc: number): number {
  return ((crc & 1) === 1 ? (crc >>> 1) ^ CRC32_POLYNOMIAL : crc >>> 1) >>> 0;
}

function requestPacket(): Uint8Array {
  return requestFrames(1)[0].subarray(4);
}

export function crcBits(): string {
  const first = requestPacket()[0]!;
  let crc = (INITIAL ^ first) >>> 0;
  const rows: Row[] = [["exclusive or with the byte", "", word(crc)]];
  for (let bit = 1; bit <= BITS; bit++) {
    const out = crc & 1;
    crc = shift(crc);
    const what = out === 1 ? "shifted right, exclusive or with the polynomial" : "shifted right";
    rows.push([`step ${String(bit)}: ${what}`, String(out), word(crc)]);
  }
  return table(
    [`byte ${code(hex(first))}`, "bit shifted out", "register"],
    [["before it", "", word(INITIAL)], ...rows],
  );
}

export function crcBytes(): string {
  let crc = INITIAL;
  const rows = [...requestPacket()].map((byte): Row => {
    const mixed = (crc ^ byte) >>> 0;
    crc = mixed;
    for (let bit = 0; bit < BITS; bit++) crc = shift(crc);
    return [code(hex(byte)), word(mixed), word(crc)];
  });
  return table(
    ["byte", "exclusive or with it", "after eight steps"],
    [...rows, ["final exclusive or", word(INITIAL), word(crc ^ INITIAL)]],
  );
}

/* ---- F.3 A message of three packets ---- */

const MTU = 64;
const MESSAGE_BYTES = 150;
const TAG = 3;

export function messagePackets(): string {
  const data = Uint8Array.from({ length: MESSAGE_BYTES - ECHO_OVERHEAD }, (_, index) => index);
  const message = encodeVendorRequest({ operation: Operation.ECHO, data });
  const common = messageHeader(DEFAULT_BMC_EID, DEFAULT_HOST_EID, true, TAG);
  const rows: Row[] = [];
  for (let start = 0; start < message.length; start += MTU) {
    const end = Math.min(start + MTU, message.length);
    const packet = new Uint8Array(4 + end - start);
    writeU32be(packet, 0, packetHeader(common, start === 0, end === message.length, rows.length));
    packet.set(message.subarray(start, end), 4);
    const frame = frameOf(3, packet);
    const header = decodeHeader(readU32be(packet, 0));
    rows.push([
      String(rows.length + 1),
      code(spaced(frame.subarray(0, 4))),
      code(spaced(packet.subarray(0, 4))),
      [header.startOfMessage, header.endOfMessage, header.sequence, header.tagOwner, header.tag].map(Number).join(", "),
      `${String(start)}–${String(end - 1)}`,
      code(`${spaced(message.subarray(start, start + 4))} …`),
      code(spaced(frame.subarray(-4))),
      `${String(end - start + overheadBytes(2))}, ${String(frame.length)}`,
    ]);
  }
  return table(
    [
      ...["packet", "length", "header", "SOM, EOM, sequence, TO, tag", "bytes of the message"],
      ...["payload begins", "CRC-32", "bytes in the buffer: versions 1 and 2, version 3"],
    ],
    rows,
  );
}

/* ---- F.4 A refusal ---- */

function deedText(deed: Deed): string {
  const { access, side, value, offset, bytes, region } = deed;
  const [inbound, outbound] = side === "host" ? ["ODR", "IDR"] : ["IDR", "ODR"];
  const command = value === 0xff && deed.side === "host" && access === "writeData" ? "fence" : commandName(value);
  const end = offset + bytes.length - 1;
  switch (access) {
    case "writeData":
      return `${outbound} = ${hex(value)}, ${command}`;
    case "readData":
      return `read ${inbound}, gets ${hex(value)}`;
    case "writeStatus":
      return `STR = ${hex(value)}`;
    case "writeWindow":
      return `write ${hex(offset)}–${hex(end)}: ${fieldTexts(offset, bytes.length, region)}`;
    default:
      return `read ${hex(offset)}–${hex(end)}`;
  }
}

export function refusal(): string {
  const deeds = steppedRun({ bmc: { min: 2, cur: 2 }, host: { min: 1, cur: 1 } });
  const rest = deeds.findIndex(({ step }) => step === "H1.30");
  const proposal = deeds.slice(0, rest).findLastIndex(({ step }) => step === "H1.10");
  const rows = deeds.slice(proposal, rest).map((deed): Row => {
    const status = statusOf(deed.word);
    return [
      deed.step,
      `${sideName(deed)}: ${deedText(deed)}`,
      `${hex(status)} ${statusText(status)}`,
      code(spaced(deed.region.subarray(Field.hostVersionMin, Field.pad))),
    ];
  });
  return table(["step", "access", "STR behind it", "0x08–0x0d behind it"], rows);
}

/* ---- F.6 What a start-up costs ---- */

export function startUpCosts(): string {
  const rows = [
    ["a host beside a BMC that is up", startUpCost(true)],
    ["both start at once", startUpCost(false)],
  ] as const;
  return table(
    ["start-up", "host: registers, window", "BMC: registers, window", "waits of the host", "clocks", "on the bus"],
    rows.map(([what, { registers, window, waits, clocks, microseconds }]) => [
      what,
      `${String(registers.host)}, ${String(window.host)}`,
      `${String(registers.bmc)}, ${String(window.bmc)}`,
      String(waits),
      String(clocks),
      `${microseconds.toFixed(1)} µs`,
    ]),
  );
}

/** What stands between the markers of the annex, by name. */
export function walkThroughFragments(): ReadonlyMap<string, string> {
  return new Map([
    ["start-up-region", startUpRegion()],
    ["endpoint-id-packets", endpointIdPackets()],
    ["endpoint-id-buffers", endpointIdBuffers()],
    ["crc-bits", crcBits()],
    ["crc-bytes", crcBytes()],
    ["message-packets", messagePackets()],
    ["refusal", refusal()],
    ["start-up-cost", startUpCosts()],
  ]);
}
