/**
 * The bus of a side, whichever side it is, so that what both do wrong is written once. The register that the side reads
 * commands from is ODR for the host and IDR for the BMC; the one that it writes is the other.
 */
import type { BmcBus, HostBus } from "../../core/binding/bus.ts";

/** Every access names its step. A host never writes STR. */
export interface SideBus {
  readStatus(step: string): number;
  writeStatus(step: string, value: number): void;
  readData(step: string): number;
  writeData(step: string, value: number): void;
  readWindow(step: string, offset: number, into: Uint8Array, at: number, length: number): void;
  writeWindow(step: string, offset: number, bytes: Uint8Array, start: number, end: number): void;
}

export function sideBusOfHost(bus: HostBus): SideBus {
  return {
    readStatus: (step) => bus.readStatus(step),
    writeStatus: () => {
      throw new Error("a host has no access that writes STR");
    },
    readData: (step) => bus.readOdr(step),
    writeData: (step, value) => {
      bus.writeIdr(step, value);
    },
    readWindow: (step, offset, into, at, length) => {
      bus.readWindow(step, offset, into, at, length);
    },
    writeWindow: (step, offset, bytes, start, end) => {
      bus.writeWindow(step, offset, bytes, start, end);
    },
  };
}

export function sideBusOfBmc(bus: BmcBus): SideBus {
  return {
    readStatus: (step) => bus.readStatus(step),
    writeStatus: (step, value) => {
      bus.writeStatus(step, value);
    },
    readData: (step) => bus.readIdr(step),
    writeData: (step, value) => {
      bus.writeOdr(step, value);
    },
    readWindow: (step, offset, into, at, length) => {
      bus.readWindow(step, offset, into, at, length);
    },
    writeWindow: (step, offset, bytes, start, end) => {
      bus.writeWindow(step, offset, bytes, start, end);
    },
  };
}

/** The host's bus over one that may be another at each access. */
export function hostBusOver(current: () => SideBus): HostBus {
  return {
    readStatus: (step) => current().readStatus(step),
    readOdr: (step) => current().readData(step),
    writeIdr: (step, command) => {
      current().writeData(step, command);
    },
    readWindow: (step, offset, into, at, length) => {
      current().readWindow(step, offset, into, at, length);
    },
    writeWindow: (step, offset, bytes, start, end) => {
      current().writeWindow(step, offset, bytes, start, end);
    },
  };
}

export function bmcBusOver(current: () => SideBus): BmcBus {
  return {
    readStatus: (step) => current().readStatus(step),
    writeStatus: (step, value) => {
      current().writeStatus(step, value);
    },
    readIdr: (step) => current().readData(step),
    writeOdr: (step, command) => {
      current().writeData(step, command);
    },
    readWindow: (step, offset, into, at, length) => {
      current().readWindow(step, offset, into, at, length);
    },
    writeWindow: (step, offset, bytes, start, end) => {
      current().writeWindow(step, offset, bytes, start, end);
    },
  };
}
