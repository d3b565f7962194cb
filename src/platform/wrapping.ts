/** What a wrapper of a platform passes on unchanged. */
import type { HostPort, Platform } from "./port.ts";

const OPTIONAL = [
  "peerAttached",
  "whenLost",
  "lostInIdr",
  "bellsRefused",
  "unanswered",
  "resetRegisters",
  "abandon",
] as const;

type Optional = Partial<Pick<Platform<HostPort>, (typeof OPTIONAL)[number]>>;

/** The methods that a platform may have, those that this one has. */
export function optionalOf(platform: Platform<HostPort>): Optional {
  const methods = platform as unknown as Readonly<Record<string, (...given: unknown[]) => unknown>>;
  return Object.fromEntries(
    OPTIONAL.flatMap((name) => (name in platform ? [[name, methods[name]!.bind(platform)] as const] : [])),
  );
}
