/** Accesses as data, made on a board's port and window. */
import type { MakeAccess } from "../../src/core/binding/access-bus.ts";
import { unreachable } from "../../src/core/wire/result.ts";
import type { BmcPlatform, HostPlatform } from "../../src/platform/port.ts";

/** Makes accesses on one side of a board. */
export function performerOf(platform: HostPlatform | BmcPlatform): MakeAccess {
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
