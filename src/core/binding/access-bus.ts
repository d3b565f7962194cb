/** Between buses and accesses as data: for those who stand between a side and its bus, or watch over it. */
import type { BusAccess } from "./access.ts";
import type { BmcBus, HostBus } from "./bus.ts";

/** Either role's bus. */
export type AnyBus = HostBus & BmcBus;

/** Makes an access; gives what a register read gave, 0 for any other. */
export type MakeAccess = (access: BusAccess) => number;

/** A bus of both roles that hands every access to one function. */
export class AccessBus implements AnyBus {
  readonly #make: MakeAccess;

  constructor(make: MakeAccess) {
    this.#make = make;
  }

  readStatus(step: string): number {
    return this.#make({ kind: "readStatus", step });
  }

  writeStatus(step: string, value: number): void {
    this.#make({ kind: "writeStatus", step, value });
  }

  readOdr(step: string): number {
    return this.#make({ kind: "readData", step });
  }

  readIdr(step: string): number {
    return this.#make({ kind: "readData", step });
  }

  writeIdr(step: string, value: number): void {
    this.#make({ kind: "writeData", step, value });
  }

  writeOdr(step: string, value: number): void {
    this.#make({ kind: "writeData", step, value });
  }

  readWindow(step: string, offset: number, into: Uint8Array, at: number, length: number): void {
    this.#make({ kind: "readWindow", step, offset, into, at, length });
  }

  writeWindow(step: string, offset: number, bytes: Uint8Array, start: number, end: number): void {
    this.#make({ kind: "writeWindow", step, offset, bytes, start, end });
  }
}

/** Makes an access on the host's bus. */
export function makeForHost(bus: HostBus, access: BusAccess): number {
  switch (access.kind) {
    case "readStatus":
      return bus.readStatus(access.step);
    case "readData":
      return bus.readOdr(access.step);
    case "writeData":
      bus.writeIdr(access.step, access.value);
      return 0;
    case "writeStatus":
      throw new Error("the host's bus has no write of STR");
    case "readWindow":
      bus.readWindow(access.step, access.offset, access.into, access.at, access.length);
      return 0;
    case "writeWindow":
      bus.writeWindow(access.step, access.offset, access.bytes, access.start, access.end);
      return 0;
  }
}

/** Makes an access on the BMC's bus. */
export function makeForBmc(bus: BmcBus, access: BusAccess): number {
  switch (access.kind) {
    case "readStatus":
      return bus.readStatus(access.step);
    case "writeStatus":
      bus.writeStatus(access.step, access.value);
      return 0;
    case "readData":
      return bus.readIdr(access.step);
    case "writeData":
      bus.writeOdr(access.step, access.value);
      return 0;
    case "readWindow":
      bus.readWindow(access.step, access.offset, access.into, access.at, access.length);
      return 0;
    case "writeWindow":
      bus.writeWindow(access.step, access.offset, access.bytes, access.start, access.end);
      return 0;
  }
}
