/**
 * The file of a virtual board, layout version 1: a header page, then the window. All integers are in the byte order of
 * the machine. Specification: annex "Virtual board".
 */

export const BOARD_MAGIC = "MCTPLPCB";
export const BOARD_LAYOUT_VERSION = 1;
export const BYTE_ORDER_MARK = 0x01020304;
export const HEADER_BYTES = 4096;

/** Offsets in the file, in bytes; every field but the magic is a 32-bit word. */
export const BoardField = {
  magic: 0x000,
  layoutVersion: 0x008,
  byteOrderMark: 0x00c,
  windowOffset: 0x010,
  windowBytes: 0x014,
  /** STR, IDR and ODR, see kcs-word.ts. */
  registers: 0x040,
  /** Events for the BMC: a command arrived, its ODR was read. */
  idrWritten: 0x080,
  odrRead: 0x0c4,
  /** Events for the host: its IDR was read, a command arrived. */
  idrRead: 0x084,
  odrWritten: 0x0c0,
  hostBlock: 0x100,
  bmcBlock: 0x140,
} as const;

/** Offsets in a side's block. The first byte of the block is also the one that the side locks. */
export const BlockField = {
  /** Process id of the agent, for people. */
  processId: 0x00,
  /** 1 while the side sleeps and wants its doorbell rung. */
  bellWanted: 0x04,
  /** 0: no doorbell. Changes whenever the doorbell's FIFO was made anew. */
  bellGeneration: 0x08,
} as const;

/** Where the doorbells of a board stand: beside its file. */
export function bellPath(boardPath: string, side: "host" | "bmc"): string {
  return `${boardPath}.${side}-bell`;
}
