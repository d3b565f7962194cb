/**
 * `aspeed-lpc-ctrl`, as the mainline driver behaves: GET_SIZE tells the size of the reserved memory, MAP has the host's
 * LPC firmware addresses lead into it, and a mapping of the file is a mapping of the memory.
 *
 * One thing differs. The driver refuses to map past the memory's end (EINVAL); here the kernel maps, and an access there
 * ends the program by SIGBUS.
 */
import { Errno, SystemCallError, type OpenFile, type ServedFile } from "./fuse/served-file.ts";

const GET_SIZE = 0xc010_b200;
const MAP = 0x4010_b201;
const WINDOW_MEMORY = 2;
const UNIT_BYTES = 64 * 1024;

/** Where the host's firmware addresses lead. */
export interface Mapping {
  /** The LPC firmware address. */
  readonly address: number;
  /** Of the memory's byte there, from the start of the region. */
  readonly offset: number;
  readonly size: number;
}

export class LpcCtrl implements ServedFile {
  readonly name = "aspeed-lpc-ctrl";
  readonly sizeBytes: number;
  readonly isMapped = true;
  /** The last writer wins, and the driver never takes it back. */
  mapping: Mapping | undefined;

  /** `regionBytes` 0: the device tree names no memory. */
  constructor(regionBytes: number) {
    this.sizeBytes = regionBytes;
  }

  open(): OpenFile {
    return { ioctl: (command, argument) => this.#ioctl(command, argument) };
  }

  /** struct aspeed_lpc_ctrl_mapping: u8 type, u8 id, u16 flags, u32 address, u32 offset, u32 size. */
  #ioctl(command: number, argument: Uint8Array): Uint8Array {
    if (command !== GET_SIZE && command !== MAP) throw new SystemCallError(Errno.EINVAL);
    const window = Buffer.from(argument);
    const [type, id, flags] = [window[0], window[1], window.readUInt16LE(2)];
    if (type !== WINDOW_MEMORY || id !== 0) throw new SystemCallError(Errno.EINVAL);
    if (this.sizeBytes === 0) throw new SystemCallError(Errno.ENXIO);
    if (command === GET_SIZE) {
      window.writeUInt32LE(this.sizeBytes, 12);
      return window;
    }
    const [address, offset, size] = [window.readUInt32LE(4), window.readUInt32LE(8), window.readUInt32LE(12)];
    const isAligned = size % UNIT_BYTES === 0 && offset % UNIT_BYTES === 0 && (offset & (size - 1)) === 0;
    const isInside = size !== 0 && offset + size <= this.sizeBytes;
    if (flags !== 0 || !isAligned || !isInside) throw new SystemCallError(Errno.EINVAL);
    this.mapping = { address, offset, size };
    return new Uint8Array(0);
  }

  /** The memory's offset that a host's firmware address leads to; undefined where it leads nowhere. */
  offsetOf(address: number): number | undefined {
    if (this.mapping === undefined) return undefined;
    const { address: start, offset, size } = this.mapping;
    return address >= start && address < start + size ? offset + address - start : undefined;
  }
}
