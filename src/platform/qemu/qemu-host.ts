/**
 * `qemu:FOLDER` of the host: QEMU shows the registers of the BMC's LPC controller as properties of a device, which QMP reads
 * and writes as the host's bus would. QEMU tells nobody that ODR was written, so STR is looked at.
 *
 * The window is shared memory, and each access to a register is at least two system calls, with a process between them
 * that takes locks: no barrier is needed (LPC-KCS-9).
 */
import { checkAsked } from "../device/asked.ts";
import { devicePlatform } from "../device/device-platform.ts";
import { DeviceHealth } from "../device/health.ts";
import { hostRegisters, type ByteRegisters } from "../device/host-registers.ts";
import type { OpenOptions } from "../kind.ts";
import { needLibc } from "../libc.ts";
import type { HostPlatform } from "../port.ts";
import { opening } from "../scope.ts";
import { mapWindow, openChannel, openMachineFolder } from "./machine-folder.ts";
import { Qmp } from "./qmp.ts";
import { spacedLooks } from "./spaced-looks.ts";
import type { QemuSpec } from "./spec.ts";

/** Where all ASPEED machines of QEMU have the LPC controller. */
const LPC_DEVICE = "/machine/soc/lpc";
/** As the host's ports: the data port, and the status port behind it. */
const DATA = 0;
const REGISTER_MASK = 0xff;

/** Opens the host's side. Throws a Failure; nothing stays open, locked or mapped then. */
export function openQemuHost(spec: QemuSpec, options: OpenOptions): HostPlatform {
  const { name, folder, channel, windowBytes } = spec;
  return opening("device-open", `open ${name}`, (scope) => {
    needLibc();
    checkAsked(name, windowBytes, options);
    const machine = openMachineFolder(scope, folder);
    const window = mapWindow(scope, machine, spec);
    const qmp = new Qmp(openChannel(scope, machine, "qmp"));
    // STR has no side effect: a machine without an LPC controller is found now.
    qmp.number(LPC_DEVICE, `str${String(channel)}`);
    const health = new DeviceHealth(options.log);
    const registers = new HostProperties(qmp, channel, health);
    const { port, interrupts } = hostRegisters(registers, DATA, health, false);
    return devicePlatform({ name, port, window, interrupts: spacedLooks(interrupts) }, health, scope);
  });
}

class HostProperties implements ByteRegisters {
  readonly path: string;
  readonly #qmp: Qmp;
  readonly #health: DeviceHealth;
  readonly #names: Readonly<Record<"idr" | "odr" | "str", string>>;

  constructor(qmp: Qmp, channel: number, health: DeviceHealth) {
    this.path = qmp.name;
    this.#qmp = qmp;
    this.#health = health;
    this.#names = { idr: `idr${String(channel)}`, odr: `odr${String(channel)}`, str: `str${String(channel)}` };
  }

  read(position: number): number | undefined {
    const property = position === DATA ? this.#names.odr : this.#names.str;
    return this.#health.access(() => this.#qmp.number(LPC_DEVICE, property) & REGISTER_MASK);
  }

  write(_position: number, value: number): void {
    this.#health.access(() => {
      this.#qmp.setNumber(LPC_DEVICE, this.#names.idr, value);
    });
  }
}
