/** The ioctls of the aspeed-lpc-ctrl driver: how large the reserved region is, and where the host sees it. */
import { endianness } from "node:os";
import { Failure, errnoOf } from "../failure.ts";
import { deviceFailure } from "../device/device-file.ts";
import { hexText } from "../kind.ts";
import { system } from "../system.ts";

/** _IOWR(0xb2, 0x00, struct aspeed_lpc_ctrl_mapping) */
const GET_SIZE = 0xc010_b200;
/** _IOW(0xb2, 0x01, struct aspeed_lpc_ctrl_mapping) */
const MAP = 0x4010_b201;

/** struct aspeed_lpc_ctrl_mapping; window_id at 1 and flags at 2 are 0. Numbers in the order of the machine. */
const MAPPING_BYTES = 16;
const Mapping = { windowType: 0, address: 4, offset: 8, size: 12 } as const;
const WINDOW_TYPE_MEMORY = 2;
const IS_LITTLE_ENDIAN = endianness() === "LE";

/** Bytes of the reserved region. Throws a Failure. */
export function regionBytes(path: string, fd: number): number {
  const { bytes, view } = newMapping();
  try {
    system.control(fd, GET_SIZE, bytes);
  } catch (error) {
    switch (errnoOf(error)) {
      case "ENXIO":
        throw new Failure(
          "region-missing",
          `${path} has no reserved memory: the device tree of this BMC names none (memory-region of aspeed,ast2600-lpc-ctrl)`,
          { cause: error },
        );
      case "ENOTTY":
      case "EINVAL":
        throw new Failure("device-refused", `${path} is no aspeed-lpc-ctrl device: name its node with lpc=PATH`, {
          cause: error,
        });
      default:
        throw deviceFailure(path, error);
    }
  }
  return view.getUint32(Mapping.size, IS_LITTLE_ENDIAN);
}

/** A range of the region, and where the host is to see it. */
export interface HostMapping {
  /** Address in the host's firmware space. */
  readonly address: number;
  /** Bytes of the region before the range. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/** Has the host see the range. The mapping stays when the node is closed: the driver has no call to end it. Throws a Failure. */
export function mapToHost(path: string, fd: number, { address, offset, size }: HostMapping): void {
  const { bytes, view } = newMapping();
  view.setUint32(Mapping.address, address, IS_LITTLE_ENDIAN);
  view.setUint32(Mapping.offset, offset, IS_LITTLE_ENDIAN);
  view.setUint32(Mapping.size, size, IS_LITTLE_ENDIAN);
  try {
    system.control(fd, MAP, bytes);
  } catch (error) {
    if (errnoOf(error) !== "EINVAL") throw deviceFailure(path, error);
    throw new Failure(
      "map-refused",
      `${path} does not map ${String(size)} bytes at ${hexText(offset)} of the region to ${hexText(address)}: the driver refuses the range (EINVAL)`,
      { cause: error },
    );
  }
}

function newMapping(): { readonly bytes: Uint8Array; readonly view: DataView } {
  const bytes = new Uint8Array(MAPPING_BYTES);
  bytes[Mapping.windowType] = WINDOW_TYPE_MEMORY;
  return { bytes, view: new DataView(bytes.buffer) };
}
