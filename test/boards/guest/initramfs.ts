/**
 * Archives that Linux unpacks as its first file system: cpio of the kind "newc" (Linux,
 * Documentation/driver-api/early-userspace/buffer-format.rst). Several, one behind the other, are one.
 */
import { closeSync, lstatSync, openSync, readFileSync, readdirSync, readlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

const MAGIC = "070701";
const ALIGNMENT = 4;
const LAST_NAME = "TRAILER!!!";
const FOLDER_MODE = 0o040755;
const LINK_MODE = 0o120777;
const FILE_TYPE = 0o100000;
const CHARACTER_DEVICE_MODE = 0o020600;
const NO_BYTES = new Uint8Array(0);

interface Entry {
  readonly name: string;
  /** Type and permissions, as in st_mode. */
  readonly mode: number;
  readonly contents?: Uint8Array;
  readonly device?: { readonly major: number; readonly minor: number };
}

/** Writes an archive of all that is in a folder; everything in it belongs to root. */
export function writeArchive(path: string, folder: string): void {
  const fd = openSync(path, "wx");
  try {
    let number = 1;
    for (const entry of entriesOf(folder)) writeEntry(fd, entry, number++);
    writeEntry(fd, { name: LAST_NAME, mode: 0 }, 0);
  } finally {
    closeSync(fd);
  }
}

function* entriesOf(folder: string): Generator<Entry> {
  yield { name: "dev", mode: FOLDER_MODE };
  // Linux opens it for the first process before that one can make any.
  yield { name: "dev/console", mode: CHARACTER_DEVICE_MODE, device: { major: 5, minor: 1 } };
  // Folders come before what is in them.
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  for (const name of names) {
    const path = join(folder, name);
    const status = lstatSync(path);
    if (status.isDirectory()) yield { name, mode: FOLDER_MODE };
    else if (status.isSymbolicLink()) yield { name, mode: LINK_MODE, contents: Buffer.from(readlinkSync(path)) };
    else yield { name, mode: FILE_TYPE | (status.mode & 0o777), contents: readFileSync(path) };
  }
}

function writeEntry(fd: number, { name, mode, contents = NO_BYTES, device }: Entry, number: number): void {
  const nameBytes = Buffer.from(`${name}\0`);
  const fields = [
    ...[number, mode, 0, 0], // uid, gid
    ...[1, 0, contents.length], // links, time
    ...[0, 0, device?.major ?? 0, device?.minor ?? 0],
    ...[nameBytes.length, 0], // checksum
  ];
  const header = `${MAGIC}${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
  writeAligned(fd, Buffer.concat([Buffer.from(header), nameBytes]));
  writeAligned(fd, contents);
}

function writeAligned(fd: number, bytes: Uint8Array): void {
  const padding = -bytes.length & (ALIGNMENT - 1);
  writeAll(fd, padding === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(padding)]));
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
}
