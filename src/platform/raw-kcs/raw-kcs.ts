/** `raw-kcs:PATH`: the BMC's side on the devices of OpenBMC kernels, a KCS channel and the reserved memory. */
import { lookAtFirmwareWindow } from "../aspeed/firmware-window.ts";
import { warnOfOpenDoors } from "../aspeed/isolation/reading.ts";
import { openReservedWindow } from "../aspeed/reserved-memory.ts";
import { readThisChip } from "../aspeed/this-chip.ts";
import { checkAsked } from "../device/asked.ts";
import { NEEDS_BARRIERS, orderedWindow } from "../device/access-order.ts";
import { deviceFailure, openDevice, openingDevices } from "../device/device-file.ts";
import { devicePlatform } from "../device/device-platform.ts";
import { DeviceHealth } from "../device/health.ts";
import { RegisterFile } from "../device/register-file.ts";
import { Failure } from "../failure.ts";
import type { OpenOptions } from "../kind.ts";
import { needLibc } from "../libc.ts";
import { MappedWindow } from "../mapped-window.ts";
import type { BmcPlatform } from "../port.ts";
import { system } from "../system.ts";
import { rawRegisters, STATUS } from "./raw-port.ts";
import type { RawKcsSpec } from "./spec.ts";

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
    const { memory, show } = openReservedWindow(scope, spec.lpcPath, spec, { look: lookAtFirmwareWindow, log });
    const health = new DeviceHealth(log);
    const registers = new RegisterFile(spec.path, node, health);
    const { port, interrupts, order } = rawRegisters(registers, needsBarriers);
    const window = new MappedWindow(new Uint8Array(memory, 0, spec.windowBytes));
    readThisChip((chip, { name }) => {
      warnOfOpenDoors(name, chip, log);
    });
    // Last: it cannot be taken back.
    show();
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
