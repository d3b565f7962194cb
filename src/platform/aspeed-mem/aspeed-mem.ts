/**
 * `aspeed-mem:KCS`: the BMC's side at the registers of an ASPEED chip, for a board's first days and for kernels that have
 * no raw KCS driver. The window is in the memory of aspeed-lpc-ctrl, or anywhere in the BMC's memory.
 */
import { firmwareWindow, showRange } from "../aspeed/firmware-window.ts";
import { warnOfOpenDoors } from "../aspeed/isolation/reading.ts";
import {
  checkNoDriverReads,
  dataPortOf,
  enableChannel,
  kcsRegisters,
  REGISTER_DEPTH,
} from "../aspeed/kcs-registers.ts";
import { mapMemory, MemoryRegisters, MEMORY_FILE, type MemoryFile } from "../aspeed/memory-registers.ts";
import { hostAddress, openReservedWindow, shownText, type WindowTools } from "../aspeed/reserved-memory.ts";
import { KCS_CHANNELS, kcsChannel, type KcsChannel, type Soc } from "../aspeed/soc.ts";
import { checkNoNode, chipFor } from "../aspeed/this-chip.ts";
import { barrierInstruction } from "../barrier-instruction.ts";
import { NEEDS_BARRIERS, orderedWindow } from "../device/access-order.ts";
import { checkAligned, checkAsked, PAGE_BYTES } from "../device/asked.ts";
import { deviceFailure, openDevice, openingDevices } from "../device/device-file.ts";
import { devicePlatform } from "../device/device-platform.ts";
import { DeviceHealth } from "../device/health.ts";
import { WordWindow } from "../device/word-window.ts";
import { Failure, errnoOf } from "../failure.ts";
import { hexText, type OpenOptions } from "../kind.ts";
import { needLibc } from "../libc.ts";
import { MappedWindow } from "../mapped-window.ts";
import type { BmcPlatform, Window } from "../port.ts";
import { Scope } from "../scope.ts";
import { system } from "../system.ts";
import type { AspeedMemSpec } from "./spec.ts";

/** Opens the BMC's side. Throws a Failure; nothing stays open or mapped then, and no register was written. */
export function openAspeedMem(
  spec: AspeedMemSpec,
  options: OpenOptions,
  needsBarriers: boolean = NEEDS_BARRIERS,
): BmcPlatform {
  const { log } = options;
  const { name, path, force } = spec;
  return openingDevices(`open ${name}`, (scope) => {
    needLibc();
    checkAsked(name, spec.windowBytes, options, REGISTER_DEPTH);
    const channel = channelOf(spec);
    const soc = chipFor(name, spec.soc);
    const barrier = needsBarriers ? barrierFor(spec, soc) : undefined;
    const file: MemoryFile = { path, fd: openMemory(scope, path), access: "readWrite" };
    takeChannel(name, channel, file);
    if (!force && path === MEMORY_FILE) checkNoNode(channel);
    const registers = new MemoryRegisters(file, scope, barrier);
    if (!force) checkNoDriverReads(registers, channel);
    const tools: WindowTools = { look: () => firmwareWindow(registers), log };
    const { window, show } = openWindow({ scope, spec, soc, file, registers, tools });
    warnOfDoors(soc, file, log);
    const health = new DeviceHealth(log);
    const { port, interrupts, order } = kcsRegisters(registers, channel, health, needsBarriers);
    // Last: neither is taken back.
    show();
    enableChannel(registers, channel, log);
    if (dataPortOf(registers, channel) === 0) {
      log(
        `the host's port of KCS channel ${String(channel)} is 0 (LADR${String(channel)}): no host on an LPC bus reaches it until a driver or U-Boot sets it`,
        "device-trouble",
      );
    }
    return devicePlatform(
      { name, port, window: needsBarriers ? orderedWindow(window, order) : window, interrupts, depth: REGISTER_DEPTH },
      health,
      scope,
    );
  });
}

function channelOf({ name, channel }: AspeedMemSpec): KcsChannel {
  const known = kcsChannel(channel);
  if (known !== undefined) return known;
  throw specFailure(`${name}: the chips have no KCS channel ${String(channel)}: name one of 1 to 4`);
}

/** Of the chips' processors the AST2600's alone has the instruction; on others a file stands for the registers. */
function barrierFor({ name }: AspeedMemSpec, { name: soc }: Soc): () => void {
  if (process.arch === "arm" && soc !== "ast2600") {
    throw new Failure(
      "platform",
      `${name}: the processor of the ${soc} has no barrier that this program knows (LPC-KCS-9): use raw-kcs:, or qemu: for an emulated one`,
    );
  }
  return barrierInstruction();
}

function openMemory(scope: Scope, path: string): number {
  try {
    return openDevice(scope, path, "deviceMemory");
  } catch (error) {
    const errno = error instanceof Failure ? errnoOf(error.cause) : undefined;
    if (path !== MEMORY_FILE || errno !== "ENOENT") throw error;
    throw new Failure(
      "device-missing",
      `cannot use ${path}: it does not exist, this kernel is built without CONFIG_DEVMEM; use raw-kcs:, or a kernel that has it`,
      { cause: error },
    );
  }
}

/** One agent for a channel: as long as it runs it holds a lock at the place of the channel's IDR. */
function takeChannel(name: string, channel: KcsChannel, { path, fd }: MemoryFile): void {
  let isOurs: boolean;
  try {
    isOurs = system.lock(fd, KCS_CHANNELS[channel].idr);
  } catch (error) {
    throw deviceFailure(path, error);
  }
  if (isOurs) return;
  throw new Failure(
    "device-busy",
    `another agent runs on ${name} (it holds the lock of the channel on ${path}): stop it, or name another channel`,
  );
}

/** The agent keeps none of these registers mapped. */
function warnOfDoors({ name }: Soc, { path, fd }: MemoryFile, log: OpenOptions["log"]): void {
  const scope = new Scope();
  try {
    warnOfOpenDoors(name, new MemoryRegisters({ path, fd, access: "read" }, scope), log);
  } finally {
    scope.release();
  }
}

interface Parts {
  readonly scope: Scope;
  readonly spec: AspeedMemSpec;
  readonly soc: Soc;
  readonly file: MemoryFile;
  readonly registers: MemoryRegisters;
  readonly tools: WindowTools;
}

interface OpenWindow {
  readonly window: Window;
  readonly show: () => void;
}

function openWindow(parts: Parts): OpenWindow {
  const { scope, spec, tools } = parts;
  const { name, lpcPath, windowAddress, windowOffset, windowBytes } = spec;
  if (windowAddress !== undefined) {
    if (windowOffset === undefined) return openPhysicalWindow(parts, windowAddress);
    throw specFailure(`${name}: window= and at= both say where the window is: leave one of them out`);
  }
  if (lpcPath === undefined) {
    throw specFailure(`${name}: lpc=none leaves open where the window is: give its physical address with window=`);
  }
  const { memory, show } = openReservedWindow(scope, lpcPath, spec, tools);
  return { window: new MappedWindow(new Uint8Array(memory, 0, windowBytes)), show };
}

function specFailure(message: string): Failure {
  return new Failure("platform-spec", message);
}

/** The kernel may map such memory as a device's, which takes aligned accesses alone: `WordWindow` makes these. */
function openPhysicalWindow({ scope, spec, soc, file, registers, tools }: Parts, start: number): OpenWindow {
  const { name, windowBytes: size } = spec;
  checkAligned(name, "window", start, PAGE_BYTES);
  if (start < soc.dram || start + size > 0x1_0000_0000) {
    throw new Failure(
      "map-address",
      `${name}: window=${hexText(start)} is not in the memory of an ${soc.name.toUpperCase()}, which begins at ${hexText(soc.dram)}`,
    );
  }
  const host = hostAddress(spec, { setting: "window", start }, tools);
  const window = new WordWindow(mapMemory(file, scope, start, size), size);
  return {
    window,
    show: () => {
      if (host === undefined) return;
      showRange(registers, { host, bmc: start, size });
      tools.log(shownText(size, hexText(start), host), "device");
    },
  };
}
