/**
 * Device nodes as plain files: bytes that keep what was written, without a driver behind them. The ioctls of
 * aspeed-lpc-ctrl are answered for the file that stands for its node.
 */
import { jest } from "@jest/globals";
import { mkdirSync, readlinkSync, truncateSync, writeFileSync } from "node:fs";
import { endianness } from "node:os";
import { dirname, join } from "node:path";
import { system } from "../../src/platform/system.ts";

const GET_SIZE = 0xc010_b200;
const MAP = 0x4010_b201;
const IS_LITTLE_ENDIAN = endianness() === "LE";

export interface MapCall {
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

export class FakeDevices {
  readonly node: string;
  readonly lpc: string;
  readonly port: string;
  readonly mem: string;
  /** Whose positions are physical addresses of an AST2600: registers, and 2 MiB of memory. */
  readonly physical: string;
  /** As of powernv. */
  readonly lpcFolder: string;
  /** MAP fails as it does where the driver has no such range. */
  refusesMap = false;
  /** What MAP was called with. */
  readonly mapped: MapCall[] = [];

  constructor(folder: string, regionBytes: number) {
    this.node = join(folder, "raw-kcs3");
    this.lpc = join(folder, "aspeed-lpc-ctrl");
    this.port = join(folder, "port");
    this.mem = join(folder, "mem");
    this.physical = join(folder, "physical");
    this.lpcFolder = join(folder, "lpc");
    makeFile(this.node, 2);
    makeFile(this.lpc, regionBytes);
    makeFile(this.port, 0x1_0000);
    makeFile(this.mem, regionBytes);
    makeFile(this.physical, 0x8020_0000);
    makeFile(join(this.lpcFolder, "io"), 0x1_0000);
    makeFile(join(this.lpcFolder, "fw"), 0x1000_0000);
    jest.spyOn(system, "control").mockImplementation((fd, request, argument) => {
      this.#control(fd, request, new DataView(argument.buffer), regionBytes);
    });
  }

  #control(fd: number, request: number, mapping: DataView, regionBytes: number): void {
    if (readlinkSync(`/proc/self/fd/${String(fd)}`) !== this.lpc) throw errno("ENOTTY");
    if (mapping.getUint8(0) !== 2) throw errno("EINVAL");
    if (request === GET_SIZE) mapping.setUint32(12, regionBytes, IS_LITTLE_ENDIAN);
    else if (request === MAP && this.refusesMap) throw errno("EINVAL");
    else if (request === MAP) {
      const [address, offset, size] = [4, 8, 12].map((at) => mapping.getUint32(at, IS_LITTLE_ENDIAN));
      this.mapped.push({ address: address!, offset: offset!, size: size! });
    } else throw errno("ENOTTY");
  }
}

/** The error of a system call. */
export function errno(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function makeFile(path: string, bytes: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, "", { mode: 0o600 });
  truncateSync(path, bytes);
}
