/** The system calls of a FUSE file system that Node does not have, and what unmounts whatever happens. */
import koffi from "koffi";
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/** The folder is gone for programs at once, and the mount with the last open file. */
const MNT_DETACH = 2;
/** FUSE_DEV_IOC_BACKING_OPEN of linux/fuse.h, from Linux 6.9 on; its struct: s32 fd, u32 flags, u64 padding. */
const IOC_BACKING_OPEN = 0x4010_e501;
const BACKING_MAP_BYTES = 16;
const POLLIN = 0x001;
/** struct pollfd: s32 fd, s16 events, s16 revents. */
const POLLFD_BYTES = 8;

/** Unmounts when its input ends, which it does with the board's process: by its end, by a crash, by kill -9. */
const KEEPER = 'trap "" HUP INT TERM; cat >/dev/null; umount -l "$1"; rm -f "$2"; rmdir "$1" "$3"';

interface Calls {
  readonly mount: (source: string, target: string, type: string, flags: number, data: string) => number;
  readonly umount2: (target: string, flags: number) => number;
  readonly ioctl: (fd: number, request: number, argument: Buffer) => number;
  readonly poll: (fds: Buffer, count: number, timeout: number) => number;
}

let loaded: Calls | undefined;

function calls(): Calls {
  if (loaded !== undefined) return loaded;
  const library = koffi.load(null);
  loaded = {
    mount: library.func(
      "int mount(const char *source, const char *target, const char *type, ulong flags, const char *data)",
    ),
    umount2: library.func("int umount2(const char *target, int flags)"),
    ioctl: library.func("int ioctl(int fd, ulong request, void *argument)"),
    poll: library.func("int poll(void *fds, ulong count, int timeout)"),
  };
  return loaded;
}

/** What lies in the board's folder, to be removed at the end. */
export interface Place {
  readonly folder: string;
  readonly mountPoint: string;
  readonly memoryFile: string;
}

/** Mounts on `place.mountPoint` and gives the descriptor of /dev/fuse. File modes hold for users other than root. */
export function mountFuse(place: Place): number {
  const device = openSync("/dev/fuse", "r+");
  const options = `fd=${String(device)},rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other`;
  keep(place);
  if (calls().mount("fuse-board", place.mountPoint, "fuse.board", 0, options) !== 0) {
    const errno = koffi.errno();
    closeSync(device);
    throw new Error(`cannot mount a FUSE file system on ${place.mountPoint}: errno ${String(errno)}`);
  }
  return device;
}

/** Takes the files away from the folder; calls that programs have blocked in them fail. */
export function unmount(mountPoint: string): void {
  calls().umount2(mountPoint, MNT_DETACH);
}

function keep({ folder, mountPoint, memoryFile }: Place): void {
  // In a process group of its own: what ends the board's group leaves it alone.
  const keeper = spawn("sh", ["-c", KEEPER, "sh", mountPoint, memoryFile, folder], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  keeper.on("error", () => undefined);
  keeper.unref();
}

/** Registers a file whose pages mappings get. Gives its number, 0 where the kernel refuses. */
export function registerBackingFile(device: number, fd: number): number {
  const map = Buffer.alloc(BACKING_MAP_BYTES);
  map.writeInt32LE(fd, 0);
  return Math.max(0, calls().ioctl(device, IOC_BACKING_OPEN, map));
}

/** Waits until the descriptor can be read, at most for so long, or until a signal comes. */
export function waitReadable(fd: number, milliseconds: number): boolean {
  const polled = Buffer.alloc(POLLFD_BYTES);
  polled.writeInt32LE(fd, 0);
  polled.writeInt16LE(POLLIN, 4);
  return calls().poll(polled, 1, Math.ceil(milliseconds)) > 0;
}
