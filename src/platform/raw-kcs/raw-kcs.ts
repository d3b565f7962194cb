/** `raw-kcs:PATH`: the BMC's side on the devices of OpenBMC kernels, a KCS channel and the reserved memory. */
import { checkAligned, checkAsked, PAGE_BYTES } from "../device/asked.ts";
import { NEEDS_BARRIERS, orderedWindow } from "../device/access-order.ts";
import { deviceFailure, openDevice, openingDevices } from "../device/device-file.ts";
import { devicePlatform } from "../device/device-platform.ts";
import { DeviceHealth } from "../device/health.ts";
import { RegisterFile } from "../device/register-file.ts";
import { Failure } from "../failure.ts";
import { hexText, type OpenOptions } from "../kind.ts";
import { needLibc, type Mapping } from "../libc.ts";
import { MappedWindow } from "../mapped-window.ts";
import type { BmcPlatform } from "../port.ts";
import { system } from "../system.ts";
import { lookAtFirmwareWindow } from "./firmware-window.ts";
import { MAP_GRANULE_BYTES, mapToHost, regionBytes } from "./lpc-ctrl.ts";
import { rawRegisters, STATUS } from "./raw-port.ts";
import type { RawKcsSpec } from "./spec.ts";

/** The end of the host's firmware space, where deployed BMCs put the end of the region. */
const FIRMWARE_SPACE_END = 0x1000_0000;

type Log = OpenOptions["log"];

/** Opens the BMC's side. Throws a Failure; nothing stays open or mapped then. */
export function openRawKcs(
  spec: RawKcsSpec,
  options: OpenOptions,
  needsBarriers: boolean = NEEDS_BARRIERS,
): BmcPlatform {
  const { log } = options;
  return openingDevices(`open ${spec.name}`, (scope) => {
    needLibc();
    checkAsked(spec.name, spec.windowBytes, options);
    const node = openDevice(scope, spec.path, "device");
    checkNode(spec.path, node);
    const lpc = openDevice(scope, spec.lpcPath, "deviceMemory");
    const offset = windowOffset(spec, regionBytes(spec.lpcPath, lpc));
    const address = hostAddress(spec, offset, log);
    const mapping = mapRegion(spec, lpc, offset);
    scope.add(mapping.unmap);
    const health = new DeviceHealth(log);
    const registers = new RegisterFile(spec.path, node, health);
    const { port, interrupts, order } = rawRegisters(registers, needsBarriers);
    const window = new MappedWindow(new Uint8Array(mapping.memory, 0, spec.windowBytes));
    // Last: it cannot be taken back.
    if (address !== undefined) {
      mapToHost(spec.lpcPath, lpc, { address, offset, size: spec.windowBytes });
      log(
        `mapped ${String(spec.windowBytes)} bytes at ${hexText(offset)} of the region to ${hexText(address)} of firmware space`,
      );
    }
    return devicePlatform(
      { name: spec.name, port, window: needsBarriers ? orderedWindow(window, order) : window, interrupts },
      health,
      scope,
    );
  });
}

/** STR can be read at any time, and nothing comes of it. */
function checkNode(path: string, fd: number): void {
  let length: number;
  try {
    length = system.read(fd, new Uint8Array(1), STATUS);
  } catch (error) {
    throw deviceFailure(path, error);
  }
  if (length !== 1) {
    throw new Failure("device-refused", `${path} is no raw KCS device: it has no status register at position 1`);
  }
}

/** Bytes of the region before the window. Throws a Failure where the window does not fit. */
function windowOffset({ name, lpcPath, windowOffset, windowBytes }: RawKcsSpec, region: number): number {
  const offset = windowOffset ?? region - windowBytes;
  if (offset < 0 || offset + windowBytes > region) {
    throw new Failure(
      "region-small",
      `${name}: the region of ${lpcPath} has ${String(region)} bytes, too few for a window of ${String(windowBytes)} at ${String(Math.max(0, offset))}: choose other at= and size=`,
    );
  }
  checkAligned(name, "at", offset, PAGE_BYTES);
  return offset;
}

/**
 * Where the host is to see the window; undefined: that is left as it is. Throws a Failure for a place that cannot be.
 */
function hostAddress({ name, map, windowBytes }: RawKcsSpec, offset: number, log: Log): number | undefined {
  if (map === "none") return undefined;
  const address = map === "auto" ? FIRMWARE_SPACE_END - windowBytes : map;
  if (map === "auto") {
    const { state, text } = lookAtFirmwareWindow();
    if (state !== "free") {
      log(
        `what the host sees is left as it is (map=auto): ${text}; map=${hexText(address)} maps the window, map=none says that another program does`,
      );
      return undefined;
    }
  }
  if (Math.log2(windowBytes) % 1 !== 0 || windowBytes < MAP_GRANULE_BYTES) {
    throw new Failure(
      "map-address",
      `${name}: the chip maps no window of ${String(windowBytes)} bytes: choose a power of two from ${String(MAP_GRANULE_BYTES)} for size=, or map=none`,
    );
  }
  checkAligned(name, "map", address, windowBytes);
  checkAligned(name, "at", offset, windowBytes);
  if (address + windowBytes > FIRMWARE_SPACE_END) {
    throw new Failure(
      "map-address",
      `${name}: map=${hexText(address)} lies beyond the ${hexText(FIRMWARE_SPACE_END)} bytes of firmware space`,
    );
  }
  return address;
}

function mapRegion({ lpcPath, windowBytes }: RawKcsSpec, fd: number, offset: number): Mapping {
  try {
    return system.map(fd, windowBytes, { offset });
  } catch (error) {
    throw deviceFailure(lpcPath, error);
  }
}
