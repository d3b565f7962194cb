/** Running procedures on a port and a window that answer at once. */
import type { BmcAccess, DirectBus, HostAccess, Procedure } from "../core/binding/bus.ts";
import { unreachable } from "../core/wire/result.ts";
import type { BmcPort, BmcPlatform, HostPlatform, HostPort, Window } from "../platform/port.ts";

/** Runs a procedure to its end. One that can answer at once is a direct bus, too. */
export interface Executor<Access extends BmcAccess> extends Partial<DirectBus<Access>> {
  <Result>(procedure: Procedure<Result, Access>): Result;
}

export function hostExecutor({ port, window }: HostPlatform): Executor<HostAccess> {
  return executor((access) => performForHost(port, window, access));
}

export function bmcExecutor({ port, window }: BmcPlatform): Executor<BmcAccess> {
  return executor((access) => performForBmc(port, window, access));
}

function executor<Access extends BmcAccess>(perform: (access: Access) => number): Executor<Access> {
  const run = <Result>(procedure: Procedure<Result, Access>): Result => {
    let step = procedure.next(0);
    while (step.done !== true) step = procedure.next(perform(step.value));
    return step.value;
  };
  return Object.assign(run, { perform });
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
