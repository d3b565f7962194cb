/**
 * `qemu:FOLDER` of the BMC: this program stands for the BMC's processor, which stands still, and reads and writes the chip's
 * registers through qtest. Nothing holds a byte beside IDR (depth 0).
 *
 * A window access needs no barrier, as on the host's side (LPC-KCS-9).
 */
import type { Region } from "../aspeed/isolation/judgement.ts";
import { warnOfOpenDoors } from "../aspeed/isolation/reading.ts";
import { enableChannel, kcsRegisters, REGISTER_DEPTH } from "../aspeed/kcs-registers.ts";
import type { Registers } from "../aspeed/registers.ts";
import { kcsChannel, SOCS, type Soc } from "../aspeed/soc.ts";
import { checkAsked } from "../device/asked.ts";
import { devicePlatform } from "../device/device-platform.ts";
import { DeviceHealth } from "../device/health.ts";
import { Failure } from "../failure.ts";
import type { OpenOptions } from "../kind.ts";
import { needLibc } from "../libc.ts";
import type { BmcPlatform } from "../port.ts";
import { opening, type Scope } from "../scope.ts";
import { keepingBytes } from "./kept-bytes.ts";
import { mapWindow, openChannel, openMachineFolder } from "./machine-folder.ts";
import { QtestRegisters } from "./qtest.ts";
import { spacedLooks } from "./spaced-looks.ts";
import type { QemuSpec } from "./spec.ts";

/** Opens the BMC's side. Throws a Failure; nothing stays open, locked or mapped then. */
export function openQemuBmc(spec: QemuSpec, options: OpenOptions): BmcPlatform {
  const { name, folder, windowBytes } = spec;
  return opening("device-open", `open ${name}`, (scope) => {
    needLibc();
    checkAsked(name, windowBytes, options, REGISTER_DEPTH);
    const channel = kcsChannel(spec.channel);
    if (channel === undefined) throw new Failure("platform-spec", `${name}: there are KCS channels 1 to 4`);
    const machine = openMachineFolder(scope, folder);
    const window = mapWindow(scope, machine, spec);
    const registers = new QtestRegisters(openChannel(scope, machine, "qtest"));
    warnOfOpenDoors(machine.machine.soc, registers, options.log);
    const health = new DeviceHealth(options.log);
    const kept = keepingBytes(registers, machine.machine.soc, channel);
    const { port, interrupts } = kcsRegisters(kept, channel, health, false);
    enableChannel(registers, channel, options.log);
    return devicePlatform(
      { name, port, window, interrupts: spacedLooks(interrupts), depth: REGISTER_DEPTH },
      health,
      scope,
    );
  });
}

export interface QemuRegisters {
  readonly registers: Registers;
  readonly soc: Soc;
  /** What the machine reserves for the host, by the BMC's addresses. */
  readonly region: Region;
}

/** The registers of an emulated chip, until the scope ends: for one program at a time. Throws a Failure. */
export function openQemuRegisters(scope: Scope, folder: string): QemuRegisters {
  needLibc();
  const machine = openMachineFolder(scope, folder);
  const { soc: name, region } = machine.machine;
  const soc = SOCS[name];
  return {
    registers: new QtestRegisters(openChannel(scope, machine, "qtest")),
    soc,
    region: { start: soc.dram + region.offset, size: region.bytes },
  };
}
