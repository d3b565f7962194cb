/** A small file system of its own for what must fill up: a tmpfs, which only root may mount. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testUnless, type TestFunction } from "./tools.ts";

export class SmallFileSystem {
  readonly folder: string;

  constructor(kibibytes: number) {
    this.folder = mkdtempSync(join(tmpdir(), "mctp-lpc-small-"));
    const options = ["-t", "tmpfs", "-o", `size=${String(kibibytes)}k,mode=700`, "tmpfs", this.folder];
    const { status, stderr } = spawnSync("mount", options, { encoding: "utf8" });
    if (status === 0) return;
    rmdirSync(this.folder);
    throw new Error(`cannot mount a tmpfs: ${stderr}`);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Fills it to the last page, but for so many KiB. */
  fill(leaveKibibytes = 0): void {
    const { bavail, bsize } = statfsSync(this.folder);
    writeFileSync(this.path("filler"), Buffer.alloc(Math.max(0, bavail * bsize - leaveKibibytes * 1024)));
  }

  dispose(): void {
    spawnSync("umount", [this.folder]);
    rmdirSync(this.folder);
  }
}

function mayMount(): boolean {
  try {
    new SmallFileSystem(64).dispose();
    return true;
  } catch {
    return false;
  }
}

/** `test` where a tmpfs may be mounted. */
export const needsMount: TestFunction = testUnless(mayMount() ? undefined : "the right to mount a tmpfs");
