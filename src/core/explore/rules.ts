/**
 * What no side may do on the bus, whatever its peer does: window accesses outside its own fields and buffers, bytes that
 * are not its to send (LPC-SEC-1, LPC-REG-3, LPC-KCS-3, LPC-KCS-7).
 */
import type { BusAccess } from "../binding/access.ts";
import { CONTROL_FIELDS_BYTES, Field, type BufferRange } from "../binding/control-region.ts";
import { bufferBytes } from "../binding/layout.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../binding/registers.ts";
import type { AnySide } from "./side-machine.ts";

/** What is asked of a side: any kind of bus will do. */
type JudgedSide = Pick<AnySide, "role" | "session" | "state">;

interface Range {
  readonly from: number;
  readonly to: number;
}

const WHOLE: Range = { from: 0, to: CONTROL_FIELDS_BYTES };
const HOST_VERSIONS: Range = { from: Field.hostVersionMin, to: Field.negotiatedVersion };

const MAGIC: Range = { from: Field.magic, to: Field.bmcVersionMin };

const HOST_READS: readonly Range[] = [WHOLE, MAGIC, HOST_VERSIONS];
const HOST_WRITES: readonly Range[] = [HOST_VERSIONS, { from: Field.rxSize, to: Field.txOffset }];
const BMC_READS: readonly Range[] = [WHOLE];
/** At its start the BMC writes the whole region, on Initialise what answers it. */
const BMC_START_WRITES: readonly Range[] = [
  MAGIC,
  { from: Field.magic, to: Field.hostVersionMin },
  HOST_VERSIONS,
  { from: Field.negotiatedVersion, to: CONTROL_FIELDS_BYTES },
];
const BMC_ANSWER_WRITES: readonly Range[] = [
  { from: Field.negotiatedVersion, to: Field.pad },
  { from: Field.rxOffset, to: CONTROL_FIELDS_BYTES },
];

const HOST_COMMANDS: readonly number[] = Object.values(Command);
const BMC_COMMANDS: readonly number[] = HOST_COMMANDS.filter((command) => command !== Command.INITIALISE);
const STATUS_VALUES: readonly number[] = [KEEP_OBF, Status.BMC_ACTIVE | KEEP_OBF, SESSION_BITS | KEEP_OBF];

/** What is wrong with an access that `side` is about to make, undefined when it may. */
export function judgeAccess(side: JudgedSide, access: BusAccess, windowBytes: number): string | undefined {
  const isHost = side.role.name === "host";
  const layout = side.session?.layout;
  switch (access.kind) {
    case "readWindow": {
      if (access.at < 0 || access.at + access.length > access.into.length) {
        return `${side.role.name} reads past its own memory`;
      }
      const buffer = inbound(side);
      return isAllowed(access.offset, access.length, isHost ? HOST_READS : BMC_READS, buffer, windowBytes)
        ? undefined
        : `${side.role.name} reads ${String(access.length)} bytes at ${String(access.offset)} (LPC-SEC-1)`;
    }
    case "writeWindow": {
      const length = access.end - access.start;
      const fields = isHost
        ? HOST_WRITES
        : side.state.phase.name === "announcing"
          ? BMC_START_WRITES
          : BMC_ANSWER_WRITES;
      const buffer = isHost ? layout?.hostToBmc : layout?.bmcToHost;
      if (!isAllowed(access.offset, length, fields, buffer, windowBytes)) {
        return `${side.role.name} writes ${String(length)} bytes at ${String(access.offset)} (LPC-SEC-1)`;
      }
      const invents =
        !isHost && access.offset === Field.hostVersionMin && someBit(access.bytes, access.start, access.end);
      return invents ? "the BMC invents host versions (LPC-REG-3)" : undefined;
    }
    case "writeData":
      return (isHost ? HOST_COMMANDS : BMC_COMMANDS).includes(access.value)
        ? undefined
        : `command ${String(access.value)} is not for the ${side.role.name} to send`;
    case "writeStatus":
      return !isHost && STATUS_VALUES.includes(access.value)
        ? undefined
        : `${side.role.name} writes ${String(access.value)} to STR (LPC-KCS-3, LPC-KCS-7)`;
    case "readStatus":
    case "readData":
      return undefined;
  }
}

/** What a side may read of its peer's buffer: in version 1 all that it takes, which the sizes say nothing about (LPC-BUF-4). */
function inbound({ role, session }: JudgedSide): BufferRange | undefined {
  if (session === undefined) return undefined;
  const { version, layout, receiveLimit } = session;
  const direction = role.name === "host" ? "bmcToHost" : "hostToBmc";
  const { offset, size } = layout[direction];
  return { offset, size: Math.max(size, bufferBytes(version, receiveLimit[direction])) };
}

function isAllowed(
  offset: number,
  length: number,
  fields: readonly Range[],
  buffer: BufferRange | undefined,
  windowBytes: number,
): boolean {
  const to = offset + length;
  if (offset < 0 || length < 0 || to > windowBytes) return false;
  if (fields.some((range) => range.from === offset && range.to === to)) return true;
  return buffer !== undefined && offset >= buffer.offset && to <= buffer.offset + buffer.size;
}

function someBit(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes.subarray(start, end).some((byte) => byte !== 0);
}
