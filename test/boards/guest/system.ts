/** The part of an emulated BMC that is Debian's: kernel, device tree, and a file system with Node.js and a shell. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DebianRelease, unpack } from "../../support/debian.ts";
import { writeArchive } from "./initramfs.ts";
import { timed, type Tell } from "./tell.ts";

/** Its own Node.js is too old for this package; the later release's kernel compresses its modules. */
const KERNEL = { release: "bookworm", name: "linux-image-armmp" };
const SYSTEM = { release: "trixie", packages: ["nodejs", "busybox-static"] };
const ARCHITECTURE = "armhf";
/** Names of what `makeSystem` makes. */
export const SYSTEM_FILES = { kernel: "kernel", deviceTree: "board.dtb", archive: "system.cpio" };
const DEVICE_TREE = "aspeed-bmc-ibm-rainier.dtb";
const MODULE = "aspeed-lpc-ctrl.ko";
/** Folders of a package that a BMC's image leaves out. */
const NOT_NEEDED = ["usr/share/doc", "usr/share/man", "usr/share/lintian", "usr/lib/arm-linux-gnueabihf/gconv"];
/** Fills a folder with SYSTEM_FILES. */
export function makeSystem(folder: string, tell: Tell): void {
  const work = mkdtempSync(join(tmpdir(), "mctp-lpc-guest-"));
  try {
    const { kernel, packages } = timed(tell, "downloaded Debian's packages", () => ({
      kernel: new DebianRelease(join(work, "kernel"), KERNEL.release, ARCHITECTURE).downloadNamedBy(KERNEL.name),
      packages: new DebianRelease(join(work, "system"), SYSTEM.release, ARCHITECTURE).downloadWhole(...SYSTEM.packages),
    }));
    timed(tell, "made the guest's system of them", () => {
      const unpacked = join(work, "kernel-files");
      unpack(kernel, unpacked);
      copyFileSync(find(join(unpacked, "boot"), /^vmlinuz-/), join(folder, SYSTEM_FILES.kernel));
      copyFileSync(
        find(join(unpacked, "usr/lib"), new RegExp(`/${DEVICE_TREE}$`)),
        join(folder, SYSTEM_FILES.deviceTree),
      );
      const root = join(work, "root");
      for (const place of ["usr/bin", "usr/sbin", "usr/lib", "modules", "proc", "sys", "dev", "tmp", "run", "root"]) {
        mkdirSync(join(root, place), { recursive: true });
      }
      for (const name of ["bin", "sbin", "lib"]) symlinkSync(`usr/${name}`, join(root, name));
      for (const path of packages) unpack(path, root);
      for (const path of NOT_NEEDED) rmSync(join(root, path), { recursive: true, force: true });
      copyFileSync(find(join(unpacked, "lib/modules"), new RegExp(`/${MODULE}$`)), join(root, "modules", MODULE));
      writeArchive(join(folder, SYSTEM_FILES.archive), root);
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The file of a folder whose path below it matches. */
function find(folder: string, pattern: RegExp): string {
  const found = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((name) => pattern.test(name));
  if (found === undefined) throw new Error(`there is no file like ${String(pattern)} in ${folder}`);
  return join(folder, found);
}
