/** `--window` and `--depth` make virtual boards; a device has the values that its spec and its hardware give. */
import type { Depth } from "../../core/binding/kcs-word.ts";
import { LARGEST_WINDOW_BYTES, SMALLEST_WINDOW_BYTES } from "../../core/binding/layout.ts";
import { Failure } from "../failure.ts";
import { hexText, type OpenOptions } from "../kind.ts";

/** Bytes: windows are mapped in whole pages. */
export const PAGE_BYTES = 4096;

/**
 * Bytes that the path into the BMC can hold beside IDR. The raw KCS driver holds one; a host cannot tell whether that
 * driver is behind IDR, and counts with it.
 */
export const DEVICE_DEPTH: Depth = 1;

/** Throws a Failure where a device is not as it was asked for, or has a window that cannot be one. `ownDepth`: the device's. */
export function checkAsked(
  name: string,
  size: number,
  { windowBytes, depth }: OpenOptions,
  ownDepth: Depth = DEVICE_DEPTH,
): void {
  if (windowBytes !== undefined && windowBytes !== size) {
    throw new Failure(
      "window-size",
      `${name} has a window of ${String(size)} bytes, not ${String(windowBytes)}: leave --window out, which is for virtual boards, and write size=`,
    );
  }
  if (depth !== undefined && depth !== ownDepth) {
    throw new Failure(
      "board-depth",
      `${name} has depth ${String(ownDepth)}, not ${String(depth)}: leave --depth out, which is for virtual boards`,
    );
  }
  checkWindow(name, size);
}

/** Throws a Failure where no device has such a window. */
export function checkWindow(name: string, size: number): void {
  if (size < SMALLEST_WINDOW_BYTES || size > LARGEST_WINDOW_BYTES || size % PAGE_BYTES !== 0) {
    throw new Failure(
      "window-size",
      `${name} cannot have a window of ${String(size)} bytes: choose a multiple of ${String(PAGE_BYTES)}, from ${String(SMALLEST_WINDOW_BYTES)} to ${String(LARGEST_WINDOW_BYTES)}`,
    );
  }
}

/**
 * Bytes of a region before the window in it. `asked` undefined: the window is the end of the region. Throws a Failure where it
 * does not fit. `region`: what it is, for people: "the region of /dev/aspeed-lpc-ctrl".
 */
export function offsetInRegion(
  name: string,
  region: { readonly what: string; readonly bytes: number },
  asked: number | undefined,
  windowBytes: number,
): number {
  const offset = asked ?? region.bytes - windowBytes;
  if (offset >= 0 && offset + windowBytes <= region.bytes) return offset;
  throw new Failure(
    "region-small",
    `${name}: ${region.what} has ${String(region.bytes)} bytes, too few for a window of ${String(windowBytes)} at ${String(Math.max(0, offset))}: choose other at= and size=`,
  );
}

/** Throws a Failure for a place that no window can begin at. */
export function checkAligned(name: string, setting: string, address: number, granule: number): void {
  if (address % granule === 0) return;
  throw new Failure(
    "map-address",
    `${name}: ${setting}=${hexText(address)} is not aligned: choose a multiple of ${hexText(granule)}`,
  );
}
