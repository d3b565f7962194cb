/**
 * What an emulated BMC boots: Debian's stock kernel for 32-bit ARM with the device tree of a Rainier BMC, and a first file
 * system with Debian's Node.js and this package. The parts are kept in the user's cache (XDG_CACHE_HOME), each below the
 * hash of what it is made of.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Installed, PROJECT } from "../../package/installed.ts";
import { keptFolder } from "../../support/kept-folder.ts";
import { writeArchive } from "./initramfs.ts";
import { SYSTEM_FILES, makeSystem } from "./system.ts";
import { timed, type Tell } from "./tell.ts";

const CACHE = "mctp-lpc-guest";
/** Node's name for the processor of an AST2600. */
const CPU = "arm";
/** Where the package is installed in the guest. */
export const GUEST_FOLDER = "/opt/mctp-lpc";
export const GUEST_PROGRAM: string = `${GUEST_FOLDER}/node_modules/mctp-lpc/dist/bin/mctp-lpc.js`;
/** What decides what Debian's part holds. */
const SYSTEM_SOURCES = ["system.ts", "initramfs.ts", "../../support/debian.ts"].map((name) => join(__dirname, name));
/** What decides what the package's part holds. */
const PACKAGE_SOURCES = [
  ...["init.sh", "image.ts", "initramfs.ts"].map((name) => join(__dirname, name)),
  ...["package.json", "package-lock.json", "tsconfig.package.json", "src", "host", "bmc", "spec"].map((name) =>
    join(PROJECT, name),
  ),
];

export interface GuestImage {
  readonly kernel: string;
  readonly deviceTree: string;
  /** Archives of the first file system, one to follow the other. */
  readonly archives: readonly string[];
}

/** Gives the image of the checkout as it is. Makes what the cache does not have. */
export function guestImage(tell: Tell): GuestImage {
  const system = keptFolder(CACHE, "system", SYSTEM_SOURCES, (folder) => {
    makeSystem(folder, tell);
  });
  const own = keptFolder(CACHE, "package", PACKAGE_SOURCES, (folder) => {
    timed(tell, "packed this package and installed it for the guest", () => {
      makePackage(folder);
    });
  });
  return {
    kernel: join(system, SYSTEM_FILES.kernel),
    deviceTree: join(system, SYSTEM_FILES.deviceTree),
    archives: [join(system, SYSTEM_FILES.archive), join(own, "package.cpio")],
  };
}

function makePackage(folder: string): void {
  const installed = new Installed();
  const root = mkdtempSync(join(tmpdir(), "mctp-lpc-guest-"));
  try {
    cpSync(installed.installFor(CPU), join(root, GUEST_FOLDER), { recursive: true, verbatimSymlinks: true });
    writeFileSync(join(root, "init"), readFileSync(join(__dirname, "init.sh")), { mode: 0o755 });
    writeArchive(join(folder, "package.cpio"), root);
  } finally {
    rmSync(root, { recursive: true, force: true });
    installed.dispose();
  }
}
