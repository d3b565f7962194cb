/** `mctp-lpc board`: making virtual boards and looking at them without touching them. */
import { Command } from "commander";
import { parsePlatform } from "../platform/kinds.ts";
import { notEmpty } from "../agent/not-empty.ts";
import { DEPTH_HELP, parseDepth, parseSize } from "../agent/run-options.ts";
import { CONTROL_FIELDS_BYTES, MAGIC, decodeControlRegion, type BufferRange } from "../core/binding/control-region.ts";
import { mtuOfBuffer } from "../core/binding/layout.ts";
import { Status, commandName, statusText } from "../core/binding/registers.ts";
import { isVersion } from "../core/binding/versions.ts";
import { Failure } from "../platform/failure.ts";
import { hostStatusOf, idrOf, isShadowFull, odrOf, shadowOf, type Depth } from "../core/binding/kcs-word.ts";
import { system } from "../platform/system.ts";
import { boardText, createBoard, openBoard, type BoardFile } from "../platform/shared-file/board-file.ts";
import { BlockField, BoardField, HEADER_BYTES } from "../platform/shared-file/layout.ts";
import { overwritten } from "../platform/shared-file/lost-bytes.ts";
import type { SharedFileSpec } from "../platform/shared-file/spec.ts";
import { readU32be, toHex } from "../core/wire/bytes.ts";
import { print, printJson, printLines } from "./output.ts";
import { amountText, hexByte } from "./terminal.ts";

export function boardCommand(): Command {
  const create = new Command("create")
    .description("Makes a virtual board with registers and window zero.")
    .argument("<path>", "its file, preferably in /dev/shm", notEmpty("A path", "/dev/shm/board"))
    .option("--window <bytes>", "size of the window, 4K to 16M (default: 1M)", parseSize)
    .option("--depth <bytes>", DEPTH_HELP, parseDepth)
    .addHelpText(
      "after",
      "\nExamples:\n  mctp-lpc board create /dev/shm/board --window 1M\n  mctp-lpc board create /dev/shm/board --depth 1",
    )
    .action((path: string, { window, depth }: { window?: number; depth?: Depth }) => {
      const { path: file, windowBytes, depth: specDepth } = boardSpec(path);
      const board = createBoard(file, window ?? windowBytes, depth ?? specDepth);
      if (board === undefined) {
        throw new Failure("board-exists", `there is a file ${file} already: remove it or choose another path`);
      }
      system.close(board.fd);
      print(`made ${file}, ${boardText(board)}`);
    });
  const show = new Command("show")
    .description("Prints registers and control region of a board. Reads the file only and disturbs nothing.")
    .argument("<path>", "its file", notEmpty("A path", "/dev/shm/board"))
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  mctp-lpc board show /dev/shm/board")
    .action((path: string, given: { json?: true }) => {
      const board = openBoard(boardSpec(path).path, "read");
      try {
        const picture = look(board);
        if (given.json === true) printJson(picture);
        else printLines(describe(picture));
      } finally {
        system.close(board.fd);
      }
    });
  return new Command("board").addCommand(create).addCommand(show);
}

/** A board may be named as the agents name it, or by its path alone. */
function boardSpec(text: string): SharedFileSpec {
  return parsePlatform(text.startsWith("shm:") ? text : `shm:${text}`) as SharedFileSpec;
}

interface SidePicture {
  readonly attached: boolean;
  readonly processId: number;
  readonly doorbell: boolean;
}

interface BoardPicture {
  readonly path: string;
  readonly windowBytes: number;
  readonly depth: Depth;
  /** STR as the host reads it; the shadow is null while it is empty. */
  readonly registers: {
    readonly status: number;
    readonly idr: number;
    readonly odr: number;
    readonly shadow: number | null;
  };
  readonly events: Readonly<Record<"idrWritten" | "idrRead" | "odrWritten" | "odrRead", number>>;
  readonly host: SidePicture;
  readonly bmc: SidePicture;
  /** The control region's fields as bytes. */
  readonly controlRegion: string;
}

/** Reads the file: neither register nor doorbell is touched. */
function look(board: BoardFile): BoardPicture {
  const header = Buffer.alloc(HEADER_BYTES);
  system.read(board.fd, header, 0);
  const words = new Uint32Array(header.buffer, header.byteOffset, HEADER_BYTES / 4);
  const word = (offset: number): number => words[offset / 4] ?? 0;
  const region = new Uint8Array(CONTROL_FIELDS_BYTES);
  system.read(board.fd, region, board.windowOffset);
  const side = (block: number): SidePicture => ({
    attached: system.isLocked(board.fd, block),
    processId: word(block + BlockField.processId),
    doorbell: word(block + BlockField.bellGeneration) !== 0,
  });
  const registers = word(BoardField.registers);
  return {
    path: board.path,
    windowBytes: board.windowBytes,
    depth: board.depth,
    registers: {
      status: hostStatusOf(registers),
      idr: idrOf(registers),
      odr: odrOf(registers),
      shadow: isShadowFull(registers) ? shadowOf(registers) : null,
    },
    events: {
      idrWritten: word(BoardField.idrWritten),
      idrRead: word(BoardField.idrRead),
      odrWritten: word(BoardField.odrWritten),
      odrRead: word(BoardField.odrRead),
    },
    host: side(BoardField.hostBlock),
    bmc: side(BoardField.bmcBlock),
    controlRegion: toHex(region),
  };
}

function describe(picture: BoardPicture): readonly string[] {
  const { status, idr, odr, shadow } = picture.registers;
  const { idrWritten, idrRead, odrWritten, odrRead } = picture.events;
  // At depth 1 a byte leaves IDR when the driver takes it; the BMC may not have read it yet.
  const left = picture.depth === 0 ? "read" : "taken or read";
  const idrFlag = { name: "IBF", isSet: (status & Status.IBF) !== 0 };
  const odrFlag = { name: "OBF", isSet: (status & Status.OBF) !== 0 };
  const idrText = registerText(idr, idrFlag, "host to BMC", { written: idrWritten, left, read: idrRead });
  const odrText = registerText(odr, odrFlag, "BMC to host", { written: odrWritten, left: "read", read: odrRead });
  return [
    `board ${picture.path}, window ${String(picture.windowBytes)} bytes, depth ${String(picture.depth)}`,
    `  host       ${sideText(picture.host)}`,
    `  BMC        ${sideText(picture.bmc)}`,
    `  STR        ${hexByte(status)}  ${statusText(status)}`,
    `  IDR        ${idrText}`,
    ...(picture.depth === 0 ? [] : [`  shadow     ${shadowText(shadow)}`]),
    `  ODR        ${odrText}`,
    ...regionLines(Uint8Array.from(Buffer.from(picture.controlRegion, "hex"))),
  ];
}

/** A register with its counts, which tell of bytes that were written over an unread one. */
function registerText(
  byte: number,
  flag: { readonly name: string; readonly isSet: boolean },
  way: string,
  { written, left, read }: { readonly written: number; readonly left: string; readonly read: number },
): string {
  if (written === 0 && byte === 0 && !flag.isSet) return `never written (${way})`;
  const lost = overwritten(written, read, flag.isSet);
  const bytes = lost === 1 ? "1 byte was" : `${String(lost)} bytes were`;
  const loss = lost > 0 ? `; ${bytes} overwritten unread: to be written only at ${flag.name} = 0, LPC-KCS-2` : "";
  return `${byteText(byte)} (${way}; written ${amountText(written, "time")}, ${left} ${String(read)}${loss})`;
}

function byteText(byte: number): string {
  return `${hexByte(byte)}  ${commandName(byte)}`;
}

function shadowText(byte: number | null): string {
  return byte === null ? "empty" : `${byteText(byte)} (taken from IDR by the driver, not read by the BMC)`;
}

function sideText({ attached, processId, doorbell }: SidePicture): string {
  if (!attached) return processId === 0 ? "no process" : `no process (process ${String(processId)} was killed)`;
  return `process ${String(processId)}, ${doorbell ? "with a doorbell" : "without a doorbell"}`;
}

function regionLines(bytes: Uint8Array): readonly string[] {
  if (readU32be(bytes, 0) !== MAGIC) return ["  region     no magic: no BMC has written it yet"];
  const { bmcVersions, hostVersions, negotiatedVersion: version, layout } = decodeControlRegion(bytes);
  const buffer = ({ offset, size }: BufferRange): string => {
    const mtu = isVersion(version) ? ` (MTU ${String(mtuOfBuffer(version, size))})` : "";
    return `${String(size)} bytes at 0x${offset.toString(16)}${mtu}`;
  };
  return [
    `  region     BMC versions ${String(bmcVersions.min)}-${String(bmcVersions.cur)}, host versions ${String(hostVersions.min)}-${String(hostVersions.cur)}, negotiated ${version === 0 ? "none" : String(version)}`,
    `             BMC to host  ${buffer(layout.bmcToHost)}`,
    `             host to BMC  ${buffer(layout.hostToBmc)}`,
  ];
}
