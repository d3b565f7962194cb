/**
 * The file of a virtual board: a header page, then the window. All integers are in the byte order of the machine.
 * Specification: annex "Virtual board".
 */

export const BOARD_MAGIC = "MCTPLPCB";
/** The version of a new board. */
export const BOARD_LAYOUT_VERSION = 2;
/** The oldest version that is read: it has no field for the depth, which is 0. */
export const OLDEST_BOARD_LAYOUT_VERSION = 1;
export const BYTE_ORDER_MARK = 0x01020304;
export const HEADER_BYTES = 4096;

/** Offsets in the file, in bytes; every field but the magic is a 32-bit word. */
export const BoardField = {
  magic: 0x000,
  layoutVersion: 0x008,
  byteOrderMark: 0x00c,
  windowOffset: 0x010,
  windowBytes: 0x014,
  /** Depth of the path into the BMC, 0 or 1. */
  depth: 0x018,
  /** STR, IDR, ODR and the shadow, see kcs-word.ts. */
  registers: 0x040,
  /** Events for the BMC: a command arrived, its ODR was read. */
  idrWritten: 0x080,
  odrRead: 0x0c4,
  /** Events for the host: IDR was read by the BMC or taken by its driver, a command arrived. */
  idrRead: 0x084,
  odrWritten: 0x0c0,
  hostBlock: 0x100,
  bmcBlock: 0x140,
} as const;

/** Offsets in a side's block. The first byte of the block is also the one that the side locks. */
export const BlockField = {
  /** Process id of the agent, for people. */
  processId: 0x00,
  /** One of BellWanted. Who rings sets it to `never`. */
  bellWanted: 0x04,
  /** 0: no doorbell. Changes whenever the doorbell's FIFO was made anew. */
  bellGeneration: 0x08,
} as const;

/** When a side wants its doorbell rung. */
export const BellWanted = {
  /** It is awake. */
  never: 0,
  /** It sleeps. */
  always: 1,
  /** It sleeps and has no byte to write: not when its last one was read. */
  forBytes: 2,
} as const;

/** Whoever makes the file fills in the header; the registers are both sides', a counter and a block one side's. */
export type BoardWriter = "maker" | "host" | "bmc" | "both";

export interface BoardWord {
  readonly name: string;
  readonly offset: number;
  /** 4 but for the magic. */
  readonly bytes: number;
  readonly writer: BoardWriter;
}

/** Every field of the header page in the order of offsets, the blocks word by word; all other bytes are zero. */
export const BOARD_WORDS: readonly BoardWord[] = [
  { name: "magic", offset: BoardField.magic, bytes: BOARD_MAGIC.length, writer: "maker" },
  { name: "layout version", offset: BoardField.layoutVersion, bytes: 4, writer: "maker" },
  { name: "byte-order mark", offset: BoardField.byteOrderMark, bytes: 4, writer: "maker" },
  { name: "window offset", offset: BoardField.windowOffset, bytes: 4, writer: "maker" },
  { name: "window bytes", offset: BoardField.windowBytes, bytes: 4, writer: "maker" },
  { name: "depth", offset: BoardField.depth, bytes: 4, writer: "maker" },
  { name: "register word", offset: BoardField.registers, bytes: 4, writer: "both" },
  { name: "IDR written", offset: BoardField.idrWritten, bytes: 4, writer: "host" },
  { name: "IDR read", offset: BoardField.idrRead, bytes: 4, writer: "both" },
  { name: "ODR written", offset: BoardField.odrWritten, bytes: 4, writer: "bmc" },
  { name: "ODR read", offset: BoardField.odrRead, bytes: 4, writer: "host" },
  ...blockWords(BoardField.hostBlock, "host"),
  ...blockWords(BoardField.bmcBlock, "bmc"),
];

function blockWords(block: number, writer: "host" | "bmc"): readonly BoardWord[] {
  return [
    { name: "process id", offset: block + BlockField.processId, bytes: 4, writer },
    { name: "bell wanted", offset: block + BlockField.bellWanted, bytes: 4, writer: "both" },
    { name: "bell generation", offset: block + BlockField.bellGeneration, bytes: 4, writer },
  ];
}

/** Where the doorbells of a board stand: beside its file. */
export function bellPath(boardPath: string, side: "host" | "bmc"): string {
  return `${boardPath}.${side}-bell`;
}
