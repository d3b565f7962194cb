/** Which chip this machine has, and which of its KCS channels drivers have. */
import { Failure } from "../failure.ts";
import { readStart } from "../machine-files.ts";
import { Scope } from "../scope.ts";
import { system } from "../system.ts";
import { MEMORY_FILE, MemoryRegisters } from "./memory-registers.ts";
import type { Registers } from "./registers.ts";
import { SOCS, type KcsChannel, type Soc, type SocName } from "./soc.ts";

const COMPATIBLE_FILE = "/proc/device-tree/compatible";
/** A list of some names. */
const COMPATIBLE_BYTES = 4096;

/** By the names that the device tree gives the machine; undefined: it is none of these, or cannot be told. */
export function thisChip(): Soc | undefined {
  try {
    const [, name] = /aspeed,(ast2[456]00)/.exec(readStart(COMPATIBLE_FILE, COMPATIBLE_BYTES).toString("latin1")) ?? [];
    return name === undefined ? undefined : SOCS[name as SocName];
  } catch {
    return undefined;
  }
}

/**
 * The chip of this machine, or the named one. Throws a Failure: elsewhere other things are at the same addresses. `setting`:
 * what names one.
 */
export function chipFor(name: string, asked: SocName | "auto", setting: string = "soc="): Soc {
  const chip = asked === "auto" ? thisChip() : SOCS[asked];
  if (chip !== undefined) return chip;
  throw new Failure(
    "soc-unknown",
    `${name}: this machine is no BMC with an AST2400, AST2500 or AST2600 (${COMPATIBLE_FILE}): run it on the BMC, or name the chip whose registers are meant with ${setting}`,
  );
}

/**
 * Has `read` read registers of this machine's chip through /dev/mem, as long as it takes. Undefined: it has none of these
 * chips, or its registers cannot be read.
 */
export function readThisChip<Given>(read: (registers: Registers, chip: Soc) => Given): Given | undefined {
  const chip = thisChip();
  if (chip === undefined) return undefined;
  const scope = new Scope();
  try {
    const fd = system.open(MEMORY_FILE, "readDeviceMemory");
    scope.add(system.close, fd);
    return read(new MemoryRegisters({ path: MEMORY_FILE, fd, access: "read" }, scope), chip);
  } catch {
    return undefined;
  } finally {
    scope.release();
  }
}

/* ---- Clients of channels in the kernel ---- */

/** Nodes that the kernel's KCS drivers give programs, one for a channel. */
const NODES = ["raw-kcs", "ipmi-kcs"];
/** Where they are seen, with devtmpfs and without. */
const NODE_FOLDERS = ["/sys/class/misc", "/dev"];

/**
 * Throws a Failure where a KCS driver offers the channel to programs: the first that opens its node has the bytes. The driver
 * of the hardware alone, without such a client (kcs_bmc_aspeed), offers none.
 */
export function checkNoNode(channel: KcsChannel): void {
  for (const kind of NODES) {
    const node = `${kind}${String(channel)}`;
    if (!NODE_FOLDERS.some((folder) => isThere(`${folder}/${node}`))) continue;
    const instead = kind === "raw-kcs" ? `use raw-kcs:/dev/${node}, which is made for it` : "unbind that driver";
    throw new Failure(
      "channel-owned",
      `KCS channel ${String(channel)} belongs to a driver of the BMC's kernel, which offers it as /dev/${node}: ${instead}, name another channel, or write force=yes`,
    );
  }
}

function isThere(path: string): boolean {
  try {
    return system.lookUp(path) !== undefined;
  } catch {
    return false;
  }
}
