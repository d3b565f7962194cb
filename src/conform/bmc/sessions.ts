/** Sessions that cases open: of which version, and with what in ODR. */
import type { Version, VersionRange } from "../../core/binding/versions.ts";
import type { PlayedHost } from "../played-host.ts";
import type { PlayedSession } from "../player.ts";
import { spokenOf } from "./negotiation.ts";
import { openToDummy, settle } from "./signs.ts";

/** Versions of a proposal that lead to a session of this version. Not testable where the BMC does not speak it. */
export async function rangeFor(host: PlayedHost, version: Version): Promise<VersionRange> {
  const { bmcVersions } = await host.offer();
  if (!spokenOf(bmcVersions).includes(version)) host.notTestable(`the BMC does not speak version ${String(version)}`);
  return { min: 1, cur: version };
}

/** Versions for a session without a CRC-32 where the BMC speaks one: 2, or 1 where it speaks no other. */
export async function oldestRange(host: PlayedHost): Promise<VersionRange> {
  const { bmcVersions } = await host.offer();
  return { min: 1, cur: bmcVersions.min > 2 ? 3 : 2 };
}

/** A session of version 2, of version 1 where the BMC speaks no other, of 3 where it speaks nothing older. */
export async function openOldest(host: PlayedHost): Promise<PlayedSession> {
  return host.openSession({ versions: await oldestRange(host) });
}

/** A session with nothing in ODR, nor on its way there; gives the versions that were proposed. */
export async function openSettled(host: PlayedHost): Promise<VersionRange> {
  const versions = await oldestRange(host);
  await settle(host);
  await openToDummy(host, { versions });
  return versions;
}
