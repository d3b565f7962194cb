/** What all platforms of devices have alike. */
import type { HostPort, Platform } from "../port.ts";
import type { Scope } from "../scope.ts";
import { DEVICE_DEPTH } from "./asked.ts";
import type { DeviceHealth } from "./health.ts";

/** `scope`: holds what was opened and mapped, which `close` releases. */
export function devicePlatform<Port extends HostPort>(
  parts: Pick<Platform<Port>, "name" | "port" | "window" | "interrupts">,
  health: DeviceHealth,
  scope: Scope,
): Platform<Port> {
  return {
    ...parts,
    depth: DEVICE_DEPTH,
    whenLost: (tell) => {
      health.whenLost(tell);
    },
    unanswered: () => health.unanswered,
    close: () => {
      scope.release();
    },
  };
}
