/** The one window of an LPC controller: which part of the BMC's memory it shows where in the host's firmware space. */

/** The chip maps in steps of this. */
export const MAP_GRANULE_BYTES: number = 64 * 1024;
/** Where the host's firmware space ends; deployed BMCs map the end of their region there. */
export const FIRMWARE_SPACE_END = 0x1000_0000;

export interface FirmwareRange {
  /** Address in the host's firmware space. */
  readonly host: number;
  /** Address of the BMC. */
  readonly bmc: number;
  /** Bytes. */
  readonly size: number;
}

/** What HICR7 and HICR8 say. */
export function firmwareRange(hicr7: number, hicr8: number): FirmwareRange {
  return {
    host: (hicr7 & 0xffff) * MAP_GRANULE_BYTES,
    bmc: (hicr7 & 0xffff_0000) >>> 0,
    size: ((hicr8 & 0xffff) + 1) * MAP_GRANULE_BYTES,
  };
}

/** The same the other way. All three are multiples of MAP_GRANULE_BYTES, `size` a power of two. */
export function rangeRegisters({ host, bmc, size }: FirmwareRange): { readonly hicr7: number; readonly hicr8: number } {
  return {
    hicr7: bmc + host / MAP_GRANULE_BYTES,
    hicr8: ((~(size - 1) & 0xffff_0000) >>> 0) + size / MAP_GRANULE_BYTES - 1,
  };
}
