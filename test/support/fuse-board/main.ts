/**
 * A board whose devices are files of a FUSE mount, so that programs meet the measured semantics of the real drivers behind
 * real system calls. Linux, root (CAP_SYS_ADMIN) and /dev/fuse are needed.
 *
 *     node dist/test/support/fuse-board/main.js FOLDER [NAME=VALUE]…
 *
 * FOLDER is an empty folder of the board's own. The settings are those of settings.ts, with their names there. When the
 * files are there the program prints one line of JSON: `{"passthrough":true}`, or false where mappings of memory do not
 * work (Linux before 6.9).
 *
 * | file                       | what it is                                                                        |
 * | -------------------------- | --------------------------------------------------------------------------------- |
 * | FOLDER/dev/raw-kcs3        | BMC: the raw KCS driver's node; use pread and pwrite, one open at a time           |
 * | FOLDER/dev/aspeed-lpc-ctrl | BMC: GET_SIZE, MAP, mmap of the reserved memory                                    |
 * | FOLDER/dev/port            | host: as /dev/port, KCS at 0xca2 (data) and 0xca3 (status), 0xff elsewhere         |
 * | FOLDER/dev/io, dev/fw      | host: as /sys/kernel/debug/powerpc/lpc/io and fw, ENXIO where nothing answers      |
 * | FOLDER/dev/mem             | host: as /dev/mem, the reserved memory from address 0 on; mmap works               |
 * | FOLDER/dev/state           | what the board holds, as JSON (inspection.ts)                                      |
 * | FOLDER/dev/accesses        | which side read and wrote what in IDR, ODR and STR, as JSON (accesses.ts)          |
 * | FOLDER/dev/control         | commands: `NAME=VALUE`, `map ADDRESS OFFSET SIZE`, `reset` and others (board.ts)   |
 * | FOLDER/memory              | the reserved memory as a plain file: what a test maps where passthrough is missing |
 *
 * After MAP, `fw` leads into the reserved memory. Rainier's BMC maps 64 MiB at 0x0c000000, and the MCTP window is the last
 * MiB: firmware address 0x0ff00000, address 0x03f00000 of `mem`, offset 0x03f00000 of `memory` and of the BMC's mapping.
 *
 * Three things differ from the devices. The nodes are regular files to stat. read(2) and write(2) move the file position,
 * which the driver never does; pread and pwrite are alike. mmap past the memory's end succeeds, and the access fails.
 *
 * The program ends, unmounts and removes FOLDER when its standard input ends (with the program that started it, at the
 * latest) or by SIGTERM, SIGINT or SIGHUP. When it is killed, a small process that it started does that.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, rmdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Board } from "./board.ts";
import { mountFuse, registerBackingFile, unmount, waitReadable, type Place } from "./fuse/mount.ts";
import { FuseSession } from "./fuse/session.ts";
import { readSettings } from "./settings.ts";

/** The longest time in which the program does not see that its input has ended. */
const SLICE_MILLISECONDS = 50;

const [given, ...assignments] = process.argv.slice(2);
if (given === undefined) throw new Error("name the board's folder");
const settings = readSettings(assignments);
const folder = resolve(given);
const place: Place = { folder, mountPoint: join(folder, "dev"), memoryFile: join(folder, "memory") };

let isEnding = false;
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  process.on(signal, () => {
    isEnding = true;
  });
}
process.stdin.on("end", () => {
  isEnding = true;
});
process.stdin.resume();

mkdirSync(place.mountPoint);
const memory = openSync(place.memoryFile, "wx+", 0o600);
ftruncateSync(memory, settings.regionBytes);
const board = new Board(settings, memory);
const device = mountFuse(place);
const session = new FuseSession(device, board.files, () =>
  settings.passthrough ? registerBackingFile(device, memory) : 0,
);
board.onPollChange = (file) => {
  session.wakePolls(file);
};

try {
  while (!session.isReady && session.serveOne());
  console.log(JSON.stringify({ passthrough: session.hasPassthrough }));
  await serve();
} finally {
  unmount(place.mountPoint);
  closeSync(device);
  rmdirSync(place.mountPoint);
  rmSync(place.memoryFile);
  rmdirSync(folder);
  // Its input would keep the program where a signal has ended it.
  process.stdin.destroy();
}

/**
 * Answers requests as they come, and has the driver do what is due. Waiting is a system call, for an event
 * loop between kernel and answer would cost more than the answer; signals and the input's end are heard between slices.
 */
async function serve(): Promise<void> {
  let isMounted = true;
  while (isMounted && !isEnding) {
    let now = performance.now();
    const sliceEnd = now + SLICE_MILLISECONDS;
    while (isMounted && now < sliceEnd) {
      board.rawKcs.run(now);
      const until = Math.min(sliceEnd, board.rawKcs.nextRun);
      if (waitReadable(device, Math.max(0, until - now))) isMounted = session.serveOne();
      now = performance.now();
    }
    await new Promise((resume) => setImmediate(resume));
  }
}
