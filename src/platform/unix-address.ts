/** The address of a Unix socket, as system calls take it: struct sockaddr_un. */
import { endianness } from "node:os";

export const AF_UNIX = 1;
/** Two bytes for the family, and 108 for the path or name. */
const FAMILY_BYTES = 2;
const PATH_BYTES = 108;

/** Whether an address is a name behind "@", which is in no file system and which any user may connect to. */
export function isAbstract(address: string): boolean {
  return address.startsWith("@");
}

/**
 * `address`: an absolute path, or a name behind "@" that is in no file system. Throws an error with an errno's name as its
 * code.
 */
export function socketAddress(address: string): Uint8Array {
  const name = Buffer.from(address);
  const isName = isAbstract(address);
  if ((!isName && !address.startsWith("/")) || name.length < 2) throw unusable("EINVAL");
  if (name.length >= PATH_BYTES) throw unusable("ENAMETOOLONG");
  if (isName) name[0] = 0;
  // A path ends with a zero; a name in no file system has exactly the length of the address.
  const bytes = new Uint8Array(FAMILY_BYTES + name.length + (isName ? 0 : 1));
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, endianness() === "LE");
  bytes.set(name, FAMILY_BYTES);
  return bytes;
}

function unusable(code: string): Error {
  return Object.assign(new Error(`an unusable address: ${code}`), { code });
}

/** An address without a name: a socket that is bound to it gets one that no other has. */
export function unnamedAddress(): Uint8Array {
  const bytes = new Uint8Array(FAMILY_BYTES);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, endianness() === "LE");
  return bytes;
}
