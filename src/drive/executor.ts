/** Running procedures on a port and a window that answer at once. */
import type { BmcAccess, HostAccess, Procedure } from "../binding/bus.ts";
import { unreachable } from "../wire/result.ts";
import type { BmcPort, BmcPlatform, HostPlatform, HostPort, Window } from "../platform/port.ts";

export type Executor<Access extends BmcAccess> = <Result>(procedure: Procedure<Result, Access>) => Result;

export function hostExecutor(platform: HostPlatform): Executor<HostAccess> {
  const { port, window } = platform;
  return (procedure) => {
    let step = procedure.next(0);
    while (step.done !== true) step = procedure.next(performForHost(port, window, step.value));
    return step.value;
  };
}

export function bmcExecutor(platform: BmcPlatform): Executor<BmcAccess> {
  const { port, window } = platform;
  return (procedure) => {
    let step = procedure.next(0);
    while (step.done !== true) step = procedure.next(performForBmc(port, window, step.value));
    return step.value;
  };
}

/** Carries out one access; returns the number it read, 0 where it reads none. */
export function performForHost(port: HostPort, window: Window, access: HostAccess): number {
  switch (access.kind) {
    case "readStatus":
      return port.readStatus();
    case "readData":
      return port.readData();
    case "writeData":
      port.writeData(access.value);
      return 0;
    case "readWindow":
      window.read(access.offset, access.into, access.at, access.length);
      return 0;
    case "writeWindow":
      window.write(access.offset, access.bytes, access.start, access.end);
      return 0;
    default:
      return unreachable(access);
  }
}

export function performForBmc(port: BmcPort, window: Window, access: BmcAccess): number {
  if (access.kind !== "writeStatus") return performForHost(port, window, access);
  port.writeStatus(access.value);
  return 0;
}
