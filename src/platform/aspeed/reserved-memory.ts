/**
 * The window in the memory that the device tree reserves: where it lies, and where the host is to see it. Shared by the
 * platforms of ASPEED BMCs.
 */
import { checkAligned, offsetInRegion, PAGE_BYTES } from "../device/asked.ts";
import { deviceFailure, openDevice } from "../device/device-file.ts";
import { Failure } from "../failure.ts";
import { hexText, path, readAddress, size, type Key, type OpenOptions } from "../kind.ts";
import type { Scope } from "../scope.ts";
import { system } from "../system.ts";
import { FIRMWARE_SPACE_END, MAP_GRANULE_BYTES } from "./firmware-range.ts";
import type { FirmwareWindow } from "./firmware-window.ts";
import { mapToHost, regionBytes } from "./lpc-ctrl.ts";

/** The host's address of the window; `auto`: the usual one, where no mapping is seen; `none`: left as it is. */
export type MapTo = number | "auto" | "none";

/** Of a spec. */
export interface WindowSettings {
  readonly name: string;
  readonly windowBytes: number;
  /** Bytes of the region before the window; undefined: the window is the end of the region. */
  readonly windowOffset: number | undefined;
  readonly map: MapTo;
}

/** A window that is mapped. */
export interface ShownWindow {
  readonly memory: ArrayBuffer;
  /** Has the host see it, as `map=` says. It cannot be taken back. Throws a Failure, and nothing has changed then. */
  readonly show: () => void;
}

export interface WindowTools {
  /** What the host sees now; asked for `map=auto` only. */
  readonly look: () => FirmwareWindow;
  readonly log: OpenOptions["log"];
}

export const DEFAULT_LPC_PATH = "/dev/aspeed-lpc-ctrl";
/** What deployed BMCs and hosts have. */
export const DEFAULT_WINDOW_BYTES: number = 1024 * 1024;

interface WindowValues {
  readonly at: number | undefined;
  readonly size: number | undefined;
  readonly map: MapTo;
}

/** Settings of specs. */
export const LPC_KEY: Key<string> = path("node of the reserved memory", DEFAULT_LPC_PATH);
export const WINDOW_KEYS: { readonly [Name in keyof WindowValues]: Key<WindowValues[Name]> } = {
  at: size("bytes of that memory before the window", "0 to 4095M", "the window is its end"),
  size: size("bytes of the window", "4K to 16M", "1M"),
  map: {
    help: "where the host sees the window; auto: the end of 256M, where nothing is mapped",
    takes: "auto, none or an address like 0x0ff00000",
    otherwise: "auto",
    fallback: "auto",
    read: (text) => (text === "auto" || text === "none" ? text : readAddress(text)),
  },
};

/** Opens the node of aspeed-lpc-ctrl and maps the window into this process. Throws a Failure. */
export function openReservedWindow(
  scope: Scope,
  lpcPath: string,
  settings: WindowSettings,
  tools: WindowTools,
): ShownWindow {
  const { windowBytes } = settings;
  const lpc = openDevice(scope, lpcPath, "deviceMemory");
  const region = { what: `the region of ${lpcPath}`, bytes: regionBytes(lpcPath, lpc) };
  const offset = offsetInRegion(settings.name, region, settings.windowOffset, windowBytes);
  checkAligned(settings.name, "at", offset, PAGE_BYTES);
  const address = hostAddress(settings, { setting: "at", start: offset }, tools);
  const { memory, unmap } = mapRegion(lpcPath, lpc, windowBytes, offset);
  scope.add(unmap);
  return {
    memory,
    show: () => {
      if (address === undefined) return;
      mapToHost(lpcPath, lpc, { address, offset, size: windowBytes });
      tools.log(shownText(windowBytes, `${hexText(offset)} of the region`, address), "device");
    },
  };
}

/** "mapped 1048576 bytes at 0x3f00000 of the region to 0xff00000 of firmware space" */
export function shownText(bytes: number, place: string, address: number): string {
  return `mapped ${String(bytes)} bytes at ${place} to ${hexText(address)} of firmware space`;
}

/**
 * Where the host is to see the window that begins at `start`; undefined: that is left as it is. Throws a Failure for a place
 * that cannot be. `setting`: what gives `start`.
 */
export function hostAddress(
  { name, map, windowBytes }: WindowSettings,
  { setting, start }: { readonly setting: string; readonly start: number },
  { look, log }: WindowTools,
): number | undefined {
  if (map === "none") return undefined;
  const address = map === "auto" ? FIRMWARE_SPACE_END - windowBytes : map;
  if (map === "auto") {
    const { state, text } = look();
    if (state !== "free") {
      log(
        `what the host sees is left as it is (map=auto): ${text}; map=${hexText(address)} maps the window, map=none says that another program does`,
        "device",
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
  checkAligned(name, setting, start, windowBytes);
  if (address + windowBytes > FIRMWARE_SPACE_END) {
    throw new Failure(
      "map-address",
      `${name}: map=${hexText(address)} lies beyond the ${hexText(FIRMWARE_SPACE_END)} bytes of firmware space`,
    );
  }
  return address;
}

function mapRegion(path: string, fd: number, bytes: number, offset: number): ReturnType<typeof system.map> {
  try {
    return system.map(fd, bytes, { offset });
  } catch (error) {
    throw deviceFailure(path, error);
  }
}
