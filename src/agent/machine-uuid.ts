/**
 * The UUID of an endpoint that was given none: the same at each start, so that a bus owner knows it again. It is made of
 * the machine's identity, the role and the place of its first link, which tell the endpoints of a machine apart.
 */
import { createHash, randomBytes } from "node:crypto";
import { readNamedText } from "../platform/opening.ts";
import { UUID_BYTES } from "../core/mctp/control/identifiers.ts";
import { privileged } from "../platform/privileges.ts";

/** What names a machine, the better first: a copied disk has a copy of the second. */
const SOURCES = ["/sys/class/dmi/id/product_uuid", "/etc/machine-id"] as const;
/** A file of the kernel's says 4096, whatever it holds. */
const LARGEST_IDENTITY_BYTES = 4096;
/** Hexadecimal digits, of which not all are the same: firmware that was never told its own says zeros or ones. */
const IDENTITY = /^(?!(.)\1*$)[0-9a-f]{32}$/;

export interface OwnUuid {
  readonly uuid: Uint8Array;
  /** The machine has no identity that can be read: the UUID is another at each start. */
  readonly isRandom: boolean;
}

export function machineUuid(role: string, place: string, sources: readonly string[] = SOURCES): OwnUuid {
  const machine = sources.map(identityIn).find((text) => text !== undefined);
  const bytes =
    machine === undefined
      ? randomBytes(UUID_BYTES)
      : createHash("sha256").update(`mctp-lpc\n${machine}\n${role}\n${place}`).digest().subarray(0, UUID_BYTES);
  const uuid = Uint8Array.from(bytes);
  // RFC 9562: version 8 (custom) or 4 (random), variant 2.
  uuid[6] = (uuid[6]! & 0x0f) | (machine === undefined ? 0x40 : 0x80);
  uuid[8] = (uuid[8]! & 0x3f) | 0x80;
  return { uuid, isRandom: machine === undefined };
}

function identityIn(path: string): string | undefined {
  let text: string;
  try {
    text = privileged(() => readNamedText("machine", `read ${path}`, path, LARGEST_IDENTITY_BYTES));
  } catch {
    // Only root may read the product's UUID, and not every machine has one.
    return undefined;
  }
  const digits = text.trim().replaceAll("-", "").toLowerCase();
  return IDENTITY.test(digits) ? digits : undefined;
}
