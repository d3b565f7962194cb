/** Which driver has an I/O port, as /proc/ioports tells: a port of ipmi_si is not ours to use. */
import { Failure } from "../failure.ts";
import { hexText } from "../kind.ts";
import { MachineFiles } from "../machine-files.ts";

export const LIST_FILE = "/proc/ioports";
/** A large machine's list has some 10 KiB. */
export const LARGEST_LIST_BYTES: number = 64 * 1024;

/** Ranges that buses and the firmware's tables name: no driver uses what lies in them. */
const NO_DRIVER = /^(PCI Bus [\da-f:]+|PCI conf\d|pnp [\da-f:]+|motherboard|reserved)$/i;

/** The driver that has one of the ports from `first` to `last`; undefined where none has. */
export function driverOf(list: string, first: number, last: number): string | undefined {
  for (const line of list.split("\n")) {
    const [, from, to, name = ""] = /^\s*([\da-f]+)-([\da-f]+) : (.*)$/i.exec(line) ?? [];
    if (from === undefined || to === undefined || NO_DRIVER.test(name)) continue;
    if (Number.parseInt(from, 16) <= last && Number.parseInt(to, 16) >= first) return name;
  }
  return undefined;
}

/** Without the right to see addresses, all are 0. */
export function hidesAddresses(list: string): boolean {
  return !/^\s*0*[1-9a-f][\da-f]*-/im.test(list) && !/-0*[1-9a-f][\da-f]* : /i.test(list);
}

/** Throws a Failure where a driver has one of the ports; says when that cannot be told. */
export function checkPortsAreFree(first: number, last: number, log: (line: string) => void): void {
  const list = new MachineFiles("/").text(LIST_FILE, LARGEST_LIST_BYTES);
  if (list === undefined || hidesAddresses(list)) {
    log(`${LIST_FILE} does not say who has ports ${hexText(first)} and ${hexText(last)}: they are used unchecked`);
    return;
  }
  const driver = driverOf(list, first, last);
  if (driver === undefined) return;
  throw new Failure(
    "port-owned",
    `ports ${hexText(first)} and ${hexText(last)} belong to ${JSON.stringify(driver)} (${LIST_FILE}): unload or unbind that driver, or name another port`,
  );
}
