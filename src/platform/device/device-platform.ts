/** What all platforms of devices have alike. */
import type { HostPort, Platform } from "../port.ts";
import type { Scope } from "../scope.ts";
import { DEVICE_DEPTH } from "./asked.ts";
import type { DeviceHealth } from "./health.ts";

/** `scope`: holds what was opened and mapped, which `close` releases. `depth`: by default that of most devices. */
export function devicePlatform<Port extends HostPort>(
  parts: Pick<Platform<Port>, "name" | "port" | "window" | "interrupts"> & Partial<Pick<Platform<Port>, "depth">>,
  health: DeviceHealth,
  scope: Scope,
): Platform<Port> {
  return {
    depth: DEVICE_DEPTH,
    ...parts,
    whenLost: (tell) => {
      health.whenLost(tell);
    },
    unanswered: () => health.unanswered,
    close: () => {
      scope.release();
    },
  };
}
