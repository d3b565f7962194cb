/** `x86:PORT`: the host's side through /dev/port and /dev/mem, or files that behave so. */
import { NEEDS_BARRIERS, orderedWindow } from "../device/access-order.ts";
import { checkAligned, checkAsked, checkWindow } from "../device/asked.ts";
import { deviceFailure, openDevice, openingDevices } from "../device/device-file.ts";
import { FileWindow } from "../device/file-window.ts";
import { devicePlatform } from "../device/device-platform.ts";
import { DeviceHealth } from "../device/health.ts";
import { hostRegisters } from "../device/host-registers.ts";
import { RegisterFile } from "../device/register-file.ts";
import { WordWindow } from "../device/word-window.ts";
import { Failure, errnoOf } from "../failure.ts";
import type { OpenOptions } from "../kind.ts";
import { needLibc } from "../libc.ts";
import type { HostPlatform, Window } from "../port.ts";
import type { Scope } from "../scope.ts";
import { system } from "../system.ts";
import { checkPortsAreFree } from "./port-owner.ts";
import type { X86Spec } from "./spec.ts";

/** The kernel's I/O ports. Other files have no drivers that could own theirs. */
export const PORT_FILE = "/dev/port";

/** Opens the host's side. Throws a Failure; nothing stays open or mapped then. */
export function openX86(spec: X86Spec, options: OpenOptions, needsBarriers: boolean = NEEDS_BARRIERS): HostPlatform {
  const { log } = options;
  const { name, path, dataPort, windowBytes } = spec;
  return openingDevices(`open ${name}`, (scope) => {
    needLibc();
    checkAsked(name, windowBytes, options);
    checkX86(spec);
    if (path === PORT_FILE) checkPortsAreFree(dataPort, dataPort + 1, log);
    const health = new DeviceHealth(log);
    const registers = new RegisterFile(path, openDevice(scope, path, "device"), health);
    const window = openWindow(scope, spec, health);
    const { port, interrupts, order } = hostRegisters(registers, dataPort, health, needsBarriers);
    return devicePlatform(
      { name, port, window: needsBarriers ? orderedWindow(window, order) : window, interrupts },
      health,
      scope,
    );
  });
}

/**
 * Throws a Failure where no host has such a window. Decoders compare the upper bits of an address: they have sizes that are
 * powers of two, and begin at multiples of them.
 */
export function checkX86({ name, windowAddress, windowBytes }: X86Spec): void {
  checkWindow(name, windowBytes);
  if (Math.log2(windowBytes) % 1 !== 0) {
    throw new Failure(
      "window-size",
      `${name}: no decoder of a host has a window of ${String(windowBytes)} bytes: choose a power of two for size=`,
    );
  }
  checkAligned(name, "window", windowAddress, windowBytes);
}

/** Mapped; a file that cannot be mapped is read and written. */
function openWindow(scope: Scope, spec: X86Spec, health: DeviceHealth): Window {
  const { memoryPath: path, windowAddress: start, windowBytes: size } = spec;
  const fd = openDevice(scope, path, "deviceMemory");
  try {
    const { memory, unmap } = system.map(fd, size, { offset: start });
    scope.add(unmap);
    return new WordWindow(memory, size);
  } catch (error) {
    if (errnoOf(error) === "ENODEV") return new FileWindow({ path, fd, start, size }, health);
    if (errnoOf(error) === "EPERM") throw mappingForbidden(path, error);
    throw deviceFailure(path, error);
  }
}

function mappingForbidden(path: string, cause: unknown): Failure {
  return new Failure(
    "device-permission",
    `cannot map the window out of ${path}: the kernel does not permit it; it needs root, no lockdown, and where a driver has the range iomem=relaxed`,
    { cause },
  );
}
