/** The host's KCS registers in a file whose positions are I/O ports: /dev/port, or the one of PowerNV's debugfs. */
import { Status } from "../../core/binding/registers.ts";
import type { HostPort } from "../port.ts";
import { AccessOrder, NEEDS_BARRIERS } from "./access-order.ts";
import type { DeviceHealth } from "./health.ts";
import { PolledInterrupts } from "./polled-interrupts.ts";

/** What an undriven bus reads as. As STR it means no BMC: that writes bits 5 to 2 as 0 (LPC-KCS-7), C/D excepted. */
const UNDRIVEN = 0xff;

/** The last port that can be a data port: STR is at the next one. */
export const LAST_DATA_PORT = 0xfffe;

/** Registers of one byte by their positions; a RegisterFile, or what stands for one. */
export interface ByteRegisters {
  /** For people: "/dev/port". */
  readonly path: string;
  /** Undefined where nothing answers. */
  read(position: number): number | undefined;
  write(position: number, value: number): void;
}

export interface HostRegisters {
  readonly port: HostPort;
  readonly interrupts: PolledInterrupts;
  /** For a window that is mapped. */
  readonly order: AccessOrder;
}

/** `dataPort`: IDR and ODR; STR is behind it. */
export function hostRegisters(
  file: ByteRegisters,
  dataPort: number,
  health: DeviceHealth,
  needsBarriers: boolean = NEEDS_BARRIERS,
): HostRegisters {
  const look = (): number => {
    const status = file.read(dataPort + 1) ?? 0;
    if (status !== UNDRIVEN) return status;
    health.noAnswer(file.path);
    return 0;
  };
  const interrupts = new PolledInterrupts(look);
  const order = new AccessOrder(needsBarriers ? look : undefined);
  const port: HostPort = {
    readStatus: () => {
      order.beforeStatusRead();
      const status = look();
      interrupts.saw(status);
      return status;
    },
    readData: () => {
      order.beforeRegister();
      interrupts.changed(0, Status.OBF);
      return file.read(dataPort) ?? UNDRIVEN;
    },
    writeData: (value) => {
      order.beforeRegister();
      interrupts.changed(Status.IBF, 0);
      file.write(dataPort, value);
    },
  };
  return { port, interrupts, order };
}
