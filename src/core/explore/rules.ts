/**
 * What no side may do on the bus with any peer: window accesses outside its own fields and buffers, bytes that
 * are not its to send (LPC-SEC-1, LPC-REG-3, LPC-KCS-3, LPC-KCS-7).
 */
import type { BusAccess } from "../binding/access.ts";
import { Field, type BufferRange } from "../binding/control-region.ts";
import { bufferBytes } from "../binding/layout.ts";
import { brokenText, fieldRanges, judgeCommand, judgeStatusValue, liesIn, type Broken } from "../judge/rules.ts";
import type { AnySide } from "./side-machine.ts";

type JudgedSide = Pick<AnySide, "role" | "session" | "state">;

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
      return isAllowed(access.offset, access.length, fieldRanges(side.role.name, false, false), buffer, windowBytes)
        ? undefined
        : `${side.role.name} reads ${String(access.length)} bytes at ${String(access.offset)} (LPC-SEC-1)`;
    }
    case "writeWindow": {
      const length = access.end - access.start;
      const fields = fieldRanges(side.role.name, true, side.state.phase.name === "announcing");
      const buffer = isHost ? layout?.hostToBmc : layout?.bmcToHost;
      if (!isAllowed(access.offset, length, fields, buffer, windowBytes)) {
        return `${side.role.name} writes ${String(length)} bytes at ${String(access.offset)} (LPC-SEC-1)`;
      }
      const invents =
        !isHost && access.offset === Field.hostVersionMin && someBit(access.bytes, access.start, access.end);
      return invents ? "the BMC invents host versions (LPC-REG-3)" : undefined;
    }
    case "writeData":
      return textOf(judgeCommand(side.role.name, access.value));
    case "writeStatus":
      return isHost ? `host writes ${String(access.value)} to STR` : textOf(judgeStatusValue(access.value));
    case "readStatus":
    case "readData":
      return undefined;
  }
}

function textOf(broken: Broken | undefined): string | undefined {
  return broken === undefined ? undefined : brokenText(broken);
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
  fields: ReturnType<typeof fieldRanges>,
  buffer: BufferRange | undefined,
  windowBytes: number,
): boolean {
  const to = offset + length;
  if (offset < 0 || length < 0 || to > windowBytes) return false;
  if (fields.some((range) => range.from === offset && range.to === to)) return true;
  return buffer !== undefined && liesIn(buffer, offset, length);
}

function someBit(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes.subarray(start, end).some((byte) => byte !== 0);
}
