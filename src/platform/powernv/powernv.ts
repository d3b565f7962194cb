/**
 * `powernv:`: the host's side on a PowerNV machine, through the files that its kernel has for the LPC bus in debugfs. Each
 * access is a call of the firmware, which waits for the bus: no barrier is needed (LPC-KCS-9). The kernel cuts what it is
 * asked of `fw` into aligned accesses of 4, 2 and 1 bytes.
 */
import { checkAligned, checkAsked, checkWindow, PAGE_BYTES } from "../device/asked.ts";
import { openDevice, openingDevices } from "../device/device-file.ts";
import { FileWindow } from "../device/file-window.ts";
import { devicePlatform } from "../device/device-platform.ts";
import { DeviceHealth } from "../device/health.ts";
import { hostRegisters, LAST_DATA_PORT } from "../device/host-registers.ts";
import { RegisterFile } from "../device/register-file.ts";
import { Failure } from "../failure.ts";
import { hexText, type OpenOptions } from "../kind.ts";
import type { HostPlatform } from "../port.ts";
import type { PowernvSpec } from "./spec.ts";

/** Opens the host's side. Throws a Failure; nothing stays open then. */
export function openPowernv(spec: PowernvSpec, options: OpenOptions): HostPlatform {
  const { name, path, firmwarePath, dataPort, windowAddress, windowBytes } = spec;
  return openingDevices(`open ${name}`, (scope) => {
    checkAsked(name, windowBytes, options);
    checkPowernv(spec);
    const health = new DeviceHealth(options.log);
    const registers = new RegisterFile(path, openDevice(scope, path, "device"), health);
    const fd = openDevice(scope, firmwarePath, "device");
    const { port, interrupts } = hostRegisters(registers, dataPort, health, false);
    return devicePlatform(
      {
        name,
        port,
        window: new FileWindow({ path: firmwarePath, fd, start: windowAddress, size: windowBytes }, health),
        interrupts,
      },
      health,
      scope,
    );
  });
}

/** Throws a Failure where no machine has such a port or window. */
export function checkPowernv({ name, dataPort, windowAddress, windowBytes }: PowernvSpec): void {
  checkWindow(name, windowBytes);
  if (dataPort > LAST_DATA_PORT) {
    throw new Failure("port-number", `${name}: kcs=${hexText(dataPort)} is no I/O port: there are 0 to 0xffff`);
  }
  checkAligned(name, "window", windowAddress, PAGE_BYTES);
}
