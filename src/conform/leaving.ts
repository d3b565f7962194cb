/** What a conformance run does when it is over: the channel is closed and the control region put back. */
import { CONTROL_REGION_BYTES, Field } from "../core/binding/control-region.ts";
import { KEEP_OBF, SESSION_BITS, Status } from "../core/binding/registers.ts";
import { equalBytes } from "../core/wire/bytes.ts";
import type { BmcPlatform, HostPlatform, Window } from "../platform/port.ts";
import { NotTestable } from "./outcome.ts";
import { PlayedHost } from "./played-host.ts";
import type { Surroundings } from "./surroundings.ts";

/** The control region and STR as a run found them. */
export interface Found {
  readonly region: Uint8Array;
  readonly status: number;
}

/** To be called before the first access of a run. */
export function foundOn({ port, window }: HostPlatform | BmcPlatform): Found {
  return { region: regionOf(window), status: port.readStatus() };
}

/** Closes the channel as a host, and puts back what the BMC has not. Sentences about what stays changed. */
export async function leaveBmc(
  platform: HostPlatform,
  found: Found,
  surroundings: Surroundings,
): Promise<readonly string[]> {
  const notes: string[] = [];
  const host = new PlayedHost(platform, surroundings);
  try {
    await host.close();
    if (host.inSession) notes.push("The channel is still active: the BMC did not carry out the closing Initialise.");
  } catch (error) {
    if (!(error instanceof NotTestable)) throw error;
    notes.push("The channel was not closed: the BMC does not read IDR.");
  }
  if ((found.status & SESSION_BITS) === SESSION_BITS) {
    notes.push("A session was open before the run; it is over, and its host has to start up again.");
  }
  // What a host may write: its versions stay 0/0, as the close left them.
  const region = regionOf(platform.window);
  const others = found.region.slice();
  others.set(region.subarray(Field.hostVersionMin, Field.pad), Field.hostVersionMin);
  if (!equalBytes(region, others)) {
    platform.window.write(0, others, 0, Field.hostVersionMin);
    platform.window.write(Field.pad, others, Field.pad, others.length);
    if (!equalBytes(regionOf(platform.window), others)) notes.push("The control region does not keep what is written.");
  }
  notes.push("The packet buffers hold packets of this run.");
  return notes;
}

/** Goes down as a BMC, and puts the control region back. Sentences about what stays changed. */
export function leaveHost(platform: BmcPlatform, found: Found): readonly string[] {
  const notes: string[] = [];
  const { port, window } = platform;
  port.writeStatus(KEEP_OBF);
  window.write(0, found.region, 0, found.region.length);
  if (!equalBytes(regionOf(window), found.region)) notes.push("The control region does not keep what is written.");
  const own = found.status & ~(Status.OBF | Status.IBF | Status.CD);
  if (own !== 0) {
    const before = own.toString(16).padStart(2, "0");
    notes.push(`STR was 0x${before} before the run, and is 0x00 now: start the BMC that runs here again.`);
  }
  if ((port.readStatus() & Status.OBF) !== 0) notes.push("ODR holds a byte that the host has not read.");
  notes.push("The packet buffers hold packets of this run.");
  return notes;
}

function regionOf(window: Window): Uint8Array {
  const bytes = new Uint8Array(CONTROL_REGION_BYTES);
  window.read(0, bytes, 0, bytes.length);
  return bytes;
}
