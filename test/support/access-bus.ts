/**
 * A bus for either side whose accesses are data: each is made by one function, which may look at it first, refuse it or
 * end the side with an exception. The procedure runs on at once; see stepped.ts for sides that stop between accesses.
 */
import type { BusAccess } from "../../src/core/binding/access.ts";
import type { BmcBus, HostBus } from "../../src/core/binding/bus.ts";
import { unreachable } from "../../src/core/wire/result.ts";
import type { BmcPlatform, HostPlatform } from "../../src/platform/port.ts";

/** Makes an access; gives the value of a register read, and fills `into` of a window read. */
export type Perform = (access: BusAccess) => number;

export class AccessBus implements HostBus, BmcBus {
  readonly #perform: Perform;

  constructor(perform: Perform) {
    this.#perform = perform;
  }

  readStatus(step: string): number {
    return this.#perform({ kind: "readStatus", step });
  }

  readOdr(step: string): number {
    return this.#perform({ kind: "readData", step });
  }

  readIdr(step: string): number {
    return this.#perform({ kind: "readData", step });
  }

  writeIdr(step: string, value: number): void {
    this.#perform({ kind: "writeData", step, value });
  }

  writeOdr(step: string, value: number): void {
    this.#perform({ kind: "writeData", step, value });
  }

  writeStatus(step: string, value: number): void {
    this.#perform({ kind: "writeStatus", step, value });
  }

  readWindow(step: string, offset: number, into: Uint8Array, at: number, length: number): void {
    this.#perform({ kind: "readWindow", step, offset, length, into, at });
  }

  writeWindow(step: string, offset: number, bytes: Uint8Array, start: number, end: number): void {
    this.#perform({ kind: "writeWindow", step, offset, bytes, start, end });
  }
}

/** Makes accesses on one side of a board. */
export function performerOf(platform: HostPlatform | BmcPlatform): Perform {
  const { port, window } = platform;
  return (access) => {
    switch (access.kind) {
      case "readStatus":
        return port.readStatus(access.step);
      case "readData":
        return port.readData(access.step);
      case "writeData":
        port.writeData(access.value, access.step);
        return 0;
      case "writeStatus":
        if (!("writeStatus" in port)) throw new Error("the host cannot write STR");
        port.writeStatus(access.value, access.step);
        return 0;
      case "readWindow":
        window.read(access.offset, access.into, access.at, access.length, access.step);
        return 0;
      case "writeWindow":
        window.write(access.offset, access.bytes, access.start, access.end, access.step);
        return 0;
      default:
        return unreachable(access);
    }
  };
}
